"""A pipeline for telemetry: functions that make functions, take functions, and work lazily."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
Stage = Callable[[Iterable[Any]], Iterator[Any]]

#: How many sessions count_session has counted.
sessions = 0

_INTERNAL = ip_network("10.0.0.0/8")


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
    number = start

    def count() -> int:
        nonlocal number
        number += 1
        return number

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
    return list(filter(is_internal, addresses))


def marked(addresses: Iterable[str]) -> list[str]:
    """List all addresses; the internal ones are marked.

    >>> marked(["10.0.0.7", "192.0.2.1"])
    ['10.0.0.7 INTERNAL', '192.0.2.1']
    """
    return list(map(lambda text: f"{text} INTERNAL" if is_internal(text) else text, addresses))


def ranked(servers: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sort servers: the highest load first, equal loads by region, then by name."""
    return sorted(servers, key=lambda server: (-server["load"], server["region"], server["name"]))


def sorted_by(servers: Iterable[Mapping[str, Any]], *fields: str) -> list[Mapping[str, Any]]:
    """Sort servers by fields; the first one counts most, and a minus in front turns its order around."""
    result = list(servers)
    for field in reversed(fields):
        name = field.removeprefix("-")
        result.sort(key=lambda server: server[name], reverse=field != name)  # noqa: B023  # called at once
    return result


def make_alerts(limits: Iterable[float]) -> list[Callable[[float], bool]]:
    """Make one function for each limit, that tells whether a value is above it.

    >>> [alert(80) for alert in make_alerts([70, 80, 90])]
    [True, False, False]
    """
    return [functools.partial(_is_below, limit) for limit in limits]


def _is_below(limit: float, value: float) -> bool:
    return limit < value


def directory_size(tree: Mapping[str, Any], max_depth: int = 100) -> int:
    """Add up the sizes of all files in a tree of directories.

    Raises:
        ValueError: directories are nested deeper than max_depth; the tree itself is the first level.

    >>> directory_size({"a.log": 10, "old": {"b.log": 5}})
    15
    """
    return _size(tree, max_depth, max_depth)


def _size(tree: Mapping[str, Any], levels_left: int, max_depth: int) -> int:
    if levels_left < 1:
        raise ValueError(f"directories are nested deeper than {max_depth} levels")
    return sum(
        _size(entry, levels_left - 1, max_depth) if isinstance(entry, Mapping) else 1
        for entry in tree.values()
    )


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
    request = Request(time, client, method, path, int(status), float(seconds))
    if not 100 <= request.status <= 599:
        raise ValueError(f"{status} is no HTTP status")
    if not 0 <= request.seconds < float("inf"):
        raise ValueError(f"{seconds} is no duration")
    return request


def parsed(lines: Iterable[str], on_bad: Callable[[str], object]) -> Iterator[Request]:
    """Give the requests of the lines, one by one; call on_bad with each line that is none."""
    for line in lines:
        if line.strip():
            try:
                request = parse_line(line)
            except ValueError:
                on_bad(line)
            else:
                yield request


def keep(wanted: Callable[[Any], object]) -> Stage:
    """Make a stage that hands on the items for which the function gives something true."""
    return functools.partial(filter, wanted)


def change(function: Callable[[Any], Any]) -> Stage:
    """Make a stage that hands on what the function makes of each item."""
    return functools.partial(map, function)


def pipeline(source: Iterable[Any], *stages: Stage) -> Iterator[Any]:
    """Send a source through stages, the first one first; nothing is read before it is asked for."""
    return functools.reduce(lambda items, stage: stage(items), stages, iter(source))


def summary_by(requests: Iterable[Request], key: Callable[[Request], T]) -> dict[T, tuple[int, float]]:
    """Group requests by a key; give their number and their average seconds, rounded to three digits."""
    groups: dict[T, list[float]] = {}
    for request in requests:
        groups.setdefault(key(request), []).append(request.seconds)
    return {name: (len(times), round(sum(times) / len(times), 3)) for name, times in groups.items()}


def internal_report(
    lines: Iterable[str], *, slower_than: float = 0.5
) -> tuple[dict[str, tuple[int, float]], int]:
    """Summarise slow requests of internal clients by method and path, and count the bad lines."""
    bad = 0

    def note(_line: str) -> None:
        nonlocal bad
        bad += 1

    requests = pipeline(
        parsed(lines, note),
        keep(lambda request: is_internal(request.client)),
        keep(lambda request: request.seconds > slower_than),
    )
    summary = summary_by(requests, lambda request: f"{request.method} {request.path}")
    return summary, bad
