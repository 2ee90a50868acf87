"""The grammar inside ``[[ ]]``."""

from __future__ import annotations

import re

from labkit.hosts.shell import scanner
from labkit.hosts.shell.syntax import Binary, Both, Either, Not, ShellSyntaxError, Test, Unary
from labkit.hosts.shell.words import parse_word

UNARY = frozenset("-" + letter for letter in "abcdefghkprstuwxzGLNOSnov")
BINARY = frozenset(
    ("=", "==", "!=", "<", ">", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef")
)
_OPERATOR = re.compile(r"&&|\|\||[()<>\n]")


class ConditionParser:
    """Parses one conditional expression.

    Args:
        text: the whole script.
        at: just behind ``[[``.
        line: for messages.
    """

    def __init__(self, text: str, at: int, line: int) -> None:
        self.text = text
        self.at = at
        self.line = line

    def parse(self) -> tuple[Test, int]:
        """The expression and the position behind ``]]``."""
        test = self.either()
        if self.peek() != "]]":
            raise self.problem("syntax error in conditional expression")
        self.take()
        return test, self.at

    def problem(self, message: str) -> ShellSyntaxError:
        return ShellSyntaxError(message, self.line, incomplete=self.peek() == "")

    def _skip(self) -> None:
        while self.text[self.at : self.at + 1] in (" ", "\t", "\n") and self.at < len(self.text):
            self.at += 1

    def peek(self) -> str:
        start = self.at
        given = self.take()
        self.at = start
        return given

    def take(self, *, regex: bool = False) -> str:
        """The next given, raw; empty at the end of the script."""
        self._skip()
        start = self.at
        if regex:
            return self._regex()
        if match := _OPERATOR.match(self.text, start):
            self.at = match.end()
            return match[0]
        self.at = scanner.skip_word(self.text, start)
        if self.at == start and start < len(self.text):
            self.at += 1
        return self.text[start : self.at]

    def _regex(self) -> str:
        """The right side of ``=~``, in which parentheses and bars are ordinary."""
        start, depth = self.at, 0
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char in " \t\n" and depth == 0:
                break
            depth += (char == "(") - (char == ")")
            self.at = scanner._skip_quoted(text, self.at)
        return text[start : self.at]

    def either(self) -> Test:
        left = self.both()
        while self.peek() == "||":
            self.take()
            left = Either(left, self.both())
        return left

    def both(self) -> Test:
        left = self.term()
        while self.peek() == "&&":
            self.take()
            left = Both(left, self.term())
        return left

    def term(self) -> Test:
        given = self.take()
        if given == "!":
            return Not(self.term())
        if given == "(":
            inner = self.either()
            if self.take() != ")":
                raise self.problem("expected `)'")
            return inner
        following = self.peek()
        if given in UNARY and following not in ("]]", "&&", "||", ")", "") and following not in BINARY:
            return Unary(given, parse_word(self.take()))
        if following in BINARY:
            operator = self.take()
            right = self.take(regex=operator == "=~")
            if right in ("", "]]"):
                raise self.problem(
                    f"unexpected argument `{right or 'newline'}' to conditional binary operator"
                )
            return Binary(operator, parse_word(given), parse_word(right))
        if following not in ("]]", "&&", "||", ")"):
            shown = "" if following else "unexpected given `newline', "
            raise self.problem(shown + "conditional binary operator expected")
        if given in ("", "]]"):
            raise self.problem("syntax error near `]]'")
        return Unary("-n", parse_word(given))
