"""The skeleton: what a task names is there, open, documented, and called as in the solution."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from labkit.catalog import Lab, Task
from labkit.proofs.cases import relative
from labkit.proofs.lint.context import Context
from labkit.proofs.model import Finding
from labkit.proofs.source import Definition, Module, SourceError, signature


def check(context: Context) -> Iterator[Finding]:
    lab = context.lab
    yield from open_tasks(lab, lab.skeleton)
    for task in lab.tasks:
        if not task.file.endswith(".py") or task.handed_over:
            continue
        try:
            skeleton = context.module(lab.skeleton / task.file)
            solution = context.module(lab.solution / task.file)
        except SourceError as problem:
            if problem.file.is_relative_to(lab.solution) and not problem.file.is_relative_to(lab.skeleton):
                yield context.at(problem.file, problem.problem, problem.line)
            continue
        names = task.names or tuple(_public(skeleton))
        for name in names:
            yield from _same(context, name, skeleton, solution)


def open_tasks(lab: Lab, folder: Path) -> Iterator[Finding]:
    """What keeps the files in ``folder`` from being a skeleton: names that are not open."""
    seen: set[str] = set()
    for task in lab.tasks:
        missing = [name for name in task.files if not (folder / name).is_file()]
        for name in missing:
            if name not in seen:
                yield Finding("is missing", relative(lab, folder / name))
            seen.add(name)
        # What is handed over is as it is: the proof of the starter says whether its tests are open.
        if missing or task.handed_over or not task.file.endswith(".py"):
            continue
        file = folder / task.file
        try:
            module = Module(file)
        except SourceError as problem:
            if task.file not in seen:
                yield Finding(problem.problem, relative(lab, file), problem.line)
            seen.add(task.file)
            continue
        if task.whole_file:
            if not _raises(module.tree, task):
                text = f'nothing raises NotImplementedError("task {task.number}"), so the task is not open'
                yield Finding(text, relative(lab, file))
            continue
        for name in task.names:
            yield from _open(lab, module, name, task)


def _open(lab: Lab, module: Module, name: str, task: Task) -> Iterator[Finding]:
    file = relative(lab, module.file)
    node = module.find(name)
    if node is None:
        yield Finding(f"task {task.number}: {name} is not defined", file)
        return
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return
    if not _raises(node, task, [t.number for t in lab.tasks if name in t.names]):
        yield Finding(f'{name} must raise NotImplementedError("task {task.number}")', file, node.lineno)
    elif len(_statements(node)) > 1 and not isinstance(node, ast.ClassDef):
        yield Finding(f"{name} must do nothing but raise NotImplementedError", file, node.lineno)
    if not ast.get_docstring(node):
        yield Finding(f"{name} has no docstring: it says what the learner is to write", file, node.lineno)


def _raises(node: ast.AST, task: Task, numbers: list[int] | None = None) -> bool:
    wanted = {f"task {number}" for number in numbers or [task.number]}
    return any(
        isinstance(part, ast.Raise)
        and isinstance(part.exc, ast.Call)
        and isinstance(part.exc.func, ast.Name)
        and part.exc.func.id == "NotImplementedError"
        and any(isinstance(arg, ast.Constant) and arg.value in wanted for arg in part.exc.args)
        for part in ast.walk(node)
    )


def _statements(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.stmt]:
    return [
        statement
        for statement in node.body
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
    ]


def _public(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        if isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) and not node.name.startswith("_"):
            yield node.name


def _same(context: Context, name: str, skeleton: Module, solution: Module) -> Iterator[Finding]:
    one, other = skeleton.find(name), solution.find(name)
    if one is None:
        return  # said by open_tasks
    if other is None:
        yield context.at(solution.file, f"{name} is not defined, but the skeleton has it")
        return
    yield from _differs(context, name, one, other, solution)
    if isinstance(one, ast.ClassDef) and isinstance(other, ast.ClassDef):
        for node in one.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                method = f"{name}.{node.name}"
                inner = solution.find(method)
                if inner is None:
                    yield context.at(solution.file, f"{method} is not defined, but the skeleton has it")
                else:
                    yield from _differs(context, method, node, inner, solution)


def _differs(
    context: Context, name: str, one: Definition, other: Definition, solution: Module
) -> Iterator[Finding]:
    if isinstance(one, ast.Assign | ast.AnnAssign):
        return
    if signature(one) != signature(other):
        yield context.at(
            solution.file,
            f"{name} is {signature(other)!r} here and {signature(one)!r} in the skeleton: make them the same",
            other.lineno,
        )
