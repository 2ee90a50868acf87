"""The pristine skeleton is what the lab's folder holds, unless a learner has been at work there."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.proofs.lint.context import Context
from labkit.proofs.model import Finding


def check(context: Context) -> Iterator[Finding]:
    for name in context.lab.files:
        yield from _file(context, name)
    yield from _undeclared(context)


def _file(context: Context, name: str) -> Iterator[Finding]:
    lab = context.lab
    pristine, working = lab.skeleton / name, lab.path / name
    if not pristine.is_file():
        yield context.at(pristine, f"is missing: make freeze LAB={lab.id}")
        return
    kept = pristine.read_bytes()
    present = working.read_bytes() if working.is_file() else None
    if present == kept:
        return
    committed = context.git("show", f"HEAD:{working.relative_to(lab.root).as_posix()}")
    if committed == kept:
        return  # a learner's work
    if present is None:
        yield context.at(working, "is missing")
    elif present == committed or (committed is None and context.has_git):
        yield context.at(working, f"differs from skeleton/{name}: make freeze LAB={lab.id}")
    elif committed is None:
        context.notes.append(
            f"{name} differs from its skeleton; without git nobody can say whose change it is"
        )
    else:
        context.notes.append(f"{name} has changes that are not committed; CI compares what is")


def _undeclared(context: Context) -> Iterator[Finding]:
    frozen = context.lab.skeleton
    for file in sorted(frozen.rglob("*")) if frozen.is_dir() else []:
        name = file.relative_to(frozen).as_posix()
        if file.is_file() and name not in context.lab.files and "__pycache__" not in name:
            yield context.at(file, "is no editable file of lab.toml: remove it from the skeleton")
