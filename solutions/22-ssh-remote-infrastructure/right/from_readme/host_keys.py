"""Is the machine that answers the machine we know? Task 4."""

from __future__ import annotations

import time
from pathlib import Path

from remote_shell import Node, handshake


def check_host_key(node: Node, *, known_hosts: Path, timeout: float = 5.0) -> str:
    """Compare the host key that a node shows with the known_hosts file.

    Returns:
        "known", "changed" (another key is on file) or "unknown" (no key is on file).

    Raises:
        Unreachable: nobody answered, so there is nothing to compare.
    """
    deadline = time.monotonic() + timeout
    with handshake(node.host, node.port, known_hosts, deadline) as (_, verdict):
        return verdict
