"""One simulated machine behind a real SSH server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from typing import Self

from labkit.faults import Faults
from labkit.hosts.machine import Machine
from labkit.hosts.ssh.connections import Book, Connection
from labkit.hosts.ssh.keys import KeyPair, key_body
from labkit.hosts.ssh.program import FileAccess
from labkit.hosts.ssh.service import SSHService
from labkit.hosts.streams import Reader, Sink

#: Logins that hosts can offer.
AUTH_METHODS = ("password", "key")


class SimulatedHost:
    """One simulated machine that is reached over SSH on 127.0.0.1.

    Made by :class:`Fleet`. It can be used as a context manager of its own.

    Attributes:
        name: host name of the machine.
        user, password: an account that can log in; it also accepts the fleet's client key.
        auth: the login the inventory names for this host, ``password`` or ``key``; the host accepts both.
        address: ``127.0.0.1``.
    """

    address = "127.0.0.1"

    def __init__(
        self,
        name: str,
        build: Callable[[], Machine],
        *,
        user: str,
        password: str,
        client_key: Callable[[], KeyPair],
        seed: int | str = 0,
        auth: str = "password",
        offers: Collection[str] = AUTH_METHODS,
        parent: Book | None = None,
    ) -> None:
        self.name = name
        self.user = user
        self.password = password
        self.auth = auth
        self._program = MachineProgram(build, client_key)
        self._service = SSHService(name, self._program, book=Book(parent), seed=seed, auth=offers)

    def __repr__(self) -> str:
        return f"<SimulatedHost {self.name} at {self.address}:{self.port}>"

    @property
    def machine(self) -> Machine:
        """The machine behind the login; built when first needed."""
        return self._program.machine

    @property
    def port(self) -> int:
        """The TCP port; it stays the same while the host is down."""
        return self._service.port

    @property
    def faults(self) -> Faults:
        """The faults of this host; see :mod:`labkit.hosts.ssh.stages` for where they strike."""
        return self._service.faults

    @property
    def public_host_key(self) -> str:
        """The host's public key: ``ssh-ed25519 AAAA...``."""
        return self._service.host_key.public_line

    @property
    def host_key_data(self) -> bytes:
        """The host's public key in wire format: ``paramiko.Ed25519Key(data=host.host_key_data)``."""
        return self._service.host_key.public_data

    @property
    def known_hosts_line(self) -> str:
        """The line for a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""
        return f"[{self.address}]:{self.port} {self.public_host_key}"

    @property
    def connections(self) -> int:
        """Connections that the clients have not closed."""
        return self._service.book.open

    @property
    def peak_connections(self) -> int:
        """The most connections that were open at one moment."""
        return self._service.book.peak

    @property
    def connection_log(self) -> tuple[Connection, ...]:
        """Every connection so far, oldest first."""
        return self._service.book.log

    @property
    def errors(self) -> Sequence[Exception]:
        """Exceptions of the simulation itself: defects of labkit."""
        return tuple(self._service.errors)

    def wait_until_closed(self, timeout: float = 5.0) -> None:
        """Wait until every client has closed its connections. Raises TimeoutError naming those left."""
        self._service.book.wait_until_closed(timeout)

    def change_host_key(self) -> str:
        """Have a new host key, as a reinstalled machine (or an impostor) would. Returns the public key."""
        return self._service.change_host_key().public_line

    def start(self) -> None:
        """Be up. A second call does nothing."""
        self._service.start()

    def stop(self) -> None:
        """Be down: connections are cut, new ones refused. :meth:`start` brings it back on the same port."""
        self._service.stop()

    def reset(self) -> None:
        """As new: connections cut, a fresh machine, no faults, empty logs, the first host key, and up."""
        self._service.stop()
        self._program.renew()
        self._service.reset()

    def close(self) -> None:
        """Stop for good and release the port."""
        self._service.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class MachineProgram:
    """A machine as an SSH server sees it (:class:`labkit.hosts.ssh.program.Program`).

    Args:
        build: makes the machine, which happens when it is first needed.
        client_key: a key that every account accepts, besides its own.
    """

    raw_terminal = False

    def __init__(self, build: Callable[[], Machine], client_key: Callable[[], KeyPair]) -> None:
        self._build = build
        self._client_key = client_key
        self._machine: Machine | None = None
        self._skewed = 0.0
        self._lock = threading.Lock()

    @property
    def machine(self) -> Machine:
        with self._lock:
            if self._machine is None:
                self._machine = self._build()
            return self._machine

    def renew(self) -> None:
        """Build a new machine when one is next needed."""
        with self._lock:
            self._machine = None
            self._skewed = 0.0

    def allows_password(self, user: str, password: str) -> bool:
        return self.machine.users.check_password(user, password)

    def allows_key(self, user: str, body: str) -> bool:
        users = self.machine.users
        if user not in users:
            return False
        lines = [self._client_key().public_line, *users[user].keys, *self._authorized(user)]
        return body in {key_body(line) for line in lines}

    def _authorized(self, user: str) -> list[str]:
        path = f"{self.machine.users.account(user).home}/.ssh/authorized_keys"
        try:
            text = self.machine.files.read(path).decode("utf-8", "replace")
        except OSError:
            return []
        return [line for line in text.splitlines() if not line.lstrip().startswith("#")]

    def execute(
        self,
        command: str | None,
        *,
        user: str,
        stdin: Reader,
        stdout: Sink,
        stderr: Sink,
        env: Mapping[str, str] | None = None,
        tty: bool = False,
        cancelled: threading.Event | None = None,
    ) -> int:
        return self.machine.execute(
            command,
            user=user,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=env,
            tty=tty,
            cancelled=cancelled,
        )

    def skew(self, seconds: float) -> None:
        if seconds != self._skewed:
            clock = self.machine.clock
            clock.set(clock.peek() + seconds - self._skewed)
            self._skewed = seconds

    def file_access(self, user: str) -> FileAccess | None:
        machine = self.machine
        return FileAccess(
            machine.files,
            machine.credentials(user),
            machine.users.account(user).home,
            {account.uid: account.name for account in machine.users.accounts()},
            {gid: name for name, gid, _members in machine.users.groups()},
        )
