"""Commands over SSH with asyncssh: everything is a coroutine, the public functions run them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh


@dataclass(frozen=True)
class Node:
    """A machine and how to log in to it: one row of the inventory.

    ``auth`` is "password" or "key"; ``secret`` is the password, or the path of the private key file. It is
    left out of the node's repr, so that it does not end up in a log.
    """

    name: str
    host: str
    port: int
    user: str
    auth: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class CommandResult:
    """What a command left behind: its two output streams as text, and its exit status."""

    stdout: str
    stderr: str
    exit_status: int


class RemoteError(Exception):
    """Something between us and a node went wrong; ``status`` is the word for it in reports."""

    status = "error"


class Unreachable(RemoteError):
    """No TCP connection, or no SSH server that answers in time."""

    status = "unreachable"


class UntrustedHost(RemoteError):
    """The host key is not in the known_hosts file, or not the one that is."""

    status = "untrusted host"


class LoginRefused(RemoteError):
    """The server does not accept this user with this password or key."""

    status = "login refused"


class CommandTimeout(RemoteError):
    """The command did not end in time."""

    status = "timed out"


class ConnectionLost(RemoteError):
    """The connection ended before the server told the exit status of the command."""

    status = "connection lost"


@asynccontextmanager
async def login(node: Node, known_hosts: Path, timeout: float) -> AsyncIterator[asyncssh.SSHClientConnection]:
    proof = (
        {"password": node.secret, "client_keys": None}
        if node.auth == "password"
        else {"client_keys": [node.secret], "password": None}
    )
    try:
        async with asyncio.timeout(timeout):
            connection = await asyncssh.connect(
                node.host,
                node.port,
                username=node.user,
                known_hosts=str(known_hosts),
                agent_path=None,
                config=None,
                **proof,
            )
    except asyncssh.HostKeyNotVerifiable as problem:
        raise UntrustedHost(f"{node.name}: {problem}") from problem
    except asyncssh.PermissionDenied as problem:
        raise LoginRefused(f"{node.name}: {problem}") from problem
    except (TimeoutError, OSError, asyncssh.Error) as problem:
        raise Unreachable(f"{node.name}: {problem}") from problem
    try:
        yield connection
    finally:
        connection.abort()
        await connection.wait_closed()


async def converse(
    node: Node, command: str, answers: Mapping[str, str], known_hosts: Path, timeout: float
) -> CommandResult:
    async with login(node, known_hosts, timeout) as connection:
        try:
            async with asyncio.timeout(timeout):
                process = await connection.create_process(command, encoding=None)
                if not answers:
                    process.stdin.write_eof()
                out, err = await asyncio.gather(
                    _listen(process.stdout, process.stdin, answers),
                    _listen(process.stderr, process.stdin, answers),
                )
                await process.wait_closed()
        except TimeoutError as problem:
            raise CommandTimeout(f"{node.name}: {command}") from problem
        except (OSError, asyncssh.Error) as problem:
            raise ConnectionLost(f"{node.name}: {command}: {problem}") from problem
        if process.exit_status is None or process.exit_status < 0:
            raise ConnectionLost(f"{node.name}: {command}: no exit status")
        return CommandResult(
            out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), process.exit_status
        )


async def _listen(stream, stdin, answers: Mapping[str, str]) -> bytes:
    pieces, unanswered = [], b""
    while piece := await stream.read(65536):
        pieces.append(piece)
        unanswered = unanswered + piece if answers else b""
        while True:
            places = {prompt: unanswered.find(prompt.encode()) for prompt in answers}
            asked = [prompt for prompt, place in places.items() if place >= 0]
            if not asked:
                break
            first = min(asked, key=places.__getitem__)
            unanswered = unanswered[places[first] + len(first.encode()) :]
            stdin.write(answers[first].encode() + b"\n")
    return b"".join(pieces)


def run_command(node: Node, command: str, *, known_hosts: Path, timeout: float = 10.0) -> CommandResult:
    return asyncio.run(converse(node, command, {}, known_hosts, timeout))


def answer_prompts(
    node: Node, command: str, answers: Mapping[str, str], *, known_hosts: Path, timeout: float = 10.0
) -> CommandResult:
    return asyncio.run(converse(node, command, answers, known_hosts, timeout))
