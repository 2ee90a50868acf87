"""From a save to the verdict in `lab run --watch`, against pytest started afresh, as a watcher does it."""

from __future__ import annotations

import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measuring import ROOT, Failed, Row, milliseconds, timed

from labkit.catalog import Lab, load

#: Labs, and the seconds that a verdict may take.
_PROMISES = {"08": 0.2, "22": 0.5, "28": 0.5, "35": 0.5}
_PATIENCE = 60.0
#: A learner reads and types that long between two saves, at least; meanwhile the next worker gets ready.
_READING = 3.0


def rows(*, quick: bool) -> Iterator[Row]:
    labs = {lab.id: lab for lab in load(ROOT).labs}
    for identity, most in _PROMISES.items():
        if identity in labs:
            yield _row(labs[identity], most, 5 if quick else 11)


def _row(lab: Lab, most: float, times: int) -> Row:
    what = f"`lab run {lab.id} --watch`: from a save to the verdict, first task open"
    with tempfile.TemporaryDirectory(prefix="ops-labs-bench-") as folder:
        place = Path(folder).resolve()
        for name in lab.files:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(lab.skeleton / name, place / name)
        try:
            ours, theirs = _in_turns(lab, place, times)
        except Failed as why:
            return Row(what, f"not measured: {why}")
    return Row(
        what,
        milliseconds(ours),
        f"pytest of that task, started on the save {milliseconds(theirs)}",
        ours / theirs,
        f"under {most * 1000:.0f} ms",
        ours < most,
    )


def _in_turns(lab: Lab, place: Path, times: int) -> tuple[float, float]:
    """Medians of both; the watch waits while pytest runs, so that neither disturbs the other."""
    file = place / lab.files[0]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "labkit", "run", lab.id, "--watch", "--code", str(place)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    found: list[tuple[float, float]] = []
    try:
        _verdict(process)
        for number in range(times + 1):
            cold = timed(lambda: _pytest(lab, place))
            time.sleep(_READING)
            text = file.read_text(encoding="utf-8")
            began = time.perf_counter()
            file.write_text(f"{text}# {number}\n", encoding="utf-8")
            _verdict(process)
            found.append((time.perf_counter() - began, cold))
    finally:
        process.kill()
        process.communicate()
    warm = found[1:]
    return statistics.median(ours for ours, _ in warm), statistics.median(theirs for _, theirs in warm)


def _verdict(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a round."""
    if process.stdout is None:
        raise Failed("the watch has no output")
    end, seen = time.monotonic() + _PATIENCE, b""
    while b"x exit" not in seen:
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))
        data = os.read(process.stdout.fileno(), 65_536) if ready else b""
        if not data:
            raise Failed(f"no verdict came after {seen[-200:]!r}")
        seen += data


def _pytest(lab: Lab, place: Path) -> None:
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--task", "1", f"--code={place}", str(lab.tests)]
    subprocess.run([sys.executable, *words], cwd=lab.path, capture_output=True, check=False)
