"""The state of a Slack workspace: channels and messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

#: The user of the bot whose token and webhooks there are.
BOT: Final = "U0LABKITBOT"


@dataclass
class Message:
    """A message. ``thread`` is the ts of the message that it answers, None outside threads."""

    ts: str
    text: str
    user: str
    blocks: list[Any] = field(default_factory=list)
    attachments: list[Any] = field(default_factory=list)
    thread: str | None = None
    edited: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    metadata: Any = None
    sent: float = 0.0


@dataclass
class Channel:
    """A channel."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    created: float = 0.0
    messages: list[Message] = field(default_factory=list)

    def find(self, ts: str) -> Message | None:
        """A message by its ts."""
        return next((each for each in self.messages if each.ts == ts), None)
