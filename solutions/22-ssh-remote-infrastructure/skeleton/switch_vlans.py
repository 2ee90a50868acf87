"""Ports and VLANs of a network switch, through netmiko: task 6."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Switch:
    """A switch and how to log in to it; ``enable_secret`` is the password of its privileged mode."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    enable_secret: str = field(repr=False)


@dataclass(frozen=True)
class SwitchPort:
    """One line of ``show interfaces status``; ``vlan`` is a text, since a trunk has no number there."""

    port: str
    description: str
    status: str
    vlan: str


class VlanNotSet(Exception):
    """The switch does not have the VLAN that it was told to have."""


def read_ports(switch: Switch, *, known_hosts: Path, timeout: float = 10.0) -> list[SwitchPort]:
    """The interface table of a switch, one record per port, in the order of the switch."""
    raise NotImplementedError("task 6")


def ensure_vlan(switch: Switch, vlan: int, name: str, *, known_hosts: Path, timeout: float = 10.0) -> bool:
    """See to it that the switch has a VLAN of that number and name.

    Returns:
        Whether something had to be changed.

    Raises:
        VlanNotSet: read back afterwards, the VLAN is not there or has another name.
        RemoteError: connecting or logging in went wrong, as the README's table says.
    """
    raise NotImplementedError("task 6")
