"""The server: its loop, its mailbox, who may send."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, ClassVar, Final, Self, TypeVar

from labkit.clock import DEFAULT_START, Clock, WallClock
from labkit.faults import Faults, Hang
from labkit.services.smtp.mailbox import Mailbox
from labkit.services.smtp.protocol import STAGES, Handler, Protocol

Result = TypeVar("Result")
_PATIENCE: Final = 5.0
_LARGEST: Final = 10 * 1024 * 1024


class Smtp:
    """A mail server on a port of 127.0.0.1; a context manager.

    ``smtplib.SMTP(smtp.host, smtp.port)`` talks to it, plain or after a login; it has no TLS.

    Args:
        seed: of faults with a ``chance``.
        clock: when mails come in; a virtual clock of its own when None.
        port: 0 takes a free one.

    Attributes:
        mails: what was taken in, oldest first.
        faults: what goes wrong; see :mod:`labkit.services.smtp.protocol`.
        user: who may log in, with ``password``.
        require_login: whether a mail needs a login first.
        mailboxes: the addresses that there are; None for any.
        largest: bytes of the largest mail.
    """

    name: ClassVar[str] = "smtp"
    unwanted: ClassVar[tuple[str, ...]] = ()

    def __init__(self, seed: int | str = 0, clock: Clock | None = None, *, port: int = 0) -> None:
        self.seed = seed
        self.clock = clock if clock is not None else Clock()
        self.faults = Faults(seed, stages=STAGES, protocol="SMTP", changed=self._changed)
        self.mails = Mailbox()
        self.host = "127.0.0.1"
        self.port = port
        self.breaks: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()
        self._free = asyncio.Event()
        self.begin()

    def begin(self) -> None:
        """Everybody may send to everybody."""
        self.user, self.password = "automation", "example-password"
        self.require_login = False
        self.mailboxes: set[str] | None = None
        self.largest = _LARGEST

    @property
    def url(self) -> str:
        """``smtp://127.0.0.1:PORT``"""
        return f"smtp://{self.host}:{self.port}"

    def variables(self) -> dict[str, str]:
        """Address and login, for programs that take them from their environment."""
        return {
            "SMTP_HOST": self.host,
            "SMTP_PORT": str(self.port),
            "SMTP_USER": self.user,
            "SMTP_PASSWORD": self.password,
        }

    def start(self) -> Self:
        """Listen from now on; a second start does nothing."""
        if self._loop is None:
            loop = self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=loop.run_forever, name="labkit-smtp", daemon=True)
            self._thread.start()
            self._in_loop(self._listen(loop))
        return self

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        handler = Handler(self)
        self._server = await loop.create_server(lambda: Protocol(self, handler, loop), self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Close every connection and end the thread; the port is kept for the next start."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._in_loop(self._close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_PATIENCE)
        loop.close()
        self._loop = self._thread = self._server = None

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        self._free.set()
        for transport in list(self._open):
            if isinstance(transport, asyncio.Transport):
                transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _in_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        if self._loop is None:
            work.close()
            raise RuntimeError("the mail server is not running: use it in a with block, or call start()")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    def reset(self, seed: int | str | None = None) -> None:
        """As new: running, an empty mailbox, no faults, the clock at its beginning."""
        if seed is not None:
            self.seed = self.faults.seed = seed
        self.start()
        self.faults.reset()
        self.mails.clear()
        self.breaks.clear()
        if not isinstance(self.clock, WallClock):
            self.clock.set(DEFAULT_START)
            self.clock.step, self.clock.polling = 1.0, True
        self.begin()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # For connections

    def connected(self, transport: asyncio.BaseTransport) -> None:
        """Take down a connection."""
        self._open.add(transport)

    def disconnected(self, transport: asyncio.BaseTransport) -> None:
        """Forget a connection."""
        self._open.discard(transport)

    async def released(self) -> None:
        """Wait until no fault keeps anything hanging any more."""
        await self._free.wait()

    def _changed(self) -> None:
        if self._loop is None or any(self.faults.active_at(stage, Hang) for stage in ("connect", "data")):
            return
        self._loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        self._free.set()
        self._free = asyncio.Event()
