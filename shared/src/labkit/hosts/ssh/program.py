"""What an SSH server serves: the contract between the server and a simulated machine or device."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from labkit.hosts.streams import Reader, Sink

if TYPE_CHECKING:
    from labkit.hosts.files import Credentials, VirtualFilesystem


class Cut(Exception):
    """Raised by a program when a fault cuts its connection."""


class FileAccess:
    """A filesystem as one user sees it.

    Args:
        files: the filesystem.
        credentials: the user's rights.
        home: where relative paths start.
        names: user and group numbers to names, for long listings.
    """

    def __init__(
        self,
        files: VirtualFilesystem,
        credentials: Credentials,
        home: str,
        users: Mapping[int, str],
        groups: Mapping[int, str],
    ) -> None:
        self.files = files
        self.credentials = credentials
        self.home = home
        self.users = users
        self.groups = groups


class Program(Protocol):
    """What runs behind a login."""

    @property
    def raw_terminal(self) -> bool:
        """Whether it echoes and edits lines itself, as network devices do."""

    def allows_password(self, user: str, password: str) -> bool:
        """Whether a login with this password is good."""

    def allows_key(self, user: str, body: str) -> bool:
        """Whether a login with this public key is good; ``body`` is its type and data."""

    def execute(
        self,
        command: str | None,
        *,
        user: str,
        stdin: Reader,
        stdout: Sink,
        stderr: Sink,
        env: Mapping[str, str] | None = None,
        tty: bool = False,
        cancelled: threading.Event | None = None,
    ) -> int:
        """Run a command, or a shell for None, in a thread of its own; see ``Machine.execute``."""

    def skew(self, seconds: float) -> None:
        """Set the clock so far ahead of the right time."""

    def file_access(self, user: str) -> FileAccess | None:
        """The files of a user; None when there is no SFTP."""
