"""The container form: real Debian hosts behind OpenSSH, of the fleet of the ``ssh`` fixture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from labkit.containers.client import ask
from labkit.containers.ssh import ContainerFleet
from labkit.hosts.accounts import User
from labkit.hosts.machine import Completed


class ContainerHosts:
    """Hosts of these names, in containers; as :class:`labkit.ansible.throwaway.ThrowawayHosts`.

    Raises:
        EnvironmentMissing: the engine or the image cannot be had, or a server did not come up.
    """

    def __init__(self, names: Sequence[str], *, user: str, password: str, folder: Path) -> None:
        self.names, self._user = tuple(names), user
        account = User(user, password=password, sudo=True)
        # The account that every host of a fleet has differs in its password from host to host.
        self._fleet = ContainerFleet(names=names, user="fleet", users=[account], folder=folder)

    def __enter__(self) -> Self:
        self._fleet.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._fleet.stop()

    def run(self, name: str, command: str, user: str, stdin: bytes = b"") -> Completed:
        """Run a shell command on a host, without Ansible."""
        return self._fleet[name].machine.run(command, user, stdin)

    def down(self, name: str) -> None:
        """Remove one host's container."""
        host = self._fleet[name]
        if host.container:
            ask("stop", ids=[host.container])
            host.container = ""

    def inventory(self) -> list[str]:
        """Lines of an inventory in Ansible's INI format."""
        return [
            *(f"{host.name} ansible_host={host.address} ansible_port={host.port}" for host in self._fleet),
            "[all:vars]",
            "ansible_connection=ssh",
            f"ansible_user={self._user}",
            f'ansible_ssh_private_key_file="{self._fleet.client_key}"',
            "ansible_python_interpreter=/usr/bin/python3",
        ]

    def variables(self) -> dict[str, str]:
        """Ansible's settings for this form: the hosts are known, and no key but the fleet's is offered."""
        options = [f'UserKnownHostsFile="{self._fleet.known_hosts}"', "GlobalKnownHostsFile=none"]
        options += ["StrictHostKeyChecking=yes", "IdentitiesOnly=yes", "IdentityAgent=none"]
        return {"ANSIBLE_SSH_COMMON_ARGS": " ".join(f"-o {option}" for option in options)}
