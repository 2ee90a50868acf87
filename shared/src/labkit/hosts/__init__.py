"""Simulated Linux hosts: the machine (shell, files, services) and the SSH fleet in front of it.

Names are imported on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Public name -> module that defines it.
_EXPORTS = {
    "BytesReader": "labkit.hosts.streams",
    "BytesSink": "labkit.hosts.streams",
    "Completed": "labkit.hosts.machine",
    "Disk": "labkit.hosts.files",
    "Fleet": "labkit.hosts.fleet",
    "Machine": "labkit.hosts.machine",
    "SimulatedHost": "labkit.hosts.simulated_host",
    "User": "labkit.hosts.accounts",
    "VirtualFilesystem": "labkit.hosts.files",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value
