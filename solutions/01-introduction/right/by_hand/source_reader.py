"""Tasks 1 to 4: look at Python source the way the interpreter does."""

from __future__ import annotations

import ast
import io
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


def check(source):
    try:
        ast.parse(source)
    except SyntaxError as problem:
        raise BadSource(problem.lineno, problem.offset, problem.msg) from None


def count_lines(source: str) -> LineCounts:
    check(source)
    lines = source.split("\n")
    if lines[-1] == "":
        lines.pop()
    kinds = ["blank"] * len(lines)
    skip = ("NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
    for kind, _, (first, _), (last, _), _ in tokenize.generate_tokens(io.StringIO(source).readline):
        name = tokenize.tok_name[kind]
        if name == "COMMENT" and kinds[first - 1] == "blank":
            kinds[first - 1] = "comment"
        elif name != "COMMENT" and name not in skip:
            for number in range(first, last + 1):
                kinds[number - 1] = "code"
    return LineCounts(kinds.count("code"), kinds.count("comment"), kinds.count("blank"))


def run_order(source: str) -> list[str]:
    check(source)
    written = io.StringIO()
    own = sys.stdout
    names = {"__name__": "__main__", "__builtins__": __builtins__}
    last = []
    sys.stdout = written
    try:
        exec(compile(source, "given", "exec"), names)
    except SystemExit:
        pass
    except Exception as problem:
        trace = problem.__traceback__
        number = 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "given":
                number = trace.tb_lineno
            trace = trace.tb_next
        last.append(f"{problem.__class__.__name__} in line {number}")
    finally:
        sys.stdout = own
    text = written.getvalue()
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines + last


def first_indent_problem(source: str) -> IndentProblem | None:
    try:
        ast.parse(source)
    except SyntaxError as problem:
        words = {
            "inconsistent": "tabs and spaces mixed",
            "unindent": "back to no level",
            "unexpected": "indented without a reason",
            "expected": "block missing",
        }
        if isinstance(problem, IndentationError):
            return IndentProblem(problem.lineno, words[problem.msg.split()[0]])
        raise BadSource(problem.lineno, problem.offset, problem.msg) from None
    return None


def evaluate(expression: str) -> tuple[Any, str]:
    try:
        value = ast.literal_eval(expression.strip(" "))
    except Exception as problem:
        raise ValueError("no literal") from problem
    return (value, value.__class__.__name__)
