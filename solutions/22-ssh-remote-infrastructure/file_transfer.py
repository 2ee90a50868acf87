"""Copy files to and from a node so that nobody ever sees half a file: task 2."""

from __future__ import annotations

import hashlib
import shlex
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
from remote_shell import Node, RemoteError, connected, run_command

#: What paramiko raises when something is refused, or the connection breaks.
_BROKEN = (paramiko.SSHException, OSError, EOFError)


class TransferFailed(RemoteError):
    """The copy is not there, or not whole; the file that was there before still is."""

    status = "transfer failed"


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
    wanted = _checksum(local)
    draft = f"{remote}.{uuid.uuid4().hex}"  # in the same folder, and nobody else uses it
    with _files_of(node, known_hosts, timeout) as sftp:
        try:
            sftp.put(local, draft)
            _verify(node, draft, wanted, known_hosts, timeout)
            sftp.posix_rename(draft, remote)
        except BaseException:
            sftp.remove(draft)  # where this fails as well, it is a TransferFailed, too
            raise
    return wanted


def pull_file(node: Node, remote: str, local: Path, *, known_hosts: Path, timeout: float = 10.0) -> str:
    """Copy a file of a node to a local path; the other way round, otherwise as ``push_file``."""
    draft = local.with_name(uuid.uuid4().hex)
    try:
        with _files_of(node, known_hosts, timeout) as sftp:
            sftp.get(remote, draft)
            found = _checksum(draft)
            _verify(node, remote, found, known_hosts, timeout)
        draft.replace(local)
    finally:
        draft.unlink(missing_ok=True)
    return found


@contextmanager
def _files_of(node: Node, known_hosts: Path, timeout: float) -> Iterator[paramiko.SFTPClient]:
    """The files of a node. What goes wrong in the block becomes TransferFailed."""
    with connected(node, known_hosts, timeout) as client:
        try:
            sftp = client.open_sftp()
            sftp.get_channel().settimeout(timeout)
            yield sftp
        except _BROKEN as problem:
            raise TransferFailed(f"{node.name}: {problem}") from problem


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _verify(node: Node, path: str, wanted: str, known_hosts: Path, timeout: float) -> None:
    """Ask the node itself for the checksum: reading the file back would go through the same wire again."""
    answer = run_command(node, f"sha256sum < {shlex.quote(path)}", known_hosts=known_hosts, timeout=timeout)
    if answer.exit_status != 0:
        raise TransferFailed(f"{node.name}: sha256sum {path}: {answer.stderr.strip()}")
    found = answer.stdout.split()[0]
    if found != wanted:
        raise TransferFailed(f"{node.name}: {path} has the checksum {found[:12]}..., not {wanted[:12]}...")
