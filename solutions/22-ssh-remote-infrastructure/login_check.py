"""Read the inventory, and see where we can log in: task 3."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from remote_shell import Node, RemoteError, connected

_COLUMNS = ("name", "host", "port", "user", "auth", "secret")


def read_inventory(path: Path, environ: Mapping[str, str]) -> list[Node]:
    """Read an inventory file.

    Args:
        path: CSV file with the columns name, host, port, user, auth and secret.
        environ: environment variables; the ``secret`` of a password row is the name of one.

    Raises:
        ValueError: a row that cannot be used; the message names the node and what is wrong.
    """
    rows = csv.DictReader(path.read_bytes().decode().splitlines())
    missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"{path}: there is no column {', '.join(missing)}")
    return [_node(row, environ) for row in rows]


def _node(row: dict[str, str], environ: Mapping[str, str]) -> Node:
    name, auth, secret = row["name"], row["auth"], row["secret"]
    if auth not in ("password", "key"):
        raise ValueError(f"{name}: auth is {auth!r}, expected password or key")
    if not row["port"].isdecimal():
        raise ValueError(f"{name}: port is {row['port']!r}, expected a number")
    if auth == "password":
        if secret not in environ:
            raise ValueError(f"{name}: the environment variable {secret} is not set")
        secret = environ[secret]
    return Node(name, row["host"], int(row["port"]), row["user"], auth, secret)


def check_logins(nodes: Iterable[Node], *, known_hosts: Path, timeout: float = 5.0) -> dict[str, str]:
    """Try to log in to each node, in the way its row says.

    Returns:
        From the name of each node, in order, to "ok" or the ``status`` of the RemoteError.
    """
    return {node.name: _check_login(node, known_hosts, timeout) for node in nodes}


def _check_login(node: Node, known_hosts: Path, timeout: float) -> str:
    try:
        with connected(node, known_hosts, timeout):
            return "ok"
    except RemoteError as problem:
        return problem.status
