"""The lab's folder holds what belongs there, and the samples of its solution can be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from labkit.proofs.corpus import CorpusError, expectation, samples
from labkit.proofs.lint.context import Context
from labkit.proofs.model import Finding
from labkit.proofs.source import SourceError
from labkit.proofs.wrong import check_files

_KNOWN = {"README.md", "lab.toml", "pyproject.toml", "quiz.toml"}
_CACHES = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".lab"}


def check(context: Context) -> Iterator[Finding]:
    yield from _folder(context)
    yield from _foundations(context)
    yield from _samples(context)


def _folder(context: Context) -> Iterator[Finding]:
    lab = context.lab
    for file in _kept(context):
        name = file.relative_to(lab.path).as_posix()
        if name in _KNOWN or name in lab.files or name.startswith("data/"):
            continue
        if file.parent == lab.tests and file.suffix == ".py":
            continue
        yield context.at(file, "is not declared: make it a task's file in lab.toml, or put it into data/")


def _foundations(context: Context) -> Iterator[Finding]:
    """The labs that this one builds on exist, and none of them builds on this one."""
    known = {lab.id: lab for lab in context.catalog.labs}
    for identity in context.lab.builds_on:
        file = context.lab.path / "lab.toml"
        if identity not in known:
            yield context.at(file, f"builds_on: there is no lab {identity}")
        elif context.lab.id in known[identity].builds_on:
            yield context.at(file, f"builds_on: lab {identity} builds on this one as well")


def _kept(context: Context) -> list[Path]:
    """What git knows of the lab's folder, so that a learner's scratch files do not count; else all of it."""
    lab = context.lab
    listed = context.git("ls-files", "-z", "--", str(lab.path))
    if listed:
        names = [name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name]
        return [file for file in (lab.root / name for name in names) if file.exists()]
    return [
        file
        for file in sorted(lab.path.rglob("*"))
        if file.is_file() and not _CACHES.intersection(file.relative_to(lab.path).parts)
    ]


def _samples(context: Context) -> Iterator[Finding]:
    lab = context.lab
    for kind in ("wrong", "right"):
        for folder in samples(lab, kind):
            try:
                if kind == "wrong":
                    expected = expectation(lab, folder)
                    if expected.test and not _has_test(context, expected.task, expected.test):
                        text = f"test: task {expected.task} has no test {expected.test}"
                        yield context.at(folder / "expect.toml", text)
                check_files(lab, folder)
            except CorpusError as problem:
                yield context.at(problem.file, problem.problem, problem.line)


def _has_test(context: Context, task: int, name: str) -> bool:
    file = context.lab.test_file(task)
    if file is None:
        return False
    try:
        return context.module(file).find(name.rpartition("::")[2].partition("[")[0]) is not None
    except SourceError:
        return False
