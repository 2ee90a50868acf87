"""Trials of a workshop: none of their ends is missed."""

from __future__ import annotations

import dataclasses
import select
import threading
from typing import Any

import pytest

from labkit.proofs import staging
from labkit.runner.workshop import ASSERTION, EXCEPTION, PASSED, Ending, Trial, Workshop


def test_an_end_that_came_with_a_beginning(tiny: Any) -> None:
    """The end of a trial counts when it was received together with the answer about the next one."""
    lab = dataclasses.replace(tiny.lab, path=tiny.lab.path.resolve(), root=tiny.lab.root.resolve())
    with Workshop(lab, lambda folder: staging.stage(lab, folder, {})) as shop:
        [first, *_] = shop.rehearse().tests
        begun = shop.begin(Trial({}, (first.id,), {first.id: 30.0}))
        assert select.select([shop._control], [], [], 30.0)[0]
        shop._received += shop._control.recv(65_536)  # as one reading gives two lines on a busy machine
        impatience = threading.Timer(30.0, shop.kill)
        impatience.start()
        ends = [(pid, ending.kind) for pid, _, ending in shop.finished()]
        in_time = impatience.is_alive()
        impatience.cancel()
        assert (ends, in_time) == ([(begun, PASSED)], True)


@pytest.mark.parametrize(
    ("crashes", "kind", "test"),
    [(1, ASSERTION, "mismatch"), (4, ASSERTION, "mismatch"), (5, EXCEPTION, "crash_0")],
)
def test_an_assertion_is_sought_after_an_exception(tiny: Any, crashes: int, kind: str, test: str) -> None:
    """The kind of end does not hang on the order: four more tests are asked after one that crashes."""
    bodies = {f"crash_{number}": 'ticket_report.report({"a": 1}).upper()' for number in range(crashes)}
    bodies["mismatch"] = 'assert ticket_report.report({"a": 1}) == "a: 1"'
    functions = [
        f'def test_{name}() -> None:\n    """It works."""\n    {body}\n' for name, body in bodies.items()
    ]
    text = "\n\n".join(['"""Both kinds."""\n\nimport ticket_report\n', *functions])
    tiny.write("labs/01-tiny/tests/test_3_report.py", text)
    lab = dataclasses.replace(tiny.lab, path=tiny.lab.path.resolve(), root=tiny.lab.root.resolve())
    with Workshop(lab, lambda folder: staging.stage(lab, folder, {})) as shop:
        tests = tuple(one.id for one in shop.rehearse().tests if "test_3_report" in one.id)
        changed = {"ticket_report.py": "def report(counts):\n    return None\n"}
        shop.begin(Trial(changed, tests, dict.fromkeys(tests, 30.0)))
        endings: list[Ending] = []
        while shop.running:
            endings += [ending for _, _, ending in shop.finished()]
    assert [(one.kind, one.test.rpartition("::test_")[2]) for one in endings] == [(kind, test)]
