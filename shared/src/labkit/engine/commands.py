"""From a command line to the program that it starts."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from labkit.engine.lists import listed
from labkit.engine.problems import EngineError, bad
from labkit.engine.process import Process, Program, Work
from labkit.engine.programs import Exits

if TYPE_CHECKING:
    from labkit.engine.container import Container

_OCI: Final = "OCI runtime create failed: runc create failed: unable to start container process"
_EXEC: Final = "OCI runtime exec failed: exec failed: unable to start container process"
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Commands of :mod:`labkit.engine.tools`, which are in no folder.
TOOLS: Final = frozenset(listed("curl wget pip pip3 apk useradd adduser groupadd addgroup"))
_SIZES: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class Rule:
    """What containers do, in place of what they would do.

    Args:
        program: what runs.
        container: pattern for their names, as in a shell.
        image: pattern for their images.
        command: pattern for the command line, its words joined by blanks.
    """

    program: Program
    container: str = "*"
    image: str = "*"
    command: str = "*"

    def matches(self, name: str, image: str, argv: Iterable[str]) -> bool:
        """Whether it is for such a command line."""
        return (
            fnmatch.fnmatchcase(name, self.container)
            and (
                fnmatch.fnmatchcase(image, self.image) or fnmatch.fnmatchcase(image.split(":")[0], self.image)
            )
            and fnmatch.fnmatchcase(" ".join(argv), self.command)
        )


class Rules:
    """Rules in force, the latest first."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Have a rule count before all that are there."""
        self._rules.insert(0, rule)

    def clear(self) -> None:
        """Forget all."""
        self._rules.clear()

    def find(self, container: Container, argv: list[str]) -> Program | None:
        """Return the program that a rule has for a command line."""
        for rule in self._rules:
            if rule.matches(container.name, container.config["Image"], argv):
                return rule.program
        return None


def program_of(value: Program | str | bytes) -> Program:
    """Return a program; text is what it prints."""
    if isinstance(value, bytes):
        return Exits(output=value.decode())
    return Exits(output=value) if isinstance(value, str) else value


def main_program(container: Container, rules: Rules) -> Program:
    """Return what a container's own command line starts.

    Raises:
        EngineError: nothing of that name is in the container.
    """
    argv = container.argv
    found = container.own_program or rules.find(container, argv)
    if found is not None:
        return found
    image = container.image
    if image.program is not None and argv == image.argv:
        return image.program
    return command_program(container, argv, f"failed to create shim task: {_OCI}")


def exec_program(container: Container, argv: list[str], rules: Rules) -> Program:
    """Return what a command line starts in a container that runs.

    Raises:
        EngineError: nothing of that name is in the container.
    """
    return rules.find(container, argv) or command_program(container, argv, _EXEC)


def command_program(container: Container, argv: list[str], failure: str) -> Program:
    """Return a program of the image, one of the few that need no shell, or the shell."""
    name = argv[0].rpartition("/")[2]
    found = container.image.programs.get(name)
    if found is not None:
        return found
    quick = _QUICK.get(name)
    if quick is not None and container.image.has_shell:
        program = quick(argv)
        if program is not None:
            return program
    _check_executable(container, argv[0], failure)
    return _shell


def _check_executable(container: Container, word: str, failure: str) -> None:
    if container.image.has_shell and word in TOOLS:
        return
    files, env = container.files, container.environment
    if "/" in word:
        path = posixpath.join(container.config["WorkingDir"] or "/", word)
        try:
            found = files.stat(path)
        except OSError:
            raise bad(f'{failure}: exec: "{word}": stat {word}: no such file or directory: unknown') from None
        if found.is_dir or not found.permissions & 0o111:
            raise bad(f'{failure}: exec: "{word}": permission denied: unknown')
        return
    for folder in env.get("PATH", _PATH).split(":"):
        try:
            found = files.stat(posixpath.join(folder, word))
        except OSError:
            continue
        if found.is_file and found.permissions & 0o111:
            return
    raise bad(f'{failure}: exec: "{word}": executable file not found in $PATH: unknown')


def _shell(process: Process) -> int | Work:
    from labkit.engine.shell import ShellRun

    name = process.argv[0].rpartition("/")[2]
    if name in ("sh", "bash", "ash", "dash") and len(process.argv) == 1 and process.stdin_closed:
        return 0
    return ShellRun(process.container.machine, process).work()


def _sleep(argv: list[str]) -> Program | None:
    total = 0.0
    for word in argv[1:]:
        if word in ("inf", "infinity"):
            return _for_ever
        found = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)([smhd]?)", word)
        if found is None:
            return None
        total += float(found[1]) * _SIZES[found[2]]
    return Exits(after=total) if len(argv) > 1 else None


def _for_ever(_process: Process) -> Work:
    while True:
        yield None


def _tail(argv: list[str]) -> Program | None:
    return _for_ever if argv[1:] in (["-f", "/dev/null"], ["-F", "/dev/null"]) else None


def _echo(argv: list[str]) -> Program | None:
    words = argv[1:]
    if words and words[0].startswith("-"):
        return None
    return Exits(output=" ".join(words) + "\n")


#: Programs that are started too often to start a shell for each.
_QUICK: Final[Mapping[str, Callable[[list[str]], Program | None]]] = {
    "sleep": _sleep,
    "tail": _tail,
    "echo": _echo,
    "true": lambda _argv: Exits(),
    "false": lambda _argv: Exits(1),
}


def not_running(container: Container) -> EngineError:
    """Return the refusal of what only a running container can do."""
    return EngineError(409, f"Container {container.id} is not running")
