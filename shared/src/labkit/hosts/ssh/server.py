"""The SSH protocol of one connection: key exchange, login and channels, on asyncssh."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, cast

import asyncssh
from asyncssh.constants import MSG_IGNORE, MSG_SERVICE_REQUEST

from labkit.faults import Drop, Expire, Fault, Hang, Refuse
from labkit.hosts.ssh.connections import Connection
from labkit.hosts.ssh.keys import key_body
from labkit.hosts.ssh.session import Session

if TYPE_CHECKING:
    from labkit.hosts.ssh.program import FileAccess
    from labkit.hosts.ssh.service import SSHService

_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
#: Seconds within which a client's close arrives if it has closed before; paramiko polls every 0.1 s.
_LATE_CLOSE = 0.15
#: Seconds for an answer; a client that neither answers nor leaves is stopped, and there.
_ANSWER = 1.0
#: SSH_DISCONNECT_PROTOCOL_ERROR of RFC 4253, which is what sshd sends after too many attempts.
_PROTOCOL_ERROR = 2


def options_for(service: SSHService) -> asyncssh.SSHServerConnectionOptions:
    """The settings of a service; made once, as they take longer than a key exchange."""
    return asyncssh.SSHServerConnectionOptions(
        server_factory=None,
        server_host_keys=[service.host_key.private],
        server_version=service.version,
        # paramiko needs the name with the suffix; nothing here is slow.
        kex_algs=["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"],
        compression_algs=["none"],
        encoding=None,
        line_editor=False,
        gss_host=None,
        x11_forwarding=False,
        agent_forwarding=False,
        allow_scp=True,
        # A login that hangs is a fault under test; the server must not be the one that gives up.
        login_timeout=0,
    )


class _Deaf(asyncio.Protocol):
    """Ignores what still comes; at the client's end of file asyncio closes the connection."""


class ServerConnection(asyncssh.SSHServerConnection):
    """asyncssh's connection made to behave like sshd towards paramiko, and to count and cut connections."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.link = cast(asyncio.Transport, transport)
        self.raw_socket = transport.get_extra_info("socket")
        self.heard = asyncio.Event()
        super().connection_made(transport)
        self._acknowledge()

    def data_received(self, data: bytes, datatype: Any = None) -> None:
        super().data_received(data, datatype)
        self.heard.set()
        self._acknowledge()

    def _acknowledge(self) -> None:
        """Have the kernel acknowledge at once.

        paramiko leaves Nagle's algorithm on, so that each of its small packets waits for the
        acknowledgement of the one before, which the kernel delays by 40 ms. Linux forgets this setting
        after a while: set it every time.
        """
        if _QUICKACK is not None:
            with contextlib.suppress(OSError):  # the connection may just have been closed
                self.raw_socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def process_packet(self, pkttype: int, pktid: int, packet: Any) -> Any:
        """Let a client ask for the login service again.

        paramiko does so for every key and password it tries. sshd answers; asyncssh would hang up.
        """
        if pkttype == MSG_SERVICE_REQUEST and self._auth_in_progress and not self._auth_complete:
            self._next_service = b"ssh-userauth"
        return super().process_packet(pkttype, pktid, packet)

    async def reload_config(self) -> None:
        """There are no configuration files; the parent would start a thread to look for them."""

    async def send_userauth_success(self) -> None:
        """Enter the login in the log before the client can know of it."""
        owner = self.get_owner()
        if isinstance(owner, Login):
            owner.accepted(self._username)
        await super().send_userauth_success()

    def cut(self) -> asyncio.WriteTransport:
        """End the connection without a word, after what was already written.

        Returns:
            The TCP connection, half closed. Closing it whole would reset it when the client has sent
            something meanwhile, and a reset throws away what the client has not read yet.
        """
        link = self.link
        link.set_protocol(_Deaf())
        link.write_eof()
        self._transport = None
        self._loop.call_soon(self._cleanup, asyncssh.ConnectionLost("cut"))
        return link

    @property
    def keys_agreed(self) -> bool:
        """Whether the first key exchange is over, before which nothing else may be sent."""
        return bool(self._send_seq and self._session_id) and not self._kex

    async def answers(self) -> None:
        """Return once the client has answered a request that every client must answer."""
        await self._make_global_request(b"keepalive@openssh.com")

    async def stirs(self) -> None:
        """Say something that needs no answer, and return at the client's next word."""
        self.send_packet(MSG_IGNORE, (0).to_bytes(4, "big"))
        await self.heard_again()

    async def heard_again(self) -> None:
        """Return at the client's next word."""
        self.heard.clear()
        await self.heard.wait()


