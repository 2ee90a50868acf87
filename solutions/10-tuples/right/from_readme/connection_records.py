"""Connection records that cannot change: tuples, packed, unpacked, with names, and as keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

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
    try:
        record[0] = None  # type: ignore[index]
    except Exception as error:
        return type(error).__name__
    return ""


def service_message(record: tuple[str, int, str]) -> str:
    """Unpack name, port and state of a service into a sentence.

    >>> service_message(("web", 80, "up"))
    'web on port 80 is up'
    """
    name, port, state = record
    return f"{name} on port {port} is {state}"


def swap(pair: tuple[T, U]) -> tuple[U, T]:
    """Exchange the two items of a pair.

    >>> swap(("a", "b"))
    ('b', 'a')
    """
    first, second = pair
    return second, first


def rotate(triple: tuple[T, U, V]) -> tuple[U, V, T]:
    """Move the first of three items to the end.

    >>> rotate((1, 2, 3))
    (2, 3, 1)
    """
    first, second, third = triple
    return second, third, first


def mark_summary(marks: tuple[int, ...]) -> tuple[int, int, int]:
    """Give the highest mark, the lowest one, and how often there is a 100.

    >>> mark_summary((100, 71, 100))
    (100, 71, 2)
    """
    if not marks:
        raise ValueError("there are no marks")
    return max(marks), min(marks), marks.count(100)


def split_row(row: Sequence[T]) -> tuple[T, list[T], T]:
    """Give the first item, a list of those in the middle, and the last item.

    >>> split_row([1, 2, 3, 4])
    (1, [2, 3], 4)
    """
    first, *middle, last = row
    return first, middle, last


def disk_figures(sizes: Iterable[int]) -> tuple[int, int, int]:
    """Give number, sum and maximum of the sizes; all are 0 where there are none.

    >>> disk_figures([40, 80])
    (2, 120, 80)
    """
    known = list(sizes)
    return len(known), sum(known), max(known, default=0)


def disk_line(sizes: Iterable[int]) -> str:
    """Say the same in words.

    >>> disk_line([40, 80])
    '2 disks, 120 GB in all, the largest has 80 GB'
    """
    number, total, largest = disk_figures(sizes)
    if number == 0:
        return "no disks"
    disks = "1 disk" if number == 1 else f"{number} disks"
    return f"{disks}, {total} GB in all, the largest has {largest} GB"


def with_tag(record: tuple[str, list[str]], tag: str) -> tuple[str, list[str]]:
    """Give a record with one more tag; the given one, and the list in it, stay as they are.

    >>> with_tag(("web", ["prod"]), "eu")
    ('web', ['prod', 'eu'])
    """
    name, tags = record
    return name, [*tags, tag]


def frozen(record: tuple[str, list[str]]) -> tuple[str, tuple[str, ...]]:
    """Give the record in a form that cannot change at all, and can be a key.

    >>> frozen(("web", ["prod", "eu"]))
    ('web', ('prod', 'eu'))
    """
    name, tags = record
    return name, tuple(tags)


def make_registry(rows: Iterable[Sequence[Any]]) -> dict[tuple[str, str], Connection]:
    """Make a registry of connections by (environment, name) of rows of a table."""
    registry: dict[tuple[str, str], Connection] = {}
    for number, row in enumerate(rows, 1):
        if len(row) not in (6, 7):
            raise ValueError(f"row {number}: {len(row)} fields, not 6 or 7")
        environment, name, host, port, database, user = row[:6]
        if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
            raise ValueError(f"row {number}: the port is no whole number from 1 to 65535")
        if (environment, name) in registry:
            raise ValueError(f"row {number}: {environment} {name} was there before")
        registry[environment, name] = Connection(host, port, database, user)
    return registry


def find_connection(registry: dict[tuple[str, str], Connection], environment: str, name: str) -> Connection:
    """Look a connection up; raise LookupError, which says what there is, when it is not there."""
    if (environment, name) in registry:
        return registry[environment, name]
    names = sorted(known for place, known in registry if place == environment)
    if names:
        raise LookupError(f"{environment} has no {name}; there are {', '.join(names)}")
    environments = sorted({place for place, _ in registry})
    raise LookupError(f"there is no environment {environment}; there are {', '.join(environments)}")


def dsn(connection: Connection) -> str:
    """Give the address of a database in one line.

    >>> dsn(Connection("db-1", 5432, "shop", "app"))
    'postgresql://app@db-1:5432/shop'
    """
    user, database = quote(connection.user, safe=""), quote(connection.database, safe="")
    return f"postgresql://{user}@{connection.host}:{connection.port}/{database}"
