"""A pipeline for telemetry: functions that make functions, take functions, and work lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from ipaddress import ip_address, ip_network
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
Stage = Callable[[Iterable[Any]], Iterator[Any]]

_INTERNAL = ip_network("10.0.0.0/8")

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
    global sessions
    sessions += 1
    return sessions


def make_counter(start: int = 0) -> Callable[[], int]:
    """Make a function that counts up from a number, by one at each call.

    >>> count = make_counter()
    >>> count(), count()
    (1, 2)
    """
    counted = start

    def count() -> int:
        nonlocal counted
        counted += 1
        return counted

    return count


def is_internal(text: str) -> bool:
    """Tell whether a text is an address in 10.0.0.0/8.

    >>> is_internal("10.0.0.7"), is_internal("110.0.0.7")
    (True, False)
    """
    try:
        return ip_address(text) in _INTERNAL
    except ValueError:
        return False


def internal_addresses(addresses: Iterable[str]) -> list[str]:
    """List the internal addresses, in their order.

    >>> internal_addresses(["10.0.0.7", "192.0.2.1"])
    ['10.0.0.7']
    """
    return [address for address in addresses if is_internal(address)]


def marked(addresses: Iterable[str]) -> list[str]:
    """List all addresses; the internal ones are marked.

    >>> marked(["10.0.0.7", "192.0.2.1"])
    ['10.0.0.7 INTERNAL', '192.0.2.1']
    """
    return [f"{address} INTERNAL" if is_internal(address) else address for address in addresses]


def ranked(servers: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sort servers: the highest load first, equal loads by region, then by name."""
    return sorted_by(servers, "-load", "region", "name")


def sorted_by(servers: Iterable[Mapping[str, Any]], *fields: str) -> list[Mapping[str, Any]]:
    """Sort servers by fields; the first one counts most, and a minus in front turns its order around."""
    result = list(servers)
    for field in reversed(fields):
        result.sort(key=itemgetter(field.removeprefix("-")), reverse=field.startswith("-"))
    return result


def make_alerts(limits: Iterable[float]) -> list[Callable[[float], bool]]:
    """Make one function for each limit, that tells whether a value is above it.

    >>> [alert(80) for alert in make_alerts([70, 80, 90])]
    [True, False, False]
    """

    def above(limit: float) -> Callable[[float], bool]:
        return lambda value: value > limit

    return [above(limit) for limit in limits]


def directory_size(tree: Mapping[str, Any], max_depth: int = 100) -> int:
    """Add up the sizes of all files in a tree of directories.

    Raises:
        ValueError: directories are nested deeper than max_depth; the tree itself is the first level.

    >>> directory_size({"a.log": 10, "old": {"b.log": 5}})
    15
    """

    def size(directory: Mapping[str, Any], level: int) -> int:
        if level > max_depth:
            raise ValueError(f"directories are nested deeper than {max_depth} levels")
        return sum(
            size(entry, level + 1) if isinstance(entry, Mapping) else entry for entry in directory.values()
        )

    return size(tree, 1)


def compose(*functions: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make one function of several: the last one is called first, as in f(g(x)).

    >>> compose(str, abs)(-7)
    '7'
    """

    def composed(value: Any) -> Any:
        for function in reversed(functions):
            value = function(value)
        return value

    return composed


def parse_line(line: str) -> Request:
    """Make a request of a line; raise ValueError for what is none.

    >>> parse_line("2026-03-01T10:00:00Z 10.0.0.5 GET /login 200 0.031").status
    200
    """
    time, client, method, path, status, seconds = line.split()
    ip_address(client)
    code, took = int(status), float(seconds)
    if not 100 <= code <= 599:
        raise ValueError(f"status {status} is not between 100 and 599")
    if not (isfinite(took) and took >= 0):
        raise ValueError(f"seconds must be finite and not negative: {seconds}")
    return Request(time, client, method, path, code, took)


def parsed(lines: Iterable[str], on_bad: Callable[[str], object]) -> Iterator[Request]:
    """Give the requests of the lines, one by one; call on_bad with each line that is none."""
    for line in lines:
        if not line.strip():
            continue
        try:
            request = parse_line(line)
        except ValueError:
            on_bad(line)
        else:
            yield request


def keep(wanted: Callable[[Any], object]) -> Stage:
    """Make a stage that hands on the items for which the function gives something true."""
    return lambda items: filter(wanted, items)


def change(function: Callable[[Any], Any]) -> Stage:
    """Make a stage that hands on what the function makes of each item."""
    return lambda items: map(function, items)


def pipeline(source: Iterable[Any], *stages: Stage) -> Iterator[Any]:
    """Send a source through stages, the first one first; nothing is read before it is asked for."""
    return reduce(lambda items, stage: stage(items), stages, iter(source))


def summary_by(requests: Iterable[Request], key: Callable[[Request], T]) -> dict[T, tuple[int, float]]:
    """Group requests by a key; give their number and their average seconds, rounded to three digits."""
    times: dict[T, list[float]] = {}
    for request in requests:
        times.setdefault(key(request), []).append(request.seconds)
    return {group: (len(took), round(sum(took) / len(took), 3)) for group, took in times.items()}


def internal_report(
    lines: Iterable[str], *, slower_than: float = 0.5
) -> tuple[dict[str, tuple[int, float]], int]:
    """Summarise slow requests of internal clients by method and path, and count the bad lines."""
    bad: list[str] = []
    slow = pipeline(
        parsed(lines, bad.append),
        keep(lambda request: is_internal(request.client)),
        keep(lambda request: request.seconds > slower_than),
    )
    summary = summary_by(slow, lambda request: f"{request.method} {request.path}")
    return summary, len(bad)
