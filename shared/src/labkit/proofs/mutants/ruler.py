"""The independent ruler: mutmut's mutants of a solution, judged by the same tests on a staged copy.

mutmut (https://mutmut.readthedocs.io) knows nothing of labs. Its copy has the solution under ``src`` and the
lab's tests under ``labs``; the plugin is told by ``--code`` where the solution is.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.catalog import Lab
from labkit.errors import LabkitError
from labkit.proofs import staging
from labkit.proofs.mutants.sites import is_log_call

#: So many percent of the mutants outside of words must be killed.
GOAL = 95.0
_CONFIGURATION = """\
[tool.mutmut]
source_paths = ["src"]
also_copy = ["labs"]
pytest_add_cli_args = ["--code", "src", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["labs/{lab}/tests"]

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "--strict-markers"]
"""
_NAME = re.compile(r"^(?P<function>.+)__mutmut_(?P<number>orig|\d+)$")
_RESULT = re.compile(r"^\s+(?P<name>\S+__mutmut_\d+): (?P<outcome>.+)$")
_PROGRESS = re.compile(rb"(\d+)/(\d+)")
_KILLED = frozenset({"killed", "timeout", "segfault", "caught by type check"})


class RulerError(LabkitError):
    """mutmut could not judge the lab; says why."""

    exit_status = 3


@dataclass(frozen=True)
class Judged:
    """One of mutmut's mutants.

    Attributes:
        name: as mutmut calls it.
        outcome: as mutmut says it: killed, survived, timeout, no tests ...
        words: the change is in a text or in a call of a logger, and does not count.
        diff: the changed lines.
    """

    name: str
    outcome: str
    words: bool
    diff: str

    @property
    def killed(self) -> bool:
        return self.outcome in _KILLED


@dataclass
class Measured:
    """What the ruler says about a lab.

    Attributes:
        lab: the id.
        judged: all mutants.
        seconds: how long mutmut took for judging alone.
    """

    lab: str
    judged: list[Judged] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def counting(self) -> list[Judged]:
        return [mutant for mutant in self.judged if not mutant.words]

    @property
    def percent(self) -> float:
        """How many of those that count are killed."""
        counting = self.counting
        return 100 * sum(mutant.killed for mutant in counting) / len(counting) if counting else 100.0

    def as_json(self) -> dict[str, Any]:
        return {
            "lab": self.lab,
            "tool": "mutmut",
            "percent": round(self.percent, 1),
            "seconds": round(self.seconds, 2),
            "mutants": [
                {"name": m.name, "outcome": m.outcome, "words": m.words, "diff": m.diff} for m in self.judged
            ],
        }

    def render(self) -> str:
        """For people: the figures, and the survivors that count as diffs."""
        counting, words = self.counting, [mutant for mutant in self.judged if mutant.words]
        figures = (
            f"Lab {self.lab}: mutmut made {len(self.judged)} mutants; of {len(counting)} outside of texts "
            f"and logging {sum(m.killed for m in counting)} are killed, {self.percent:.1f} percent "
            f"({GOAL:g} are asked for); of {len(words)} in them {sum(m.killed for m in words)}."
        )
        lines = [figures]
        for mutant in counting:
            if not mutant.killed:
                lines += ["", f"  {mutant.name}: {mutant.outcome}", *mutant.diff.splitlines()]
        return "\n".join(lines)


def measure(
    lab: Lab,
    folder: Path,
    *,
    children: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Measured:
    """Let mutmut judge a lab's tests.

    Args:
        lab: the lab.
        folder: for the staged copy; emptied first, and kept for a look at it.
        children: how many mutants at a time; by default one for each core.
        progress: called with how many are done and how many there are.

    Raises:
        RulerError: mutmut is not installed, or it does not come to an end.
    """
    if importlib.util.find_spec("mutmut") is None:
        raise RulerError("mutmut is not installed here: pip install 'labkit[ruler]'")
    lay_out(lab, folder)
    began = time.monotonic()
    _run(lab, folder, children or os.cpu_count() or 1, progress or (lambda done, total: None))
    seconds = time.monotonic() - began
    changes = dict(_changes(folder / "mutants" / "src"))
    judged = []
    for name, outcome in _results(folder):
        words, diff = changes.get(name.rpartition(".")[2], (False, ""))
        judged.append(Judged(name, outcome, words, diff))
    if not judged:
        raise RulerError(f"mutmut made no mutants of lab {lab.id}; its words are in {folder / 'mutmut.log'}")
    return Measured(lab.id, judged, seconds)


def lay_out(lab: Lab, folder: Path) -> None:
    """Stage a copy for any mutation tool: the solution in ``src``, the lab without it in ``labs``."""
    shutil.rmtree(folder, ignore_errors=True)
    files = staging.solution_files(lab)
    staging.stage(lab, folder / "src", {})
    target = folder / "labs" / lab.name
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    shutil.copytree(lab.path, target, ignore=ignored)
    for name in files:
        (target / name).unlink(missing_ok=True)
    (folder / "pyproject.toml").write_text(_CONFIGURATION.format(lab=lab.name), encoding="utf-8")


def _run(lab: Lab, folder: Path, children: int, progress: Callable[[int, int], None]) -> None:
    words = [sys.executable, "-m", "mutmut", "run", "--max-children", str(children)]
    with (
        (folder / "mutmut.log").open("wb") as log,
        subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process,
    ):
        assert process.stdout is not None  # noqa: S101  # for the type checker: it is a pipe
        try:
            while block := os.read(process.stdout.fileno(), 65536):
                log.write(block)
                for done, total in _PROGRESS.findall(block)[-1:]:
                    progress(int(done), int(total))
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        tail = (folder / "mutmut.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RulerError(f"mutmut ended with {process.returncode} on lab {lab.id}:\n{tail}")


def _results(folder: Path) -> Iterator[tuple[str, str]]:
    words = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
    said = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if said.returncode:
        raise RulerError(f"mutmut results ended with {said.returncode}:\n{said.stderr[-2000:]}")
    for line in said.stdout.splitlines():
        found = _RESULT.match(line)
        if found:
            yield found["name"], found["outcome"]


def _changes(source: Path) -> Iterator[tuple[str, tuple[bool, str]]]:
    """By the last part of mutmut's name: whether the change is in words, and its lines.

    mutmut writes all variants of a function beside each other into the changed file.
    """
    for file in source.rglob("*.py"):
        functions: dict[str, dict[str, ast.AST]] = {}
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found = _NAME.match(getattr(node, "name", "") or "") if isinstance(node, ast.stmt) else None
            if found:
                functions.setdefault(found["function"], {})[found["number"]] = node
        for function, variants in functions.items():
            original = variants.pop("orig", None)
            for number, mutant in variants.items():
                if original is not None:
                    yield f"{function}__mutmut_{number}", compared(original, mutant)


def compared(original: ast.AST, mutant: ast.AST) -> tuple[bool, str]:
    """Whether two variants of a function differ in words only, and the lines in which they differ."""
    pairs = list(_differences(original, mutant, original, mutant))
    words = bool(pairs) and all(_in_words(pair) for pair in pairs)
    lines: list[str] = []
    for _, _, before, after in pairs:
        lines += [f"  -{line}" for line in ast.unparse(before).splitlines()[:3]]
        lines += [f"  +{line}" for line in ast.unparse(after).splitlines()[:3]]
    return words, "\n".join(dict.fromkeys(lines))


_Pair = tuple[Any, Any, ast.AST, ast.AST]


def _differences(one: Any, other: Any, statement: ast.AST, changed: ast.AST) -> Iterator[_Pair]:
    """The smallest parts that differ, each with the statement that holds it."""
    if isinstance(one, ast.stmt) and isinstance(other, ast.stmt):
        statement, changed = one, other
    if type(one) is not type(other):
        yield one, other, statement, changed
    elif isinstance(one, ast.AST):
        for name in one._fields:
            if name != "name" or not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _differences(getattr(one, name), getattr(other, name), statement, changed)
    elif isinstance(one, list):
        if len(one) != len(other):
            yield one, other, statement, changed
            return
        for first, second in zip(one, other, strict=True):
            yield from _differences(first, second, statement, changed)
    elif one != other:
        yield one, other, statement, changed


def _in_words(pair: _Pair) -> bool:
    one, other, statement, changed = pair
    if is_log_call(statement) or _is_text_of_an_exception(statement, changed):
        return True
    # This is how mutmut changes a text: marks around it, or another case.
    return isinstance(one, str) and other in (f"XX{one}XX", one.lower(), one.upper())


def _is_text_of_an_exception(statement: ast.AST, changed: ast.AST) -> bool:
    """Whether two ``raise`` statements differ in texts that the exception is made with, and nowhere else."""
    if not isinstance(statement, ast.Raise) or not isinstance(changed, ast.Raise):
        return False
    before, after = statement.exc, changed.exc
    if (statement.cause is None) != (changed.cause is None):
        return False
    if not isinstance(before, ast.Call) or not isinstance(after, ast.Call):
        return False
    if ast.dump(before.func) != ast.dump(after.func) or len(before.args) != len(after.args):
        return False
    different = [
        one for one, two in zip(before.args, after.args, strict=True) if ast.dump(one) != ast.dump(two)
    ]
    return bool(different) and all(_is_text(one) for one in different)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
