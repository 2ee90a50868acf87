"""The awk language: tokens and tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from labkit.hosts.regex import RegexProblem, translate

FUNCTIONS = (
    "length",
    "substr",
    "index",
    "split",
    "sub",
    "gsub",
    "match",
    "sprintf",
    "tolower",
    "toupper",
    "int",
    "sqrt",
    "log",
    "exp",
    "sin",
    "cos",
    "atan2",
    "rand",
    "srand",
    "systime",
    "strftime",
)
_UNSUPPORTED = ("getline", "function", "func", "close", "system", "fflush", "gensub", "nextfile")
KEYWORDS = (
    "BEGIN",
    "END",
    "if",
    "else",
    "while",
    "do",
    "for",
    "in",
    "next",
    "exit",
    "break",
    "continue",
    "print",
    "printf",
    "delete",
    "return",
)
_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<string>\"(?:[^\"\\\n]|\\.)*\")|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<op>&&|\|\||\+\+|--|\+=|-=|\*=|/=|%=|\^=|==|<=|>=|!=|!~|>>|\*\*|[-+*/%^!<>~?:=,;\n(){}\[\]$|])"
)
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    '"': '"',
    "/": "/",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}


class AwkProblem(Exception):
    """A program that is wrong or uses what is not supported here."""


@dataclass
class Node:
    """An expression or statement: what it is and its parts."""

    kind: str
    parts: list[Any] = field(default_factory=list)


@dataclass
class Rule:
    """``pattern { action }``; kind is BEGIN, END, always, expr or range."""

    kind: str
    pattern: Node | None
    end: Node | None
    action: Node | None
    inside: bool = False


def compile_regex(source: str) -> re.Pattern[str]:
    """An extended expression of awk."""
    try:
        return re.compile(translate(source, extended=True))
    except (RegexProblem, re.error) as problem:
        raise AwkProblem(f"regular expression compile failed ({problem})\n{source}") from None


class Parser:
    """Parses one program."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.previous = ""
        self.kind, self.value = "", ""
        self.advance()

    # -- tokens ----------------------------------------------------------------------------------

    def advance(self) -> None:
        text = self.text
        while True:
            if match := re.compile(r"[ \t\r]+|\\\n|#[^\n]*").match(text, self.at):
                self.at = match.end()
            else:
                break
        if self.kind != "newline":
            self.previous = self.value
        if self.at >= len(text):
            self.kind, self.value = "end", ""
            return
        match = _TOKEN.match(text, self.at)
        if not match:
            raise self.problem(text[self.at])
        self.at = match.end()
        self.kind, self.value = match.lastgroup or "", match[0]
        self.line += self.value == "\n"

    def problem(self, near: str | None = None) -> AwkProblem:
        shown = self.value if near is None else near
        shown = "end of file" if self.kind == "end" and near is None else f"{shown}".replace("\n", "newline")
        return AwkProblem(f"line {self.line}: syntax error at or near {shown}")

    def is_op(self, *values: str) -> bool:
        return self.kind == "op" and self.value in values

    def is_name(self, *values: str) -> bool:
        return self.kind == "name" and self.value in values

    def take(self, value: str) -> None:
        if self.value != value or self.kind not in ("op", "name"):
            raise self.problem()
        self.advance()

    def accept(self, value: str) -> bool:
        if self.value == value and self.kind in ("op", "name"):
            self.advance()
            return True
        return False

    def newlines(self) -> None:
        while self.is_op("\n"):
            self.advance()

    def terminators(self) -> None:
        while self.is_op("\n", ";"):
            self.advance()

    # -- rules -----------------------------------------------------------------------------------

    def program(self) -> list[Rule]:
        rules = []
        self.terminators()
        while self.kind != "end":
            rules.append(self.rule())
            self.terminators()
        return rules

    def rule(self) -> Rule:
        if self.is_name("function", "func"):
            raise AwkProblem("simulated host: functions in awk programs are not supported")
        if self.is_name("BEGIN", "END"):
            kind = self.value
            self.advance()
            return Rule(kind, None, None, self.block())
        if self.is_op("{"):
            return Rule("always", None, None, self.block())
        pattern = self.expression()
        end = None
        if self.accept(","):
            self.newlines()
            end = self.expression()
        action = self.block() if self.is_op("{") else None
        return Rule("range" if end else "expr", pattern, end, action)

    def block(self) -> Node:
        self.take("{")
        statements = []
        self.terminators()
        while not self.is_op("}"):
            statements.append(self.statement())
            self.terminators()
        self.advance()
        return Node("block", statements)

    def end_of_simple(self) -> None:
        if not self.is_op(";", "\n", "}") and self.kind != "end":
            raise self.problem()
        if self.is_op(";", "\n"):
            self.advance()

    def body(self) -> Node:
        self.newlines()
        if self.is_op(";"):
            self.advance()
            return Node("block", [])
        return self.statement()

    def statement(self) -> Node:
        if self.is_op("{"):
            return self.block()
        if self.kind == "name" and self.value in ("if", "while", "do", "for"):
            return getattr(self, f"{self.value}_statement")()  # type: ignore[no-any-return]
        node = self.simple()
        self.end_of_simple()
        return node

    def simple(self) -> Node:
        if self.kind == "name":
            word = self.value
            if word in ("next", "break", "continue"):
                self.advance()
                return Node(word)
            if word == "exit":
                self.advance()
                return Node(
                    "exit", [] if self.is_op(";", "\n", "}") or self.kind == "end" else [self.expression()]
                )
            if word in ("print", "printf"):
                return self.print_statement(word)
            if word == "delete":
                self.advance()
                name = self.value
                self.advance()
                if not self.is_op("["):
                    return Node("delete", [name, None])
                return Node("delete", [name, self.subscript()])
        return Node("expr", [self.expression()])

    def print_statement(self, word: str) -> Node:
        self.advance()
        arguments: list[Node] = []
        if not (self.is_op(";", "\n", "}", ">", ">>", "|") or self.kind == "end"):
            if self.is_op("("):
                start = (self.at, self.kind, self.value, self.line)
                self.advance()
                arguments = self.expressions(")")
                self.take(")")
                if not (self.is_op(";", "\n", "}", ">", ">>", "|") or self.kind == "end"):
                    self.at, self.kind, self.value, self.line = start
                    arguments = self.expressions("", no_greater=True)
            else:
                arguments = self.expressions("", no_greater=True)
        if self.is_op(">", ">>", "|"):
            raise AwkProblem(f"simulated host: output by {word} {self.value} is not supported")
        return Node(word, [arguments])

    def if_statement(self) -> Node:
        self.advance()
        self.take("(")
        condition = self.expression()
        self.take(")")
        then = self.body()
        state = (self.at, self.kind, self.value, self.line)
        self.terminators()
        if self.accept("else"):
            return Node("if", [condition, then, self.body()])
        self.at, self.kind, self.value, self.line = state
        return Node("if", [condition, then, None])

    def while_statement(self) -> Node:
        self.advance()
        self.take("(")
        condition = self.expression()
        self.take(")")
        return Node("while", [condition, self.body()])

    def do_statement(self) -> Node:
        self.advance()
        body = self.body()
        self.terminators()
        self.take("while")
        self.take("(")
        condition = self.expression()
        self.take(")")
        self.end_of_simple()
        return Node("do", [body, condition])

    def for_statement(self) -> Node:
        self.advance()
        self.take("(")
        match = re.compile(r"\s*in\s+([A-Za-z_]\w*)\s*\)").match(self.text, self.at)
        if self.kind == "name" and match:
            name = self.value
            self.at = match.end()
            self.advance()
            return Node("forin", [name, match[1], self.body()])
        start = None if self.is_op(";") else self.simple()
        self.take(";")
        condition = None if self.is_op(";") else self.expression()
        self.take(";")
        step = None if self.is_op(")") else self.simple()
        self.take(")")
        return Node("for", [start, condition, step, self.body()])

    # -- expressions -----------------------------------------------------------------------------

    def expressions(self, closer: str, *, no_greater: bool = False) -> list[Node]:
        found: list[Node] = []
        if closer and self.is_op(closer):
            return found
        while True:
            found.append(self.expression(no_greater=no_greater))
            if not self.accept(","):
                return found
            self.newlines()

    no_greater = False

    def expression(self, *, no_greater: bool = False) -> Node:
        before, self.no_greater = self.no_greater, no_greater
        try:
            return self.ternary()
        finally:
            self.no_greater = before

    def ternary(self) -> Node:
        left = self.logical_or()
        if self.accept("?"):
            self.newlines()
            yes = self.ternary()
            self.newlines()
            self.take(":")
            self.newlines()
            return Node("?", [left, yes, self.ternary()])
        if self.is_op("=", "+=", "-=", "*=", "/=", "%=", "^=") and left.kind in ("var", "index", "$"):
            operator = self.value
            self.advance()
            self.newlines()
            return Node("assign", [operator, left, self.ternary()])
        return left

    def logical_or(self) -> Node:
        left = self.logical_and()
        while self.accept("||"):
            self.newlines()
            left = Node("||", [left, self.logical_and()])
        return left

    def logical_and(self) -> Node:
        left = self.membership()
        while self.accept("&&"):
            self.newlines()
            left = Node("&&", [left, self.membership()])
        return left

    def membership(self) -> Node:
        left = self.matching()
        while self.is_name("in"):
            self.advance()
            left = Node("in", [[left], self.value])
            self.advance()
        return left

    def matching(self) -> Node:
        left = self.comparison()
        while self.is_op("~", "!~"):
            operator = self.value
            self.advance()
            left = Node(operator, [left, self.comparison()])
        return left

    def comparison(self) -> Node:
        left = self.concatenation()
        if self.is_op("<", "<=", "==", "!=", ">=") or (self.is_op(">") and not self.no_greater):
            operator = self.value
            self.advance()
            left = Node("compare", [operator, left, self.concatenation()])
        if self.is_op("|"):
            raise AwkProblem("simulated host: pipes in awk programs are not supported")
        return left

    def concatenation(self) -> Node:
        left = self.additive()
        while (
            self.kind in ("number", "string")
            or (self.kind == "name" and self.value not in KEYWORDS)
            or self.is_op("$", "!", "(", "-", "+", "++", "--")
        ):
            if self.is_op("!"):
                break
            left = Node("concat", [left, self.additive()])
        return left

    def additive(self) -> Node:
        left = self.multiplicative()
        while self.is_op("+", "-"):
            operator = self.value
            self.advance()
            left = Node("math", [operator, left, self.multiplicative()])
        return left

    def multiplicative(self) -> Node:
        left = self.unary()
        while self.is_op("*", "/", "%"):
            operator = self.value
            self.advance()
            left = Node("math", [operator, left, self.unary()])
        return left

    def unary(self) -> Node:
        if self.is_op("!", "-", "+"):
            operator = self.value
            self.advance()
            return Node("unary", [operator, self.unary()])
        return self.power()

    def power(self) -> Node:
        left = self.postfix()
        if self.is_op("^", "**"):
            self.advance()
            right = self.unary() if self.is_op("-", "+", "!") else self.power()
            return Node("math", ["^", left, right])
        return left

    def postfix(self) -> Node:
        node = self.primary()
        if self.is_op("++", "--") and node.kind in ("var", "index", "$"):
            operator = self.value
            self.advance()
            return Node("post", [operator, node])
        return node

    def primary(self) -> Node:
        kind, value = self.kind, self.value
        if kind == "number":
            self.advance()
            return Node("number", [float(value)])
        if kind == "string":
            self.advance()
            return Node("string", [_string(value[1:-1])])
        if kind == "name":
            return self.named(value)
        if self.is_op("$"):
            self.advance()
            if self.is_op("++", "--"):
                operator = self.value
                self.advance()
                return Node("$", [Node("pre", [operator, self.primary()])])
            return Node("$", [Node("unary", ["-", self.primary()]) if self.accept("-") else self.primary()])
        if self.is_op("++", "--"):
            self.advance()
            return Node("pre", [value, self.primary()])
        if self.is_op("("):
            return self.grouping()
        if self.is_op("/", "/="):
            return self.regex()
        raise self.problem()

    def grouping(self) -> Node:
        self.advance()
        before, self.no_greater = self.no_greater, False
        items = self.expressions(")")
        self.no_greater = before
        self.take(")")
        if len(items) > 1:
            if not self.accept("in"):
                raise self.problem()
            name = self.value
            self.advance()
            return Node("in", [items, name])
        return Node("group", items)

    def regex(self) -> Node:
        start = self.at - (len(self.value) - 1)
        match = re.compile(r"((?:[^/\\\n\[]|\\.|\[\^?\]?(?:[^\]\\\n]|\\.)*\])*)/").match(self.text, start)
        if not match:
            raise AwkProblem(f"line {self.line}: unterminated regular expression")
        self.at = match.end()
        self.advance()
        return Node("regex", [compile_regex(match[1].replace("\\/", "/"))])

    def named(self, name: str) -> Node:
        if name in _UNSUPPORTED:
            raise AwkProblem(f"simulated host: {name} is not supported in awk programs")
        if name in KEYWORDS:
            raise self.problem()
        self.advance()
        if name in FUNCTIONS:
            if self.is_op("("):
                self.advance()
                before, self.no_greater = self.no_greater, False
                arguments = self.expressions(")")
                self.no_greater = before
                self.take(")")
                return Node("call", [name, arguments])
            if name == "length":
                return Node("call", [name, []])
            raise self.problem()
        if self.is_op("["):
            return Node("index", [name, self.subscript()])
        if self.is_op("(") and self.text[self.at - 2 : self.at - 1].isalnum():
            raise AwkProblem(f"line {self.line}: function {name} never defined")
        return Node("var", [name])

    def subscript(self) -> list[Node]:
        self.take("[")
        before, self.no_greater = self.no_greater, False
        items = self.expressions("]")
        self.no_greater = before
        self.take("]")
        return items


def _string(raw: str) -> str:
    return re.sub(
        r"\\([0-7]{1,3}|.)",
        lambda m: chr(int(m[1], 8)) if m[1][0] in "01234567" else _ESCAPES.get(m[1], "\\" + m[1]),
        raw,
    )
