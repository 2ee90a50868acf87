"""What all benchmarks share: rows, medians, and child processes that are timed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Row:
    """One line of the result.

    Attributes:
        what: what was measured.
        value: the figure with its unit.
        compared: the other figure of the same run, with what it stands for; may be empty.
        ratio: value over compared; None without a comparison.
        promise: what was promised, in words; may be empty.
        kept: whether the promise holds; None without one.
    """

    what: str
    value: str
    compared: str = ""
    ratio: float | None = None
    promise: str = ""
    kept: bool | None = None


class Failed(Exception):
    """A benchmark cannot be made here; says why."""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def median(call: Callable[[], object], times: int) -> float:
    """Seconds of one call, the median of ``times``; the first call before that is not counted."""
    call()
    return statistics.median(timed(call) for _ in range(times))


def alternating(first: Callable[[], object], second: Callable[[], object], times: int) -> tuple[float, float]:
    """The medians of two calls made in turns, so that a busy moment of the machine meets both."""
    first(), second()
    pairs = [(timed(first), timed(second)) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def python(
    words: Sequence[str], cwd: Path, environment: Mapping[str, str] | None = None, status: int = 0
) -> str:
    """Run this interpreter and return its output.

    It may keep compiled modules, whatever the shell says that calls: a start is measured, not a compiler.

    Raises:
        Failed: it ended with another status.
    """
    ours = ("PYTEST_", "LABKIT_", "OPS_LABS_", "PYTHONDONTWRITEBYTECODE")
    variables = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**variables, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != status:
        tail = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise Failed(f"{' '.join(words[:4])} ended with {done.returncode}: {' / '.join(tail)}")
    return done.stdout
