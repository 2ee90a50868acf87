"""Tickets of the night shift."""

from __future__ import annotations


def count_open(states: list[str]) -> int:
    """How many of ``states`` are open, in any case."""
    return sum(state.casefold() == "open" for state in states)


class TicketQueue:
    """Tickets in the order they came."""

    def __init__(self) -> None:
        self.tickets: list[str] = []

    def push(self, ticket: str) -> int:
        """Append ``ticket`` and return how many wait."""
        self.tickets.append(ticket)
        return len(self.tickets)

    def oldest(self) -> str | None:
        """The ticket that waits longest, None when there is none."""
        return self.tickets[-1] if self.tickets else None
