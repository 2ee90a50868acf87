"""Simulated network devices behind the same SSH server as the simulated hosts.

A device is a state (``state``), a command line with a grammar given as data (``grammar``, one package per
vendor's dialect, ``ios`` so far), a terminal (``console``) and an SSH server (``device``).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

# Public name -> module that defines it; imported on first use.
_EXPORTS = {
    "Interface": "labkit.netdev.state",
    "SimulatedSwitch": "labkit.netdev.device",
    "SwitchState": "labkit.netdev.state",
    "Vlan": "labkit.netdev.state",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_EXPORTS[name]), name)
    globals()[name] = value
    return value
