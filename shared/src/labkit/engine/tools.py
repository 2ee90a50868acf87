"""Commands in containers that the simulated hosts do not have: those of Dockerfiles, and HTTP clients."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from labkit.engine.lists import listed
from labkit.engine.process import Process, Program, Signalled
from labkit.hosts.accounts import User
from labkit.hosts.machine import Completed, Invocation, Machine

if TYPE_CHECKING:
    from labkit.engine.container import Container

_VALUED: Final = frozenset(
    listed("-u -g -G -d -s -c -h --uid --gid --home --shell --comment --ingroup --gecos --groups --home-dir")
)


def install(machine: Machine, container: Container) -> None:
    """Teach a container's system the commands of this module and those of its image."""
    for name, tool in _TOOLS.items():
        machine.on(_pattern(name), _handler(tool, container))
    for name, program in container.image.programs.items():
        machine.on(_pattern(name), _program(program, container))


def _pattern(name: str) -> str:
    return rf"^(?:\S*/)?{re.escape(name)}(?:\s|$)"


def _handler(
    tool: Callable[[list[str], Invocation, Container], Completed], container: Container
) -> Callable[[Invocation], Completed]:
    return lambda call: tool(call.command.split(" "), call, container)


def _program(program: Program, container: Container) -> Callable[[Invocation], int]:
    """A program of the image inside a shell command: what it sleeps, the shell sleeps."""

    def run(call: Invocation) -> int:
        sinks = {1: call.stdout, 2: call.stderr}
        process = Process(
            program,
            call.command.split(" "),
            container.daemon.timeline,
            lambda stream, data: sinks[stream].write(data),
            lambda _status: None,
            container,
            user=call.user,
        )
        process.alive = True
        found = program(process)
        if found is None or isinstance(found, int):
            return found or 0
        try:
            while True:
                seconds = next(found)
                if call.cancelled.is_set():
                    return 143
                call.machine.clock.advance(3600.0 if seconds is None else seconds)
        except StopIteration as stop:
            return int(stop.value or 0)
        except Signalled as signalled:
            return signalled.status

    return run


def _operands(words: list[str]) -> list[str]:
    found: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word in _VALUED:
            next(rest, None)
        elif not word.startswith("-"):
            found.append(word)
    return found


def _useradd(words: list[str], call: Invocation, _container: Container) -> Completed:
    names = _operands(words)
    if not names:
        return Completed(stderr=f"{words[0]}: give the name of a user\n".encode(), status=2)
    users = call.machine.users
    if any(account.name == names[0] for account in users.accounts()):
        return Completed(stderr=f"{words[0]}: user '{names[0]}' already exists\n".encode(), status=9)
    users.add(User(names[0]))
    return Completed()


def _groupadd(words: list[str], _call: Invocation, _container: Container) -> Completed:
    if not _operands(words):
        return Completed(stderr=f"{words[0]}: give the name of a group\n".encode(), status=2)
    return Completed()


def _pip(words: list[str], call: Invocation, _container: Container) -> Completed:
    if len(words) < 2 or words[1] != "install":
        return Completed(stderr=b"pip: only `pip install` is simulated\n", status=1)
    rest, wanted = iter(words[2:]), []
    for word in rest:
        if word in ("-r", "--requirement"):
            path = next(rest, "")
            try:
                text = call.machine.files.read(_absolute(call, path)).decode()
            except OSError:
                problem = f"[Errno 2] No such file or directory: '{path}'"
                return Completed(
                    stderr=f"ERROR: Could not open requirements file: {problem}\n".encode(), status=1
                )
            lines = (line.partition("#")[0].strip() for line in text.splitlines())
            wanted += [line for line in lines if line and not line.startswith("-")]
        elif not word.startswith("-"):
            wanted.append(word)
    pinned = [re.sub(r"\s*==\s*", "-", word) for word in wanted]
    return Completed(f"Successfully installed {' '.join(pinned)}\n".encode())


def _absolute(call: Invocation, path: str) -> str:
    return path if path.startswith("/") else f"{call.folder.rstrip('/')}/{path}"


def _apk(words: list[str], _call: Invocation, _container: Container) -> Completed:
    names = _operands(words)[1:]
    lines = [f"({number}/{len(names)}) Installing {name}" for number, name in enumerate(names, 1)]
    return Completed(("\n".join([*lines, f"OK: {len(names)} packages"]) + "\n").encode())


def _http(words: list[str], call: Invocation, container: Container) -> Completed:
    from labkit.engine.webtools import run

    return run(words, call, container)


_TOOLS: Final[dict[str, Callable[[list[str], Invocation, Container], Completed]]] = {
    "useradd": _useradd,
    "adduser": _useradd,
    "groupadd": _groupadd,
    "addgroup": _groupadd,
    "pip": _pip,
    "pip3": _pip,
    "apk": _apk,
    "curl": _http,
    "wget": _http,
}
