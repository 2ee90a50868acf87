"""Run commands on remote machines over SSH: tasks 1 and 5, and the words that all tasks share."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
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


@contextmanager
def watchdog(seconds: float, bark: Callable[[], object]) -> Iterator[threading.Event]:
    """Call ``bark`` when the block takes longer: some waits of paramiko have no limit of their own.

    Yields:
        An event that is set before ``bark`` is called.
    """
    barked = threading.Event()

    def time_is_up() -> None:
        barked.set()
        bark()

    timer = threading.Timer(max(seconds, 0.0), time_is_up)
    timer.daemon = True
    timer.start()
    try:
        yield barked
    finally:
        timer.cancel()


def keys_on_file(host: str, port: int, known_hosts: Path) -> dict[str, paramiko.PKey]:
    """The trusted keys of an address, by their type."""
    try:
        trusted = paramiko.HostKeys(str(known_hosts))
    except FileNotFoundError:
        return {}
    return dict(trusted.lookup(host if port == 22 else f"[{host}]:{port}") or {})


@contextmanager
def handshake(
    host: str, port: int, known_hosts: Path, deadline: float
) -> Iterator[tuple[paramiko.Transport, str]]:
    """Connect and agree on encryption, but tell the server nothing about us.

    Yields:
        The transport, and "known", "changed" or "unknown" for the key that the server showed.
    """
    on_file = keys_on_file(host, port, known_hosts)
    try:
        sock = socket.create_connection((host, port), timeout=max(deadline - time.monotonic(), 0.01))
    except (OSError, OverflowError, UnicodeError) as error:
        raise Unreachable(f"{host}:{port}: {error}") from error
    with closing(sock):
        try:
            transport = paramiko.Transport(sock)
        except (paramiko.SSHException, OSError) as error:
            raise Unreachable(f"{host}:{port}: {error}") from error
        try:
            try:
                wanted = set(on_file)
                if "ssh-rsa" in wanted:
                    wanted |= {"rsa-sha2-512", "rsa-sha2-256"}
                options = transport.get_security_options()
                options.key_types = sorted(options.key_types, key=lambda kind: kind not in wanted)
                left = max(deadline - time.monotonic(), 0.01)
                transport.banner_timeout = transport.handshake_timeout = left
                transport.start_client(timeout=left)
                shown = transport.get_remote_server_key()
            except (paramiko.SSHException, EOFError, OSError) as error:
                raise Unreachable(f"{host}:{port}: no SSH server answers: {error}") from error
            if not on_file:
                verdict = "unknown"
            else:
                verdict = "known" if on_file.get(shown.get_name()) == shown else "changed"
            yield transport, verdict
        finally:
            transport.close()


def log_in(transport: paramiko.Transport, node: Node, deadline: float) -> None:
    """Offer the one secret of the node's row."""
    if node.auth == "key":
        try:
            key = paramiko.PKey.from_path(Path(node.secret).expanduser())
        except Exception as error:  # missing, unreadable, encrypted, no key at all: paramiko has many words
            raise LoginRefused(f"{node.name}: cannot use the key {node.secret}: {error}") from error
    elif node.auth != "password":
        raise ValueError(f"{node.name}: unknown kind of login {node.auth!r}")
    transport.auth_timeout = max(deadline - time.monotonic(), 0.01)
    try:
        with watchdog(deadline - time.monotonic(), transport.close):
            if node.auth == "key":
                transport.auth_publickey(node.user, key)
            else:
                transport.auth_password(node.user, node.secret)
    except (paramiko.SSHException, EOFError, OSError) as error:
        said_no = isinstance(error, paramiko.BadAuthenticationType) or str(error) == "Authentication failed."
        if said_no or (transport.is_active() and time.monotonic() < deadline):
            raise LoginRefused(f"{node.name}: {error}") from error
        raise Unreachable(f"{node.name}: no answer to the login: {error}") from error
    if not transport.is_authenticated():
        raise LoginRefused(f"{node.name}: the server wants more than one proof")


@contextmanager
def connected(node: Node, known_hosts: Path, timeout: float) -> Iterator[paramiko.Transport]:
    """A connection to a node whose key is known, logged in; closed at the end of the block."""
    deadline = time.monotonic() + timeout
    with handshake(node.host, node.port, known_hosts, deadline) as (transport, verdict):
        if verdict != "known":
            raise UntrustedHost(f"{node.name}: the host key is {verdict}")
        log_in(transport, node, deadline)
        yield transport


def execute(
    transport: paramiko.Transport,
    command: str,
    timeout: float,
    listen: Callable[[paramiko.Channel, int, bytes], None] | None = None,
) -> CommandResult:
    """Run a command on an open connection, and read both streams as they come.

    ``listen`` is called with the channel, the stream (1 or 2), and each new piece of it.
    """
    deadline = time.monotonic() + timeout
    pieces: dict[int, list[bytes]] = {1: [], 2: []}
    try:
        with closing(transport.open_session(timeout=timeout)) as channel:
            channel.settimeout(timeout)
            with watchdog(deadline - time.monotonic(), channel.close) as barked:
                channel.exec_command(command)
                while True:
                    # Ask first whether it is over, and look for data afterwards: then none is missed.
                    over = channel.closed or (channel.eof_received and channel.exit_status_ready())
                    if barked.is_set():  # we closed it; a status that comes after this means nothing
                        raise CommandTimeout(f"no end of {command!r} after {timeout} s")
                    news = []
                    if channel.recv_ready():
                        news.append((1, channel.recv(1 << 17)))
                    if channel.recv_stderr_ready():
                        news.append((2, channel.recv_stderr(1 << 17)))
                    for stream, piece in news:
                        pieces[stream].append(piece)
                        if listen is not None:
                            listen(channel, stream, piece)
                    if over and not news:
                        break
                    if not news:
                        time.sleep(0.005)
                status = channel.exit_status
    except (paramiko.SSHException, EOFError, OSError) as error:
        if time.monotonic() >= deadline:
            raise CommandTimeout(f"no end of {command!r} after {timeout} s") from error
        raise ConnectionLost(f"{command!r}: {error}") from error
    if status == -1:
        raise ConnectionLost(f"no exit status of {command!r}")
    out, err = (b"".join(pieces[stream]).decode("utf-8", errors="replace") for stream in (1, 2))
    return CommandResult(out, err, status)


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
    with connected(node, known_hosts, timeout) as transport:
        return execute(transport, command, timeout)


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
    prompts = {prompt.encode(): answer.encode() + b"\n" for prompt, answer in answers.items() if prompt}
    unread = {1: b"", 2: b""}

    def listen(channel: paramiko.Channel, stream: int, piece: bytes) -> None:
        text = unread[stream] + piece
        while True:
            found = [(text.find(prompt), -len(prompt), prompt) for prompt in prompts if prompt in text]
            if not found:
                break
            start, _, prompt = min(found)  # the first one; of two that begin together, the longer one
            text = text[start + len(prompt) :]
            try:
                channel.sendall(prompts[prompt])
            except OSError:
                pass  # the program has gone in the meantime; its exit status tells the rest
        longest = max(map(len, prompts), default=0)
        unread[stream] = text[-longest:] if longest else b""

    with connected(node, known_hosts, timeout) as transport:
        return execute(transport, command, timeout, listen)
