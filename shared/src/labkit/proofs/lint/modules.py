"""Names of modules: one lab each, never one that Python or a library has already."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache

from labkit.proofs.lint.context import Context
from labkit.proofs.model import Finding

_MEANINGLESS = {
    "solution",
    "main",
    "lab",
    "task",
    "app",
    "module",
    "code",
    "script",
    "utils",
    "util",
    "helpers",
}


def check(context: Context) -> Iterator[Finding]:
    lab = context.lab
    file = lab.path / "lab.toml"
    for module in lab.modules:
        if not module.isidentifier() or module != module.lower():
            yield context.at(file, f"{module}: a module's name is in lower case, with underscores")
        if module in sys.stdlib_module_names:
            yield context.at(file, f"{module} is the name of a module of the standard library")
        elif module in _installed():
            yield context.at(file, f"{module} is the name of an installed package ({_installed()[module]})")
        elif module in _MEANINGLESS or module.startswith("test_"):
            yield context.at(file, f"{module} says nothing: take a word of the field, such as fleet_auditor")
        for other in context.catalog.labs:
            if other.name != lab.name and module in other.modules:
                yield context.at(file, f"{module} is a module of lab {other.id} already: names are unique")


@cache
def _installed() -> dict[str, str]:
    from importlib.metadata import packages_distributions

    return {name: ", ".join(sorted(set(found))) for name, found in packages_distributions().items()}
