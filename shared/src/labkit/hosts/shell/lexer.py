"""The tokens of a script: words, operators, redirections."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.hosts.shell import scanner
from labkit.hosts.shell.syntax import Word
from labkit.hosts.shell.words import literal, parse_quoted

_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;&|()\n]")
_REDIRECT = re.compile(r"(\d*)(&>>|&>|<<<|<<-|<<|<&|<>|<\(|>\(|>>|>&|>\||<|>)")
_SIMPLE_WORD = re.compile(r"[A-Za-z0-9_./:,@%^+=~-]+(?=[ \t\n;|)]|$)")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, operator, redirect or end; ``text`` is raw; ``descriptor`` is a redirection's number."""

    kind: str
    text: str
    start: int
    end: int
    line: int
    descriptor: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A here-document as found in the text."""

    body: str
    quoted: bool

    def word(self) -> Word:
        return literal(self.body) if self.quoted else parse_quoted(self.body, document=True)


class Lexer:
    """Reads tokens one by one from ``at``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.warnings: list[str] = []
        self._line = 1
        self._counted = 0
        # Bodies of here-documents: where the line before them ends -> where they end.
        self._bodies: dict[int, int] = {}

    def _line_at(self, position: int) -> int:
        self._line += self.text.count("\n", self._counted, position)
        self._counted = position
        return self._line

    def jump(self, position: int) -> Token:
        """Go on reading at ``position``."""
        self.at = position
        return self.next()

    def peek(self, text: str) -> bool:
        """Whether ``text`` comes next, after blanks."""
        at = self.at
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        return self.text.startswith(text, at)

    def next(self) -> Token:  # noqa: C901 - one branch per case
        text, at = self.text, self.at
        size = len(text)
        while at < size:
            char = text[at]
            if char in " \t":
                at += 1
            elif char == "\\" and text.startswith("\n", at + 1):
                at += 2
            elif char == "#":
                end = text.find("\n", at)
                at = size if end < 0 else end
            else:
                break
        if at >= size:
            self.at = at
            return Token("end", "", at, at, self._line_at(min(at, size)))
        line = self._line_at(at)
        if match := _SIMPLE_WORD.match(text, at):
            self.at = match.end()
            return Token("word", match[0], at, self.at, line)
        if text.startswith("<(", at):
            self.at = scanner.skip_parentheses(text, at + 2)
            return Token("word", text[at : self.at], at, self.at, line)
        if match := _REDIRECT.match(text, at):
            self.at = match.end()
            number = int(match[1]) if match[1] else None
            return Token("redirect", match[2], at, self.at, line, number)
        if match := _OPERATOR.match(text, at):
            self.at = match.end()
            if match[0] == "\n":
                self.at = self._bodies.pop(at, self.at)
            return Token("operator", match[0], at, match.end(), line)
        self.at = scanner.skip_word(text, at)
        return Token("word", text[at : self.at], at, self.at, line)

    def document(self, operator: str) -> Document:
        """Read the delimiter that follows ``<<`` and find the body behind the end of the line."""
        text = self.text
        while text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        end = scanner.skip_word(text, self.at)
        raw = text[self.at : end]
        line = self._line_at(self.at)
        self.at = end
        delimiter = scanner.unquote(raw)
        newline = self._end_of_line(end)
        start = self._bodies.get(newline, newline + 1)
        body, after, found = scanner.skip_document(text, start, delimiter, operator == "<<-")
        if not found:
            last = text.count("\n")
            self.warnings.append(
                f"line {last}: warning: here-document at line {line} delimited by end-of-file"
                f" (wanted `{delimiter}')"
            )
        self._bodies[newline] = after
        return Document(body, raw != delimiter)

    def _end_of_line(self, at: int) -> int:
        text = self.text
        while at < len(text) and text[at] != "\n":
            if text[at] == "#" and text[at - 1] in " \t;&|(":
                end = text.find("\n", at)
                return len(text) if end < 0 else end
            at = scanner._skip_quoted(text, at)
        return min(at, len(text))
