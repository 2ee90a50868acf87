"""What the grader and a keeper say to each other: one JSON object a line, with one key that says what it is.

The grader says, on the keeper's standard input:

``lay``      the files of the run: {path: base64}, paths relative to the run's folder
``start``    {"lab": name, "plan": {...}, "key": hex, "seed": n}; one worker at a time
``stop``     end the worker, and all that it started: ``now``, or ``done`` when it has told everything
(the end)    end everything

The keeper says, on its standard output:

``walls``    {"holds": [...], "python": version, "on": system}; it is ready
``event``    a line that came over the worker's channel, as text
``output``   base64 of what was printed
``ended``    {"status": n or null, "left": n, "over": [...], "blocked": text, "stack": text, "call": text}
``failed``   why it cannot go on; the environment's fault
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

#: The longest line of a worker's channel, in bytes. A verdict's texts are bounded, far below.
LONGEST_LINE = 1 << 20


def line(word: str, value: Any) -> bytes:
    """One line."""
    return json.dumps({word: value}).encode("ascii") + b"\n"


def write(descriptor: int, data: bytes) -> None:
    """Write all of ``data``.

    Raises:
        OSError: nobody reads any more.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


class Lines:
    """Cuts what comes in into lines.

    Attributes:
        too_long: a line was longer than ``longest``; what follows is not to be trusted.
    """

    def __init__(self, longest: int | None = None) -> None:
        self._rest, self._longest = bytearray(), longest
        self.too_long = False

    def add(self, data: bytes) -> Iterator[bytes]:
        """The lines that ``data`` completes, without their ends."""
        self._rest += data
        while (end := self._rest.find(b"\n")) >= 0:
            found = bytes(self._rest[:end])
            del self._rest[: end + 1]
            yield found
        if self._longest is not None and len(self._rest) > self._longest:
            self.too_long = True
            self._rest.clear()
