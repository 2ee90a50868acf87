"""Try to connect with a policy that refuses, and look at what was refused."""

from __future__ import annotations

from pathlib import Path

import paramiko
from remote_shell import LoginRefused, Node, RemoteError, Unreachable, UntrustedHost, connected


def check_host_key(node: Node, *, known_hosts: Path, timeout: float = 5.0) -> str:
    try:
        with connected(node, str(known_hosts), timeout):
            return "known"
    except LoginRefused:
        return "known"
    except UntrustedHost as error:
        return "changed" if isinstance(error.__cause__, paramiko.BadHostKeyException) else "unknown"
    except Unreachable:
        raise
    except RemoteError as error:
        raise Unreachable(node.name) from error
