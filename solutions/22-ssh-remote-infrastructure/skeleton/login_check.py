"""Read the inventory, and see where we can log in: task 3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from remote_shell import Node


def read_inventory(path: Path, environ: Mapping[str, str]) -> list[Node]:
    """Read an inventory file.

    Args:
        path: CSV file with the columns name, host, port, user, auth and secret.
        environ: environment variables; the ``secret`` of a password row is the name of one.

    Raises:
        ValueError: a row that cannot be used; the message names the node and what is wrong.
    """
    raise NotImplementedError("task 3")


def check_logins(nodes: Iterable[Node], *, known_hosts: Path, timeout: float = 5.0) -> dict[str, str]:
    """Try to log in to each node, in the way its row says.

    Returns:
        From the name of each node, in order, to "ok" or the ``status`` of the RemoteError.
    """
    raise NotImplementedError("task 3")
