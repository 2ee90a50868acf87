"""Mutants: our own engine against mutmut and cosmic-ray, in mutants judged per second, on the same labs.

``LABKIT_BENCH_LABS=08,22,28,35`` names other labs; those with servers take most of an hour.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measuring import ROOT, Failed, Row, say

from labkit.catalog import Lab, load
from labkit.proofs import mutants
from labkit.proofs.mutants import ruler

_LAB = "10"
_LABS_AT_LENGTH = ("10", "14", "06", "02")
#: cosmic-ray starts a process for each mutant and would take an hour: it is stopped after so many seconds.
_SECONDS_OF_COSMIC_RAY = 40.0
_CONFIGURATION = """\
[cosmic-ray]
module-path = "src"
timeout = 20.0
excluded-modules = []
test-command = "{python} -m pytest -x -q -p no:cacheprovider labs/{lab}/tests --code src"

[cosmic-ray.distributor]
name = "local"
"""


def rows(*, quick: bool) -> Iterator[Row]:
    catalog = load(ROOT)
    names = os.environ.get("LABKIT_BENCH_LABS", "").split(",")
    chosen = [
        catalog.resolve(name) for name in (names if any(names) else (_LAB,) if quick else _LABS_AT_LENGTH)
    ]
    with tempfile.TemporaryDirectory(prefix="ops-labs-bench-") as folder:
        made = spent = 0.0
        theirs = their_seconds = cosmic_seconds = 0.0
        for lab in chosen:
            report = mutants.examine(lab)
            made, spent = made + len(report.examination.judged), spent + report.examination.seconds
            measured = ruler.measure(lab, Path(folder) / lab.id)
            theirs, their_seconds = theirs + len(measured.judged), their_seconds + measured.seconds
            # As long as it would take for as many mutants of this lab as ours judged.
            rate = _cosmic_ray(lab, Path(folder) / f"cosmic-ray-{lab.id}")
            cosmic_seconds += len(report.examination.judged) / rate
            told = (
                f"lab {lab.id}, mutants a second: "
                f"{len(report.examination.judged) / report.examination.seconds:.2f}, "
                f"mutmut {len(measured.judged) / measured.seconds:.2f}, cosmic-ray {rate:.2f}"
            )
            say(told)
        ours, mutmut, cosmic_ray = made / spent, theirs / their_seconds, made / cosmic_seconds
    named = ", ".join(lab.id for lab in chosen)
    yield Row(
        f"Mutants judged per second, lab {named}",
        f"{ours:.1f}",
        f"mutmut {mutmut:.1f}",
        ours / mutmut,
        "at least 0.9",
        ours / mutmut >= 0.9,
    )
    yield Row(
        f"Mutants judged per second, lab {named}",
        f"{ours:.1f}",
        f"cosmic-ray {cosmic_ray:.2f}",
        ours / cosmic_ray,
        "at least 5",
        ours / cosmic_ray >= 5,
    )


def _cosmic_ray(lab: Lab, folder: Path) -> float:
    """Mutants per second, of those that it judges in a limited time."""
    ruler.lay_out(lab, folder)
    text = _CONFIGURATION.format(python=sys.executable, lab=lab.name)
    (folder / "cosmic-ray.toml").write_text(text, encoding="utf-8")
    tool = [sys.executable, "-m", "cosmic_ray.cli"]
    made = subprocess.run(
        [*tool, "init", "cosmic-ray.toml", "session.sqlite"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise Failed(f"cosmic-ray init ended with {made.returncode}: {made.stderr[-300:]}")
    began = time.monotonic()
    words = [*tool, "exec", "cosmic-ray.toml", "session.sqlite"]
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            process.wait(_SECONDS_OF_COSMIC_RAY)
        except subprocess.TimeoutExpired:
            process.kill()
    seconds = time.monotonic() - began
    with sqlite3.connect(folder / "session.sqlite") as session:
        (judged,) = session.execute("select count(*) from work_results").fetchone()
    if not judged:
        raise Failed("cosmic-ray judged nothing")
    return judged / seconds
