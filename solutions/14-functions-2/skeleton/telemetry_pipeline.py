"""A pipeline for telemetry: functions that make functions, take functions, and work lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
Stage = Callable[[Iterable[Any]], Iterator[Any]]

#: How many sessions count_session has counted.
sessions = 0


class Request(NamedTuple):
    """One line of the log of a load balancer."""

    time: str
    client: str
    method: str
    path: str
    status: int
    seconds: float


def count_session() -> int:
    """Count one more session in the module's own number, and give the number.

    >>> count_session(), count_session()
    (1, 2)
    """
    raise NotImplementedError("task 1")


def make_counter(start: int = 0) -> Callable[[], int]:
    """Make a function that counts up from a number, by one at each call.

    >>> count = make_counter()
    >>> count(), count()
    (1, 2)
    """
    raise NotImplementedError("task 1")


def is_internal(text: str) -> bool:
    """Tell whether a text is an address in 10.0.0.0/8.

    >>> is_internal("10.0.0.7"), is_internal("110.0.0.7")
    (True, False)
    """
    raise NotImplementedError("task 2")


def internal_addresses(addresses: Iterable[str]) -> list[str]:
    """List the internal addresses, in their order.

    >>> internal_addresses(["10.0.0.7", "192.0.2.1"])
    ['10.0.0.7']
    """
    raise NotImplementedError("task 2")


def marked(addresses: Iterable[str]) -> list[str]:
    """List all addresses; the internal ones are marked.

    >>> marked(["10.0.0.7", "192.0.2.1"])
    ['10.0.0.7 INTERNAL', '192.0.2.1']
    """
    raise NotImplementedError("task 2")


def ranked(servers: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sort servers: the highest load first, equal loads by region, then by name."""
    raise NotImplementedError("task 3")


def sorted_by(servers: Iterable[Mapping[str, Any]], *fields: str) -> list[Mapping[str, Any]]:
    """Sort servers by fields; the first one counts most, and a minus in front turns its order around."""
    raise NotImplementedError("task 3")


def make_alerts(limits: Iterable[float]) -> list[Callable[[float], bool]]:
    """Make one function for each limit, that tells whether a value is above it.

    >>> [alert(80) for alert in make_alerts([70, 80, 90])]
    [True, False, False]
    """
    raise NotImplementedError("task 4")


def directory_size(tree: Mapping[str, Any], max_depth: int = 100) -> int:
    """Add up the sizes of all files in a tree of directories.

    Raises:
        ValueError: directories are nested deeper than max_depth; the tree itself is the first level.

    >>> directory_size({"a.log": 10, "old": {"b.log": 5}})
    15
    """
    raise NotImplementedError("task 5")


def compose(*functions: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make one function of several: the last one is called first, as in f(g(x)).

    >>> compose(str, abs)(-7)
    '7'
    """
    raise NotImplementedError("task 6")


def parse_line(line: str) -> Request:
    """Make a request of a line; raise ValueError for what is none.

    >>> parse_line("2026-03-01T10:00:00Z 10.0.0.5 GET /login 200 0.031").status
    200
    """
    raise NotImplementedError("task 7")


def parsed(lines: Iterable[str], on_bad: Callable[[str], object]) -> Iterator[Request]:
    """Give the requests of the lines, one by one; call on_bad with each line that is none."""
    raise NotImplementedError("task 7")


def keep(wanted: Callable[[Any], object]) -> Stage:
    """Make a stage that hands on the items for which the function gives something true."""
    raise NotImplementedError("task 7")


def change(function: Callable[[Any], Any]) -> Stage:
    """Make a stage that hands on what the function makes of each item."""
    raise NotImplementedError("task 7")


def pipeline(source: Iterable[Any], *stages: Stage) -> Iterator[Any]:
    """Send a source through stages, the first one first; nothing is read before it is asked for."""
    raise NotImplementedError("task 7")


def summary_by(requests: Iterable[Request], key: Callable[[Request], T]) -> dict[T, tuple[int, float]]:
    """Group requests by a key; give their number and their average seconds, rounded to three digits."""
    raise NotImplementedError("task 7")


def internal_report(
    lines: Iterable[str], *, slower_than: float = 0.5
) -> tuple[dict[str, tuple[int, float]], int]:
    """Summarise slow requests of internal clients by method and path, and count the bad lines."""
    raise NotImplementedError("task 7")
