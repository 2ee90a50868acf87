"""The state of the portal: tickets, alerts, sessions, documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

PRIORITIES: Final = ("Low", "Medium", "High", "Critical")
SITES: Final = ("Berlin", "Lisbon", "Toronto")


@dataclass
class Ticket:
    """A ticket; ``opened`` is a moment in seconds since the epoch."""

    number: str
    summary: str
    priority: str
    status: str
    site: str
    requester: str
    opened: float
    due: str = ""
    phone: str = ""

    @property
    def day(self) -> str:
        """The day on which it was opened, as the portal writes it: ``02/03/2026``, the day first."""
        return datetime.fromtimestamp(self.opened, UTC).strftime("%d/%m/%Y")


@dataclass
class Alert:
    """A line of the dashboard; ``level`` is critical, warning or info."""

    level: str
    host: str
    text: str


@dataclass
class Session:
    """Somebody who has logged in."""

    user: str
    expires: float
    token: str
    greeted: bool = False


@dataclass
class Page:
    """A page of the documentation."""

    slug: str
    title: str
    lines: list[str] = field(default_factory=list)


#: The documentation as it is at first.
PAGES: Final = (
    Page(
        "explicit-waits",
        "Explicit waits",
        [
            "An explicit wait asks for one condition until it holds or a deadline is over.",
            "It returns as soon as the condition holds, so a generous deadline costs nothing.",
            "A fixed pause is too long on most days and too short on the bad one.",
            "Wait for what you use next: clickable before a click, visible before reading.",
        ],
    ),
    Page(
        "selectors",
        "Robust selectors",
        [
            "Generated ids change with each page; names and labels stay.",
            "A selector should say what an element means, not where it stands.",
            "The shortest selector that finds exactly one element is the best.",
        ],
    ),
    Page(
        "sessions",
        "Sessions",
        [
            "A session ends after a while without a word.",
            "A page of the login in place of the one you asked for is the sign.",
            "Log in again once, then go on where you were.",
        ],
    ),
)

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PHONE = re.compile(r"\+?[0-9][0-9 ]{5,18}")


def check(form: dict[str, str], today: date) -> dict[str, str]:
    """Return what is wrong with a form for a new ticket, a text per field; empty when nothing is."""
    wrong: dict[str, str] = {}
    summary = form.get("summary", "").strip()
    if not summary:
        wrong["summary"] = "Summary is required."
    elif len(summary) > 60:
        wrong["summary"] = f"Summary may have 60 characters, not {len(summary)}."
    if form.get("priority") not in PRIORITIES:
        wrong["priority"] = "Choose a priority."
    if form.get("site") not in SITES:
        wrong["site"] = "Choose a site."
    due = form.get("due", "").strip()
    try:
        moment = date.fromisoformat(due) if _DATE.fullmatch(due) else None
    except ValueError:
        moment = None
    if moment is None:
        wrong["due"] = "Enter the due date as YYYY-MM-DD."
    elif moment < today:
        wrong["due"] = "The due date lies in the past."
    phone = form.get("phone", "").strip()
    if phone and not _PHONE.fullmatch(phone):
        wrong["phone"] = "A phone number has digits and spaces only."
    if form.get("confirm") != "yes":
        wrong["confirm"] = "Confirm that the data may be stored."
    return wrong
