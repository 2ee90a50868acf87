"""A fleet of simulated hosts behind real SSH servers on loopback."""

from __future__ import annotations

import csv
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from labkit.clock import Clock
from labkit.hosts.accounts import User
from labkit.hosts.machine import Machine
from labkit.hosts.simulated_host import AUTH_METHODS, SimulatedHost
from labkit.hosts.ssh.connections import Book, Connection
from labkit.hosts.ssh.keys import KeyPair

#: Columns of :meth:`Fleet.write_inventory`.
INVENTORY_COLUMNS = ("host", "port", "user", "auth", "secret")


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

    #: What a test may ask of this form (hosts in containers have ``exec`` and ``files`` alone).
    abilities = frozenset({"clock", "exec", "faults", "files", "log", "state"})

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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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

        Columns: ``host`` (127.0.0.1), ``port``, ``user``, ``auth`` (``password`` or ``key``) and ``secret``
        (the password, or the path of the private key file).
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
