"""What was sent by Run Command, and what became of it ("Understanding command statuses", Systems Manager)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from labkit.hosts.machine import Machine

PENDING: Final = "Pending"
RUNNING: Final = "InProgress"


@dataclass
class Managed:
    """An instance with an agent.

    Attributes:
        machine: where commands run, as root.
        online: whether the agent answers; a command to one that does not is never delivered.
    """

    machine: Machine
    online: bool = True


@dataclass
class Invocation:
    """One command on one instance."""

    instance: str
    status: str = PENDING
    details: str = PENDING
    code: int = -1
    output: str = ""
    errors: str = ""
    looks: int = 0
    began: datetime | None = None
    ended: datetime | None = None

    @property
    def settled(self) -> bool:
        return self.status not in (PENDING, RUNNING)

    @property
    def failed(self) -> bool:
        return self.status in ("Failed", "TimedOut")

    def settle(self, status: str, details: str = "") -> None:
        self.status, self.details, self.ended = status, details or status, datetime.now(UTC)


@dataclass
class Command:
    """What was sent, and what became of it."""

    id: str
    region: str
    asked: Mapping[str, Any]
    invocations: list[Invocation]
    at_once: int
    most_errors: int
    sent: datetime = field(default_factory=lambda: datetime.now(UTC))
    cancelled: bool = False

    @property
    def failures(self) -> int:
        return sum(each.failed for each in self.invocations)

    @property
    def status(self) -> tuple[str, str]:
        """Status and details of the whole."""
        if not self.invocations:
            return "Failed", "NoInstancesInTag"
        if not all(each.settled for each in self.invocations):
            begun = any(each.status != PENDING for each in self.invocations)
            return (RUNNING, RUNNING) if begun else (PENDING, PENDING)
        if self.cancelled:
            return "Cancelled", "Cancelled"
        for details in ("Failed", "ExecutionTimedOut", "DeliveryTimedOut", "Terminated"):
            found = next((each for each in self.invocations if each.details == details), None)
            if found is not None:
                return ("Failed" if details == "Terminated" else found.status), details
        return "Success", "Success"
