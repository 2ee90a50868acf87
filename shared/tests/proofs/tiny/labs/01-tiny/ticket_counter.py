"""Tickets of the night shift."""

from __future__ import annotations


def count_open(states: list[str]) -> int:
    """How many of ``states`` are open, in any case."""
    raise NotImplementedError("task 1")


class TicketQueue:
    """Tickets in the order they came."""

    def __init__(self) -> None:
        self.tickets: list[str] = []

    def push(self, ticket: str) -> int:
        """Append ``ticket`` and return how many wait."""
        raise NotImplementedError("task 2")

    def oldest(self) -> str | None:
        """The ticket that waits longest, None when there is none."""
        raise NotImplementedError("task 2")
