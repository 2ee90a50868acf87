"""Faults at the connect stage: what a client meets before there is any SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from labkit.faults import Drop, Fault, Hang, Malformed, Throttle

#: A web server's answer where a banner was expected. paramiko looks at 100 lines, OpenSSH at 1024.
_RUBBISH = b"HTTP/1.1 400 Bad Request\r\n" * 1100


class Impostor(asyncio.Protocol):
    """Speaks to a client that expected an SSH server, or keeps silent.

    Args:
        fault: Hang keeps silent, Drop closes, Malformed and Throttle say something first.
        ended: called once the connection is closed.
    """

    def __init__(self, fault: Fault, ended: Callable[[], None]) -> None:
        self._fault = fault
        self._ended = ended
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        link = self.transport = cast(asyncio.Transport, transport)
        fault = self._fault
        if isinstance(fault, Malformed):
            link.write(_RUBBISH if fault.payload is None else fault.payload)
        elif isinstance(fault, Throttle):
            link.write(b"Exceeded MaxStartups\r\n")  # sshd's words since OpenSSH 8.8
        elif isinstance(fault, Drop) and fault.after_bytes:
            link.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"[: fault.after_bytes])
        if not isinstance(fault, Hang):
            link.close()

    def data_received(self, data: bytes) -> None:
        """What the client says is of no interest."""

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended()
