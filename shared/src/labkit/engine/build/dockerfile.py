"""From the text of a Dockerfile to stages of instructions. Source: moby/buildkit, frontend/dockerfile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from labkit.engine.build.words import array, pairs, split
from labkit.engine.problems import EngineError, bad
from labkit.engine.times import duration

KNOWN: Final = frozenset(
    (
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL"),
        *("MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    )
)
_FLAGS: Final = {
    "ADD": ("chown", "from"),
    "COPY": ("chown", "from"),
    "FROM": ("platform",),
    "HEALTHCHECK": ("interval", "timeout", "start-period", "retries"),
}
_ONE: Final = ("WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER")
_SOME: Final = ("ENV", "LABEL", "EXPOSE", "VOLUME", "ARG", "ONBUILD", "HEALTHCHECK")
_STAGE: Final = re.compile(r"[a-z][a-z0-9_.-]*")


@dataclass(frozen=True)
class Instruction:
    """One instruction.

    Args:
        name: in capitals.
        rest: what follows, without flags.
        text: as it stands in the file, on one line.
        line: where.
        flags: ``--name=value`` before the rest.
    """

    name: str
    rest: str
    text: str
    line: int
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """What follows, in words, in either form."""
        found = array(self.rest)
        return split(self.rest) if found is None else found

    def problem(self, words: str) -> EngineError:
        """Return a refusal that names the line."""
        return bad(f"dockerfile parse error line {self.line}: {words}")


@dataclass
class Stage:
    """One stage: a base and what is done to it.

    Args:
        start: its FROM.
        base: the image or stage it begins with, variables still there.
        name: empty when it has none.
        steps: its instructions.
    """

    start: Instruction
    base: str
    name: str = ""
    steps: list[Instruction] = field(default_factory=list)


@dataclass
class Dockerfile:
    """A parsed Dockerfile.

    Args:
        arguments: ARG before the first FROM.
        stages: in their order.
    """

    arguments: list[Instruction] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Steps in all."""
        return len(self.arguments) + sum(1 + len(stage.steps) for stage in self.stages)


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile.

    Raises:
        EngineError: it is empty or wrong; the words are the engine's.
    """
    if not text:
        raise bad("the Dockerfile (Dockerfile) cannot be empty")
    instructions = _instructions(text)
    if not instructions:
        raise bad("failed to parse Dockerfile: file with no instructions")
    for one in instructions:
        if one.name in ("ENV", "LABEL"):
            pairs(one.name, one.rest)
    found = Dockerfile()
    for one in instructions:
        check(one)
        if one.name == "FROM":
            found.stages.append(_stage(one))
        elif found.stages:
            found.stages[-1].steps.append(one)
        elif one.name == "ARG":
            found.arguments.append(one)
        else:
            raise bad("no build stage in current context")
    if not found.stages:
        raise bad("no build stage in current context")
    return found


def _instructions(text: str) -> list[Instruction]:
    escape = "\\"
    found: list[Instruction] = []
    held, began = "", 0
    directives = True
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = raw.strip() if not held else raw.rstrip()
        if directives and (directive := re.fullmatch(r"#\s*([a-zA-Z]+)\s*=\s*(.+?)\s*", line)):
            if directive[1].lower() == "escape":
                if directive[2] not in ("\\", "`"):
                    raise bad(f"failed to parse Dockerfile: invalid ESCAPE '{directive[2]}'. Must be ` or \\")
                escape = directive[2]
            continue
        directives = False
        if line.lstrip().startswith("#") or (not line.strip()):
            continue
        began = began or number
        if line.endswith(escape):
            held += line[:-1]
            continue
        found.append(read(held + line, began))
        held, began = "", 0
    if held.strip():
        found.append(read(held, began))
    return found


def read(text: str, line: int) -> Instruction:
    """Return one instruction from its line.

    Raises:
        EngineError: a flag has no name.
    """
    text = text.strip()
    name, _, rest = text.partition(" ") if " " in text else text.partition("\t")
    rest, flags = rest.strip(), {}
    while match := re.match(r"--([a-zA-Z][\w-]*)(?:=(\S*))?(?:\s+|$)", rest):
        if name.upper() in ("RUN", "CMD", "ENTRYPOINT") or name.upper() not in KNOWN:
            break
        flags[match[1]] = match[2] or ""
        rest = rest[match.end() :]
    return Instruction(name.upper(), rest, text, line, flags)


def check(one: Instruction) -> None:
    """Check an instruction by itself.

    Raises:
        EngineError: it is wrong; the words are the engine's.
    """
    name = one.name
    if name not in KNOWN:
        raise one.problem(f"unknown instruction: {name}")
    _check_flags(one)
    _check_arguments(one)
    if name == "FROM":
        _check_from(one)
    if name == "HEALTHCHECK":
        _check_health(one)
    if name == "ONBUILD":
        _check_trigger(one)


def _check_flags(one: Instruction) -> None:
    for flag in one.flags:
        if flag == "chmod" and one.name in ("ADD", "COPY"):
            raise one.problem(
                "the --chmod option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to "
                "learn how to build images with BuildKit enabled"
            )
        if flag not in _FLAGS.get(one.name, ()):
            raise one.problem(f"Unknown flag: {flag}")


def _check_arguments(one: Instruction) -> None:
    name, words = one.name, one.words
    if name in ("COPY", "ADD") and len(words) < 2:
        suffix = ", but only one was provided. Destination could not be determined" if words else ""
        raise one.problem(f"{name} requires at least two arguments{suffix}")
    if name in _ONE and (not one.rest or (name in ("USER", "STOPSIGNAL") and len(words) != 1)):
        raise one.problem(f"{name} requires exactly one argument")
    if name in _SOME and not one.rest:
        raise one.problem(f"{name} requires at least one argument")
    if name == "RUN" and not one.rest:
        raise one.problem("RUN requires at least one argument")
    if name == "SHELL" and array(one.rest) is None:
        raise one.problem("SHELL requires the arguments to be in JSON form")


def _check_trigger(one: Instruction) -> None:
    trigger = one.rest.split()[0].upper()
    if trigger == "ONBUILD":
        raise one.problem("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if trigger in ("FROM", "MAINTAINER"):
        raise one.problem(f"{trigger} isn't allowed as an ONBUILD trigger")


def _check_from(one: Instruction) -> None:
    words = one.rest.split()
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        raise one.problem("FROM requires either one or three arguments")
    if len(words) == 3 and not _STAGE.fullmatch(words[2].lower()):
        raise one.problem(
            f'invalid name for build stage: "{words[2]}", name can\'t start with a number or contain symbols'
        )


def _stage(one: Instruction) -> Stage:
    words = one.rest.split()
    return Stage(one, words[0], words[2].lower() if len(words) == 3 else "")


def _check_health(one: Instruction) -> None:
    kind, _, rest = one.rest.partition(" ")
    if kind.upper() == "NONE":
        if rest.strip():
            raise one.problem("HEALTHCHECK NONE takes no arguments")
        return
    for flag in ("interval", "timeout", "start-period"):
        value = one.flags.get(flag)
        if value is None:
            continue
        seconds = duration(value)
        if seconds is None:
            raise one.problem(f'time: invalid duration "{value}"')
        if 0 <= seconds < 0.001:
            raise one.problem(f'Interval "{flag}" cannot be less than 1ms')
    if kind.upper() != "CMD":
        raise one.problem(f'Unknown type "{kind.upper()}" in HEALTHCHECK (try CMD)')
    if not rest.strip():
        raise one.problem("Missing command after HEALTHCHECK CMD")
    retries = one.flags.get("retries")
    if retries is not None and not (retries.isdigit() and int(retries) >= 1):
        raise one.problem(f"--retries must be at least 1 (not {retries})")
