"""The mails that a server took in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import cached_property
from typing import cast, overload


@dataclass(frozen=True)
class Mail:
    """One mail.

    Attributes:
        sender: of the envelope (``MAIL FROM``).
        recipients: of the envelope (``RCPT TO``), those that were taken.
        raw: the message as it came.
        user: who had logged in; empty for nobody.
        received: when, in seconds since the epoch.
    """

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str
    received: float

    @cached_property
    def message(self) -> EmailMessage:
        """The message, parsed: ``mail.message["Subject"]``."""
        return BytesParser(policy=policy.default).parsebytes(self.raw)

    @property
    def subject(self) -> str:
        """Its subject, decoded; empty without one."""
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The plain text of its body; empty without one."""
        body = self.message.get_body(preferencelist=("plain",))
        return str(body.get_content()) if body is not None else ""

    @property
    def attachments(self) -> dict[str, bytes]:
        """The content of attached files by their names."""
        return {
            part.get_filename() or "": cast("bytes", part.get_payload(decode=True))
            for part in self.message.iter_attachments()
        }


class Mailbox(Sequence[Mail]):
    """Mails in the order in which they came. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mails: list[Mail] = []

    def add(self, mail: Mail) -> None:
        """Take in a mail."""
        with self._lock:
            self._mails.append(mail)

    def clear(self) -> None:
        """Throw all away."""
        with self._lock:
            self._mails.clear()

    def to(self, recipient: str) -> list[Mail]:
        """Return the mails to an address."""
        return [mail for mail in self if recipient in mail.recipients]

    def __len__(self) -> int:
        return len(self._mails)

    @overload
    def __getitem__(self, index: int) -> Mail: ...
    @overload
    def __getitem__(self, index: slice) -> list[Mail]: ...
    def __getitem__(self, index: int | slice) -> Mail | list[Mail]:
        with self._lock:
            return self._mails[index]

    def __iter__(self) -> Iterator[Mail]:
        with self._lock:
            return iter(list(self._mails))

    def __repr__(self) -> str:
        return f"<{len(self)} mails: {', '.join(mail.subject for mail in self)}>"
