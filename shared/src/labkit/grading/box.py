"""The grader's end of a keeper: a child that speaks the words of :mod:`labkit.grading.keeper.words`."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from labkit.errors import EnvironmentMissing
from labkit.grading.keeper.words import Lines, line, write
from labkit.runs import end_group

#: How often it is looked whether the grader wants to stop, in seconds.
_LOOK_EVERY = 0.25
_PIECE = 1 << 18
#: What a keeper gets to end all of a run, in seconds.
_FAREWELL = 5.0


class Stopped(Exception):
    """The grader was told to stop."""


class Late(Exception):
    """Nothing came in time."""


class Gone(Exception):
    """The keeper is gone, which it never does by itself."""


class Box:
    """A keeper that runs.

    Args:
        command: starts it; its standard input and output are the channel.
        stop: when it is set, waiting ends.
        kill: ends everything in case the keeper does not; None when the end of its process group does.

    Raises:
        EnvironmentMissing: the command cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        stop: threading.Event | None = None,
        environment: Mapping[str, str] | None = None,
        kill: Callable[[], None] | None = None,
    ) -> None:
        self._stop, self._kill = stop, kill
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env=environment,
            )
        except OSError as problem:
            raise EnvironmentMissing("sandbox", f"{command[0]} does not start: {problem.strerror}") from None
        self._asking, answers = _number(self._process.stdin), _number(self._process.stdout)
        complaints = _number(self._process.stderr)
        self._lines, self._heard = Lines(), list[dict[str, Any]]()
        self._complaints = bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(answers, selectors.EVENT_READ, "answers")
        self._selector.register(complaints, selectors.EVENT_READ, "complaints")

    @property
    def pid(self) -> int:
        """Leader of the group of the keeper's processes."""
        return self._process.pid

    def say(self, word: str, value: Any) -> None:
        """Tell the keeper something; when it is gone, hearing tells."""
        with contextlib.suppress(OSError):
            write(self._asking, line(word, value))

    def hear(self, deadline: float) -> tuple[str, Any]:
        """The next thing the keeper says.

        Args:
            deadline: on the monotonic clock.

        Raises:
            Late: the deadline passed.
            Stopped: the grader is to stop.
            Gone: the keeper is gone.
        """
        while not self._heard:
            if self._stop is not None and self._stop.is_set():
                raise Stopped
            patience = deadline - time.monotonic()
            if patience <= 0:
                raise Late
            for key, _ in self._selector.select(min(patience, _LOOK_EVERY)):
                data = os.read(key.fd, _PIECE)
                if not data:
                    self._selector.unregister(key.fd)
                    if key.data == "answers":
                        raise Gone(self._complaints.decode("utf-8", "replace")[-2000:].strip())
                elif key.data == "complaints":
                    self._complaints = (self._complaints + data)[-4000:]
                else:
                    self._heard += [json.loads(found) for found in self._lines.add(data)]
        [(word, value)] = self._heard.pop(0).items()
        if word == "output":
            value = base64.b64decode(value)
        return word, value

    def close(self) -> None:
        """End the keeper and everything it keeps. Does not raise."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        self._discard(time.monotonic() + _FAREWELL)
        if self._kill is not None:
            self._kill()
        end_group(self._process.pid)
        self._process.wait()
        self._selector.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def _discard(self, deadline: float) -> None:
        """Read on until the keeper ends, so that it is not stuck in telling us something."""
        while self._selector.get_map() and time.monotonic() < deadline:
            for key, _ in self._selector.select(deadline - time.monotonic()):
                if not os.read(key.fd, _PIECE):
                    self._selector.unregister(key.fd)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0.01))


def _number(stream: IO[bytes] | None) -> int:
    """The descriptor of a pipe to the child."""
    if stream is None:
        raise ValueError("the child was started without its pipes")
    return stream.fileno()
