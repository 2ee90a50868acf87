"""What a shell remembers: variables, functions, options, where it is and who runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from labkit.hosts.shell.syntax import Command

if TYPE_CHECKING:
    from labkit.hosts.accounts import Account
    from labkit.hosts.files import Credentials

Value = str | dict[int, str] | dict[str, str]


class State:
    """The changeable part of a shell; a subshell works on a copy."""

    __slots__ = (
        "account",
        "arguments",
        "credentials",
        "cwd",
        "dash",
        "exported",
        "functions",
        "interactive",
        "last_background",
        "line",
        "locals",
        "name",
        "options",
        "pid",
        "pipe_status",
        "random",
        "readonly",
        "started",
        "status",
        "traps",
        "umask",
        "variables",
    )

    def __init__(
        self, account: Account, credentials: Credentials, cwd: str, environment: dict[str, str]
    ) -> None:
        self.account = account
        self.credentials = credentials
        self.cwd = cwd
        self.variables: dict[str, Value] = dict(environment)
        self.exported: set[str] = set(environment)
        self.readonly: set[str] = set()
        self.functions: dict[str, Command] = {}
        self.locals: list[dict[str, tuple[Value | None, bool]]] = []
        self.arguments: list[str] = []
        self.options: set[str] = set()
        self.traps: dict[str, str] = {}
        self.status = 0
        self.pipe_status: list[int] = [0]
        self.umask = 0o022
        self.name = "bash"
        self.dash = False
        self.interactive = False
        self.line = 1
        self.pid = 0
        self.last_background = 0
        self.random = 0
        self.started = 0.0

    def copy(self) -> State:
        other = object.__new__(State)
        for slot in State.__slots__:
            setattr(other, slot, getattr(self, slot))
        other.variables = {
            name: value if isinstance(value, str) else value.copy() for name, value in self.variables.items()
        }
        other.exported = set(self.exported)
        other.readonly = set(self.readonly)
        other.functions = dict(self.functions)
        other.locals = [dict(frame) for frame in self.locals]
        other.arguments = list(self.arguments)
        other.options = set(self.options)
        other.traps = {}
        return other

    def get(self, name: str) -> str | None:
        """A variable as text: element 0 of an array; None when unset."""
        value = self.variables.get(name)
        if value is None or isinstance(value, str):
            return value
        return value.get(0) if 0 in value else value.get("0")  # type: ignore[call-overload]

    def environment(self) -> dict[str, str]:
        """The exported variables, as a program gets them."""
        found = ((name, self.get(name)) for name in sorted(self.exported))
        return {name: value for name, value in found if value is not None}

    def prefix(self, line: int | None = None) -> str:
        """What bash puts in front of its messages."""
        if self.interactive:
            return "-bash: "
        number = self.line if line is None else line
        return f"{self.name}: {number}: " if self.dash else f"{self.name}: line {number}: "

    def make_local(self, names: Iterable[str]) -> None:
        """Shadow variables until the running function ends."""
        frame = self.locals[-1]
        for name in names:
            if name not in frame:
                frame[name] = (self.variables.get(name), name in self.exported)
                self.variables.pop(name, None)

    def leave_function(self) -> None:
        for name, (value, exported) in self.locals.pop().items():
            if value is None:
                self.variables.pop(name, None)
                self.exported.discard(name)
            else:
                self.variables[name] = value
                if exported:
                    self.exported.add(name)
