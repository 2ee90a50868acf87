"""Connection records that cannot change: tuples, packed, unpacked, with names, and as keys."""

from __future__ import annotations

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
    """Try to replace the first item of a tuple; give the name of the exception that comes of it.

    >>> error_of_change(("web", 80, "up"))
    'TypeError'
    """
    raise NotImplementedError("task 1")


def service_message(record: tuple[str, int, str]) -> str:
    """Unpack name, port and state of a service into a sentence.

    >>> service_message(("web", 80, "up"))
    'web on port 80 is up'
    """
    raise NotImplementedError("task 1")


def swap(pair: tuple[T, U]) -> tuple[U, T]:
    """Exchange the two items of a pair.

    >>> swap(("a", "b"))
    ('b', 'a')
    """
    raise NotImplementedError("task 2")


def rotate(triple: tuple[T, U, V]) -> tuple[U, V, T]:
    """Move the first of three items to the end.

    >>> rotate((1, 2, 3))
    (2, 3, 1)
    """
    raise NotImplementedError("task 2")


def mark_summary(marks: tuple[int, ...]) -> tuple[int, int, int]:
    """Give the highest mark, the lowest one, and how often there is a 100.

    >>> mark_summary((100, 71, 100))
    (100, 71, 2)
    """
    raise NotImplementedError("task 3")


def split_row(row: Sequence[T]) -> tuple[T, list[T], T]:
    """Give the first item, a list of those in the middle, and the last item.

    >>> split_row([1, 2, 3, 4])
    (1, [2, 3], 4)
    """
    raise NotImplementedError("task 4")


def disk_figures(sizes: Iterable[int]) -> tuple[int, int, int]:
    """Give number, sum and maximum of the sizes; all are 0 where there are none.

    >>> disk_figures([40, 80])
    (2, 120, 80)
    """
    raise NotImplementedError("task 5")


def disk_line(sizes: Iterable[int]) -> str:
    """Say the same in words.

    >>> disk_line([40, 80])
    '2 disks, 120 GB in all, the largest has 80 GB'
    """
    raise NotImplementedError("task 5")


def with_tag(record: tuple[str, list[str]], tag: str) -> tuple[str, list[str]]:
    """Give a record with one more tag; the given one, and the list in it, stay as they are.

    >>> with_tag(("web", ["prod"]), "eu")
    ('web', ['prod', 'eu'])
    """
    raise NotImplementedError("task 6")


def frozen(record: tuple[str, list[str]]) -> tuple[str, tuple[str, ...]]:
    """Give the record in a form that cannot change at all, and can be a key.

    >>> frozen(("web", ["prod", "eu"]))
    ('web', ('prod', 'eu'))
    """
    raise NotImplementedError("task 6")


def make_registry(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, str], Connection]:
    """Make a registry of connections by (environment, name) of rows of a table."""
    raise NotImplementedError("task 7")


def find_connection(registry: dict[tuple[str, str], Connection], environment: str, name: str) -> Connection:
    """Look a connection up; raise LookupError, which says what there is, when it is not there."""
    raise NotImplementedError("task 7")


def dsn(connection: Connection) -> str:
    """Give the address of a database in one line.

    >>> dsn(Connection("db-1", 5432, "shop", "app"))
    'postgresql://app@db-1:5432/shop'
    """
    raise NotImplementedError("task 7")
