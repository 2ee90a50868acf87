"""What a worker process tells the runner, one JSON object a line."""

from __future__ import annotations

import json
import os
from typing import Any

#: Names the file descriptor of the runner's pipe in the worker's environment.
EVENTS_VARIABLE = "LABKIT_EVENTS"


class Events:
    """The worker's end of the pipe; silent when there is no runner."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    @classmethod
    def from_environment(cls) -> Events:
        # Taken out of the environment, so that a learner's own pytest or child does not write there.
        number = os.environ.pop(EVENTS_VARIABLE, "")
        return cls(int(number) if number else None)

    @property
    def wanted(self) -> bool:
        return self._descriptor is not None

    def send(self, event: str, **fields: Any) -> None:
        if self._descriptor is None:
            return
        line = memoryview(json.dumps({"event": event, **fields}).encode() + b"\n")
        while line:
            line = line[os.write(self._descriptor, line) :]
