"""`lab list` with a thousand labs and a warm index."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import Row, alternating, milliseconds, python

_LABS = 1000
_MOST = 0.2
_LAB = """
id = "{id}"
title = "A lab with a title of usual length"
topic = "lists"
track = "book"
minutes = 40
needs = []
""" + "".join(
    f"""
[[tasks]]
title = "Task {number}"
file = "module.py"
names = ["function_{number}"]
hints = ["Where to look.", "Which idea.", "Almost there."]
"""
    for number in range(1, 8)
)


def rows(*, quick: bool) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="ops-labs-bench-") as folder:
        root = Path(folder)
        (root / "shared").mkdir()
        for number in range(_LABS):
            identity = f"{number // 10:02}.{number % 10}"
            lab = root / "labs" / f"{identity}-lab-{number}"
            lab.mkdir(parents=True)
            (lab / "lab.toml").write_text(_LAB.format(id=identity))
        listing, nothing = alternating(
            lambda: python(["-P", "-m", "labkit", "list"], root),
            lambda: python(["-P", "-c", "pass"], root),
            5 if quick else 15,
        )
    yield Row(
        f"`lab list` with {_LABS:,} labs, index warm",
        milliseconds(listing),
        f"Python doing nothing {milliseconds(nothing)}",
        listing / nothing,
        f"under {milliseconds(_MOST)}",
        listing < _MOST,
    )
