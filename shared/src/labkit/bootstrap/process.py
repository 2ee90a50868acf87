"""Run pip or uv: their output is kept for the case that they fail, the user sees the progress."""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import re
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.bootstrap.progress import Progress
from labkit.bootstrap.registry import without_secrets

_KEPT_LINES = 200
_SHOWN_LINES = 12
_WIDEST = 160
_GRACE = 5.0  # seconds between Ctrl-C and kill

_NETWORK = re.compile(
    r"failed to fetch|error sending request|dns error|name resolution|name or service not known"
    r"|could not resolve|connection (refused|reset|timed out|aborted|error)|network is unreachable|timed out"
    r"|max retries exceeded|newconnectionerror|proxyerror|sslerror|certificate|tls|network was disabled"
    r"|no route to host|could not connect|request failed|HTTP status (client|server) error",
    re.IGNORECASE,
)
_DISK_FULL = re.compile(r"no space left|disk quota exceeded|os error (28|122)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Outcome:
    """How a program ended."""

    status: int
    lines: tuple[str, ...]

    @property
    def network_failed(self) -> bool:
        return self.status != 0 and any(_NETWORK.search(line) for line in self.lines)

    @property
    def disk_full(self) -> bool:
        return self.status != 0 and any(_DISK_FULL.search(line) for line in self.lines)

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, fit to be shown."""
        lines = [without_secrets(line) for line in self.lines if line.strip()][-_SHOWN_LINES:]
        return tuple(line if len(line) <= _WIDEST else line[:_WIDEST] + " ..." for line in lines)


def run(
    command: Sequence[str | Path],
    *,
    variables: Mapping[str, str],
    cwd: Path,
    progress: Progress,
    inherit: Sequence[int] = (),
    given: str = "",
) -> Outcome:
    """Run a program to its end.

    Args:
        command: program and arguments.
        variables: its environment variables.
        cwd: the folder it runs in.
        progress: told about each line of output, and several times a second.
        inherit: descriptors that the program gets as well.
        given: text for its standard input.

    Raises:
        KeyboardInterrupt: after the program was stopped too.
    """
    child = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd, env=dict(variables), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        pass_fds=tuple(inherit) if os.name != "nt" else (),
    )  # fmt: skip
    kept: collections.deque[str] = collections.deque(maxlen=_KEPT_LINES)
    arriving: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(child, arriving), daemon=True).start()
    try:
        _feed(child, given)
        _follow(arriving, kept, progress)
        return Outcome(child.wait(), tuple(kept))
    except BaseException:
        _stop(child)
        raise


def _feed(child: subprocess.Popen[bytes], given: str) -> None:
    assert child.stdin is not None  # noqa: S101 - opened as a pipe above
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(given.encode())
        child.stdin.close()


def _read(child: subprocess.Popen[bytes], arriving: queue.SimpleQueue[str | None]) -> None:
    assert child.stdout is not None  # noqa: S101 - opened as a pipe above
    with child.stdout:
        for line in child.stdout:
            arriving.put(line.decode(errors="replace").rstrip())
    arriving.put(None)


def _follow(
    arriving: queue.SimpleQueue[str | None], kept: collections.deque[str], progress: Progress
) -> None:
    latest = ""
    while True:
        try:
            line = arriving.get(timeout=0.25)
        except queue.Empty:
            progress.tick(latest)
            continue
        if line is None:
            return
        kept.append(line)
        latest = without_secrets(line.strip()) or latest
        progress.tick(latest)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """After Ctrl-C the terminal has told the child as well; one that was started otherwise is told here."""
    try:
        child.terminate()
        child.wait(_GRACE)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        child.kill()
        child.wait()
