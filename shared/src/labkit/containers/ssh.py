"""A fleet of real Linux hosts in containers: the container form of :class:`labkit.hosts.Fleet`."""

from __future__ import annotations

import base64
import csv
import json
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from labkit.containers.client import ask
from labkit.containers.forms import lacking
from labkit.hosts.accounts import User
from labkit.hosts.fleet import INVENTORY_COLUMNS
from labkit.hosts.machine import Completed
from labkit.hosts.simulated_host import AUTH_METHODS
from labkit.hosts.ssh.keys import KeyPair

#: What a test may ask of this form; the embedded one has ``clock``, ``faults``, ``log`` and ``state`` too.
ABILITIES = frozenset({"exec", "files"})


class ContainerFiles:
    """Files of one host, as root sees them."""

    def __init__(self, machine: ContainerMachine) -> None:
        self._machine = machine

    def read(self, path: str) -> bytes:
        """The content of a file. Raises FileNotFoundError."""
        done = self._machine.run(shlex.join(["cat", "--", path]), "root")
        if done.status:
            raise FileNotFoundError(f"{path}: {done.stderr.decode('utf-8', 'replace').strip()}")
        return done.stdout

    def write(self, path: str, data: bytes | str, *, mode: int = 0o644) -> None:
        """Write a file of root's; its folder must be there."""
        content = data.encode() if isinstance(data, str) else data
        self._machine.act("write", path=path, content=base64.b64encode(content).decode(), mode=mode)


class ContainerMachine:
    """The machine behind a login, as its console shows it: for what a test puts there and looks at."""

    def __init__(self, name: str, host: ContainerHost) -> None:
        self.name = name
        self.files = ContainerFiles(self)
        self._host = host

    def run(self, command: str, user: str = "ops", stdin: bytes = b"") -> Completed:
        """Run a command line in the user's login shell, without SSH."""
        told = self.act(
            "exec",
            command=["su", "-", user, "-c", command],
            user="root",
            stdin=base64.b64encode(stdin).decode(),
        )
        out, err = (base64.b64decode(told[name]) for name in ("stdout", "stderr"))
        return Completed(out, err, told["status"])

    def act(self, name: str, **fields: Any) -> Any:
        """Have the broker do something in this host's container."""
        return ask(name, id=self._host.container, **fields)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        lacking(f"machine.{name}")


class ContainerHost:
    """One host in a container; see :class:`labkit.hosts.SimulatedHost` for the attributes they share."""

    def __init__(self, name: str, user: str, password: str, auth: str) -> None:
        self.name, self.user, self.password, self.auth = name, user, password, auth
        self.key = KeyPair(name)
        self.machine = ContainerMachine(name, self)
        self.container = self.address = ""
        self.port = 0

    def __repr__(self) -> str:
        return f"<ContainerHost {self.name} at {self.address}:{self.port}>"

    @property
    def public_host_key(self) -> str:
        """The host's public key: ``ssh-ed25519 AAAA...``."""
        return self.key.public_line

    @property
    def host_key_data(self) -> bytes:
        """The host's public key in wire format."""
        return self.key.public_data

    @property
    def known_hosts_line(self) -> str:
        """The line for a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT")."""
        return f"[{self.address}]:{self.port} {self.public_host_key}"

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        lacking(name)


