"""Tasks 1 to 4: look at Python source the way the interpreter does."""

from __future__ import annotations

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


def count_lines(source: str) -> LineCounts:
    """Count the lines of ``source`` by kind; raise BadSource where it is not valid Python.

    >>> count_lines("# rota\\n\\nteam = 'a # b'  # a comment behind code\\n")
    LineCounts(code=1, comment=1, blank=1)
    """
    raise NotImplementedError("task 1")


def run_order(source: str) -> list[str]:
    """Run ``source`` as a program and list the lines it prints, in the order in which it prints them.

    Where an exception ends the program, a last line names its class and where it happened. Raises BadSource,
    with nothing run, where the source is not valid Python.

    >>> run_order("def hello():\\n    print('hello')\\n\\nprint('start')\\nhello()\\nprint(1 / 0)\\n")
    ['start', 'hello', 'ZeroDivisionError in line 6']
    """
    raise NotImplementedError("task 2")


def first_indent_problem(source: str) -> IndentProblem | None:
    """Find the first line whose indentation Python does not accept; None when there is none.

    >>> first_indent_problem("if True:\\n    x = 1\\n  y = 2\\n")
    IndentProblem(line=3, reason='back to no level')
    """
    raise NotImplementedError("task 3")


def evaluate(expression: str) -> tuple[Any, str]:
    """Give the value of a literal and the name of its type; run nothing.

    Raises ValueError for everything that is not a literal.

    >>> evaluate("[80, 443]")
    ([80, 443], 'list')
    """
    raise NotImplementedError("task 4")
