"""Is the machine that answers the machine we know? Task 4."""

from __future__ import annotations

import socket
from pathlib import Path

import paramiko
from remote_shell import Node, Unreachable

#: What paramiko raises when a connection cannot be made, or breaks.
_BROKEN = (paramiko.SSHException, OSError, EOFError)


def check_host_key(node: Node, *, known_hosts: Path, timeout: float = 5.0) -> str:
    """Compare the host key that a node shows with the known_hosts file.

    Returns:
        "known", "changed" (another key is on file) or "unknown" (no key is on file).

    Raises:
        Unreachable: nobody answered, so there is nothing to compare.
    """
    entry = node.host if node.port == 22 else f"[{node.host}]:{node.port}"
    trusted = paramiko.HostKeys(known_hosts)
    shown = _shown_key(node, timeout)
    if trusted.check(entry, shown):
        return "known"
    return "unknown" if trusted.lookup(entry) is None else "changed"


def _shown_key(node: Node, timeout: float) -> paramiko.PKey:
    """The host key, without logging in: no user, no password is sent."""
    try:
        with paramiko.Transport(socket.create_connection((node.host, node.port), timeout)) as transport:
            transport.start_client(timeout=timeout)
            return transport.get_remote_server_key()
    except _BROKEN as problem:
        raise Unreachable(f"{node.name}: {problem}") from problem
