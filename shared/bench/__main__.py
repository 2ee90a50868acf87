"""Run all benchmarks and write docs/benchmarks.md. Usage: ``./lab bench [--quick]``."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import aws
import container_forms
import engine
import grading
import kube
import lab_run
import listing
import memory
import mutation
import services
import ssh
import watch
from measuring import ROOT, Row, say

_MODULES = (
    lab_run,
    watch,
    ssh,
    aws,
    kube,
    engine,
    container_forms,
    services,
    grading,
    mutation,
    listing,
    memory,
)
_DOCUMENT = ROOT / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Made by `make bench`; do not edit. Each line is a median, and what it is compared with was measured in turns
with it in the same run: the ratio says more than the milliseconds of one machine.

Measured on {system}, {cpus} cores, Python {python}, pytest {pytest}, paramiko {paramiko},
asyncssh {asyncssh}{mode}.

| What | Here | Compared with | Ratio | Promise | Kept |
| --- | --- | --- | --- | --- | --- |
"""


def main(words: list[str]) -> int:
    quick = "--quick" in words
    found: list[Row] = []
    for module in _MODULES:
        for row in _measured(module, quick=quick):
            found.append(row)
            say(_line(row))
    write(_DOCUMENT, found, quick=quick)
    say(f"\nWritten: {_DOCUMENT.relative_to(ROOT)}")
    broken = [row for row in found if row.kept is False or row.value.startswith("not measured")]
    if broken:
        say(f"{len(broken)} of {len(found)} lines do not keep their promise or could not be measured.")
    return 1 if broken else 0


def _measured(module: ModuleType, *, quick: bool) -> Iterator[Row]:
    """The rows of a module; one that breaks does not keep the others from being measured."""
    try:
        yield from module.rows(quick=quick)
    except Exception as why:
        yield Row(module.__name__, f"not measured: {type(why).__name__}: {why}")


def write(document: Path, rows: Iterable[Row], *, quick: bool) -> None:
    head = _HEAD.format(
        system=f"{platform.system()} {platform.machine()}",
        cpus=os.cpu_count(),
        python=platform.python_version(),
        pytest=version("pytest"),
        paramiko=version("paramiko"),
        asyncssh=version("asyncssh"),
        mode=" (a quick run: few repetitions)" if quick else "",
    )
    lines = [
        "| "
        + " | ".join((r.what, r.value, r.compared or "-", _ratio(r), r.promise or "-", _kept(r)))
        + " |\n"
        for r in rows
    ]
    draft = document.with_suffix(".tmp")
    draft.write_text(head + "".join(lines), encoding="utf-8")
    draft.replace(document)


def _line(row: Row) -> str:
    parts = [f"{row.what}: {row.value}"]
    parts += (
        [f"({row.compared}; {_ratio(row)})"] if row.ratio else [f"({row.compared})"] if row.compared else []
    )
    parts += [f"promised: {row.promise}: {_kept(row)}"] if row.promise else []
    return " ".join(parts)


def _ratio(row: Row) -> str:
    return f"{row.ratio:.2f}" if row.ratio is not None else "-"


def _kept(row: Row) -> str:
    return {True: "yes", False: "no", None: "-"}[row.kept]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
