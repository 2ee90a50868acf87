"""The wrong and the right solutions of a lab, as they lie in its solution's folder."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.catalog import Lab

_KEYS = {"task", "message", "why", "test", "varies", "hint"}


class CorpusError(Exception):
    """A sample that cannot be used: says what is wrong with which file."""

    def __init__(self, file: Path, problem: str, line: int = 0) -> None:
        self.file, self.problem, self.line = file, problem, line
        super().__init__(f"{file}: {problem}")


@dataclass(frozen=True)
class Expectation:
    """What ``expect.toml`` says of a wrong solution.

    Attributes:
        task: the task whose tests must refuse it.
        message: a regular expression that must be found in what the learner reads.
        why: what people get wrong, one sentence.
        test: the name of the test that must refuse it; empty for any of the task.
        varies: why its message differs from run to run, so that it is not compared with the recorded one.
        hint: the rung of the task's ladder that answers this mistake; 0 for none in particular.
    """

    task: int
    message: str
    why: str
    test: str = ""
    varies: str = ""
    hint: int = 0


def least_wrong(lab: Lab) -> int:
    """How many wrong solutions a lab needs: with a capability more can go wrong."""
    return 10 if lab.needs else 5


def least_right(lab: Lab) -> int:
    return 3 if lab.needs else 2


def samples(lab: Lab, kind: str) -> list[Path]:
    """The folders of ``wrong`` or ``right`` solutions, by name."""
    folder = lab.solution / kind
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if entry.is_dir() and entry.name != "__pycache__")


def expectation(lab: Lab, folder: Path) -> Expectation:
    """Read and check ``expect.toml`` of the wrong solution in ``folder``.

    Raises:
        CorpusError: it is missing or not as it must be.
    """
    file = folder / "expect.toml"
    text, table = _read(folder, file)

    def fail(key: str, problem: str) -> CorpusError:
        lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*{key}\s*=", line)]
        return CorpusError(file, f"{key}: {problem}", lines[0] if lines else 0)

    for key in table:
        if key not in _KEYS:
            raise fail(key, f"unknown key; there are {', '.join(sorted(_KEYS))}")
    for key in ("message", "why", "test", "varies"):
        optional = key in ("test", "varies")
        value = table.get(key, "" if optional else None)
        if not isinstance(value, str) or (not optional and not value.strip()):
            raise fail(key, f"expected text, found {value!r}")
    task = table.get("task")
    if not isinstance(task, int) or isinstance(task, bool) or not 1 <= task <= len(lab.tasks):
        raise fail("task", f"expected a number from 1 to {len(lab.tasks)}, found {task!r}")
    hint, rungs = table.get("hint", 0), range(1, len(lab.task(task).hints) + 1)
    if "hint" in table and hint not in rungs:
        raise fail("hint", f"expected a rung from 1 to {rungs[-1]}, found {hint!r}")
    try:
        re.compile(table["message"])
    except re.error as problem:
        raise fail("message", f"not a regular expression: {problem}") from None
    return Expectation(
        task, table["message"], table["why"], table.get("test", ""), table.get("varies", "").strip(), hint
    )


def _read(folder: Path, file: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise CorpusError(
            folder, "has no expect.toml; it says task = n, message = 'regular expression', why = 'sentence'"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise CorpusError(file, f"cannot be read: {problem}") from None
