"""The linter of labs: what can be judged by reading. One module per family of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from labkit.catalog import Catalog, Lab
from labkit.proofs.lint import (
    files,
    frozen,
    hints,
    leaks,
    modules,
    pages,
    project,
    quiz,
    readme,
    skeleton,
    tests,
)
from labkit.proofs.lint.context import Context
from labkit.proofs.model import Finding

RULES: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    readme.check,
    skeleton.check,
    frozen.check,
    tests.check,
    hints.check,
    leaks.check,
    quiz.check,
    modules.check,
    project.check,
    pages.check,
    files.check,
)


def check(lab: Lab, catalog: Catalog) -> tuple[list[Finding], list[str]]:
    """All findings in ``lab``, each once, and notes on what could not be checked here."""
    context = Context(lab, catalog)
    found = [finding for rule in RULES for finding in rule(context)]
    return list(dict.fromkeys(found)), context.notes
