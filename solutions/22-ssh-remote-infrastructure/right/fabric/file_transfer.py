"""Copies through Fabric: its SFTP client for the bytes, the node's shell for checksum and rename."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path

import paramiko
from remote_shell import ConnectionLost, Node, RemoteError, reach, run_command


class TransferFailed(RemoteError):
    status = "transfer failed"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def remotely(node, words, known_hosts, timeout) -> str:
    done = run_command(node, shlex.join(words), known_hosts=known_hosts, timeout=timeout)
    if done.exit_status:
        raise TransferFailed(f"{node.name}: {words[0]}: {done.stderr}")
    return done.stdout


def push_file(node: Node, local: Path, remote: str, *, known_hosts: Path, timeout: float = 10.0) -> str:
    draft = remote + ".new"
    try:
        with reach(node, known_hosts, timeout) as connection:
            connection.sftp().get_channel().settimeout(timeout)
            connection.sftp().put(str(local), draft, confirm=False)
        if digest(local) not in remotely(node, ["sha256sum", draft], known_hosts, timeout):
            raise TransferFailed(f"{node.name}: the copy is not like the original")
        remotely(node, ["mv", draft, remote], known_hosts, timeout)
    except (paramiko.SSHException, OSError, EOFError) as error:
        clean_up(node, draft, known_hosts, timeout)
        raise TransferFailed(f"{node.name}: {error}") from error
    except TransferFailed:
        clean_up(node, draft, known_hosts, timeout)
        raise
    return digest(local)


def clean_up(node, draft, known_hosts, timeout) -> None:
    try:
        run_command(node, shlex.join(["rm", "-f", draft]), known_hosts=known_hosts, timeout=timeout)
    except RemoteError:
        pass


def pull_file(node: Node, remote: str, local: Path, *, known_hosts: Path, timeout: float = 10.0) -> str:
    wanted = remotely(node, ["sha256sum", remote], known_hosts, timeout).split()[0]
    draft = Path(f"{local}.new")
    try:
        with reach(node, known_hosts, timeout) as connection:
            connection.sftp().get_channel().settimeout(timeout)
            connection.sftp().get(remote, str(draft))
        if digest(draft) != wanted:
            raise TransferFailed(f"{node.name}: the copy is not like the original")
        draft.rename(local)
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise TransferFailed(f"{node.name}: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return wanted
