"""``[[ ]]``, ``[`` and ``test``: the same primaries behind different grammars."""

from __future__ import annotations

import re
import stat as st
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.hosts.files import EXECUTE, READ, WRITE, Stat
from labkit.hosts.shell import patterns
from labkit.hosts.shell.conditions import BINARY, UNARY
from labkit.hosts.shell.control import ExpansionProblem
from labkit.hosts.shell.syntax import Binary, Both, Either, Not, Test, Unary

if TYPE_CHECKING:
    from labkit.hosts.shell.interpreter import Shell

_ACCESS = {"-r": READ, "-w": WRITE, "-x": EXECUTE}
_NUMERIC: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


class TestProblem(Exception):
    """The expression makes no sense; ``test`` ends with status 2."""

    __test__ = False


def evaluate(shell: Shell, test: Test) -> bool:
    """The truth of a ``[[ ]]`` expression."""
    if isinstance(test, Both):
        return evaluate(shell, test.left) and evaluate(shell, test.right)
    if isinstance(test, Either):
        return evaluate(shell, test.left) or evaluate(shell, test.right)
    if isinstance(test, Not):
        return not evaluate(shell, test.test)
    expander = shell.expander
    if isinstance(test, Unary):
        return unary(shell, test.operator, expander.text(test.operand))
    return _binary_word(shell, test)


def _binary_word(shell: Shell, test: Binary) -> bool:
    expander = shell.expander
    left = expander.text(test.left)
    operator = test.operator
    if operator in ("=", "==", "!="):
        same = patterns.matches(expander.pattern(test.right), left)
        return same != (operator == "!=")
    if operator == "=~":
        return _regex(shell, left, expander.regex(test.right))
    if operator in _NUMERIC:
        return _NUMERIC[operator](expander.arithmetic(test.left), expander.arithmetic(test.right))
    return binary(shell, left, operator, expander.text(test.right))


def _regex(shell: Shell, text: str, pattern: str) -> bool:
    from labkit.hosts.regex import translate

    try:
        match = re.search(translate(pattern, extended=True), text)
    except (re.error, ValueError):
        raise ExpansionProblem(f"[[: invalid regular expression `{pattern}'") from None
    groups: list[str] = []
    if match:
        groups = [match[0], *(group or "" for group in match.groups())]
    shell.state.variables["BASH_REMATCH"] = dict(enumerate(groups))
    return match is not None


def unary(shell: Shell, operator: str, operand: str) -> bool:
    """``-f name`` and its kin."""
    if operator == "-n":
        return operand != ""
    if operator == "-z":
        return operand == ""
    if operator == "-v":
        name, _, index = operand.partition("[")
        value = shell.expander.parameters.lookup(name)
        if index and isinstance(value, dict):
            key = index.rstrip("]")
            return bool(value) if key in ("@", "*") else key in {str(known) for known in value}
        return value is not None
    if operator == "-o":
        return operand in shell.state.options
    if operator == "-t":
        return operand in ("0", "1", "2") and shell.session.tty
    files = shell.session.machine.files
    path = shell.path(operand)
    by = shell.state.credentials
    if operator in _ACCESS:
        return bool(operand) and files.access(path, _ACCESS[operator], by=by)
    try:
        found = files.lstat(path, by=by) if operator in ("-L", "-h") else files.stat(path, by=by)
    except OSError:
        return False
    return _about(operator, found, by.uid)


def _about(operator: str, found: Stat, uid: int) -> bool:
    if operator in ("-e", "-a"):
        return True
    if operator == "-s":
        return found.size > 0
    if operator == "-O":
        return found.uid == uid
    if operator in ("-u", "-g", "-k"):
        return bool(found.mode & {"-u": st.S_ISUID, "-g": st.S_ISGID, "-k": st.S_ISVTX}[operator])
    kinds = {"-f": "file", "-d": "directory", "-L": "link", "-h": "link", "-c": "device"}
    return found.kind == kinds.get(operator, "none")


def integer(text: str) -> int:
    if not re.fullmatch(r"\s*[-+]?\d+\s*", text):
        raise TestProblem(f"{text}: integer expression expected")
    return int(text)


def binary(shell: Shell, left: str, operator: str, right: str) -> bool:
    """``left operator right`` of ``test``: plain text, no patterns."""
    if operator in ("=", "=="):
        return left == right
    if operator == "!=":
        return left != right
    if operator in _NUMERIC:
        return _NUMERIC[operator](integer(left), integer(right))
    if operator == "<":
        return left < right
    if operator == ">":
        return left > right
    files, by = shell.session.machine.files, shell.state.credentials
    found: list[Stat | None] = []
    for name in (left, right):
        try:
            found.append(files.stat(shell.path(name), by=by))
        except OSError:
            found.append(None)
    first, second = found
    if operator == "-ef":
        return first is not None and second is not None and first.number == second.number
    if operator == "-ot":
        first, second = second, first
    return first is not None and (second is None or first.mtime > second.mtime)


class ArgumentTest:
    """The expression of ``test``, given as arguments."""

    def __init__(self, shell: Shell, arguments: list[str]) -> None:
        self.shell = shell
        self.arguments = arguments
        self.at = 0

    def value(self) -> bool:
        """POSIX decides by the number of arguments; more than four are parsed."""
        args = self.arguments
        if not args:
            return False
        if len(args) == 1:
            return args[0] != ""
        if len(args) == 2:
            return self._two(args)
        if len(args) == 3 and args[1] in BINARY | {"-a", "-o"}:
            return self._three(args)
        if len(args) == 3 and args[0] == "!":
            return not self._two(args[1:])
        if len(args) == 3 and not (args[0] == "(" and args[2] == ")"):
            raise TestProblem(f"{args[1]}: binary operator expected")
        result = self._either()
        if self.at < len(args):
            raise TestProblem("too many arguments")
        return result

    def _two(self, args: list[str]) -> bool:
        if args[0] == "!":
            return args[1] == ""
        if args[0] in UNARY:
            return unary(self.shell, args[0], args[1])
        raise TestProblem(f"{args[0]}: unary operator expected")

    def _three(self, args: list[str]) -> bool:
        if args[1] == "-a":
            return args[0] != "" and args[2] != ""
        if args[1] == "-o":
            return args[0] != "" or args[2] != ""
        return binary(self.shell, args[0], args[1], args[2])

    def _peek(self, ahead: int = 0) -> str | None:
        position = self.at + ahead
        return self.arguments[position] if position < len(self.arguments) else None

    def _either(self) -> bool:
        value = self._both()
        while self._peek() == "-o":
            self.at += 1
            right = self._both()
            value = value or right
        return value

    def _both(self) -> bool:
        value = self._term()
        while self._peek() == "-a":
            self.at += 1
            right = self._term()
            value = value and right
        return value

    def _term(self) -> bool:
        given = self._peek()
        if given is None:
            raise TestProblem("argument expected")
        following = self._peek(1)
        if following in BINARY and self._peek(2) is not None:
            self.at += 3
            return binary(self.shell, given, following, self.arguments[self.at - 1])
        self.at += 1
        if given == "!":
            return not self._term()
        if given == "(":
            value = self._either()
            if self._peek() != ")":
                raise TestProblem("`)' expected")
            self.at += 1
            return value
        if given in UNARY and following is not None:
            self.at += 1
            return unary(self.shell, given, following)
        return given != ""
