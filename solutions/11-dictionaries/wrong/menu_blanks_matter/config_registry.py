"""A configuration registry: dictionaries counted, merged, turned around, flattened and kept up to date."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

_SIGNS = ".,;:!?()[]\"'"


def event_counts(events: Iterable[str]) -> dict[str, int]:
    """Count how often each event occurs, in the order in which the events first came.

    >>> event_counts(["login", "error", "login"])
    {'login': 2, 'error': 1}
    """
    counts: dict[str, int] = {}
    for event in events:
        counts[event] = counts.get(event, 0) + 1
    return counts


def average_uptimes(readings: Mapping[str, list[float]]) -> dict[str, float | None]:
    """Average the uptimes of each cluster, rounded to two digits; None where there are no readings.

    >>> average_uptimes({"eu": [99.5, 99.0], "us": []})
    {'eu': 99.25, 'us': None}
    """
    return {
        cluster: round(sum(uptimes) / len(uptimes), 2) if uptimes else None
        for cluster, uptimes in readings.items()
    }


def authors_after(library: Mapping[str, Mapping[str, Any]], year: int) -> list[str]:
    """List the authors who have a book from after the year, each once, in alphabetical order.

    >>> authors_after(
    ...     {"Ports": {"author": "Ada", "year": 2021}, "Pipes": {"author": "Ken", "year": 1974}}, 2000
    ... )
    ['Ada']
    """
    return sorted(
        {
            book["author"]
            for book in library.values()
            if book.get("year") is not None and book["year"] > year and "author" in book
        }
    )


def word_counts(text: str) -> dict[str, int]:
    """Count the words of a text, the most frequent first; words with equal counts in alphabetical order.

    >>> word_counts("Disk full. Disk slow!")
    {'disk': 2, 'full': 1, 'slow': 1}
    """
    words = (word.strip(_SIGNS) for word in text.lower().split())
    counts = event_counts(word for word in words if word)
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge layers of settings; later layers win, dictionaries are merged, all else is replaced.

    Raises:
        ValueError: a dictionary in one layer is something else in another; the message names the key.

    >>> merged({"web": {"port": 80, "tls": False}}, {"web": {"tls": True}})
    {'web': {'port': 80, 'tls': True}}
    """
    result: dict[str, Any] = {}
    for layer in layers:
        _merge_into(result, layer, "")
    return result


def _merge_into(result: dict[str, Any], layer: Mapping[str, Any], above: str) -> None:
    for key, value in layer.items():
        if key in result and isinstance(result[key], dict) != isinstance(value, dict):
            raise ValueError(f"{above}{key}: a dictionary in one layer, something else in another")
        if key in result and isinstance(value, dict):
            _merge_into(result[key], value, f"{above}{key}.")
        else:
            result[key] = copy.deepcopy(value)


def inverted(mapping: Mapping[str, Hashable]) -> dict[Hashable, list[str]]:
    """Turn keys and values around; a value that several keys have gets all of them, in their order.

    >>> inverted({"web-1": "prod", "web-2": "test", "db-1": "prod"})
    {'prod': ['web-1', 'db-1'], 'test': ['web-2']}
    """
    result: dict[Hashable, list[str]] = {}
    for key, value in mapping.items():
        result.setdefault(value, []).append(key)
    return result


def flattened(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Turn nested dictionaries into one, whose keys are joined by dots; an empty dictionary stays a value.

    Raises:
        ValueError: a key has a dot in it, or is empty.

    >>> flattened({"web": {"port": 80, "tls": {"on": True}}})
    {'web.port': 80, 'web.tls.on': True}
    """
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        if not key or "." in key:
            raise ValueError(f"the key {key!r} cannot be part of a dotted key")
        if isinstance(value, dict) and value:
            flat |= {f"{key}.{below}": inner for below, inner in flattened(value).items()}
        else:
            flat[key] = value
    return flat


def unflattened(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Turn dotted keys into nested dictionaries.

    Raises:
        ValueError: a part of a key is empty, or one key needs a dictionary where another has a value;
            the message names the key.

    >>> unflattened({"web.port": 80, "web.tls.on": True})
    {'web': {'port': 80, 'tls': {'on': True}}}
    """
    nested: dict[str, Any] = {}
    for dotted, value in flat.items():
        parts = dotted.split(".")
        if "" in parts:
            raise ValueError(f"{dotted!r} has an empty part")
        inner = nested
        for depth, part in enumerate(parts[:-1], start=1):
            path = ".".join(parts[:depth])
            if path in flat:
                raise ValueError(f"{dotted} needs a dictionary where {path} has a value")
            inner = inner.setdefault(part, {})
        inner[parts[-1]] = value
    return nested


def service_line(name: str, service: Mapping[str, Any]) -> str:
    """Say in one line where a service runs, and its state.

    >>> service_line("web", {"host": "10.0.0.5", "port": 8080, "state": "RUNNING"})
    'web: 10.0.0.5:8080 RUNNING'
    """
    return f"{name}: {service['host']}:{service['port']} {service['state']}"


def find_service(registry: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Look a service up; raise LookupError, which says what there is, when it is not there."""
    if name in registry:
        return registry[name]
    known = ", ".join(sorted(registry)) or "none"
    raise LookupError(f"no service {name}; known: {known}")


def change_service(registry: Mapping[str, dict[str, Any]], name: str, setting: str, value: str) -> bool:
    """Give a service another host or port, and the state RESTARTING; tell whether that changed anything.

    Raises:
        LookupError: there is no such service.
        ValueError: there is no such setting, or the value does not fit; the service stays as it was.
    """
    service = find_service(registry, name)
    if setting not in ("host", "port"):
        raise ValueError(f"no setting {setting}; known: host, port")
    wanted = _port(value) if setting == "port" else value.strip()
    if not wanted:
        raise ValueError("host must not be empty")
    if service[setting] == wanted:
        return False
    service |= {setting: wanted, "state": "RESTARTING"}
    return True


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise ValueError(f"port must be a whole number from 1 to 65535, not {text}")
    return port


def main(registry: dict[str, dict[str, Any]]) -> None:
    """Talk with the user until exit, the end of input, or Ctrl-C; the registry is changed in place."""
    try:
        while (choice := input("choice: ").strip().lower()) != "exit":
            try:
                _round(registry, choice)
            except (LookupError, ValueError) as error:
                print(error)
    except (EOFError, KeyboardInterrupt):
        print()
    print("bye")


def _round(registry: dict[str, dict[str, Any]], choice: str) -> None:
    if choice == "list":
        for name in sorted(registry):
            print(service_line(name, registry[name]))
        if not registry:
            print("no services")
    elif choice in ("query", "update", "remove"):
        name = input("service: ")
        service = find_service(registry, name)
        if choice == "remove":
            del registry[name]
            print(f"{name} removed")
        elif choice == "update":
            changed = change_service(
                registry, name, input("host or port: ").strip().lower(), input("value: ")
            )
            print(service_line(name, service) if changed else "nothing changed")
        else:
            print(service_line(name, service))
    else:
        print(f"no choice {choice}; known: query, update, remove, list, exit")
