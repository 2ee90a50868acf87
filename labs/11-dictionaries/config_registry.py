"""A configuration registry: dictionaries counted, merged, turned around, flattened and kept up to date."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any


def event_counts(events: Iterable[str]) -> dict[str, int]:
    """Count how often each event occurs, in the order in which the events first came.

    >>> event_counts(["login", "error", "login"])
    {'login': 2, 'error': 1}
    """
    raise NotImplementedError("task 1")


def average_uptimes(readings: Mapping[str, list[float]]) -> dict[str, float | None]:
    """Average the uptimes of each cluster, rounded to two digits; None where there are no readings.

    >>> average_uptimes({"eu": [99.5, 99.0], "us": []})
    {'eu': 99.25, 'us': None}
    """
    raise NotImplementedError("task 2")


def authors_after(library: Mapping[str, Mapping[str, Any]], year: int) -> list[str]:
    """List the authors who have a book from after the year, each once, in alphabetical order.

    >>> authors_after(
    ...     {"Ports": {"author": "Ada", "year": 2021}, "Pipes": {"author": "Ken", "year": 1974}}, 2000
    ... )
    ['Ada']
    """
    raise NotImplementedError("task 3")


def word_counts(text: str) -> dict[str, int]:
    """Count the words of a text, the most frequent first; words with equal counts in alphabetical order.

    >>> word_counts("Disk full. Disk slow!")
    {'disk': 2, 'full': 1, 'slow': 1}
    """
    raise NotImplementedError("task 4")


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge layers of settings; later layers win, dictionaries are merged, all else is replaced.

    Raises:
        ValueError: a dictionary in one layer is something else in another; the message names the key.

    >>> merged({"web": {"port": 80, "tls": False}}, {"web": {"tls": True}})
    {'web': {'port': 80, 'tls': True}}
    """
    raise NotImplementedError("task 5")


def inverted(mapping: Mapping[str, Hashable]) -> dict[Hashable, list[str]]:
    """Turn keys and values around; a value that several keys have gets all of them, in their order.

    >>> inverted({"web-1": "prod", "web-2": "test", "db-1": "prod"})
    {'prod': ['web-1', 'db-1'], 'test': ['web-2']}
    """
    raise NotImplementedError("task 6")


def flattened(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Turn nested dictionaries into one, whose keys are joined by dots; an empty dictionary stays a value.

    Raises:
        ValueError: a key has a dot in it, or is empty.

    >>> flattened({"web": {"port": 80, "tls": {"on": True}}})
    {'web.port': 80, 'web.tls.on': True}
    """
    raise NotImplementedError("task 7")


def unflattened(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Turn dotted keys into nested dictionaries.

    Raises:
        ValueError: a part of a key is empty, or one key needs a dictionary where another has a value;
            the message names the key.

    >>> unflattened({"web.port": 80, "web.tls.on": True})
    {'web': {'port': 80, 'tls': {'on': True}}}
    """
    raise NotImplementedError("task 7")


def service_line(name: str, service: Mapping[str, Any]) -> str:
    """Say in one line where a service runs, and its state.

    >>> service_line("web", {"host": "10.0.0.5", "port": 8080, "state": "RUNNING"})
    'web: 10.0.0.5:8080 RUNNING'
    """
    raise NotImplementedError("task 8")


def find_service(registry: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Look a service up; raise LookupError, which says what there is, when it is not there."""
    raise NotImplementedError("task 8")


def change_service(registry: Mapping[str, dict[str, Any]], name: str, setting: str, value: str) -> bool:
    """Give a service another host or port, and the state RESTARTING; tell whether that changed anything.

    Raises:
        LookupError: there is no such service.
        ValueError: there is no such setting, or the value does not fit; the service stays as it was.
    """
    raise NotImplementedError("task 8")


def main(registry: dict[str, dict[str, Any]]) -> None:
    """Talk with the user until exit, the end of input, or Ctrl-C; the registry is changed in place."""
    raise NotImplementedError("task 8")
