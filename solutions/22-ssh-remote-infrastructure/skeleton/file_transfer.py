"""Copy files to and from a node so that nobody ever sees half a file: task 2."""

from __future__ import annotations

from pathlib import Path

from remote_shell import Node, RemoteError


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
    raise NotImplementedError("task 2")


def pull_file(node: Node, remote: str, local: Path, *, known_hosts: Path, timeout: float = 10.0) -> str:
    """Copy a file of a node to a local path; the other way round, otherwise as ``push_file``."""
    raise NotImplementedError("task 2")
