"""Arithmetic of the shell: 64-bit integers, the operators of C, an evaluator of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(
    r"\s*(?:(0[xX][0-9a-fA-F]+|\d+#\w+|\d+\w*)|([A-Za-z_]\w*(?:\[[^\]]*\])?)"
    r"|(\*\*|<<=|>>=|&&|\|\||<<|>>|<=|>=|==|!=|\+\+|--|[-+*/%&|^]=|[-+*/%<>!~&|^?:=(),]))"
)
_LEVELS: dict[str, int] = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7,
    "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10, "**": 12,
}  # fmt: skip
_ASSIGN = ("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^=")
_MAX_DEPTH = 64


class ArithmeticProblem(Exception):
    """The expression cannot be evaluated; the text is bash's, without the prefix."""


def wrap(value: int) -> int:
    """Into the range of a signed 64-bit integer."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def number(text: str) -> int:
    """An integer constant: decimal, octal with a leading 0, 0x, or base#digits."""
    try:
        if "#" in text:
            base, digits = text.split("#", 1)
            return int(digits, int(base))
        if text[:2].lower() == "0x":
            return int(text, 16)
        if len(text) > 1 and text[0] == "0":
            return int(text, 8)
        return int(text)
    except ValueError:
        raise ArithmeticProblem(f'{text}: value too great for base (error token is "{text}")') from None


def divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


class Evaluator:
    """Evaluates one expression.

    Args:
        text: the expression, with its ``$`` expansions done.
        get: the value of a variable as text (empty when unset); gets ``name`` or ``name[index]``.
        put: sets a variable.
    """

    def __init__(
        self, text: str, get: Callable[[str], str], put: Callable[[str, str], None], depth: int = 0
    ) -> None:
        self.text = text
        self.get = get
        self.put = put
        self.depth = depth
        self.tokens = self._tokens()
        self.at = 0
        self.live = True

    def _tokens(self) -> list[tuple[str, str, int]]:
        found = []
        at = 0
        text = self.text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if not match:
                rest = text[at:].lstrip()
                raise ArithmeticProblem(
                    f'{self.text}: syntax error: invalid arithmetic operator (error token is "{rest}")'
                )
            kind = "number" if match[1] else "name" if match[2] else "operator"
            found.append((kind, match[match.lastindex or 0], match.start(match.lastindex or 0)))
            at = match.end()
        return found

    def value(self) -> int:
        if not self.tokens:
            return 0
        result = self.comma()
        if self.at < len(self.tokens):
            raise self.problem("syntax error in expression")
        return result

    def problem(self, what: str) -> ArithmeticProblem:
        if self.at < len(self.tokens):
            rest = self.text[self.tokens[self.at][2] :]
        else:
            rest = self.text[self.tokens[-1][2] :] if self.tokens else self.text
        return ArithmeticProblem(f'{self.text}: {what} (error token is "{rest}")')

    def peek(self) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "operator":
            return self.tokens[self.at][1]
        return ""

    def comma(self) -> int:
        value = self.assignment()
        while self.peek() == ",":
            self.at += 1
            value = self.assignment()
        return value

    def assignment(self) -> int:
        if self.at + 1 < len(self.tokens) and self.tokens[self.at][0] == "name":
            kind, operator, _ = self.tokens[self.at + 1]
            if kind == "operator" and operator in _ASSIGN:
                name = self.tokens[self.at][1]
                self.at += 2
                right = self.assignment()
                if operator != "=":
                    right = self.apply(operator[:-1], self.variable(name), right)
                self.store(name, right)
                return right
        return self.ternary()

    def ternary(self) -> int:
        condition = self.binary(1)
        if self.peek() != "?":
            return condition
        self.at += 1
        live = self.live
        self.live = live and condition != 0
        first = self.assignment()
        if self.peek() != ":":
            raise self.problem("`:' expected for conditional expression")
        self.at += 1
        self.live = live and condition == 0
        second = self.assignment()
        self.live = live
        return first if condition else second

    def binary(self, level: int) -> int:
        left = self.unary()
        while (strength := _LEVELS.get(self.peek(), 0)) >= level:
            operator = self.peek()
            self.at += 1
            live = self.live
            if operator in ("&&", "||"):
                self.live = live and (left != 0) == (operator == "&&")
            right = self.binary(strength if operator == "**" else strength + 1)
            self.live = live
            left = self.apply(operator, left, right)
        return left

    def apply(self, operator: str, left: int, right: int) -> int:
        if operator in ("/", "%"):
            if right == 0:
                if not self.live:
                    return 0
                self.at -= 1
                raise self.problem("division by 0")
            quotient = divide(left, right)
            return wrap(quotient if operator == "/" else left - quotient * right)
        if operator == "**" and right < 0:
            self.at -= 1
            raise self.problem("exponent less than 0")
        return wrap(_OPERATIONS[operator](left, right))

    def unary(self) -> int:
        operator = self.peek()
        if operator in ("++", "--"):
            self.at += 1
            if self.at < len(self.tokens) and self.tokens[self.at][0] == "name":
                name = self.tokens[self.at][1]
                self.at += 1
                value = wrap(self.variable(name) + (1 if operator == "++" else -1))
                self.store(name, value)
                return value
            return self.unary() if operator == "++" else -self.unary() * -1
        if operator in ("+", "-", "!", "~"):
            self.at += 1
            value = self.unary()
            return {"+": value, "-": wrap(-value), "!": int(not value), "~": ~value}[operator]
        return self.primary()

    def primary(self) -> int:
        if self.at >= len(self.tokens):
            raise self.problem("syntax error: operand expected")
        kind, text, _ = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            return wrap(number(text))
        if kind == "name":
            self.at += 1
            value = self.variable(text)
            step = self.peek()
            if step in ("++", "--"):
                self.at += 1
                self.store(text, wrap(value + (1 if step == "++" else -1)))
            return value
        if text == "(":
            self.at += 1
            value = self.comma()
            if self.peek() != ")":
                raise self.problem("missing `)'")
            self.at += 1
            return value
        raise self.problem("syntax error: operand expected")

    def variable(self, name: str) -> int:
        """A variable's value is itself an expression, as in bash."""
        text = self.get(name).strip()
        if not text:
            return 0
        if re.fullmatch(r"-?\d+", text) and not re.match(r"-?0\d", text):
            return wrap(int(text))
        if self.depth > _MAX_DEPTH:
            raise ArithmeticProblem(f'{text}: expression recursion level exceeded (error token is "{text}")')
        return Evaluator(text, self.get, self.put, self.depth + 1).value()

    def store(self, name: str, value: int) -> None:
        if self.live:
            self.put(name, str(value))


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "||": lambda a, b: int(bool(a) or bool(b)),
    "&&": lambda a, b: int(bool(a) and bool(b)),
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b % 64),
    ">>": lambda a, b: a >> (b % 64),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "**": lambda a, b: pow(a, b, 1 << 64) if b > 64 else a**b,
}