class Login(asyncssh.SSHServer):
    """Judges who may log in, and opens channels for those who did."""

    def __init__(self, service: SSHService, connection: Connection) -> None:
        self.service = service
        self.connection = connection
        self._conn: ServerConnection | None = None
        self._judged: dict[tuple[str, str, str], bool] = {}
        self._method: str | None = None
        self._files: FileAccess | None = None

    @property
    def user(self) -> str:
        return self.connection.user or ""

    @property
    def gone(self) -> asyncio.Event:
        """Set once the connection has ended."""
        return self.connection._gone

    @property
    def file_access(self) -> FileAccess | None:
        return self._files

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._conn = cast(ServerConnection, conn)
        self.connection._close = conn.abort
        self.connection._probe = self._probe

    def connection_lost(self, exc: Exception | None) -> None:
        self.service.book.remove(self.connection)

    def drop(self) -> None:
        """Cut the TCP connection."""
        if self._conn is not None and not self.gone.is_set():
            conn, self._conn = self._conn, None
            self.service.linger(conn.cut())

    async def _probe(self) -> bool:
        """Whether the client held the connection when this was called; see :mod:`labkit.hosts.ssh.census`."""
        conn = self._conn
        if conn is None:
            return False
        if not conn.keys_agreed:
            word, patience = conn.heard_again(), _LATE_CLOSE
        elif self.connection.user is None:
            word, patience = conn.stirs(), _LATE_CLOSE
        else:
            word, patience = conn.answers(), _ANSWER
        asked, gone = asyncio.ensure_future(word), asyncio.ensure_future(self.gone.wait())
        await asyncio.wait({asked, gone}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        for task in (asked, gone):
            task.cancel()
        return not self.gone.is_set()

    # -- login ---------------------------------------------------------------------------------------

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return "password" in self.service.auth

    def public_key_auth_supported(self) -> bool:
        return "key" in self.service.auth

    def kbdint_auth_supported(self) -> bool:
        return False  # as in Debian's sshd_config

    async def validate_password(self, username: str, password: str) -> bool:
        good = self.service.program.allows_password(username, password)
        return await self._judge("password", username, password, good)

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        body = key_body(key.export_public_key("openssh").decode())
        return await self._judge("key", username, body, self.service.program.allows_key(username, body))

    async def _judge(self, method: str, user: str, proof: str, good: bool) -> bool:
        # OpenSSH's client asks about a key first and uses it then: that is one login.
        asked = (method, user, proof)
        if method == "password" or asked not in self._judged:
            fault = self._fault(f"{method} {user}", good)
            if isinstance(fault, Hang):
                await self.gone.wait()
            if isinstance(fault, Drop):
                self.drop()
            self._judged[asked] = good and fault is None
            if not self._judged[asked]:
                self._failed()
        if self._judged[asked]:
            self._method = method
        return self._judged[asked]

    def _fault(self, operation: str, good: bool) -> Fault | None:
        faults = self.service.faults
        fault = faults.take("auth", operation, kinds=(Hang, Drop, Refuse))
        if fault is None and good:
            fault = faults.take("auth", operation, kinds=Expire)
        return fault

    def _failed(self) -> None:
        self.connection.failures += 1
        if self.connection.failures >= self.service.max_auth_tries and self._conn is not None:
            self._conn.disconnect(_PROTOCOL_ERROR, "Too many authentication failures")

    def accepted(self, user: str) -> None:
        """The login is good."""
        self.connection.user = user
        self.connection.auth = self._method
        self._files = self.service.program.file_access(self.user)

    # -- channels ------------------------------------------------------------------------------------

    def session_requested(self) -> Any:
        return Session(self)
