"""Commands through Fabric's Connection, whose watchers answer prompts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fabric
import invoke
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


class _Stranger(paramiko.MissingHostKeyPolicy):
    def missing_host_key(self, client, hostname, key):
        raise UntrustedHost(hostname)


@contextmanager
def reach(node: Node, known_hosts: Path, timeout: float) -> Iterator[fabric.Connection]:
    how = "password" if node.auth == "password" else "key_filename"
    config = fabric.Config(lazy=True)
    connection = fabric.Connection(
        node.host,
        user=node.user,
        port=node.port,
        config=config,
        connect_timeout=timeout,
        connect_kwargs={
            how: node.secret,
            "allow_agent": False,
            "look_for_keys": False,
            "banner_timeout": timeout,
            "auth_timeout": timeout,
        },
    )
    # Fabric adds unknown keys by itself, and loads what it finds in the home folder.
    connection.client = paramiko.SSHClient()
    connection.client.load_host_keys(str(known_hosts))
    connection.client.set_missing_host_key_policy(_Stranger())
    try:
        try:
            connection.open()
        except paramiko.AuthenticationException as error:
            raise LoginRefused(node.name) from error
        except paramiko.BadHostKeyException as error:
            raise UntrustedHost(node.name) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise Unreachable(node.name) from error
        yield connection
    finally:
        connection.client.close()


def _run(node, command, answers, known_hosts, timeout):
    watchers = [invoke.Responder(re.escape(prompt), answer + "\n") for prompt, answer in answers.items()]
    with reach(node, known_hosts, timeout) as connection:
        began = time.monotonic()

        def ended_early():
            # Ending a command late, Fabric may trip over its own threads, or not notice that it was late.
            late = time.monotonic() - began >= timeout
            return (CommandTimeout if late else ConnectionLost)(node.name)

        try:
            done = connection.run(
                command,
                hide=True,
                warn=True,
                in_stream=False,
                timeout=timeout,
                watchers=watchers,
                encoding="utf-8",
            )
        except invoke.CommandTimedOut as error:
            raise CommandTimeout(node.name) from error
        except (invoke.exceptions.ThreadException, paramiko.SSHException, EOFError, OSError) as error:
            raise ended_early() from error
        if done.exited == -1:
            raise ended_early()
    return CommandResult(done.stdout, done.stderr, done.exited)


def run_command(node: Node, command: str, *, known_hosts: Path, timeout: float = 10.0) -> CommandResult:
    return _run(node, command, {}, known_hosts, timeout)


def answer_prompts(
    node: Node, command: str, answers: Mapping[str, str], *, known_hosts: Path, timeout: float = 10.0
) -> CommandResult:
    return _run(node, command, answers, known_hosts, timeout)
