"""What is new, what is gone: sets that answer what lists only hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import NamedTuple


class Plan(NamedTuple):
    """What must be done so that the actual state becomes the desired one; all in alphabetical order."""

    add: list[str]
    remove: list[str]
    keep: list[str]


class Report(NamedTuple):
    """What several batches say about services; each in the order of first appearance."""

    inventory: list[str]
    persistent: list[str]
    new: list[str]
    gone: list[str]


def compare_skills(mine: Iterable[str], wanted: Iterable[str]) -> tuple[set[str], set[str], set[str]]:
    """Give all skills, those in both, and those that only I have.

    >>> compare_skills(["git"], ["git"])
    ({'git'}, {'git'}, set())
    """
    raise NotImplementedError("task 1")


def unique_hosts(names: Iterable[str]) -> tuple[list[str], int]:
    """Give each host once, in lower case and alphabetical order, and their number.

    >>> unique_hosts(["web-1", " WEB-1 ", "", "db-1"])
    (['db-1', 'web-1'], 2)
    """
    raise NotImplementedError("task 2")


def changed_between(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """List what is in one of the two, but not in both, in alphabetical order.

    >>> changed_between(["web", "db"], ["db", "cache"])
    ['cache', 'web']
    """
    raise NotImplementedError("task 3")


def users_by_roles(users: Mapping[str, Iterable[str]]) -> dict[frozenset[str], list[str]]:
    """Group users by their roles, whatever the order of these; users in alphabetical order."""
    raise NotImplementedError("task 4")


def users_with(groups: Mapping[frozenset[str], list[str]], roles: Iterable[str]) -> list[str]:
    """List the users who have exactly these roles."""
    raise NotImplementedError("task 4")


def plan_changes(desired: Iterable[str], actual: Iterable[str]) -> Plan:
    """Say what to add, what to remove and what to keep.

    >>> plan_changes(["web", "db"], ["db", "ftp"])
    Plan(add=['web'], remove=['ftp'], keep=['db'])
    """
    raise NotImplementedError("task 5")


def carry_out(plan: Plan, actual: set[str]) -> None:
    """Change the set of what there is as planned; what is added or gone already is no error."""
    raise NotImplementedError("task 5")


def membership_ratio(
    items: Iterable[Hashable],
    wanted: Iterable[Hashable],
    timer: Callable[[], float] = time.perf_counter,
) -> float:
    """Measure how many times longer lookups take in a list than in a set.

    The timer gives seconds; it is read before and after the lookups in the list, then before and after those
    in the set. Gives infinity when the set took no measurable time.
    """
    raise NotImplementedError("task 6")


def compare_batches(batches: Iterable[Iterable[str]]) -> Report:
    """Compare batches of service names, the oldest first.

    Raises:
        TypeError: an item of a batch is no text; the message names the batch, counted from 1, and the item.
    """
    raise NotImplementedError("task 7")


def report_text(report: Report) -> str:
    """Write the report in four lines.

    >>> print(report_text(Report(["web", "db"], ["web"], [], ["db"])))
    inventory (2): web, db
    persistent (1): web
    new (0): none
    gone (1): db
    """
    raise NotImplementedError("task 7")
