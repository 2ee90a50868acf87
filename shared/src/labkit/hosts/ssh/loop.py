"""The one background thread in which every SSH server of this process lives.

It starts with the first server and ends with :func:`stop_shared_loop` (or with the process). A process that
forks should stop it first; a child that was forked regardless starts afresh, and closes what it inherited.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")

#: Seconds to wait for the thread; it never blocks, so this only guards against a defect.
_PATIENCE = 10.0


class Resident(Protocol):
    """Something that lives in the loop."""

    def abort(self) -> None:
        """Close everything at once. Called in the loop's thread."""

    def forget(self) -> None:
        """Close inherited sockets without touching the loop. Called in a forked child."""


class ServerLoop:
    """An event loop in a daemon thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.residents: weakref.WeakSet[Resident] = weakref.WeakSet()
        self._thread = threading.Thread(target=self._run, name="labkit-ssh", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(self._finish())
        finally:
            self.loop.close()

    async def _finish(self) -> None:
        """Let aborted connections be closed, and end what still waits."""
        for _turn in range(4):
            await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def running(self) -> bool:
        return self._thread.is_alive() and not self.loop.is_closed()

    @property
    def inside(self) -> bool:
        """Whether the caller runs in this thread."""
        return threading.current_thread() is self._thread

    def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Run a function in the loop's thread and return its result.

        Raises:
            TimeoutError: the thread did not get round to it, which is a defect of a server.
        """
        if self.inside:
            return function(*arguments)
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(function(*arguments))
            except BaseException as error:
                future.set_exception(error)

        self.loop.call_soon_threadsafe(run)
        return future.result(_PATIENCE)

    def post(self, function: Callable[..., object], *arguments: Any) -> None:
        """Run a function in the loop's thread some time soon; nothing happens once the loop has ended."""
        try:
            self.loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            if not self.loop.is_closed():
                raise

    def stop(self) -> None:
        """Close every server and connection, and join the thread. A second call does nothing."""
        if not self.running:
            return
        for resident in list(self.residents):
            self.call(resident.abort)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(_PATIENCE)

    def forget(self) -> None:
        """In a forked child: the thread does not exist here, but copies of its sockets do."""
        for resident in list(self.residents):
            resident.forget()


_shared: ServerLoop | None = None
_lock = threading.Lock()


def shared_loop() -> ServerLoop:
    """The loop of this process, started when there is none."""
    global _shared
    with _lock:
        if _shared is None or not _shared.running:
            _shared = ServerLoop()
        return _shared


def stop_shared_loop() -> None:
    """Close every SSH server of this process and join its thread, so that it may fork."""
    global _shared
    with _lock:
        loop, _shared = _shared, None
    if loop is not None:
        loop.stop()


def _after_fork() -> None:
    global _shared, _lock
    _lock = threading.Lock()
    loop, _shared = _shared, None
    if loop is not None:
        loop.forget()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(stop_shared_loop)
