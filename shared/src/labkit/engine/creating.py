"""From a client's wishes to a container that is there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from labkit.engine import gojson, hostconfig, names
from labkit.engine.container import Container, Mount
from labkit.engine.image import CONFIG, Image
from labkit.engine.lists import listed
from labkit.engine.networks import Endpoint
from labkit.engine.problems import EngineError, bad, internal
from labkit.engine.signals import named

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon

_KINDS: Final[Mapping[str, type]] = {
    **dict.fromkeys(
        ("Hostname", "Domainname", "User", "Image", "WorkingDir", "StopSignal", "MacAddress"), str
    ),
    **dict.fromkeys(("AttachStdin", "AttachStdout", "AttachStderr", "Tty", "OpenStdin", "StdinOnce"), bool),
    **dict.fromkeys(("Env", "OnBuild"), list),
    **dict.fromkeys(("Labels", "Volumes", "ExposedPorts"), dict),
    "StopTimeout": int,
}
_HOST_KINDS: Final[Mapping[str, type]] = {
    **dict.fromkeys(
        ("Memory", "MemorySwap", "NanoCpus", "CpuQuota", "CpuPeriod", "CpuShares", "ShmSize"), int
    ),
    **dict.fromkeys(("AutoRemove", "Privileged", "PublishAllPorts", "ReadonlyRootfs", "Init"), bool),
    **dict.fromkeys(("NetworkMode", "PidMode", "IpcMode"), str),
    "Binds": list,
    "PortBindings": dict,
}
_FURTHER: Final = (
    "ExposedPorts",
    "Healthcheck",
    "StopSignal",
    "StopTimeout",
    "Shell",
    "MacAddress",
    "NetworkDisabled",
)
_NAMELESS: Final = ("default", "bridge", "host", "none")
_MODES: Final = frozenset(
    listed("ro rw z Z private rprivate shared rshared slave rslave nocopy consistent cached delegated")
)


def create(daemon: Daemon, body: Mapping[str, Any], name: str | None) -> Container:
    """Make a container.

    Args:
        daemon: the engine.
        body: as the client sent it.
        name: None for one that the engine chooses.

    Raises:
        EngineError: the wishes make no sense, the image is not there, the name is taken.
    """
    gojson.check(body, _KINDS, "ContainerConfigWrapper")
    wanted = body.get("HostConfig") or {}
    gojson.check(wanted, _HOST_KINDS, "ContainerConfigWrapper.HostConfig")
    if name is not None and name:
        name = names.checked(name)
    _check_config(body)
    hostconfig.check(wanted, daemon.cpus)
    image = _image(daemon, str(body.get("Image") or ""))
    config = _merged(body, image)
    if not (config["Entrypoint"] or config["Cmd"]):
        raise bad("No command specified")
    if name:
        daemon.check_free(name)
    id_ = daemon.identities.id()
    host = hostconfig.complete(wanted)
    config["Hostname"] = config["Hostname"] or ("" if host["NetworkMode"] == "host" else id_[:12])
    mounts = _mounts(daemon, config, host)
    taken = {container.name for container in daemon.containers.values()}
    container = Container(
        daemon,
        id_,
        name or daemon.identities.name(taken),
        image,
        config,
        host,
        daemon.timeline.now,
        mounts,
        _endpoints(host, body),
    )
    daemon.containers[id_] = container
    daemon.happened(container, "create")
    return container


def _image(daemon: Daemon, text: str) -> Image:
    if not text:
        return Image(dict(CONFIG), daemon.timeline.now, has_shell=False)
    return daemon.images.find(text)


def _check_config(config: Mapping[str, Any]) -> None:
    folder = config.get("WorkingDir") or ""
    if folder and not folder.startswith("/"):
        raise bad(f"the working directory '{folder}' is invalid, it needs to be an absolute path")
    if config.get("StopSignal"):
        named(config["StopSignal"])
    for line in config.get("Env") or ():
        if not line.partition("=")[0]:
            raise bad(f"invalid environment variable: {line}")
    check = config.get("Healthcheck") or {}
    for word in ("Interval", "Timeout", "StartPeriod"):
        value = check.get(word) or 0
        if value and value < 1_000_000:
            raise bad(f"{word} in Healthcheck cannot be less than 1ms")
    if (check.get("Retries") or 0) < 0:
        raise bad("Retries in Healthcheck cannot be negative")


def _words(value: Any) -> list[str] | None:
    """Cmd and Entrypoint may be a text, too."""
    return [value] if isinstance(value, str) else value


def _merged(body: Mapping[str, Any], image: Image) -> dict[str, Any]:
    """The client's config over the image's (moby, runconfig.Merge)."""
    config: dict[str, Any] = {name: body.get(name, usual) for name, usual in CONFIG.items()}
    config = {name: CONFIG[name] if value is None else value for name, value in config.items()}
    config.update({name: body[name] for name in _FURTHER if body.get(name)})
    own = image.config
    config["Cmd"], config["Entrypoint"] = _words(config["Cmd"]), _words(config["Entrypoint"])
    if not config["Entrypoint"]:
        config["Cmd"] = config["Cmd"] or own["Cmd"]
        if config["Entrypoint"] is None:
            config["Entrypoint"] = own["Entrypoint"]
    if config["Entrypoint"] == [""]:
        config["Entrypoint"] = None
    config["Env"] = _environment(config["Env"] or [], own["Env"] or [])
    config["Labels"] = {**(own["Labels"] or {}), **(config["Labels"] or {})}
    for name in ("Volumes", "ExposedPorts"):
        both = {**(own.get(name) or {}), **(config.get(name) or {})}
        if both:
            config[name] = both
    published = (body.get("HostConfig") or {}).get("PortBindings") or {}
    for port in published:
        config.setdefault("ExposedPorts", {})[port if "/" in port else f"{port}/tcp"] = {}
    _inherit(config, own)
    if config["WorkingDir"]:
        config["WorkingDir"] = posixpath.normpath(config["WorkingDir"])
    return config


def _inherit(config: dict[str, Any], own: Mapping[str, Any]) -> None:
    """Take from the image what the client did not say."""
    for name in ("User", "WorkingDir"):
        config[name] = config[name] or own[name]
    for name in ("StopSignal", "Shell"):
        if own.get(name) and not config.get(name):
            config[name] = own[name]
    if own.get("Healthcheck"):
        given = {key: value for key, value in (config.get("Healthcheck") or {}).items() if value}
        config["Healthcheck"] = given if given.get("Test") else {**own["Healthcheck"], **given}


def _environment(given: list[str], own: list[str]) -> list[str]:
    names_given = {line.partition("=")[0] for line in given}
    return [
        *(line for line in given if "=" in line),
        *(line for line in own if line.partition("=")[0] not in names_given),
    ]


def _endpoints(host: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Endpoint]:
    mode = host["NetworkMode"]
    if mode.startswith("container:"):
        return {}
    first = "bridge" if mode == "default" else mode
    given = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    given = {"bridge" if name == "default" else name: settings for name, settings in given.items()}
    found = {first: Endpoint("", dict(given.get(first) or {}))}
    for name, settings in given.items():
        found.setdefault(name, Endpoint("", dict(settings or {})))
    return found


# Mounts


def _mounts(daemon: Daemon, config: Mapping[str, Any], host: Mapping[str, Any]) -> list[Mount]:
    found: dict[str, Mount] = {}
    for text in host["VolumesFrom"] or ():
        for mount in daemon.find(text.partition(":")[0]).mounts:
            found[mount.target] = mount
    asked = [_bind(text) for text in host["Binds"] or ()]
    asked += [_given(daemon, one) for one in host.get("Mounts") or ()]
    seen: set[str] = set()
    for mount in asked:
        if mount.target in seen:
            raise bad(f"Duplicate mount point: {mount.target}")
        seen.add(mount.target)
        found[mount.target] = mount
    for target in host.get("Tmpfs") or {}:
        found[target] = Mount("tmpfs", "", target)
    for target in config.get("Volumes") or {}:
        found.setdefault(target, Mount("volume", "", target))
    return [_with_volume(daemon, mount) for mount in found.values()]


def _with_volume(daemon: Daemon, mount: Mount) -> Mount:
    """Make the volume of a mount if it is not there."""
    if mount.kind != "volume":
        return mount
    body = {"Name": mount.source} if mount.source else {}
    volume, made = daemon.volumes.create(body, daemon.identities, daemon.timeline.now)
    if made:
        daemon.happened_to("volume", "create", volume.name, driver="local")
    return Mount("volume", volume.name, mount.target, mount.writable, mount.mode)


def _bind(text: str) -> Mount:
    """A bind in the form ``source:target:mode``."""
    parts = text.split(":")
    problem = internal(f"invalid volume specification: '{text}'")
    if len(parts) == 1:
        return Mount("volume", "", _target(parts[0], text))
    if len(parts) > 3 or not parts[0] or not parts[1]:
        raise problem
    source, target = parts[0], parts[1]
    mode = parts[2] if len(parts) == 3 else ""
    if mode and any(word not in _MODES for word in mode.split(",")):
        raise internal(f"invalid mode: {mode}")
    writable = "ro" not in mode.split(",")
    if source.startswith("/"):
        return Mount("bind", posixpath.normpath(source), _target(target, text), writable, mode)
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*", source):
        raise problem
    return Mount("volume", source, _target(target, text), writable, mode or "z")


def _target(path: str, text: str) -> str:
    if not path.startswith("/"):
        raise internal(
            f"invalid volume specification: '{text}': invalid mount config for type \"volume\": "
            f"invalid mount path: '{path}' mount path must be absolute"
        )
    if posixpath.normpath(path) == "/":
        raise internal(
            f"invalid volume specification: '{text}': invalid mount config for type \"volume\": "
            "invalid specification: destination can't be '/'"
        )
    return posixpath.normpath(path)


def _given(daemon: Daemon, found: Mapping[str, Any]) -> Mount:
    """A mount in the long form (``HostConfig.Mounts``)."""
    kind, source, target = found.get("Type") or "", found.get("Source") or "", found.get("Target") or ""

    def problem(words: str) -> EngineError:
        return bad(f'invalid mount config for type "{kind}": {words}')

    if kind not in ("bind", "volume", "tmpfs"):
        raise problem("mount type unknown")
    if not target:
        raise problem("field Target must not be empty")
    if not target.startswith("/"):
        raise problem(f"invalid mount path: '{target}' mount path must be absolute")
    writable = not found.get("ReadOnly")
    if kind == "bind":
        if not source:
            raise problem("field Source must not be empty")
        if not daemon.host_files.exists(source):
            raise problem(f"bind source path does not exist: {source}")
        return Mount("bind", source, posixpath.normpath(target), writable)
    if kind == "tmpfs":
        return Mount("tmpfs", "", posixpath.normpath(target), writable)
    return Mount("volume", source, posixpath.normpath(target), writable, "z")
