"""What the runner asks of a worker: which tests, and where to stop."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """The order of work for one worker.

    Attributes:
        stop_at_open: tests of tasks after the first open one are blocked.
        open_task: a task already known to be open, 0 for none.
        done: tests that have their verdict already, from a worker before this one.
        given_up: tasks in which a test ran out of time: their other tests would only wait as long.
        only: just these tests, in this order; None for all of them.
        coverage: tell of each test which lines of the code it executed.
    """

    stop_at_open: bool = True
    open_task: int = 0
    done: tuple[str, ...] = ()
    given_up: tuple[int, ...] = ()
    only: tuple[str, ...] | None = None
    coverage: bool = False

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, file: str | None) -> Plan:
        if not file:
            return cls(stop_at_open=False)
        fields = json.loads(Path(file).read_text(encoding="utf-8"))
        return cls(
            stop_at_open=fields["stop_at_open"],
            open_task=fields["open_task"],
            done=tuple(fields["done"]),
            given_up=tuple(fields["given_up"]),
            only=None if fields["only"] is None else tuple(fields["only"]),
            coverage=fields["coverage"],
        )
