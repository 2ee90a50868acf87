"""In place of Ansible's own connection to the machine that it runs on: a lab's playbooks have none.

Loaded by Ansible for ``hosts: localhost``, ``delegate_to: localhost`` and ``connection: local``, never by
labkit.
"""

from __future__ import annotations

from typing import Any, NoReturn

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
    name: local
    short_description: refuse to work on the controller
    description: A lab's playbook works on the lab's hosts; on the controller it would change a real machine.
    options: {}
"""


class Connection(ConnectionBase):  # type: ignore[misc]
    """Refuses, before anything is done."""

    transport = "local"

    def _connect(self) -> NoReturn:
        raise AnsibleConnectionFailure(
            "localhost is your own machine, and a lab's playbook does not work on it: "
            "name hosts of the inventory"
        )

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> NoReturn:
        self._connect()

    def put_file(self, in_path: str, out_path: str) -> NoReturn:
        self._connect()

    def fetch_file(self, in_path: str, out_path: str) -> NoReturn:
        self._connect()

    def close(self) -> Any:
        """Nothing is open."""
