"""Trials of a workshop: none of their ends is missed."""

from __future__ import annotations

import dataclasses
import select
import threading
from typing import Any

from labkit.proofs import staging
from labkit.runner.workshop import PASSED, Trial, Workshop


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
