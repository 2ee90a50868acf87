"""Copies with asyncssh's SFTP client."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shlex
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncssh
from remote_shell import Node, RemoteError, login


class TransferFailed(RemoteError):
    status = "transfer failed"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def _remote_sha256(connection: asyncssh.SSHClientConnection, path: str) -> str:
    done = await connection.run("sha256sum -- " + shlex.quote(path), check=True)
    return done.stdout.lstrip("\\").split()[0]


async def _within(
    connection: asyncssh.SSHClientConnection, timeout: float, work: Coroutine[Any, Any, Any]
) -> Any:
    """Wait so long; then cut the connection, since a server that is silent does not answer a close either."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=timeout)
    if not done:
        connection.abort()
        await asyncio.gather(task, return_exceptions=True)
        raise TimeoutError(f"no answer for {timeout} s")
    return task.result()


async def _push(connection: asyncssh.SSHClientConnection, local: Path, draft: str, remote: str) -> None:
    async with connection.start_sftp_client() as sftp:
        try:
            async with sftp.open(draft, "wb") as file:
                await file.write(local.read_bytes())
            if await _remote_sha256(connection, draft) != _sha256(local):
                raise TransferFailed(f"{remote}: checksum")
            await sftp.posix_rename(draft, remote)
        except BaseException:
            with contextlib.suppress(Exception):
                await sftp.remove(draft)
            raise


def push_file(node: Node, local: Path, remote: str, *, known_hosts: Path, timeout: float = 10.0) -> str:
    async def push() -> str:
        async with login(node, known_hosts, timeout) as connection:
            draft = f"{os.path.dirname(remote)}/.{os.getpid()}-{os.path.basename(remote)}"
            try:
                await _within(connection, timeout, _push(connection, local, draft, remote))
            except (TimeoutError, OSError, asyncssh.Error) as problem:
                raise TransferFailed(f"{node.name}: {problem}") from problem
        return _sha256(local)

    return asyncio.run(push())


def pull_file(node: Node, remote: str, local: Path, *, known_hosts: Path, timeout: float = 10.0) -> str:
    async def pull() -> bytes:
        async with login(node, known_hosts, timeout) as connection:
            try:
                async with asyncio.timeout(timeout):
                    async with connection.start_sftp_client() as sftp, sftp.open(remote, "rb") as file:
                        data = await file.read()
                    if await _remote_sha256(connection, remote) != hashlib.sha256(data).hexdigest():
                        raise TransferFailed(f"{node.name}: checksum")
                    return data
            except (TimeoutError, OSError, asyncssh.Error) as problem:
                raise TransferFailed(f"{node.name}: {problem}") from problem

    data = asyncio.run(pull())
    draft = local.with_name(local.name + ".tmp")
    draft.write_bytes(data)
    os.replace(draft, local)
    return hashlib.sha256(data).hexdigest()
