"""Logins through Fabric."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from remote_shell import Node, RemoteError, reach


def read_inventory(path: Path, environ: Mapping[str, str]) -> list[Node]:
    def secret(row):
        if row["auth"] == "key":
            return row["secret"]
        if row["auth"] != "password":
            raise ValueError(f"auth {row['auth']}")
        try:
            return environ[row["secret"]]
        except KeyError:
            raise ValueError(f"no variable {row['secret']}") from None

    nodes = []
    rows = csv.DictReader(path.read_text().splitlines())
    if absent := {"name", "host", "port", "user", "auth", "secret"} - set(rows.fieldnames or []):
        raise ValueError(f"{path} lacks {absent}")
    for row in rows:
        try:
            nodes.append(
                Node(row["name"], row["host"], int(row["port"]), row["user"], row["auth"], secret(row))
            )
        except ValueError as error:
            raise ValueError(f"{row['name']}: {error}") from None
    return nodes


def check_logins(nodes: Iterable[Node], *, known_hosts: Path, timeout: float = 5.0) -> dict[str, str]:
    result = {}
    for node in nodes:
        try:
            with reach(node, known_hosts, timeout):
                result[node.name] = "ok"
        except RemoteError as error:
            result[node.name] = error.status
    return result
