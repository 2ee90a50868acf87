"""What is new, what is gone: sets that answer what lists only hold."""

from __future__ import annotations

import math
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
    own, others = set(mine), set(wanted)
    return own | others, own & others, own - others


def unique_hosts(names: Iterable[str]) -> tuple[list[str], int]:
    """Give each host once, in lower case and alphabetical order, and their number.

    >>> unique_hosts(["web-1", " WEB-1 ", "", "db-1"])
    (['db-1', 'web-1'], 2)
    """
    hosts = {name.strip().lower() for name in names} - {""}
    return sorted(hosts), len(hosts)


def changed_between(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """List what is in one of the two, but not in both, in alphabetical order.

    >>> changed_between(["web", "db"], ["db", "cache"])
    ['cache', 'web']
    """
    return sorted(set(before) ^ set(after))


def users_by_roles(users: Mapping[str, Iterable[str]]) -> dict[frozenset[str], list[str]]:
    """Group users by their roles, whatever the order of these; users in alphabetical order."""
    groups: dict[frozenset[str], list[str]] = {}
    for user in sorted(users):
        groups.setdefault(frozenset(users[user]), []).append(user)
    return groups


def users_with(groups: Mapping[frozenset[str], list[str]], roles: Iterable[str]) -> list[str]:
    """List the users who have exactly these roles."""
    return list(groups.get(frozenset(roles), []))


def plan_changes(desired: Iterable[str], actual: Iterable[str]) -> Plan:
    """Say what to add, what to remove and what to keep.

    >>> plan_changes(["web", "db"], ["db", "ftp"])
    Plan(add=['web'], remove=['ftp'], keep=['db'])
    """
    wanted, there = set(desired), set(actual)
    return Plan(sorted(wanted - there), sorted(there - wanted), sorted(wanted & there))


def carry_out(plan: Plan, actual: set[str]) -> None:
    """Change the set of what there is as planned; what is added or gone already is no error."""
    actual.update(plan.add)
    actual.difference_update(plan.remove)


def membership_ratio(
    items: Iterable[Hashable],
    wanted: Iterable[Hashable],
    timer: Callable[[], float] = time.perf_counter,
) -> float:
    """Measure how many times longer lookups take in a list than in a set.

    The timer gives seconds; it is read before and after the lookups in the list, then before and after those
    in the set. Gives infinity when the set took no measurable time.
    """
    as_list = list(items)
    as_set, questions = set(as_list), list(wanted)
    began = timer()
    for question in questions:
        question in as_list  # noqa: B015
    in_list = timer() - began
    began = timer()
    for question in questions:
        question in as_set  # noqa: B015
    in_set = timer() - began
    return in_list / in_set if in_set else math.inf


def compare_batches(batches: Iterable[Iterable[str]]) -> Report:
    """Compare batches of service names, the oldest first.

    Raises:
        TypeError: an item of a batch is no text; the message names the batch, counted from 1, and the item.
    """
    kept = [_names(number, batch) for number, batch in enumerate(batches, 1)]
    if not kept:
        return Report([], [], [], [])
    inventory = list(dict.fromkeys(name for batch in kept for name in batch))
    everywhere = set(inventory).intersection(*kept)
    last = set(kept[-1])
    before = {name for batch in kept[:-1] for name in batch}
    return Report(
        inventory,
        [name for name in inventory if name in everywhere],
        [name for name in inventory if name in last - before and len(kept) > 1],
        [name for name in inventory if name not in last],
    )


def report_text(report: Report) -> str:
    """Write the report in four lines.

    >>> print(report_text(Report(["web", "db"], ["web"], [], ["db"])))
    inventory (2): web, db
    persistent (1): web
    new (0): none
    gone (1): db
    """
    return "\n".join(
        f"{title} ({len(names)}): {', '.join(names) or 'none'}" for title, names in report._asdict().items()
    )


def _names(number: int, batch: Iterable[str]) -> list[str]:
    """Give the names in a batch, without blanks around them and without empty ones."""
    names = []
    for item in batch:
        if not isinstance(item, str):
            raise TypeError(f"batch {number}: {item!r} is no name of a service")
        names.append(item.strip())
    return [name for name in names if name]
