"""The programs of a machine: one module per family, collected in a registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.hosts.shell.process import Process

_FAMILIES = (
    "archives",
    "awk",
    "checksums",
    "copying",
    "dates",
    "disks",
    "editing",
    "finding",
    "identity",
    "listing",
    "logs",
    "names",
    "output",
    "packages",
    "processes",
    "reading",
    "running",
    "searching",
    "services",
    "sorting",
    "sudo",
    "system",
    "text",
    "tree",
)


@dataclass(frozen=True)
class Entry:
    """A registered program.

    Attributes:
        sbin: lives in /usr/sbin, which is on root's PATH only.
        package: must be installed for the program to exist.
        usage_status: exit status for a wrong option.
    """

    program: Callable[[Process], int | None]
    sbin: bool = False
    package: str = ""
    usage_status: int = 1


REGISTRY: dict[str, Entry] = {}


def program(
    *names: str, sbin: bool = False, package: str = "", usage_status: int = 1
) -> Callable[[Callable[[Process], int | None]], Callable[[Process], int | None]]:
    """Register a function as a program under one or several names."""

    def register(function: Callable[[Process], int | None]) -> Callable[[Process], int | None]:
        for name in names:
            REGISTRY[name] = Entry(function, sbin, package, usage_status)
        return function

    return register


_loaded = False


def load_all() -> None:
    """Import all families, once."""
    global _loaded
    if not _loaded:
        for family in _FAMILIES:
            import_module(f"labkit.hosts.commands.{family}")
        _loaded = True


def program_names() -> list[str]:
    """The programs that need no package, as found in /usr/bin."""
    load_all()
    return [name for name, entry in REGISTRY.items() if not entry.package and not entry.sbin]
