"""Host keys with asyncssh: the server's key is asked for, the file is matched by the library."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
from remote_shell import Node, Unreachable


def check_host_key(node: Node, *, known_hosts: Path, timeout: float = 5.0) -> str:
    async def shown():
        async with asyncio.timeout(timeout):
            return await asyncssh.get_server_host_key(node.host, node.port, config=None)

    try:
        key = asyncio.run(shown())
    except (TimeoutError, OSError, asyncssh.Error) as problem:
        raise Unreachable(f"{node.name}: {problem}") from problem
    if key is None:
        raise Unreachable(f"{node.name}: no host key")
    # asyncssh falls back to the bare address when there is no entry for the port: match by hand what it found.
    hosts = asyncssh.read_known_hosts(str(known_hosts))
    trusted = hosts.match(node.host, node.host, node.port)[0]
    if node.port != 22 and trusted == hosts.match(node.host, node.host, 22)[0]:
        trusted = []
    if not trusted:
        return "unknown"
    return "known" if key in trusted else "changed"
