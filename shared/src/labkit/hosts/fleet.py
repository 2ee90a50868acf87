"""A fleet of simulated hosts behind real SSH servers on loopback."""

from __future__ import annotations

import csv
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from labkit.clock import Clock
from labkit.faults import Faults
from labkit.hosts.accounts import User
from labkit.hosts.machine import Machine
from labkit.hosts.ssh.connections import Book, Connection
from labkit.hosts.ssh.keys import KeyPair, key_body
from labkit.hosts.ssh.program import FileAccess
from labkit.hosts.ssh.service import SSHService
from labkit.hosts.streams import Reader, Sink

#: Columns of :meth:`Fleet.write_inventory`.
INVENTORY_COLUMNS = ("host", "port", "user", "auth", "secret")
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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
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
            command, user=user, stdin=stdin, stdout=stdout, stderr=stderr, env=env, tty=tty, cancelled=cancelled
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


class Fleet:
    """Simulated hosts, started together and stopped together.

    Use it as a context manager; :meth:`stop` by hand otherwise.

    Args:
        size: how many hosts; they are called ``web-1``, ``web-2`` and so on.
        names: names instead of a size.
        seed: machines, passwords and faults follow from it.
        user: the account that can log in everywhere; it may use sudo after its password.
        users: further accounts on every host.
        auth: the login that inventories name, host after host, over and over.
        offers: the logins the hosts accept at all.
        build: makes the machine of one host from (index, name, users, seed); for machines with more in them.
        folder: where key and known hosts files are written; a temporary one by default.

    Raises:
        ValueError: no hosts, or an unknown login method.
    """

    def __init__(
        self,
        size: int | None = None,
        *,
        names: Sequence[str] | None = None,
        seed: int = 0,
        user: str = "ops",
        users: Sequence[User] = (),
        auth: Sequence[str] = AUTH_METHODS,
        offers: Collection[str] = AUTH_METHODS,
        build: Callable[[int, str, Sequence[User], int], Machine] | None = None,
        folder: Path | None = None,
    ) -> None:
        chosen = tuple(names) if names is not None else tuple(f"web-{n + 1}" for n in range(size or 0))
        if not chosen or (names is not None and size not in (None, len(chosen))):
            raise ValueError(f"Fleet(size={size}, names={names}): give a size of at least 1, or names")
        unknown = {*auth, *offers} - set(AUTH_METHODS)
        if unknown or not auth or not offers:
            raise ValueError(f"auth and offers name logins: {', '.join(AUTH_METHODS)}; not {sorted(unknown)}")
        self.seed = seed
        self.user = user
        self._users = tuple(users)
        self._build = build or _plain_machine
        self._book = Book()
        self._folder = folder
        self._own_folder: Path | None = None
        self._client: KeyPair | None = None
        self._lock = threading.Lock()
        self.hosts = tuple(
            self._host(index, name, auth[index % len(auth)], offers) for index, name in enumerate(chosen)
        )

    def _host(self, index: int, name: str, auth: str, offers: Collection[str]) -> SimulatedHost:
        seed = self.seed * 1000 + index
        password = f"{name}-{(seed * 2654435761 + 12345) & 0xFFFFF:05x}"

        def build() -> Machine:
            login = User(self.user, password=password, sudo=True)
            return self._build(index, name, (login, *self._users), seed)

        return SimulatedHost(
            name,
            build,
            user=self.user,
            password=password,
            client_key=self._client_pair,
            seed=seed,
            auth=auth,
            offers=offers,
            parent=self._book,
        )

    # -- as a collection -----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.hosts)

    def __iter__(self) -> Iterator[SimulatedHost]:
        return iter(self.hosts)

    def __getitem__(self, key: int | str) -> SimulatedHost:
        """A host by place or by name. Raises IndexError or KeyError."""
        if isinstance(key, int):
            return self.hosts[key]
        for host in self.hosts:
            if host.name == key:
                return host
        raise KeyError(f"no host {key!r}; there are {', '.join(host.name for host in self.hosts)}")

    # -- life ------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Start all hosts."""
        for host in self.hosts:
            host.start()
        return self

    def stop(self) -> None:
        """Stop all hosts for good, cut what is still connected, release ports and delete files."""
        for host in self.hosts:
            host.close()
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)
            self._own_folder = None

    def reset(self) -> None:
        """All hosts as new, all counts at zero."""
        for host in self.hosts:
            host.reset()
        self._book.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    # -- connections -----------------------------------------------------------------------------------

    @property
    def open_connections(self) -> int:
        """Connections over all hosts that the clients have not closed."""
        return self._book.open

    @property
    def peak_connections(self) -> int:
        """The most connections over all hosts that were open at one moment."""
        return self._book.peak

    @property
    def connection_log(self) -> tuple[Connection, ...]:
        """Every connection to any host, in the order they came."""
        return self._book.log

    @property
    def unclosed(self) -> list[Connection]:
        """The connections still open: leaks, once the client is done. ``str`` of one says whose it is."""
        return self._book.unclosed()

    def wait_until_closed(self, timeout: float = 5.0) -> None:
        """Wait until every client has closed its connections. Raises TimeoutError naming those left."""
        self._book.wait_until_closed(timeout)

    # -- files for clients -------------------------------------------------------------------------------

    def _client_pair(self) -> KeyPair:
        with self._lock:
            if self._client is None:
                self._client = KeyPair("ops-labs")
            return self._client

    @property
    def folder(self) -> Path:
        """Where this fleet's files for clients are."""
        if self._folder is not None:
            return self._folder
        if self._own_folder is None:
            self._own_folder = Path(tempfile.mkdtemp(prefix="labkit-fleet-"))
        return self._own_folder

    @property
    def client_key(self) -> Path:
        """A private key file that every account of every host accepts; the public key is beside it."""
        path = self.folder / "id_ed25519"
        return path if path.exists() else self._client_pair().write(path)

    @property
    def client_public_key(self) -> str:
        """The public key that belongs to :attr:`client_key`."""
        return self._client_pair().public_line

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file with the present key of every host; written anew each time this is read."""
        path = self.folder / "known_hosts"
        path.write_text("".join(f"{host.known_hosts_line}\n" for host in self.hosts))
        return path

    def write_inventory(self, path: Path | str) -> Path:
        """Write a CSV file with one row per host.

        Columns: ``host`` (127.0.0.1), ``port``, ``user``, ``auth`` (``password`` or ``key``) and ``secret`` (the password,
        or the path of the private key file).
        """
        path = Path(path)
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(INVENTORY_COLUMNS)
            for host in self.hosts:
                secret = host.password if host.auth == "password" else str(self.client_key)
                writer.writerow([host.address, host.port, host.user, host.auth, secret])
        return path


def _plain_machine(_index: int, name: str, users: Sequence[User], seed: int) -> Machine:
    return Machine(name, seed=seed, clock=Clock(), users=users)
