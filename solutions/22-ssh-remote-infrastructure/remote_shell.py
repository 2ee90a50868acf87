"""Run commands on remote machines over SSH: tasks 1 and 5, and the words that all tasks share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import DEFAULT_BUFFER_SIZE
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

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


#: What paramiko raises when a connection cannot be made, or breaks.
_BROKEN = (paramiko.SSHException, OSError, EOFError)


class _RefuseUnknown(paramiko.MissingHostKeyPolicy):
    """As paramiko's RejectPolicy, but with an exception that says what happened."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        raise UntrustedHost(f"{hostname} is not in the known_hosts file ({key.get_name()})")


@contextmanager
def connected(node: Node, known_hosts: Path, timeout: float) -> Iterator[paramiko.SSHClient]:
    """A client that is logged in to ``node``, and closed whatever happens. Raises RemoteError."""
    with paramiko.SSHClient() as client:
        client.load_host_keys(known_hosts)
        client.set_missing_host_key_policy(_RefuseUnknown())
        login = {"password": node.secret} if node.auth == "password" else {"key_filename": node.secret}
        try:
            client.connect(
                node.host,
                node.port,
                node.user,
                **login,
                allow_agent=False,
                look_for_keys=False,
                timeout=timeout,  # the banner included
                auth_timeout=timeout,
                channel_timeout=timeout,
            )
        except paramiko.BadHostKeyException as problem:
            raise UntrustedHost(f"{node.name}: the host key has changed") from problem
        except paramiko.AuthenticationException as problem:
            raise LoginRefused(f"{node.name}: {node.user} may not log in by {node.auth}") from problem
        except _BROKEN as problem:
            raise Unreachable(f"{node.name}: {problem}") from problem
        try:
            yield client
        except _BROKEN as problem:
            raise ConnectionLost(f"{node.name}: {problem}") from problem


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
    return _converse(node, command, {}, known_hosts, timeout)


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
    return _converse(node, command, answers, known_hosts, timeout)


def _converse(
    node: Node, command: str, answers: Mapping[str, str], known_hosts: Path, timeout: float
) -> CommandResult:
    """Run a command, hear both streams at the same time, and answer what is asked."""
    with connected(node, known_hosts, timeout) as client:
        deadline = time.monotonic() + timeout
        channel = client.get_transport().open_session()
        channel.exec_command(command)
        pieces: Queue[tuple[_Conversation, bytes]] = Queue()
        out, err = _Conversation(), _Conversation()
        Thread(target=_pump, args=(channel.recv, out, pieces)).start()
        Thread(target=_pump, args=(channel.recv_stderr, err, pieces)).start()
        speaking = [out, err]
        while speaking:
            try:
                stream, piece = pieces.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise CommandTimeout(f"{node.name}: {command}: no end after {timeout:g} s") from None
            if not piece:
                speaking.remove(stream)
            for answer in stream.hear(piece, answers):
                with suppress(*_BROKEN):  # the command may end without waiting for the answer
                    channel.sendall(f"{answer}\n".encode())
        status = channel.recv_exit_status()
        if status == -1:  # paramiko's word for: the server never told
            raise ConnectionLost(f"{node.name}: {command}: the connection ended before the command did")
        return CommandResult(out.text(), err.text(), status)


class _Conversation:
    """One output stream of a command that asks questions."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self._answered = 0

    def hear(self, piece: bytes, answers: Mapping[str, str]) -> Iterator[str]:
        """Take a piece of output; gives the answers to the questions that it completes."""
        self.heard += piece
        while found := [
            (place, prompt)
            for prompt in answers
            if (place := self.heard.find(prompt.encode(), self._answered)) >= 0
        ]:
            place, prompt = min(found)
            self._answered = place + len(prompt.encode())
            yield answers[prompt]

    def text(self) -> str:
        return self.heard.decode(errors="replace")


def _pump(
    receive: Callable[[int], bytes], stream: _Conversation, pieces: Queue[tuple[_Conversation, bytes]]
) -> None:
    """Pass on what comes, up to and including the empty piece at the end of the stream."""
    while piece := receive(DEFAULT_BUFFER_SIZE):
        pieces.put((stream, piece))
    pieces.put((stream, b""))
