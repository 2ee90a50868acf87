"""Copy files to and from a node so that nobody ever sees half a file: task 2."""

from __future__ import annotations

import hashlib
import os
import posixpath
import secrets
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paramiko
from remote_shell import CommandTimeout, Node, RemoteError, connected, execute, watchdog

CHUNK = 32768
TROUBLE = (OSError, EOFError, paramiko.SSHException, paramiko.SFTPError)


class TransferFailed(RemoteError):
    """The copy is not there, or not whole; the file that was there before still is."""

    status = "transfer failed"


@contextmanager
def _sftp(transport: paramiko.Transport, timeout: float) -> Iterator[paramiko.SFTPClient]:
    channel = transport.open_session(timeout=timeout)
    try:
        channel.settimeout(timeout)
        with watchdog(timeout, channel.close):
            channel.invoke_subsystem("sftp")
        yield paramiko.SFTPClient(channel)
    finally:
        channel.close()


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except TROUBLE as error:
        raise TransferFailed(str(error) or type(error).__name__) from error
    except CommandTimeout as error:
        raise TransferFailed(str(error)) from error


def _remote_checksum(transport: paramiko.Transport, remote: str, timeout: float) -> str:
    result = execute(transport, f"sha256sum {shlex.quote(remote)}", timeout)
    words = result.stdout.split()
    if result.exit_status != 0 or not words:
        raise TransferFailed(f"sha256sum {remote}: {result.stderr.strip() or 'no answer'}")
    return words[0].lstrip("\\").lower()  # a backslash in front: the name has one


def _remove(transport: paramiko.Transport, remote: str, timeout: float) -> None:
    """Over a channel of its own: the other one may be stuck."""
    with suppress(*TROUBLE):
        if transport.is_active():
            with _sftp(transport, timeout) as sftp:
                sftp.remove(remote)


def push_file(node: Node, local: Path, remote: str, *, known_hosts: Path, timeout: float = 10.0) -> str:
    """Copy a local file to a node.

    Args:
        node: where to.
        local: the file to send.
        remote: absolute path on the node; a file that is there is replaced.
        known_hosts: file with the host keys that are trusted.
        timeout: seconds to wait for any single answer of the node.

    Returns:
        The SHA-256 checksum of the file, as 64 hexadecimal digits.

    Raises:
        TransferFailed: the copy could not be made, or its checksum on the node is another one.
        RemoteError: connecting went wrong.
    """
    unfinished = posixpath.join(posixpath.dirname(remote), f".{secrets.token_hex(8)}.part")
    checksum = hashlib.sha256()
    with (
        _failures(),
        open(local, "rb") as source,
        connected(node, known_hosts, timeout) as transport,
        _sftp(transport, timeout) as sftp,
    ):
        try:
            with sftp.open(unfinished, "wx") as target:
                while chunk := source.read(CHUNK):
                    checksum.update(chunk)
                    target.write(chunk)
            there = _remote_checksum(transport, unfinished, timeout)
            if there != checksum.hexdigest():
                raise TransferFailed(f"{remote}: the checksum of the copy is {there}")
            sftp.posix_rename(unfinished, remote)
        except BaseException:
            _remove(transport, unfinished, timeout)
            raise
    return checksum.hexdigest()


def pull_file(node: Node, remote: str, local: Path, *, known_hosts: Path, timeout: float = 10.0) -> str:
    """Copy a file of a node to a local path; the other way round, otherwise as ``push_file``."""
    unfinished = local.with_name(f".{secrets.token_hex(8)}.part")
    checksum = hashlib.sha256()
    with (
        _failures(),
        connected(node, known_hosts, timeout) as transport,
        _sftp(transport, timeout) as sftp,
    ):
        try:
            with sftp.open(remote, "r") as source, open(unfinished, "xb") as target:
                while chunk := source.read(CHUNK):
                    checksum.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            there = _remote_checksum(transport, remote, timeout)
            if there != checksum.hexdigest():
                raise TransferFailed(f"{remote}: the original has the checksum {there}")
            os.replace(unfinished, local)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    return checksum.hexdigest()
