"""A configuration registry: dictionaries counted, merged, turned around, flattened and kept up to date."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from copy import deepcopy
from typing import Any


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
            if book.get("author") and book.get("year") is not None and book["year"] > year
        }
    )


def word_counts(text: str) -> dict[str, int]:
    """Count the words of a text, the most frequent first; words with equal counts in alphabetical order.

    >>> word_counts("Disk full. Disk slow!")
    {'disk': 2, 'full': 1, 'slow': 1}
    """
    words = (word.strip(".,;:!?()[]\"'") for word in text.lower().split())
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


def inverted(mapping: Mapping[str, Hashable]) -> dict[Hashable, list[str]]:
    """Turn keys and values around; a value that several keys have gets all of them, in their order.

    >>> inverted({"web-1": "prod", "web-2": "test", "db-1": "prod"})
    {'prod': ['web-1', 'db-1'], 'test': ['web-2']}
    """
    keys: dict[Hashable, list[str]] = {}
    for key, value in mapping.items():
        keys.setdefault(value, []).append(key)
    return keys


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
            raise ValueError(f"{key!r} cannot be a key: it is empty or has a dot in it")
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
        if not all(parts):
            raise ValueError(f"{dotted!r}: a part of the key is empty")
        if any(".".join(parts[:end]) in flat for end in range(1, len(parts))):
            raise ValueError(f"{dotted!r} needs a dictionary where another key has a value")
        place = nested
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return nested


def service_line(name: str, service: Mapping[str, Any]) -> str:
    """Say in one line where a service runs, and its state.

    >>> service_line("web", {"host": "10.0.0.5", "port": 8080, "state": "RUNNING"})
    'web: 10.0.0.5:8080 RUNNING'
    """
    return f"{name}: {service['host']}:{service['port']} {service['state']}"


def find_service(registry: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Look a service up; raise LookupError, which says what there is, when it is not there."""
    if name not in registry:
        raise LookupError(f"no service {name}; known: {', '.join(sorted(registry)) or 'none'}")
    return registry[name]


def change_service(registry: Mapping[str, dict[str, Any]], name: str, setting: str, value: str) -> bool:
    """Give a service another host or port, and the state RESTARTING; tell whether that changed anything.

    Raises:
        LookupError: there is no such service.
        ValueError: there is no such setting, or the value does not fit; the service stays as it was.
    """
    service = find_service(registry, name)
    text = value.strip()
    new: str | int = text
    if setting == "port":
        new = _port(value)
    elif setting != "host":
        raise ValueError(f"no setting {setting}; there are host, port")
    elif not text:
        raise ValueError("the host is empty")
    if service[setting] == new:
        return False
    service[setting] = new
    service["state"] = "RESTARTING"
    return True


def main(registry: dict[str, dict[str, Any]]) -> None:
    """Talk with the user until exit, the end of input, or Ctrl-C; the registry is changed in place."""
    try:
        while (choice := input("choice: ").strip().lower()) != "exit":
            try:
                _carry_out(registry, choice)
            except (LookupError, ValueError) as problem:
                print(problem)
        print("bye")
    except (EOFError, KeyboardInterrupt):
        print("\nbye")


def _carry_out(registry: dict[str, dict[str, Any]], choice: str) -> None:
    if choice == "list":
        for name in sorted(registry):
            print(service_line(name, registry[name]))
        if not registry:
            print("no services")
        return
    if choice not in ("query", "update", "remove"):
        raise ValueError(f"no choice {choice}; known: query, update, remove, list, exit")
    name = input("service: ").strip()
    service = find_service(registry, name)
    if choice == "remove":
        del registry[name]
        print(f"{name} removed")
    elif choice == "query":
        print(service_line(name, service))
    else:
        setting = input("host or port: ").strip().lower()
        changed = change_service(registry, name, setting, input("value: "))
        print(service_line(name, service) if changed else "nothing changed")


def _port(value: str) -> int:
    text = value.strip()
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 65535:
        raise ValueError(f"port: {value!r} is no whole number from 1 to 65535")
    return int(text)


def _merge_into(target: dict[str, Any], layer: Mapping[str, Any], above: str) -> None:
    for key, value in layer.items():
        path = f"{above}{key}"
        if key in target and isinstance(value, dict) != isinstance(target[key], dict):
            raise ValueError(f"{path}: a dictionary in one layer, something else in another")
        if isinstance(value, dict):
            _merge_into(target.setdefault(key, {}), value, f"{path}.")
        else:
            target[key] = deepcopy(value)
