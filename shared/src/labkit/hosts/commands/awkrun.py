"""Running an awk program."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from labkit.hosts.commands.awkparse import AwkProblem, Node, Rule, compile_regex
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import Process, reason
from labkit.hosts.streams import Reader

_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class Strnum(str):
    """Text from the input that looks like a number and compares as one."""

    __slots__ = ()


Value = float | str


class _Next(Exception):
    pass


class _Exit(Exception):
    pass


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


def number(value: Value) -> float:
    """A value as a number: the digits it begins with."""
    if isinstance(value, float):
        return value
    match = _NUMBER.match(value)
    return float(match[0]) if match else 0.0


def from_input(text: str) -> str:
    match = _NUMBER.match(text)
    return Strnum(text) if match and not text[match.end() :].strip() and text.strip() else text


class Runner:
    """One run of one program."""

    def __init__(self, process: Process, rules: list[Rule]) -> None:
        self.process = process
        self.rules = rules
        self.variables: dict[str, Value] = {
            "FS": " ", "OFS": " ", "ORS": "\n", "RS": "\n", "NR": 0.0, "FNR": 0.0, "FILENAME": "",
            "SUBSEP": "\x1c", "CONVFMT": "%.6g", "OFMT": "%.6g", "RSTART": 0.0, "RLENGTH": -1.0,
        }  # fmt: skip
        self.arrays: dict[str, dict[str, Value]] = {
            "ENVIRON": {name: from_input(value) for name, value in process.shell.state.environment().items()}
        }
        self.record = ""
        self.fields: list[str] | None = []
        self.status = 0
        self.random = random.Random(0)  # noqa: S311 - awk's own is as predictable

    def assign(self, setting: str) -> None:
        """``name=value`` from the command line."""
        from labkit.hosts.shell.builtins.printing import unescape

        name, equals, value = setting.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise AwkProblem(f"improper assignment: -v {setting}")
        self.variables[name] = from_input(unescape(value, echo=False))

    # -- the run ---------------------------------------------------------------------------------

    def run(self, names: list[str]) -> int:
        try:
            self._rules("BEGIN")
            if any(rule.kind != "BEGIN" for rule in self.rules):
                self._input(names)
        except _Exit:
            pass
        with suppress(_Exit):
            self._rules("END")
        return self.status

    def _rules(self, kind: str) -> None:
        for rule in self.rules:
            if rule.kind == kind and rule.action is not None:
                self.execute(rule.action)

    def _input(self, names: list[str]) -> None:
        from labkit.hosts.commands.awk import is_assignment

        files = [name for name in names if not is_assignment(name)]
        for name in names if files else [*names, "-"]:
            if is_assignment(name):
                self.assign(name)
                continue
            try:
                reader = self.process.open(name)
            except OSError as problem:
                self.process.flush()
                self.process.error(f"cannot open {name} ({reason(problem)})")
                self.status = 2
                continue
            self.variables["FILENAME"] = "" if name == "-" else name
            self.variables["FNR"] = 0.0
            for record in self._records(reader):
                self.process.tick()
                self.variables["NR"] = number(self.variables["NR"]) + 1
                self.variables["FNR"] = number(self.variables["FNR"]) + 1
                self.set_record(record)
                try:
                    self._match_all()
                except _Next:
                    continue

    def _records(self, reader: Reader) -> Iterator[str]:
        separator = self.text(self.variables["RS"])
        if separator == "\n":
            for line in self.process.lines(reader):
                yield decode(line).removesuffix("\n")
            return
        content = decode(reader.read())
        if separator == "":
            yield from (piece for piece in re.split(r"\n\n+", content.strip("\n")) if piece)
            return
        pieces = re.split(separator if len(separator) > 1 else re.escape(separator), content)
        if pieces and pieces[-1] in ("", "\n"):
            pieces.pop()
        yield from pieces

    def _match_all(self) -> None:
        for rule in self.rules:
            if rule.kind in ("BEGIN", "END"):
                continue
            if rule.kind == "range":
                if not rule.inside:
                    rule.inside = self.truth(rule.pattern)
                    if not rule.inside:
                        continue
                rule.inside = not self.truth(rule.end)
            elif rule.kind == "expr" and not self.truth(rule.pattern):
                continue
            if rule.action is None:
                self.process.out(self.whole() + self.text(self.variables["ORS"]))
            else:
                self.execute(rule.action)

    # -- records and fields ------------------------------------------------------------------------

    def set_record(self, text: str) -> None:
        self.record = text
        self.fields = None

    def split(self, text: str, separator: str) -> list[str]:
        if separator == " ":
            return text.split()
        if not text:
            return []
        if separator == "":
            return list(text)
        if len(separator) == 1 and separator != "\\":
            return text.split(separator)
        return (
            compile_regex(separator).split(text)
            if compile_regex(separator).groups == 0
            else _split(compile_regex(separator), text)
        )

    def all_fields(self) -> list[str]:
        if self.fields is None:
            separator = self.text(self.variables["FS"])
            pieces = self.split(self.record, separator)
            if self.variables["RS"] == "" and separator != " ":
                pieces = [part for piece in pieces for part in piece.split("\n")]
            self.fields = pieces
        return self.fields

    def whole(self) -> str:
        return self.record

    def field(self, at: int) -> Value:
        if at < 0:
            raise AwkProblem(f"negative field index ${at}")
        if at == 0:
            return from_input(self.record)
        fields = self.all_fields()
        return from_input(fields[at - 1]) if at <= len(fields) else ""

    def set_field(self, at: int, text: str) -> None:
        if at == 0:
            self.set_record(text)
            return
        fields = self.all_fields()
        fields += [""] * (at - len(fields))
        fields[at - 1] = text
        self.record = self.text(self.variables["OFS"]).join(fields)

    def set_count(self, count: int) -> None:
        fields = self.all_fields()
        del fields[count:]
        fields += [""] * (count - len(fields))
        self.record = self.text(self.variables["OFS"]).join(fields)

    # -- values ----------------------------------------------------------------------------------

    def text(self, value: Value, form: str = "CONVFMT") -> str:
        if not isinstance(value, float):
            return str(value)
        if math.isfinite(value) and value == int(value) and abs(value) < 1e16:
            return str(int(value))
        return str(self.variables[form]) % value

    def truth(self, node: Node | None) -> bool:
        if node is None:
            return True
        value = self.value(node)
        if isinstance(value, float):
            return value != 0
        return number(value) != 0 if isinstance(value, Strnum) else value != ""

    def value(self, node: Node) -> Value:
        return _EXPRESSIONS[node.kind](self, *node.parts)

    def execute(self, node: Node) -> None:
        self.process.tick()
        _STATEMENTS[node.kind](self, *node.parts)

    def variable(self, name: str) -> Value:
        if name == "NF":
            return float(len(self.all_fields()))
        return self.variables.get(name, Strnum(""))

    def key(self, items: list[Node]) -> str:
        return self.text(self.variables["SUBSEP"]).join(self.text(self.value(item)) for item in items)

    def store(self, target: Node, value: Value) -> Value:
        if target.kind == "var":
            name = target.parts[0]
            if name == "NF":
                self.set_count(int(number(value)))
            else:
                self.variables[name] = value
        elif target.kind == "index":
            self.arrays.setdefault(target.parts[0], {})[self.key(target.parts[1])] = value
        else:
            self.set_field(int(number(self.value(target.parts[0]))), self.text(value))
        return value

    # -- expressions -----------------------------------------------------------------------------

    def index(self, name: str, items: list[Node]) -> Value:
        return self.arrays.setdefault(name, {}).setdefault(self.key(items), Strnum(""))

    def assignment(self, operator: str, target: Node, right: Node) -> Value:
        value = self.value(right)
        if operator != "=":
            value = _arithmetic(operator[0], number(self.value(target)), number(value))
        return self.store(target, value)

    def step(self, operator: str, target: Node, *, after: bool) -> float:
        old = number(self.value(target))
        new = old + (1 if operator == "++" else -1)
        self.store(target, new)
        return old if after else new

    def compare(self, operator: str, left_node: Node, right_node: Node) -> float:
        left, right = self.value(left_node), self.value(right_node)
        numeric = all(isinstance(value, float | Strnum) for value in (left, right))
        a: Any = number(left) if numeric else self.text(left)
        b: Any = number(right) if numeric else self.text(right)
        return float(
            {"<": a < b, "<=": a <= b, "==": a == b, "!=": a != b, ">": a > b, ">=": a >= b}[operator]
        )

    def regex_of(self, node: Node) -> re.Pattern[str]:
        if node.kind == "regex":
            return node.parts[0]  # type: ignore[no-any-return]
        return compile_regex(self.text(self.value(node)))

    def matches(self, left: Node, right: Node) -> float:
        return float(self.regex_of(right).search(self.text(self.value(left))) is not None)

    def unary(self, operator: str, node: Node) -> float:
        if operator == "!":
            return float(not self.truth(node))
        return -number(self.value(node)) if operator == "-" else number(self.value(node))

    def call(self, name: str, arguments: list[Node]) -> Value:
        function = getattr(self, f"f_{name}")
        return function(*arguments)  # type: ignore[no-any-return]

    def f_length(self, node: Node | None = None) -> float:
        if node is None:
            return float(len(self.record))
        if node.kind == "var" and node.parts[0] in self.arrays:
            return float(len(self.arrays[node.parts[0]]))
        return float(len(self.text(self.value(node))))

    def f_substr(self, text: Node, start: Node, length: Node | None = None) -> str:
        whole = self.text(self.value(text))
        first = round(number(self.value(start)))
        last = len(whole) + 1 if length is None else first + round(number(self.value(length)))
        return whole[max(first, 1) - 1 : max(last - 1, 0)]

    def f_index(self, text: Node, part: Node) -> float:
        return float(self.text(self.value(text)).find(self.text(self.value(part))) + 1)

    def f_split(self, text: Node, array: Node, separator: Node | None = None) -> float:
        whole = self.text(self.value(text))
        if separator is None:
            pieces = self.split(whole, self.text(self.variables["FS"]))
        elif separator.kind == "regex":
            pieces = _split(separator.parts[0], whole) if whole else []
        else:
            pieces = self.split(whole, self.text(self.value(separator)))
        self.arrays[array.parts[0]] = {str(at): from_input(piece) for at, piece in enumerate(pieces, 1)}
        return float(len(pieces))

    def _substitute(self, pattern: Node, replacement: Node, target: Node | None, count: int) -> float:
        new = self.text(self.value(replacement))
        where = target or Node("$", [Node("number", [0.0])])
        pieces = re.split(r"(\\\\|\\&|&)", new)

        def expand(match: re.Match[str]) -> str:
            return "".join({"&": match[0], "\\&": "&", "\\\\": "\\"}.get(piece, piece) for piece in pieces)

        text, done = self.regex_of(pattern).subn(expand, self.text(self.value(where)), count=count)
        if done:
            self.store(where, text)
        return float(done)

    def f_sub(self, pattern: Node, replacement: Node, target: Node | None = None) -> float:
        return self._substitute(pattern, replacement, target, 1)

    def f_gsub(self, pattern: Node, replacement: Node, target: Node | None = None) -> float:
        return self._substitute(pattern, replacement, target, 0)

    def f_match(self, text: Node, pattern: Node) -> float:
        match = self.regex_of(pattern).search(self.text(self.value(text)))
        self.variables["RSTART"] = float(match.start() + 1) if match else 0.0
        self.variables["RLENGTH"] = float(match.end() - match.start()) if match else -1.0
        return number(self.variables["RSTART"])

    def f_sprintf(self, form: Node, *arguments: Node) -> str:
        return self.format(self.text(self.value(form)), [self.value(node) for node in arguments])

    def f_tolower(self, node: Node) -> str:
        return self.text(self.value(node)).lower()

    def f_toupper(self, node: Node) -> str:
        return self.text(self.value(node)).upper()

    def f_int(self, node: Node) -> float:
        return float(int(number(self.value(node))))

    def _math(self, function: Callable[[float], float], node: Node) -> float:
        try:
            return function(number(self.value(node)))
        except ValueError:
            return math.nan

    def f_sqrt(self, node: Node) -> float:
        return self._math(math.sqrt, node)

    def f_log(self, node: Node) -> float:
        return self._math(math.log, node)

    def f_exp(self, node: Node) -> float:
        return self._math(math.exp, node)

    def f_sin(self, node: Node) -> float:
        return self._math(math.sin, node)

    def f_cos(self, node: Node) -> float:
        return self._math(math.cos, node)

    def f_atan2(self, y: Node, x: Node) -> float:
        return math.atan2(number(self.value(y)), number(self.value(x)))

    def f_rand(self) -> float:
        return self.random.random()

    def f_srand(self, node: Node | None = None) -> float:
        self.random.seed(number(self.value(node)) if node else self.process.time)
        return 0.0

    def f_systime(self) -> float:
        return float(int(self.process.time))

    def f_strftime(self, form: Node | None = None, moment: Node | None = None) -> str:
        text = self.text(self.value(form)) if form else "%c"
        return clock_text(number(self.value(moment)) if moment else self.process.time, text)

    def format(self, form: str, values: list[Value]) -> str:
        """printf of awk: numbers and texts turn into each other as needed."""
        queue = list(values)

        def one(match: re.Match[str]) -> str:
            flags, width, precision, letter = match.groups()
            if letter == "%":
                return "%"
            if width == "*":
                width = self.text(queue.pop(0)) if queue else ""
            if precision == ".*":
                precision = "." + (self.text(queue.pop(0)) if queue else "")
            if not queue:
                raise AwkProblem(f'not enough arguments passed to sprintf("{form}")')
            value = queue.pop(0)
            spec = f"%{flags}{width or ''}{precision or ''}"
            if letter == "c":
                text = self.text(value)
                return (spec + "s") % (chr(int(value)) if isinstance(value, float) else text[:1])
            if letter == "s":
                return (spec + "s") % self.text(value)
            if letter in "di":
                return (spec + "d") % int(number(value))
            if letter in "oxXu":
                return (spec + letter.replace("u", "d")) % int(number(value))
            return (spec + letter) % number(value)

        return re.sub(r"%([-+ #0]*)(\*|\d+)?(\.\*|\.\d*)?([a-zA-Z%])", one, form)

    # -- statements ------------------------------------------------------------------------------

    def print_(self, arguments: list[Node]) -> None:
        texts = [self.text(self.value(node), "OFMT") for node in arguments] if arguments else [self.record]
        self.process.out(self.text(self.variables["OFS"]).join(texts) + self.text(self.variables["ORS"]))

    def printf(self, arguments: list[Node]) -> None:
        values = [self.value(node) for node in arguments]
        self.process.out(self.format(self.text(values[0]), values[1:]))

    def if_(self, condition: Node, then: Node, otherwise: Node | None) -> None:
        if self.truth(condition):
            self.execute(then)
        elif otherwise is not None:
            self.execute(otherwise)

    def loop(self, condition: Node | None, step: Node | None, body: Node, *, first: bool = False) -> None:
        while first or self.truth(condition):
            first = False
            try:
                self.execute(body)
            except _Break:
                return
            except _Continue:
                pass
            if step is not None:
                self.execute(step)

    def for_(self, start: Node | None, condition: Node | None, step: Node | None, body: Node) -> None:
        if start is not None:
            self.execute(start)
        self.loop(condition, step, body)

    def for_in(self, name: str, array: str, body: Node) -> None:
        for key in list(self.arrays.get(array, {})):
            self.variables[name] = from_input(key)
            try:
                self.execute(body)
            except _Break:
                return
            except _Continue:
                continue

    def delete(self, name: str, items: list[Node] | None) -> None:
        if items is None:
            self.arrays[name] = {}
        else:
            self.arrays.get(name, {}).pop(self.key(items), None)

    def exit_(self, code: Node | None = None) -> None:
        if code is not None:
            self.status = int(number(self.value(code)))
        raise _Exit


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    pieces, at = [], 0
    for match in pattern.finditer(text):
        if match.end() > match.start():
            pieces.append(text[at : match.start()])
            at = match.end()
    return [*pieces, text[at:]]


def _arithmetic(operator: str, left: float, right: float) -> float:
    if operator in "/%" and right == 0:
        raise AwkProblem("division by zero" + (" in %" if operator == "%" else ""))
    if operator == "%":
        return math.fmod(left, right)
    if operator == "^":
        return float(left**right)
    return (
        {"+": left + right, "-": left - right, "*": left * right}[operator]
        if operator != "/"
        else left / right
    )


def _raise(problem: type[Exception]) -> None:
    raise problem


def _block(runner: Runner, *statements: Node) -> None:
    for statement in statements:
        runner.execute(statement)


_EXPRESSIONS: dict[str, Callable[..., Value]] = {
    "!~": lambda r, a, b: float(not r.matches(a, b)),
    "$": lambda r, node: r.field(int(number(r.value(node)))),
    "&&": lambda r, a, b: float(r.truth(a) and r.truth(b)),
    "?": lambda r, a, b, c: r.value(b if r.truth(a) else c),
    "assign": Runner.assignment,
    "call": Runner.call,
    "compare": Runner.compare,
    "concat": lambda r, a, b: r.text(r.value(a)) + r.text(r.value(b)),
    "group": lambda r, node: r.value(node),
    "in": lambda r, items, name: float(r.key(items) in r.arrays.get(name, {})),
    "index": Runner.index,
    "math": lambda r, op, a, b: _arithmetic(op, number(r.value(a)), number(r.value(b))),
    "number": lambda _r, value: value,
    "post": lambda r, op, node: r.step(op, node, after=True),
    "pre": lambda r, op, node: r.step(op, node, after=False),
    "regex": lambda r, pattern: float(pattern.search(r.record) is not None),
    "string": lambda _r, value: value,
    "unary": Runner.unary,
    "var": lambda r, name: r.variable(name),
    "||": lambda r, a, b: float(r.truth(a) or r.truth(b)),
    "~": Runner.matches,
}
_STATEMENTS: dict[str, Callable[..., None]] = {
    "block": _block,
    "break": lambda _r: _raise(_Break),
    "continue": lambda _r: _raise(_Continue),
    "delete": Runner.delete,
    "do": lambda r, body, condition: r.loop(condition, None, body, first=True),
    "exit": Runner.exit_,
    "expr": lambda r, node: r.value(node) and None,
    "for": Runner.for_,
    "forin": Runner.for_in,
    "if": Runner.if_,
    "next": lambda _r: _raise(_Next),
    "print": Runner.print_,
    "printf": Runner.printf,
    "while": lambda r, condition, body: r.loop(condition, None, body),
}
