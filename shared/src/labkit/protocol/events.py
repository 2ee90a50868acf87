"""What a worker process tells the runner, one JSON object a line."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

#: Names the file descriptor of the runner's pipe in the worker's environment.
EVENTS_VARIABLE = "LABKIT_EVENTS"


class Events:
    """The worker's end of the pipe; silent when there is no runner, and in what the worker forks."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor
        if descriptor is not None:
            os.set_inheritable(descriptor, False)
            # A child must neither tell verdicts nor keep the pipe open when the worker is gone.
            os.register_at_fork(after_in_child=self.close)

    @classmethod
    def from_environment(cls) -> Events:
        # Taken out of the environment, so that a learner's own pytest or child does not write there.
        number = os.environ.pop(EVENTS_VARIABLE, "")
        return cls(int(number) if number else None)

    def close(self) -> None:
        """Tell nothing from now on."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None

    @property
    def descriptor(self) -> int | None:
        """The runner's channel; None when there is none."""
        return self._descriptor

    @property
    def wanted(self) -> bool:
        return self._descriptor is not None

    def send(self, event: str, **fields: Any) -> None:
        if self._descriptor is None:
            return
        line = memoryview(json.dumps({"event": event, **fields}).encode() + b"\n")
        while line:
            line = line[os.write(self._descriptor, line) :]
