"""Commands over one channel that is polled; a helper class for the connection."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import paramiko


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


class connected:
    """A logged-in client for a with statement."""

    def __init__(self, node, known_hosts, timeout):
        self.node, self.known_hosts, self.timeout = node, known_hosts, timeout
        self.client = paramiko.SSHClient()

    def __enter__(self):
        node, client = self.node, self.client
        options = dict(
            hostname=node.host,
            port=node.port,
            username=node.user,
            timeout=self.timeout,
            banner_timeout=self.timeout,
            auth_timeout=self.timeout,
            look_for_keys=False,
            allow_agent=False,
        )
        if node.auth == "key":
            options["pkey"] = paramiko.Ed25519Key.from_private_key_file(node.secret)
        else:
            options["password"] = node.secret
        client.load_host_keys(self.known_hosts)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            client.connect(**options)
        except Exception as error:
            client.close()
            if isinstance(error, paramiko.AuthenticationException):
                raise LoginRefused(node.name) from error
            if isinstance(error, paramiko.BadHostKeyException) or "not found in known_hosts" in str(error):
                raise UntrustedHost(node.name) from error
            if isinstance(error, (paramiko.SSHException, OSError, EOFError)):
                raise Unreachable(node.name) from error
            raise
        return client

    def __exit__(self, *exc):
        self.client.close()


def run_command(node: Node, command: str, *, known_hosts: Path, timeout: float = 10.0) -> CommandResult:
    return answer_prompts(node, command, {}, known_hosts=known_hosts, timeout=timeout)


def answer_prompts(
    node: Node, command: str, answers: Mapping[str, str], *, known_hosts: Path, timeout: float = 10.0
) -> CommandResult:
    with connected(node, str(known_hosts), timeout) as client:
        channel = client.get_transport().open_session(timeout=timeout)
        try:
            channel.exec_command(command)
        except paramiko.SSHException as error:
            raise ConnectionLost(node.name) from error
        end = time.monotonic() + timeout
        heard = {1: bytearray(), 2: bytearray()}
        seen = {1: 0, 2: 0}
        while True:
            over = channel.exit_status_ready() and channel.eof_received or channel.closed
            busy = False
            while channel.recv_ready():
                heard[1] += channel.recv(1 << 16)
                busy = True
            while channel.recv_stderr_ready():
                heard[2] += channel.recv_stderr(1 << 16)
                busy = True
            if answers:
                for stream in (1, 2):
                    text = bytes(heard[stream])
                    hits = [
                        (text.index(p.encode(), seen[stream]), p)
                        for p in answers
                        if p.encode() in text[seen[stream] :]
                    ]
                    for place, prompt in sorted(hits)[:1]:
                        seen[stream] = place + len(prompt.encode())
                        channel.sendall(f"{answers[prompt]}\n".encode())
            if over and not busy:
                break
            if time.monotonic() > end:
                raise CommandTimeout(f"{node.name}: {command}")
            if not busy:
                time.sleep(0.005)
        if channel.exit_status < 0:
            raise ConnectionLost(f"{node.name}: {command}")
        return CommandResult(
            heard[1].decode(errors="replace"), heard[2].decode(errors="replace"), channel.exit_status
        )
