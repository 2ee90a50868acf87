"""The lab's tests: one file per task, a requirement in each docstring, the module imported by name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs.lint.context import Context
from labkit.proofs.model import Finding
from labkit.proofs.source import Module, SourceError

_NOT_HERE = {"skip", "skipif", "xfail", "importorskip"}
_FILE = re.compile(r"test_(\d+)_[a-z0-9_]+\.py")


def check(context: Context) -> Iterator[Finding]:
    lab = context.lab
    yield from _files(context)
    for file in context.test_files:
        if not _FILE.fullmatch(file.name):
            continue
        try:
            module = context.module(file)
        except SourceError as problem:
            yield context.at(file, problem.problem, problem.line)
            continue
        functions = [
            node
            for node in ast.walk(module.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
        ]
        if not functions:
            yield context.at(file, "has no test")
        for function in functions:
            yield from _requirement(context, file, function)
        yield from _imports(context, module, set(lab.modules))
        yield from _calls(context, module)


def _files(context: Context) -> Iterator[Finding]:
    lab = context.lab
    numbers: dict[int, list[Path]] = {}
    for file in context.test_files:
        found = _FILE.fullmatch(file.name)
        if found:
            numbers.setdefault(int(found[1]), []).append(file)
        elif file.name.startswith("test"):
            yield context.at(file, "is not called test_<task>_<what>.py, so it belongs to no task")
    for task in lab.tasks:
        files = numbers.pop(task.number, [])
        if not files:
            yield context.at(lab.tests, f"task {task.number} has no file test_{task.number}_<what>.py")
        for file in files[1:]:
            yield context.at(
                file, f"task {task.number} has a second file: put its tests into {files[0].name}"
            )
    for number, files in numbers.items():
        yield context.at(files[0], f"there is no task {number}")


def _requirement(
    context: Context, file: Path, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Iterator[Finding]:
    first = (ast.get_docstring(function) or "").partition("\n")[0].strip()
    if not first:
        text = f"{function.name} has no docstring: its first line is the requirement the learner reads"
        yield context.at(file, text, function.lineno)
    elif not _is_sentence(first, context.lab):
        text = f"{function.name}: the first line of the docstring is a sentence, with a full stop: {first!r}"
        yield context.at(file, text, function.lineno)


def _is_sentence(text: str, lab: Lab) -> bool:
    """A capital at the start, or a name of the code; a full stop at the end."""
    word = re.split(r"[^\w.]", text)[0].rstrip(".")
    names = {part for task in lab.tasks for name in task.names for part in (name, *name.split("."))}
    begins = text[0].isupper() or not text[0].isalpha() or "_" in word or word in names | set(lab.modules)
    return begins and text[-1] in ".!?"


def _imports(context: Context, module: Module, own: set[str]) -> Iterator[Finding]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in own:
            text = (
                f"from {node.module} import ...: write `import {node.module}` and use its names in the tests"
            )
            yield context.at(module.file, text, node.lineno)
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            if any(alias.name == "sleep" for alias in node.names):
                yield context.at(module.file, _SLEEP, node.lineno)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "solutions/" in node.value:
            yield context.at(module.file, "a test never looks at the solutions", node.lineno)


_SLEEP = "a test never sleeps: use an event, an injected clock or a deadline"


def _calls(context: Context, module: Module) -> Iterator[Finding]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute):
            continue
        words = ast.unparse(node)
        if words == "time.sleep":
            yield context.at(module.file, _SLEEP, node.lineno)
        elif node.attr in _NOT_HERE and words.startswith("pytest."):
            text = f"{words}: a lab's test runs everywhere; what a machine lacks is a capability in `needs`"
            yield context.at(module.file, text, node.lineno)
