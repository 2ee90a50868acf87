"""Logins with asyncssh."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from remote_shell import Node, RemoteError, login


def read_inventory(path: Path, environ: Mapping[str, str]) -> list[Node]:
    nodes = []
    with open(path, newline="") as file:
        rows = csv.DictReader(file)
        if not rows.fieldnames:
            raise ValueError("not even a column called name")
        for row in rows:
            try:
                node = Node(
                    row["name"], row["host"], int(row["port"]), row["user"], row["auth"], row["secret"]
                )
            except KeyError as problem:
                raise ValueError(f"column {problem} is missing") from problem
            except ValueError as problem:
                raise ValueError(f"{row['name']}: {problem}") from problem
            match node.auth:
                case "key":
                    nodes.append(node)
                case "password":
                    if node.secret not in environ:
                        raise ValueError(f"{node.name}: {node.secret} is not in the environment")
                    nodes.append(
                        Node(node.name, node.host, node.port, node.user, "password", environ[node.secret])
                    )
                case other:
                    raise ValueError(f"{node.name}: {other!r} is no way to log in")
    return nodes


async def _status(node: Node, known_hosts: Path, timeout: float) -> str:
    try:
        async with login(node, known_hosts, timeout):
            return "ok"
    except RemoteError as problem:
        return problem.status


def check_logins(nodes: Iterable[Node], *, known_hosts: Path, timeout: float = 5.0) -> dict[str, str]:
    async def check() -> dict[str, str]:
        return {node.name: await _status(node, known_hosts, timeout) for node in nodes}

    return asyncio.run(check())
