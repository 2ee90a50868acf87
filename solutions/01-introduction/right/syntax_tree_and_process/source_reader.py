"""Tasks 1 to 4: look at Python source the way the interpreter does."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import tokenize
from dataclasses import dataclass
from typing import Any


class BadSource(ValueError):
    """A text that Python cannot read as a program.

    Attributes:
        line: the line it stumbles over, counted from 1.
        column: the place in that line, counted from 1.
    """

    def __init__(self, line: int, column: int, reason: str) -> None:
        super().__init__(f"line {line}, column {column}: {reason}")
        self.line, self.column = line, column


@dataclass(frozen=True)
class LineCounts:
    """How many lines of a source are code, nothing but a comment, or blank."""

    code: int
    comment: int
    blank: int


@dataclass(frozen=True)
class IndentProblem:
    """The first line that is indented in a way Python does not accept, counted from 1, and why."""

    line: int
    reason: str


_RUNNER = """
import json, sys, traceback
program = compile(sys.stdin.read(), "<given>", "exec")
names = {"__name__": "__main__"}
note, interrupted = "", False
try:
    exec(program, names)
except SystemExit:
    pass
except KeyboardInterrupt:
    interrupted = True
except Exception as error:
    places = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<given>"]
    note = f"{type(error).__name__} in line {places[-1]}"
sys.stdout.flush()
sys.stderr.write(json.dumps([note, interrupted]))
"""


def count_lines(source: str) -> LineCounts:
    tree_or_raise(source)
    tokens = list(tokenize.tokenize(io.BytesIO(source.encode()).readline))
    quiet = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
    quiet |= {tokenize.ENDMARKER, tokenize.COMMENT}
    code = {
        line
        for token in tokens
        if token.type not in quiet
        for line in range(token.start[0], token.end[0] + 1)
    }
    comments = {token.start[0] for token in tokens if token.type == tokenize.COMMENT} - code
    total = len(source.removesuffix("\n").split("\n")) if source else 0
    return LineCounts(code=len(code), comment=len(comments), blank=total - len(code | comments))


def run_order(source: str) -> list[str]:
    tree_or_raise(source)
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER], input=source, capture_output=True, text=True, check=True
    )
    note, interrupted = json.loads(done.stderr)
    if interrupted:
        raise KeyboardInterrupt
    return [*done.stdout.splitlines(), *([note] if note else [])]


def first_indent_problem(source: str) -> IndentProblem | None:
    try:
        tree_or_raise(source)
    except BadSource as problem:
        match problem.__cause__:
            case TabError(lineno=line):
                return IndentProblem(line, "tabs and spaces mixed")
            case IndentationError(lineno=line, msg=message):
                if "unindent" in message:
                    return IndentProblem(line, "back to no level")
                if "unexpected" in message:
                    return IndentProblem(line, "indented without a reason")
                return IndentProblem(line, "block missing")
        raise
    return None


def evaluate(expression: str) -> tuple[Any, str]:
    try:
        value = _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"not a value: {expression[:40]}") from error
    return value, type(value).__name__


def tree_or_raise(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise BadSource(error.lineno or 0, error.offset or 0, error.msg) from error


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Set(elts=items):
            return {_value(item) for item in items}
        case ast.Dict(keys=keys, values=values):
            return {_value(key): _value(value) for key, value in zip(keys, values, strict=True)}
    raise ValueError(f"{type(node).__name__} is no literal")
