"""What the instructions that touch no files do to an image's config."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from labkit.engine.build.dockerfile import Instruction
from labkit.engine.build.words import array, expand, pairs, split
from labkit.engine.problems import bad
from labkit.engine.signals import named
from labkit.engine.times import NANO, duration

Config = dict[str, Any]
Variables = Mapping[str, str]
_SHELL: Final = ["/bin/sh", "-c"]


def shell_of(config: Config) -> list[str]:
    """Return the shell that runs lines which are not in brackets."""
    return list(config.get("Shell") or _SHELL)


def command(config: Config, rest: str) -> list[str]:
    """Return the command line of RUN, CMD and ENTRYPOINT in either form."""
    words = array(rest)
    return [*shell_of(config), rest] if words is None else words


def environment(config: Config) -> dict[str, str]:
    """Return the variables of a config."""
    return dict(line.partition("=")[::2] for line in config["Env"] or ())


def _env(config: Config, one: Instruction, variables: Variables) -> str:
    held = environment(config)
    shown = []
    for key, value in pairs("ENV", one.rest):
        name, text = expand(key, variables), expand(value, variables)
        held[name] = text
        shown.append(f"{name}={text}")
    config["Env"] = [f"{name}={value}" for name, value in held.items()]
    return f"ENV {' '.join(shown)}"


def _label(config: Config, one: Instruction, variables: Variables) -> str:
    labels = dict(config["Labels"] or {})
    shown = []
    for key, value in pairs("LABEL", one.rest):
        name, text = expand(key, variables), expand(value, variables)
        labels[name] = text
        shown.append(f"{name}={text}")
    config["Labels"] = labels
    return f"LABEL {' '.join(shown)}"


def _expose(config: Config, one: Instruction, variables: Variables) -> str:
    ports = dict(config.get("ExposedPorts") or {})
    shown = []
    for word in split(expand(one.rest, variables)):
        number, _, kind = word.partition("/")
        first, _, last = number.partition("-")
        if not re.fullmatch(r"\d+(-\d+)?", number):
            raise bad(f"Invalid containerPort: {number}")
        if kind and kind.lower() not in ("tcp", "udp", "sctp"):
            raise bad(f"Invalid proto: {kind}")
        for port in range(int(first), int(last or first) + 1):
            ports[f"{port}/{kind.lower() or 'tcp'}"] = {}
        shown.append(word)
    config["ExposedPorts"] = ports
    return f"EXPOSE {' '.join(shown)}"


def _cmd(config: Config, one: Instruction, _variables: Variables) -> str:
    config["Cmd"] = command(config, one.rest)
    return f"CMD {json.dumps(config['Cmd'])}"


def _entrypoint(config: Config, one: Instruction, _variables: Variables) -> str:
    config["Entrypoint"] = command(config, one.rest) or None
    config["Cmd"] = None
    return f"ENTRYPOINT {json.dumps(config['Entrypoint'])}"


def _workdir(config: Config, one: Instruction, variables: Variables) -> str:
    folder = expand(one.rest, variables)
    config["WorkingDir"] = posixpath.normpath(posixpath.join(config["WorkingDir"] or "/", folder))
    return f"WORKDIR {config['WorkingDir']}"


def _user(config: Config, one: Instruction, variables: Variables) -> str:
    config["User"] = expand(one.rest, variables)
    return f"USER {config['User']}"


def _volume(config: Config, one: Instruction, variables: Variables) -> str:
    volumes = dict(config["Volumes"] or {})
    paths = [expand(word, variables) for word in one.words]
    for path in paths:
        if not path:
            raise bad("VOLUME specified can not be an empty string")
        volumes[path] = {}
    config["Volumes"] = volumes
    return f"VOLUME {json.dumps(paths)}"


def _stop_signal(config: Config, one: Instruction, variables: Variables) -> str:
    signal = expand(one.rest, variables)
    named(signal)
    config["StopSignal"] = signal
    return f"STOPSIGNAL {signal}"


def _health(config: Config, one: Instruction, _variables: Variables) -> str:
    kind, _, rest = one.rest.partition(" ")
    if kind.upper() == "NONE":
        config["Healthcheck"] = {"Test": ["NONE"]}
        return "HEALTHCHECK &{['NONE'] '0s' '0s' '0s' '0'}"
    words = array(rest.strip())
    found: dict[str, Any] = {"Test": ["CMD-SHELL", rest.strip()] if words is None else ["CMD", *words]}
    for flag, key in (("interval", "Interval"), ("timeout", "Timeout"), ("start-period", "StartPeriod")):
        if flag in one.flags:
            found[key] = int((duration(one.flags[flag]) or 0) * NANO)
    if "retries" in one.flags:
        found["Retries"] = int(one.flags["retries"])
    config["Healthcheck"] = found
    return f"HEALTHCHECK {json.dumps(found)}"


def _shell(config: Config, one: Instruction, _variables: Variables) -> str:
    config["Shell"] = array(one.rest)
    return f"SHELL {json.dumps(config['Shell'])}"


def _onbuild(config: Config, one: Instruction, _variables: Variables) -> str:
    config["OnBuild"] = [*(config["OnBuild"] or ()), one.rest]
    return f"ONBUILD {one.rest}"


def _maintainer(_config: Config, one: Instruction, _variables: Variables) -> str:
    return f"MAINTAINER {one.rest}"


#: Each changes the config and returns how the history calls it.
PLAIN: Final[dict[str, Callable[[Config, Instruction, Variables], str]]] = {
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": _health,
    "LABEL": _label,
    "MAINTAINER": _maintainer,
    "ONBUILD": _onbuild,
    "SHELL": _shell,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
