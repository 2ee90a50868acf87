"""Read the inventory, and see where we can log in: task 3."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from remote_shell import Node, RemoteError, connected

COLUMNS = ("name", "host", "port", "user", "auth", "secret")


def _node(row: Mapping[str, str | None], environ: Mapping[str, str]) -> Node:
    cells = {column: row[column] or "" for column in COLUMNS}
    name, auth, secret = cells["name"], cells["auth"], cells["secret"]
    try:
        port = int(cells["port"])
    except ValueError:
        raise ValueError(f"{name}: port {cells['port']!r} is no number") from None
    if not 1 <= port <= 65535:
        raise ValueError(f"{name}: there is no port {port}")
    if auth == "password":
        if secret not in environ:
            raise ValueError(f"{name}: the environment variable {secret} is not set")
        secret = environ[secret]
    elif auth != "key":
        raise ValueError(f"{name}: auth is {auth!r}, not password or key")
    return Node(name, cells["host"], port, cells["user"], auth, secret)


def read_inventory(path: Path, environ: Mapping[str, str]) -> list[Node]:
    """Read an inventory file.

    Args:
        path: CSV file with the columns name, host, port, user, auth and secret.
        environ: environment variables; the ``secret`` of a password row is the name of one.

    Raises:
        ValueError: a row that cannot be used; the message names the node and what is wrong.
    """
    with open(path, newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path}: no column {', '.join(missing)}")
        try:
            return [_node(row, environ) for row in reader]
        except csv.Error as error:
            raise ValueError(f"{path}: {error}") from error


def check_logins(nodes: Iterable[Node], *, known_hosts: Path, timeout: float = 5.0) -> dict[str, str]:
    """Try to log in to each node, in the way its row says.

    Returns:
        From the name of each node, in order, to "ok" or the ``status`` of the RemoteError.
    """
    answers: dict[str, str] = {}
    for node in nodes:
        try:
            with connected(node, known_hosts, timeout):
                answers[node.name] = "ok"
        except RemoteError as error:
            answers[node.name] = error.status
    return answers
