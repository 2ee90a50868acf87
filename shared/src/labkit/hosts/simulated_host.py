"""One simulated machine behind a real SSH server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping

from labkit.hosts.machine import Machine
from labkit.hosts.ssh.connections import Book
from labkit.hosts.ssh.endpoint import Endpoint
from labkit.hosts.ssh.keys import KeyPair, key_body
from labkit.hosts.ssh.program import FileAccess
from labkit.hosts.ssh.service import SSHService
from labkit.hosts.streams import Reader, Sink

#: Logins that hosts can offer.
AUTH_METHODS = ("password", "key")


class SimulatedHost(Endpoint):
    """One simulated machine that is reached over SSH on 127.0.0.1.

    Made by :class:`Fleet`. It can be used as a context manager of its own.

    Attributes:
        name: host name of the machine.
        user, password: an account that can log in; it also accepts the fleet's client key.
        auth: the login the inventory names for this host, ``password`` or ``key``; the host accepts both.
    """

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

    def _renew(self) -> None:
        self._program.renew()


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
