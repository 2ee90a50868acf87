"""Copy files to and from a node so that nobody ever sees half a file: task 2."""

from __future__ import annotations

import hashlib
import os
import shlex
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paramiko
from remote_shell import Node, RemoteError, connected, run_command


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
    draft = f"{remote}.{uuid.uuid4().hex}.part"
    with _files_of(node, known_hosts, timeout) as sftp:
        sftp.put(str(local), draft)
        _compare(node, wanted, _remote_checksum(node, draft, known_hosts, timeout))
        sftp.posix_rename(draft, remote)
    return wanted


def pull_file(node: Node, remote: str, local: Path, *, known_hosts: Path, timeout: float = 10.0) -> str:
    """Copy a file of a node to a local path; the other way round, otherwise as ``push_file``."""
    handle, name = tempfile.mkstemp(dir=local.parent, prefix=f".{local.name}.", suffix=".part")
    os.close(handle)
    draft = Path(name)
    try:
        with _files_of(node, known_hosts, timeout) as sftp:
            sftp.get(remote, str(draft))
            wanted = _remote_checksum(node, remote, known_hosts, timeout)
        _compare(node, wanted, _checksum(draft))
        draft.replace(local)
    finally:
        draft.unlink(missing_ok=True)
    return wanted


@contextmanager
def _files_of(node: Node, known_hosts: Path, timeout: float) -> Iterator[paramiko.SFTPClient]:
    """The files of a node. What goes wrong in the block becomes TransferFailed."""
    with connected(node, known_hosts, timeout) as client:
        try:
            with client.open_sftp() as sftp:
                sftp.get_channel().settimeout(timeout)
                yield sftp
        except (OSError, EOFError, paramiko.SSHException) as problem:
            raise TransferFailed(f"{node.name}: {problem}") from problem


def _checksum(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _remote_checksum(node: Node, path: str, known_hosts: Path, timeout: float) -> str:
    """What the node itself says: reading the file back would go through the same wire again."""
    answer = run_command(node, f"sha256sum < {shlex.quote(path)}", known_hosts=known_hosts, timeout=timeout)
    if answer.exit_status != 0:
        raise TransferFailed(f"{node.name}: sha256sum {path}: {answer.stderr.strip()}")
    return answer.stdout.split()[0]


def _compare(node: Node, wanted: str, found: str) -> None:
    if wanted != found:
        raise TransferFailed(f"{node.name}: the checksum is {found[:12]}..., not {wanted[:12]}...")
