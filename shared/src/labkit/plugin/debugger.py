"""pdb for a test of a lab: at the line of the learner's code that raised, or in the functions of its task."""

from __future__ import annotations

import ast
import json
import os
import pdb
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pytest

from labkit.protocol import DEBUG_VARIABLE


class Debugging:
    """Opens pdb in the test that is run.

    Args:
        file: the learner's file.
        names: functions and ``Class.method`` names to stop in; none to wait for an exception.
    """

    def __init__(self, file: str, names: list[str]) -> None:
        self._file, self._names = file, names

    @classmethod
    def from_environment(cls) -> Debugging | None:
        # Taken out of the environment, so that a learner's own pytest does not stop as well.
        wanted = os.environ.pop(DEBUG_VARIABLE, "")
        return cls(**json.loads(wanted)) if wanted else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> None:
        """Put the breakpoints just before the test is called."""
        lines = list(first_lines(Path(self._file), self._names))
        if not lines:
            return
        debugger = pdb.Pdb()
        for line in lines:
            debugger.set_break(self._file, line)
        test = pyfuncitem.obj
        pyfuncitem.obj = _traced(debugger, test)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        try:
            yield
        except Exception as problem:
            where = _theirs(problem.__traceback__, str(Path(self._file).parent))
            if where is not None and not self._names:
                sys.stdout.write(f"\n{type(problem).__name__}: {problem}\n\n")
                pdb.post_mortem(where)
            raise


def first_lines(file: Path, names: list[str]) -> Iterator[int]:
    """The line of the first statement, after the docstring, of each function that is named and there."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in {
            name.rpartition(".")[2] for name in names
        }:
            body = node.body[1:] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body
            yield body[0].lineno


def _traced(debugger: pdb.Pdb, test: Callable[..., object]) -> Callable[..., object]:
    def call(*values: object, **named: object) -> object:
        debugger.reset()
        debugger.botframe = sys._getframe()  # as bdb.Bdb.set_trace does
        debugger.set_continue()
        sys.settrace(debugger.trace_dispatch)
        try:
            return test(*values, **named)
        finally:
            sys.settrace(None)

    return call


def _theirs(traceback: TracebackType | None, folder: str) -> TracebackType | None:
    """The traceback, ended at the innermost frame of the learner's code; None when it never was there."""
    found: list[TracebackType] = []
    while traceback is not None:
        found.append(traceback)
        traceback = traceback.tb_next
    while found and not found[-1].tb_frame.f_code.co_filename.startswith(folder + os.sep):
        found.pop()
    if found and f"{os.sep}tests{os.sep}" in found[-1].tb_frame.f_code.co_filename:
        return None
    ended: TracebackType | None = None
    for entry in reversed(found):
        ended = TracebackType(ended, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return ended
