"""One worker process: pytest on one lab, watched from outside."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.catalog import Lab
from labkit.protocol import EVENTS_VARIABLE, GO_VARIABLE
from labkit.runs import end_group

#: How much of what a test prints is kept, in bytes.
KEEP_PRINTED = 16_384
#: What a worker gets to come up with its imports, and to end once all tests are done, in seconds.
START_LIMIT, END_LIMIT = 60.0, 2.0
#: How often it is looked whether the worker still lives, should its pipe be open elsewhere.
_LOOK_EVERY = 1.0
#: The interpreter writes its stack at the test's deadline; the runner waits this much longer.
STACK_GRACE = 0.5

#: Plugins of pytest that a lab does not need: each costs time at every start.
_WITHOUT = (
    "cacheprovider",
    "doctest",
    "pastebin",
    "junitxml",
    "nose",
    "stepwise",
    "faulthandler",
    "terminal",
)


class Watched:
    """A process that reports the verdicts of a lab's tests over a pipe, watched from outside.

    Args:
        lab: the lab whose tests run.
        pid: the process, leader of a group of its own.
        events: the reading end of the pipe that carries the events.
        output: the reading end of the pipe that is the process's standard output and error.
    """

    def __init__(self, lab: Lab, pid: int, events: int, output: int) -> None:
        self._lab = lab
        self.pid = pid
        self._events, self._output = events, output
        self._deadline = time.monotonic() + START_LIMIT
        self.test: str = ""
        self.timed_out = False
        self.finished = False
        self.printed = bytearray()
        self.all_output = bytearray()

    def watch(self, handle: Callable[[dict[str, Any]], None], end: float) -> None:
        """Read events until the worker ends or a deadline passes.

        Args:
            handle: called with each event, in order.
            end: when the whole run must be over, on the monotonic clock.
        """
        pending = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._events, selectors.EVENT_READ)
            selector.register(self._output, selectors.EVENT_READ)
            events_open = True
            while events_open and not self.finished:
                patience = min(self._deadline, end) - time.monotonic()
                if patience <= 0:
                    self.timed_out = True
                    return
                ready = selector.select(min(patience, _LOOK_EVERY))
                if not ready and self.wait(0.001) is not None:
                    return
                for key, _ in ready:
                    data = os.read(key.fd, 65_536)
                    if not data:
                        selector.unregister(key.fd)
                        events_open = events_open and key.fd != self._events
                    elif key.fd == self._output:
                        self._keep(data)
                    else:
                        *lines, pending = (pending + data).split(b"\n")
                        for line in lines:
                            self._note(line, handle)

    def end(self) -> int | None:
        """Wait for a worker that is done, kill one that is not, and its group in any case.

        Returns:
            The exit status, negative for a signal; None when it had to be killed.
        """
        status: int | None = None
        if self.finished:
            # All is told: what the interpreter would still do at its end is not worth the learner's wait.
            self.kill()
        if not self.timed_out:
            status = self.wait(END_LIMIT if self.finished else 1.0)
        end_group(self.pid)
        self.wait(None)
        self._drain()
        os.close(self._events)
        os.close(self._output)
        return status

    def kill(self) -> None:
        """End it at once. May be called from any thread."""
        end_group(self.pid)

    def wait(self, patience: float | None) -> int | None:
        """The exit status, negative for a signal; None when it does not come in ``patience`` seconds."""
        raise NotImplementedError

    def _note(self, line: bytes, handle: Callable[[dict[str, Any]], None]) -> None:
        event = json.loads(line)
        kind = event["event"]
        if kind == "started":
            self.test = event["id"]
            self.printed.clear()
            self._deadline = time.monotonic() + self._lab.time_limit + STACK_GRACE
        elif kind == "verdict":
            self._drain()
            event["printed"] = self.printed.decode("utf-8", "replace")
            self.test = ""
            self._deadline = time.monotonic() + START_LIMIT
        elif kind == "finished":
            self.finished = True
        handle(event)

    def _keep(self, data: bytes) -> None:
        self.printed += data[: max(0, KEEP_PRINTED - len(self.printed))]
        self.all_output = (self.all_output + data)[-KEEP_PRINTED:]

    def _drain(self) -> None:
        """Take what lies in the pipe already: it belongs to the test that just ended."""
        os.set_blocking(self._output, False)
        with contextlib.suppress(BlockingIOError, OSError):
            for _ in range(64):
                data = os.read(self._output, 65_536)
                if not data:
                    break
                self._keep(data)
        os.set_blocking(self._output, True)


class Worker(Watched):
    """A pytest process for ``lab`` in its own process group.

    Args:
        lab: the lab whose tests run.
        options: further options of the plugin (``--code``, ``--task`` ...).
        environment: the complete environment, guard included.
        folder: the run's folder; the worker's current folder is below it.
        waiting: it imports and collects, then waits for :meth:`go`.
    """

    def __init__(
        self,
        lab: Lab,
        options: list[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        waiting: bool = False,
    ) -> None:
        read_events, write_events = os.pipe()
        read_output, write_output = os.pipe()
        read_word, self._word = os.pipe() if waiting else (-1, -1)
        variables = {EVENTS_VARIABLE: str(write_events)} | ({GO_VARIABLE: str(read_word)} if waiting else {})
        inherited = [write_events, read_word] if waiting else [write_events]
        try:
            self.process = start_pytest(
                lab, options, {**environment, **variables}, folder, inherited, write_output
            )
        finally:
            for descriptor in (*inherited, write_output):
                os.close(descriptor)
        super().__init__(lab, self.process.pid, read_events, read_output)

    def go(self, **options: Any) -> None:
        """Let a waiting worker begin, with these values for options of the plugin; time counts from now."""
        self._deadline = time.monotonic() + START_LIMIT
        with contextlib.suppress(BrokenPipeError):  # it is gone; whoever watches it will notice
            os.write(self._word, json.dumps(options).encode() + b"\n")

    def end(self) -> int | None:
        if self._word >= 0:
            os.close(self._word)
            self._word = -1
        return super().end()

    def wait(self, patience: float | None) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(patience)
        return None


def start_pytest(
    lab: Lab,
    options: list[str],
    environment: Mapping[str, str],
    folder: Path,
    channels: Sequence[int],
    output: int,
) -> subprocess.Popen[bytes]:
    """Start pytest on the tests of ``lab`` as the leader of a session.

    Args:
        lab: the lab whose tests run.
        options: further options of the plugin.
        environment: the complete environment, guard included.
        folder: the run's folder; ``work`` in it becomes the current folder.
        channels: file descriptors the process inherits, besides its output.
        output: where standard output and error go.
    """
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return subprocess.Popen(
        pytest_command(lab.path, options),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        cwd=work,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        pass_fds=channels,
        start_new_session=True,
    )


def pytest_command(lab: Path, options: list[str]) -> list[str]:
    """The command line that runs the tests of the lab in folder ``lab``, with ``options`` of the plugin."""
    return [
        sys.executable,
        "-m",
        "pytest",
        *(word for name in _WITHOUT for word in ("-p", f"no:{name}")),
        "-p",
        "labkit.plugin",
        "--capture=no",
        f"--rootdir={lab}",
        f"--config-file={lab / 'pyproject.toml'}",
        *options,
        str(lab / "tests"),
    ]