class ContainerFleet:
    """Hosts in containers, started together and removed together.

    Args:
        size, names, seed, user, users, auth, folder: as for :class:`labkit.hosts.Fleet`.
        others: what only simulated hosts have.

    Raises:
        ValueError: no hosts, or an unknown login method.
        EnvironmentMissing: ``others`` asks for what real hosts do not have.
    """

    abilities = ABILITIES

    def __init__(
        self,
        size: int | None = None,
        *,
        names: Sequence[str] | None = None,
        seed: int = 0,
        user: str = "ops",
        users: Sequence[User] = (),
        auth: Sequence[str] = AUTH_METHODS,
        folder: Path | None = None,
        **others: Any,
    ) -> None:
        for name in others:
            lacking(f"option {name!r}")
        chosen = tuple(names) if names is not None else tuple(f"web-{n + 1}" for n in range(size or 0))
        if not chosen or (names is not None and size not in (None, len(chosen))):
            raise ValueError(
                f"ContainerFleet(size={size}, names={names}): give a size of at least 1, or names"
            )
        if not auth or set(auth) - set(AUTH_METHODS):
            raise ValueError(f"auth names logins: {', '.join(AUTH_METHODS)}; not {sorted(set(auth))}")
        self.seed, self.user, self._users = seed, user, tuple(users)
        self._folder = folder
        self._client = KeyPair("ops-labs")
        self._made: tempfile.TemporaryDirectory[str] | None = None
        self.hosts = tuple(
            ContainerHost(name, user, f"{name}-{(seed * 1000 + n) * 2654435761 + 12345 & 0xFFFFF:05x}", way)
            for n, name in enumerate(chosen)
            for way in [auth[n % len(auth)]]
        )

    def __len__(self) -> int:
        return len(self.hosts)

    def __iter__(self) -> Iterator[ContainerHost]:
        return iter(self.hosts)

    def __getitem__(self, key: int | str) -> ContainerHost:
        """A host by place or by name. Raises IndexError or KeyError."""
        if isinstance(key, int):
            return self.hosts[key]
        for host in self.hosts:
            if host.name == key:
                return host
        raise KeyError(f"no host {key!r}; there are {', '.join(host.name for host in self.hosts)}")

    def start(self) -> Self:
        """Start all hosts and wait until their SSH servers greet.

        Raises:
            EnvironmentMissing: the engine or the image cannot be had, or a server did not come up.
        """
        told = ask(
            "start",
            image="sshd",
            names=[host.name for host in self.hosts],
            environments=[{"LABKIT_HOST": self._description(host)} for host in self.hosts],
        )
        for host, place in zip(self.hosts, told, strict=True):
            host.container, host.address, host.port = place["id"], place["host"], place["port"]
        return self

    def stop(self) -> None:
        """Remove all hosts and the files for clients."""
        started = [host.container for host in self.hosts if host.container]
        if started:
            ask("stop", ids=started)
        for host in self.hosts:
            host.container = ""
        if self._made is not None:
            self._made.cleanup()
            self._made = None

    def reset(self) -> None:
        """All hosts as new, on new ports."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _description(self, host: ContainerHost) -> str:
        login = User(host.user, password=host.password, sudo=True)
        users = [asdict(user) for user in (login, *self._users)]
        for user in users:
            user["keys"] = [self.client_public_key, *user["keys"]]
            user["groups"] = list(user["groups"])
        private = host.key.private.export_private_key("openssh").decode()
        return json.dumps({"host_key": private, "users": users})

    @property
    def folder(self) -> Path:
        """Where this fleet's files for clients are."""
        if self._folder is not None:
            return self._folder
        if self._made is None:
            self._made = tempfile.TemporaryDirectory(prefix="labkit-fleet-")
        return Path(self._made.name)

    @property
    def client_key(self) -> Path:
        """A private key file that every account of every host accepts; the public key is beside it."""
        path = self.folder / "id_ed25519"
        return path if path.exists() else self._client.write(path)

    @property
    def client_public_key(self) -> str:
        """The public key that belongs to :attr:`client_key`."""
        return self._client.public_line

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file with the key of every host; written anew each time this is read."""
        path = self.folder / "known_hosts"
        path.write_text("".join(f"{host.known_hosts_line}\n" for host in self.hosts))
        return path

    def write_inventory(self, path: Path | str) -> Path:
        """Write a CSV file with one row per host, as :meth:`labkit.hosts.Fleet.write_inventory` does."""
        path = Path(path)
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(INVENTORY_COLUMNS)
            for host in self.hosts:
                secret = host.password if host.auth == "password" else str(self.client_key)
                writer.writerow([host.address, host.port, host.user, host.auth, secret])
        return path

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        lacking(name)
