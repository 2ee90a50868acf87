"""Connection records that cannot change: tuples, packed, unpacked, with names, and as keys."""

from __future__ import annotations

import itertools
import operator
import urllib.parse
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


class Connection(NamedTuple):
    """How to reach a database. There is no password in it."""

    host: str
    port: int
    database: str
    user: str


def error_of_change(record: tuple[Any, ...]) -> str:
    try:
        operator.setitem(record, 0, ...)  # type: ignore[call-overload]
    except Exception as error:
        return error.__class__.__qualname__
    raise AssertionError(f"{record} has changed")


def service_message(record: tuple[str, int, str]) -> str:
    match record:
        case (name, port, state):
            return f"{name} on port {port} is {state}"
    raise ValueError(f"{len(record)} items instead of three")


def swap(pair: tuple[T, U]) -> tuple[U, T]:
    (one, other), swapped = pair, operator.itemgetter(1, 0)
    del one, other
    return swapped(pair)


def rotate(triple: tuple[T, U, V]) -> tuple[U, V, T]:
    match triple:
        case first, second, third:
            return second, third, first
    raise ValueError(f"{triple} has not three items")


def mark_summary(marks: tuple[int, ...]) -> tuple[int, int, int]:
    lowest, *_ = ordered = sorted(marks)
    return ordered[-1], lowest, operator.countOf(marks, 100)


def split_row(row: Sequence[T]) -> tuple[T, list[T], T]:
    match list(row):
        case [head, *middle, tail]:
            return head, middle, tail
    raise ValueError(f"{row!r} has not two ends")


def disk_figures(sizes: Iterable[int]) -> tuple[int, int, int]:
    one, two, three = itertools.tee(sizes, 3)
    return sum(1 for _ in one), sum(two), max(three, default=0)


def disk_line(sizes: Iterable[int]) -> str:
    match disk_figures(sizes):
        case 0, _, _:
            return "no disks"
        case count, total, largest:
            word = {1: "disk"}.get(count, "disks")
            return f"{count} {word}, {total} GB in all, the largest has {largest} GB"
    raise AssertionError


def with_tag(record: tuple[str, list[str]], tag: str) -> tuple[str, list[str]]:
    return record[0], record[1] + [tag]


def frozen(record: tuple[str, list[str]]) -> tuple[str, tuple[str, ...]]:
    return record[0], (*record[1],)


def make_registry(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, str], Connection]:
    registry: dict[tuple[str, str], Connection] = {}
    for number, row in zip(itertools.count(1), rows):
        try:
            environment, name, *fields = row
            host, port, database, user, *password = fields
            if len(password) > 1:
                raise ValueError("a field too many")
        except ValueError:
            raise ValueError(f"row {number}: six or seven fields are expected") from None
        if type(port) is not int or port not in range(1, 65_536):
            raise ValueError(f"row {number}: the port is no number from 1 to 65535")
        made = Connection(host, port, database, user)
        if registry.setdefault((environment, name), made) is not made:
            raise ValueError(f"row {number}: a second connection {name} in {environment}")
    return registry


def find_connection(registry: dict[tuple[str, str], Connection], environment: str, name: str) -> Connection:
    try:
        return registry[environment, name]
    except KeyError:
        pass
    known = {
        place: [n for _, n in keys]
        for place, keys in itertools.groupby(sorted(registry), key=lambda key: key[0])
    }
    if environment in known:
        raise LookupError(f"{name} is unknown in {environment}: {', '.join(known[environment])}")
    raise LookupError(f"{environment} is unknown: {', '.join(known)}")


def dsn(connection: Connection) -> str:
    user, database = (urllib.parse.quote(part, "") for part in (connection.user, connection.database))
    return f"postgresql://{user}@{connection.host}:{connection.port:d}/{database}"
