"""From words to text: parameters, substitutions, splitting, globbing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from labkit.hosts.shell import patterns
from labkit.hosts.shell.arithmetic import ArithmeticProblem, Evaluator
from labkit.hosts.shell.control import ExpansionProblem
from labkit.hosts.shell.parameters import ParameterExpander
from labkit.hosts.shell.syntax import (
    ArithmeticText,
    CommandText,
    Parameter,
    Part,
    ProcessText,
    Program,
    Simple,
    Text,
    Tilde,
    Word,
)

if TYPE_CHECKING:
    from labkit.hosts.shell.interpreter import Shell

Segments = list[tuple[str, bool]]
_WILD = re.compile(r"[*?\[]")
_DEFAULT_IFS = " \t\n"


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class Expander:
    """Expands words for one shell."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.parameters = ParameterExpander(self)

    # -- results ---------------------------------------------------------------------------------

    def fields(self, words: Iterable[Word]) -> list[str]:
        """Command arguments: split and globbed."""
        found: list[str] = []
        for word in words:
            if word.plain is not None:
                found.append(word.plain)
            else:
                for segments in self._split_word(word):
                    found += self._glob(segments)
        return found

    def text(self, word: Word | None) -> str:
        """One string, neither split nor globbed: assignments, here-documents, ``case`` subjects."""
        if word is None:
            return ""
        if word.plain is not None:
            return word.plain
        return "".join(self._plain(part) for part in word.parts)

    def pattern(self, word: Word | None) -> str:
        """A pattern in which everything quoted stands for itself."""
        if word is None:
            return ""
        out = []
        for part in word.parts:
            text = self._plain(part)
            quoted = isinstance(part, Tilde) or part.quoted
            out.append(patterns.escape(text) if quoted else text)
        return "".join(out)

    def regex(self, word: Word) -> str:
        """The right side of ``=~``: quoted parts stand for themselves."""
        out = []
        for part in word.parts:
            text = self._plain(part)
            quoted = isinstance(part, Tilde) or part.quoted
            out.append(re.escape(text) if quoted else text)
        return "".join(out)

    def arithmetic(self, word: Word) -> int:
        """The value of an arithmetic expression."""
        text = self.text(word)
        variables = self.parameters
        try:
            return Evaluator(text.lstrip(), variables.arithmetic_get, variables.arithmetic_put).value()
        except ArithmeticProblem as problem:
            raise ExpansionProblem(str(problem)) from None

    # -- parts -----------------------------------------------------------------------------------

    def value(self, part: Part) -> str | list[str]:
        """What a part stands for; a list for ``$@`` and its kin."""
        if isinstance(part, Text):
            return part.text
        if isinstance(part, Parameter):
            return self.parameters.value(part)
        if isinstance(part, CommandText):
            return self.substitute(part.program)
        if isinstance(part, ProcessText):
            return self.shell.substitute_process(part.program)
        if isinstance(part, ArithmeticText):
            return str(self.arithmetic(part.expression))
        return self.home(part.user)

    def _plain(self, part: Part) -> str:
        value = self.value(part)
        if isinstance(value, str):
            return value
        star = isinstance(part, Parameter) and (part.name == "*" or (part.index and part.index.raw == "*"))
        return (self.ifs()[:1] if star else " ").join(value)

    def ifs(self) -> str:
        value = self.shell.state.get("IFS")
        return _DEFAULT_IFS if value is None else value

    def home(self, user: str) -> str:
        if not user:
            return self.shell.state.get("HOME") or self.shell.state.account.home
        users = self.shell.session.machine.users
        accounts = {account.name: account.home for account in users.accounts()}
        return accounts.get(user, "~" + user)

    def substitute(self, program: Program) -> str:
        """The output of a command substitution, without its last newlines."""
        shell = self.shell
        only = program.items[0] if len(program.items) == 1 else None
        if isinstance(only, Simple) and not only.words and not only.assignments and len(only.redirects) == 1:
            redirect = only.redirects[0]
            if redirect.operator == "<":
                data = shell.read_for_substitution(self.text(redirect.target))
                return decode(data.replace(b"\0", b"")).rstrip("\n")
        status, output = shell.capture(program)
        shell.state.status = status
        shell.substituted = True
        return decode(output.replace(b"\0", b"")).rstrip("\n")

    # -- splitting -------------------------------------------------------------------------------

    def _split_word(self, word: Word) -> list[Segments]:
        fields: list[Segments] = []
        current: Segments | None = None
        for part in word.parts:
            quoted = isinstance(part, Tilde) or part.quoted
            value = self.value(part)
            if isinstance(part, Text) or (quoted and isinstance(value, str)):
                current = current if current is not None else []
                current.append((str(value), quoted))
            elif quoted:
                current = self._add_list(fields, current, list(value), part)
            else:
                for position, item in enumerate([value] if isinstance(value, str) else value):
                    if position and current is not None:
                        fields.append(current)
                        current = None
                    current = self._add_split(fields, current, item)
        if current is not None:
            fields.append(current)
        return fields

    def _add_list(
        self, fields: list[Segments], current: Segments | None, values: list[str], part: Part
    ) -> Segments | None:
        if isinstance(part, Parameter) and (part.name == "*" or (part.index and part.index.raw == "*")):
            return [*(current or []), (self.ifs()[:1].join(values), True)]
        for position, value in enumerate(values):
            if position and current is not None:
                fields.append(current)
                current = None
            current = [*(current or []), (value, True)]
        return current

    def _add_split(self, fields: list[Segments], current: Segments | None, value: str) -> Segments | None:
        """Split a value at IFS; what touches its neighbours joins them."""
        pieces, leading, trailing = split_fields(value, self.ifs())
        if leading and current is not None:
            fields.append(current)
            current = None
        for position, piece in enumerate(pieces):
            if position and current is not None:
                fields.append(current)
                current = None
            current = [*(current or []), (piece, False)]
        if trailing and current is not None:
            fields.append(current)
            current = None
        return current

    def _glob(self, segments: Segments) -> list[str]:
        text = "".join(piece for piece, _quoted in segments)
        if "f" in self.shell.state.options or not any(
            not quoted and _WILD.search(piece) for piece, quoted in segments
        ):
            return [text]
        pattern = "".join(
            patterns.escape(piece) if quoted else piece.replace("\\", "\\\\") for piece, quoted in segments
        )
        shell = self.shell
        files = shell.session.machine.files
        return patterns.glob(pattern, files, shell.state.credentials, shell.state.cwd) or [text]


def split_fields(value: str, ifs: str) -> tuple[list[str], bool, bool]:
    """Split as POSIX says: the pieces, and whether a delimiter stood first or last."""
    if not value:
        return [], False, False
    if ifs == _DEFAULT_IFS:
        pieces = re.findall(r"[^ \t\n]+", value)
        return pieces, value[0] in ifs, value[-1] in ifs
    if not ifs:
        return [value], False, False
    white = "".join(char for char in ifs if char in _DEFAULT_IFS)
    hard = "".join(char for char in ifs if char not in _DEFAULT_IFS)
    pieces, at, size = [], 0, len(value)
    while at < size and value[at] in white:
        at += 1
    leading = at > 0
    trailing = False
    while at < size:
        end = at
        while end < size and value[end] not in ifs:
            end += 1
        pieces.append(value[at:end])
        trailing = end < size
        while end < size and value[end] in white:
            end += 1
        if end < size and value[end] in hard:
            end += 1
            while end < size and value[end] in white:
                end += 1
        at = end
    return pieces, leading, trailing
