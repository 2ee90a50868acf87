"""Tasks 1 to 4: look at Python source the way the interpreter does."""

from __future__ import annotations

import ast
import contextlib
import io
import tokenize
import traceback
import types
import warnings
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


NAME_OF_PROGRAM = "<the given source>"


def compiled(source: str) -> types.CodeType:
    """Compile a source; a SyntaxError goes on to the caller."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(source, NAME_OF_PROGRAM, "exec", dont_inherit=True)


def bad(error: SyntaxError) -> BadSource:
    """Turn Python's complaint into ours."""
    return BadSource(error.lineno or 1, error.offset or 1, error.msg)


def count_lines(source: str) -> LineCounts:
    """Count the lines of ``source`` by kind; raise BadSource where it is not valid Python.

    >>> count_lines("# rota\\n\\nteam = 'a # b'  # a comment behind code\\n")
    LineCounts(code=1, comment=1, blank=1)
    """
    try:
        compiled(source)
    except SyntaxError as error:
        raise bad(error) from None

    inside_text: set[int] = set()
    commented: set[int] = set()
    open_texts: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        if kind.endswith("STRING_START"):
            open_texts.append(token.start[0])
        elif kind.endswith("STRING_END"):
            inside_text.update(range(open_texts.pop(), token.end[0] + 1))
        elif kind == "STRING":
            inside_text.update(range(token.start[0], token.end[0] + 1))
        elif kind == "COMMENT":
            commented.add(token.start[0])

    lines = source.split("\n")
    if lines[-1] == "":
        lines.pop()
    code = comment = blank = 0
    for number, line in enumerate(lines, start=1):
        if number in inside_text:
            code += 1
        elif not line.strip():
            blank += 1
        elif number in commented and line.lstrip().startswith("#"):
            comment += 1
        else:
            code += 1
    return LineCounts(code, comment, blank)


def run_order(source: str) -> list[str]:
    """Run ``source`` as a program and list the lines it prints, in the order in which it prints them.

    Where an exception ends the program, a last line names its class and where it happened. Raises BadSource,
    with nothing run, where the source is not valid Python.

    >>> run_order("def hello():\\n    print('hello')\\n\\nprint('start')\\nhello()\\nprint(1 / 0)\\n")
    ['start', 'hello', 'ZeroDivisionError in line 6']
    """
    try:
        program = compiled(source)
    except SyntaxError as error:
        raise bad(error) from None

    output = io.StringIO()
    ending: list[str] = []
    with contextlib.redirect_stdout(output):
        try:
            exec(program, {"__name__": "__main__"})
        except (SystemExit, KeyboardInterrupt) as error:
            if isinstance(error, KeyboardInterrupt):
                raise
        except BaseException as error:
            places = [
                line
                for frame, line in traceback.walk_tb(error.__traceback__)
                if frame.f_code.co_filename == NAME_OF_PROGRAM
            ]
            ending = [f"{type(error).__name__} in line {places[-1]}"]
    lines = output.getvalue().split("\n")
    if lines[-1] == "":
        lines.pop()
    return lines + ending


def first_indent_problem(source: str) -> IndentProblem | None:
    """Find the first line whose indentation Python does not accept; None when there is none.

    >>> first_indent_problem("if True:\\n    x = 1\\n  y = 2\\n")
    IndentProblem(line=3, reason='back to no level')
    """
    try:
        compiled(source)
    except TabError as error:
        return IndentProblem(error.lineno or 1, "tabs and spaces mixed")
    except IndentationError as error:
        for start, reason in (
            ("unindent", "back to no level"),
            ("unexpected indent", "indented without a reason"),
            ("expected an indented block", "block missing"),
        ):
            if error.msg.startswith(start):
                return IndentProblem(error.lineno or 1, reason)
        raise bad(error) from None
    except SyntaxError as error:
        raise bad(error) from None
    return None


def evaluate(expression: str) -> tuple[Any, str]:
    """Give the value of a literal and the name of its type; run nothing.

    Raises ValueError for everything that is not a literal.

    >>> evaluate("[80, 443]")
    ([80, 443], 'list')
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(expression.strip(), mode="eval")
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp | ast.Call) or (
                isinstance(node, ast.Constant) and node.value is ...
            ):
                raise ValueError("this is no literal")
        value = ast.literal_eval(tree)
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"no literal: {error}") from None
    return value, type(value).__name__
