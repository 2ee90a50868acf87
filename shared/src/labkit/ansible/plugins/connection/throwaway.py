"""Ansible's connection to a throwaway host: each command is handed to the host's first process.

Loaded by Ansible, never by labkit.
"""

from __future__ import annotations

import importlib.util
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

import ansible.plugins.connection
from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound

DOCUMENTATION = """
    name: throwaway
    short_description: run tasks in a throwaway root
    description: Runs tasks in the namespaces of a throwaway host on this machine.
    options:
        host_socket:
            description: Where the host is asked to run commands.
            type: path
            vars:
                - name: ansible_throwaway_socket
        remote_user:
            description: The account that logs in.
            default: root
            vars:
                - name: ansible_user
        become_success_timeout:
            description: Seconds to wait for become to succeed.
            type: int
            default: 60
            vars:
                - name: ansible_throwaway_become_success_timeout
        become_strip_preamble:
            description: Take what become itself says from the output.
            type: bool
            default: true
            vars:
                - name: ansible_throwaway_become_strip_preamble
    extends_documentation_fragment:
        - connection_pipelining
"""


def _original() -> Any:
    """Ansible's own local connection, from its file: by its name the one beside this file is found."""
    file = Path(ansible.plugins.connection.__file__).with_name("local.py")
    spec = importlib.util.spec_from_file_location("ansible_local_connection", file)
    if spec is None or spec.loader is None:
        raise AnsibleError(f"{file} is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Connection


LocalConnection: Any = _original()
_CLIENT = Path(__file__).resolve().parents[2] / "inside" / "client.py"


class Connection(LocalConnection):  # type: ignore[misc]
    """A command of the local connection is the host's client; it has become's prompt and all the rest."""

    transport = "throwaway"
    has_pipelining = True

    def _connect(self) -> Connection:
        path = Path(self.get_option("host_socket") or "/nonexistent/socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as host:
            try:
                host.connect(str(path))
            except OSError as problem:
                raise AnsibleConnectionFailure(
                    f"the throwaway host {self._play_context.remote_addr} does not answer: {problem}"
                ) from None
        self._connected = True
        return self

    def exec_command(
        self, cmd: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        return super().exec_command(self._line(cmd), in_data, sudoable)  # type: ignore[no-any-return]

    def _line(self, command: str) -> str:
        words = [sys.executable, "-I", "-S", "-B", str(_CLIENT), self.get_option("host_socket")]
        return "exec " + shlex.join([*words, self.get_option("remote_user"), "/bin/sh", "-c", command])

    def put_file(self, in_path: str, out_path: str) -> None:
        try:
            data = Path(in_path).read_bytes()
        except FileNotFoundError:
            raise AnsibleFileNotFound(f"{in_path} is not there") from None
        status, _, said = super().exec_command(self._line(f"cat > {shlex.quote(out_path)}"), data, False)
        if status:
            raise AnsibleError(f"{out_path} was not written: {said.decode(errors='replace').strip()}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        status, data, said = super().exec_command(self._line(f"cat < {shlex.quote(in_path)}"), None, False)
        if status:
            raise AnsibleError(f"{in_path} was not read: {said.decode(errors='replace').strip()}")
        Path(out_path).write_bytes(data)
