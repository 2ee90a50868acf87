"""What simulated hosts and devices have in common: an SSH server at an address, and what it saw."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from labkit.faults import Faults
from labkit.hosts.ssh.connections import Connection
from labkit.hosts.ssh.service import SSHService


class Endpoint:
    """Something that is reached over SSH on 127.0.0.1. Use it as a context manager, or start and close it.

    Attributes:
        address: ``127.0.0.1``.
    """

    address = "127.0.0.1"
    _service: SSHService

    def _renew(self) -> None:
        """Forget all state behind the server."""
        raise NotImplementedError

    @property
    def port(self) -> int:
        """The TCP port; it stays the same while the host is down."""
        return self._service.port

    @property
    def faults(self) -> Faults:
        """The faults in place; see :mod:`labkit.hosts.ssh.stages` for where they strike."""
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

    def start(self) -> Self:
        """Be up. A second call does nothing."""
        self._service.start()
        return self

    def stop(self) -> None:
        """Be down: connections are cut, new ones refused. :meth:`start` brings it back on the same port."""
        self._service.stop()

    def reset(self) -> None:
        """As new: connections cut, fresh state, no faults, empty logs, the first host key, and up."""
        self._service.stop()
        self._renew()
        self._service.reset()

    def close(self) -> None:
        """Stop for good and release the port."""
        self._service.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
