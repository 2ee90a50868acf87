"""Tasks 1 to 4: look at Python source the way the interpreter does."""

from __future__ import annotations

import ast
import contextlib
import io
import tokenize
import traceback
from dataclasses import dataclass
from types import CodeType
from typing import Any

#: The file name that the given program has in tracebacks.
_FILE = "<script>"
_NO_CODE = {
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
#: How Python begins its message about each kind of bad indentation.
_REASONS = {
    "unindent": "back to no level",
    "unexpected": "indented without a reason",
    "expected": "block missing",
}


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


def count_lines(source: str) -> LineCounts:
    """Count the lines of ``source`` by kind; raise BadSource where it is not valid Python.

    >>> count_lines("# rota\\n\\nteam = 'a # b'  # a comment behind code\\n")
    LineCounts(code=1, comment=1, blank=1)
    """
    _compiled(source)
    code: set[int] = set()
    comments: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments.add(token.start[0])
        elif token.type not in _NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    comments -= code
    return LineCounts(len(code), len(comments), len(source.splitlines()) - len(code) - len(comments))


def run_order(source: str) -> list[str]:
    """Run ``source`` as a program and list the lines it prints, in the order in which it prints them.

    Where an exception ends the program, a last line names its class and where it happened. Raises BadSource,
    with nothing run, where the source is not valid Python.

    >>> run_order("def hello():\\n    print('hello')\\n\\nprint('start')\\nhello()\\nprint(1 / 0)\\n")
    ['start', 'hello', 'ZeroDivisionError in line 6']
    """
    program = _compiled(source)
    output = io.StringIO()
    failure: list[str] = []
    with contextlib.redirect_stdout(output):
        try:
            exec(program, {"__name__": "__main__"})
        except SystemExit:
            pass
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            line = [frame.lineno for frame in frames if frame.filename == _FILE][-1]
            failure = [f"{type(error).__name__} in line {line}"]
    return output.getvalue().splitlines() + failure


def first_indent_problem(source: str) -> IndentProblem | None:
    """Find the first line whose indentation Python does not accept; None when there is none.

    >>> first_indent_problem("if True:\\n    x = 1\\n  y = 2\\n")
    IndentProblem(line=3, reason='back to no level')
    """
    try:
        compile(source, _FILE, "exec")
    except TabError as error:
        return _problem(error, "tabs and spaces mixed")
    except IndentationError as error:
        first_word = error.msg.partition(" ")[0]
        return _problem(error, _REASONS[first_word])
    except SyntaxError as error:
        raise _bad(error) from error
    return None


def evaluate(expression: str) -> tuple[Any, str]:
    """Give the value of a literal and the name of its type; run nothing.

    Raises ValueError for everything that is not a literal.

    >>> evaluate("[80, 443]")
    ([80, 443], 'list')
    """
    try:
        value = ast.literal_eval(expression)
    except Exception as error:  # it complains in several ways
        raise ValueError(f"not a literal: {expression[:80]!r}") from error
    return value, type(value).__name__


def _compiled(source: str) -> CodeType:
    """The program in ``source``; raises BadSource."""
    try:
        return compile(source, _FILE, "exec")
    except SyntaxError as error:
        raise _bad(error) from error


def _problem(error: Any, reason: str) -> IndentProblem:
    return IndentProblem(error.lineno, reason)


def _bad(error: Any) -> BadSource:
    return BadSource(error.lineno, error.offset, error.msg)
