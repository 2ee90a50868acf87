"""The lab's pyproject.toml: its own dependencies, and the pytest table that every lab shares."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from labkit.proofs.lint.context import Context, line_of
from labkit.proofs.model import Finding

#: The same in every lab, so that each runs alone in the same way.
PYTEST_TABLE = {
    "minversion": "9.0",
    "addopts": ["--import-mode=importlib", "--strict-markers", "--strict-config"],
    "testpaths": ["tests"],
}


def check(context: Context) -> Iterator[Finding]:
    lab = context.lab
    file = lab.path / "pyproject.toml"
    text = context.text(file)
    if text is None:
        yield context.at(file, "is missing")
        return
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        yield context.at(file, f"not valid TOML: {problem}")
        return
    project = table.get("project", {})
    wanted = f"lab-{lab.name}".replace(".", "-")
    if project.get("name") not in (wanted, f"lab-{lab.name}"):
        yield context.at(file, f"project.name must be {wanted!r}", line_of(text, "name"))
    if project.get("requires-python") != ">=3.11":
        yield context.at(file, "project.requires-python must be '>=3.11'", line_of(text, "requires-python"))
    yield from _dependencies(context, project.get("dependencies"), text)
    if table.get("tool", {}).get("pytest", {}).get("ini_options") != PYTEST_TABLE:
        yield context.at(
            file,
            f"[tool.pytest.ini_options] must be the same in every lab: {PYTEST_TABLE}",
            line_of(text, "[tool.pytest"),
        )


def _dependencies(context: Context, entries: object, text: str) -> Iterator[Finding]:
    file = context.lab.path / "pyproject.toml"
    line = line_of(text, "dependencies")
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        yield context.at(file, "project.dependencies must be a list of texts", line)
        return
    own = next(
        (found for e in entries if (found := re.match(r"labkit(?:\[([\w,\s-]*)\])?(?![\w-])", e))), None
    )
    if own is None:
        yield context.at(
            file, "project.dependencies must have labkit, with the extras of the lab's needs", line
        )
        return
    extras = {extra.strip() for extra in (own[1] or "").split(",") if extra.strip()}
    for need in context.lab.needs:
        if need in _with_extra() and need not in extras:
            yield context.at(file, f"the lab needs {need}, so its dependencies need labkit[{need}]", line)


def _with_extra() -> set[str]:
    """The extras of labkit as it is installed."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        return set(metadata("labkit").get_all("Provides-Extra") or [])
    except PackageNotFoundError:
        return set()
