"""aiosmtpd with faults: what happens on a connection.

=========== ============================ ==============================================================
fault       stage                        what happens
=========== ============================ ==============================================================
Hang        ``connect``, ``data``        no greeting; or the mail is not taken, and no answer comes
Drop        ``connect``, ``rcpt``,       the connection is cut; at ``data`` before the mail is taken, at
            ``data``, ``answer``         ``answer`` after it
Slow        ``connect``, ``data``        greeting or answer come ``delay`` seconds late
Refuse      ``rcpt``, ``mail``,          550 for one recipient, 550 for the sender, 554 for the mail, 554
            ``data``, ``connect``        instead of a greeting; with ``reason``
Throttle    ``rcpt``, ``connect``        451 for one recipient (try again later); 421 instead of a greeting
Expire      ``auth``                     535: the password is not right any more
Malformed   ``connect``                  a greeting that is not SMTP
=========== ============================ ==============================================================

``match`` is searched in ``RCPT TO ops@example.com``, ``MAIL FROM ...``, ``DATA``, ``CONNECT``, ``AUTH user``.
Sources: RFC 5321 (4.2, replies), RFC 3463 (enhanced status codes), RFC 4954 (authentication).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from labkit.faults import Drop, Expire, Fault, Hang, Malformed, Refuse, Slow, Throttle
from labkit.services.smtp.mailbox import Mail

if TYPE_CHECKING:
    from labkit.services.smtp.service import Smtp

STAGES: Final[dict[type[Fault], tuple[str, ...]]] = {
    Hang: ("connect", "data"),
    Drop: ("data", "connect", "rcpt", "answer"),
    Slow: ("data", "connect"),
    Refuse: ("rcpt", "mail", "data", "connect"),
    Throttle: ("rcpt", "connect"),
    Expire: ("auth",),
    Malformed: ("connect",),
}


class Protocol(SMTP):
    """One connection."""

    def __init__(self, service: Smtp, handler: Handler, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            handler,
            hostname="mail.example.com",  # else it looks its own name up
            ident="ESMTP labkit",
            data_size_limit=service.largest,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=handler.authenticate,
            loop=loop,
        )
        self._service = service

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, unless a fault is in the way."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"{transport!r} is no connection")
        self._service.connected(transport)
        fault = self._service.faults.take("connect", "CONNECT")
        if fault is None:
            super().connection_made(transport)
            return
        self._held = transport
        match fault:
            case Slow():
                start = super().connection_made
                self.loop.call_later(fault.delay, lambda: transport.is_closing() or start(transport))
            case Refuse():
                self._say(transport, f"554 5.3.2 {fault.reason or 'No SMTP service here'}\r\n")
            case Throttle():
                self._say(transport, "421 4.7.0 Too many connections, try again later\r\n")
            case Malformed():
                self._say(transport, (fault.payload or b"HTTP/1.1 400 Bad Request\r\n\r\n").decode("latin-1"))
            case Drop():
                transport.abort()

    @staticmethod
    def _say(transport: asyncio.Transport, text: str) -> None:
        transport.write(text.encode("latin-1"))
        transport.close()

    def data_received(self, data: bytes) -> None:
        """Leave unheard what comes to a server that hangs."""
        if self.transport is not None:
            super().data_received(data)

    def eof_received(self) -> bool | None:
        """Likewise."""
        return super().eof_received() if self.transport is not None else False

    def connection_lost(self, error: Exception | None) -> None:
        """The client has gone, or the server has stopped."""
        transport = self.transport
        self._service.disconnected(transport if transport is not None else self._held)
        if transport is not None:
            super().connection_lost(error)


class Handler:
    """What aiosmtpd asks at each command; the names are its own."""

    def __init__(self, service: Smtp) -> None:
        self._service = service

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Whether a login is right."""
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user, password = data.login.decode(), data.password.decode()
        expired = self._service.faults.take("auth", f"AUTH {user}")
        if expired is None and (user, password) == (self._service.user, self._service.password):
            return AuthResult(success=True, auth_data=user)
        return AuthResult(
            success=False, handled=False, message="535 5.7.8 Authentication credentials invalid"
        )

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """``MAIL FROM``"""
        if self._service.require_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        fault = self._service.faults.take("mail", f"MAIL FROM {address}")
        if isinstance(fault, Refuse):
            return f"550 5.7.1 {fault.reason or f'<{address}>: Sender address rejected'}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """``RCPT TO``"""
        fault = self._service.faults.take("rcpt", f"RCPT TO {address}")
        match fault:
            case Refuse():
                return f"550 5.1.1 {fault.reason or f'<{address}>: Recipient address rejected: User unknown'}"
            case Throttle():
                return f"451 4.7.1 <{address}>: Recipient address rejected: Greylisted, try again later"
            case Drop():
                self._cut(server)
        known = self._service.mailboxes
        if known is not None and address not in known:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The mail itself."""
        fault = self._service.faults.take("data", "DATA")
        match fault:
            case Hang():
                await self._service.released()
                self._cut(server)
            case Drop():
                self._cut(server)
            case Slow():
                await asyncio.sleep(fault.delay)
            case Refuse():
                return f"554 5.7.1 {fault.reason or 'Message content rejected'}"
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        user = str(session.auth_data or "") if session.authenticated else ""
        recipients = tuple(envelope.rcpt_tos)
        mail = Mail(str(envelope.mail_from or ""), recipients, raw, user, self._service.clock.now())
        self._service.mails.add(mail)
        if self._service.faults.take("answer", "DATA") is not None:
            self._cut(server)
        return f"250 2.0.0 Ok: queued as {len(self._service.mails):06}"

    @staticmethod
    def _cut(server: SMTP) -> None:
        transport = server.transport
        if isinstance(transport, asyncio.Transport):
            transport.abort()
        raise ConnectionResetError
