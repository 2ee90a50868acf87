"""Run commands on remote machines over SSH: tasks 1 and 5, and the words that all tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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


def run_command(node: Node, command: str, *, known_hosts: Path, timeout: float = 10.0) -> CommandResult:
    """Run one command on a node and wait for its end.

    Args:
        node: where to run it.
        command: a command line for the node's shell.
        known_hosts: file with the host keys that are trusted.
        timeout: seconds for connecting and logging in, and again for the command as a whole.

    Raises:
        RemoteError: one of its subclasses, as the README's table says.
    """
    raise NotImplementedError("task 1")


def answer_prompts(
    node: Node, command: str, answers: Mapping[str, str], *, known_hosts: Path, timeout: float = 10.0
) -> CommandResult:
    """Run a command that asks questions, and answer each one through its standard input.

    Args:
        node: where to run it.
        command: a command line for the node's shell.
        answers: from the text of a prompt to the answer, without a line end.
        known_hosts: file with the host keys that are trusted.
        timeout: seconds for connecting and logging in, and again for the command as a whole.

    Raises:
        RemoteError: as ``run_command``; a question without an answer ends in CommandTimeout.
    """
    raise NotImplementedError("task 5")
