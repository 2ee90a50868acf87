"""What a switch knows: interfaces and VLANs, the same for every vendor's command line."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from ipaddress import IPv4Interface

#: VLANs that every switch has and nobody can delete (IEEE 802.1Q default, and the token ring leftovers).
RESERVED_VLANS = {
    1002: "fddi-default",
    1003: "token-ring-default",
    1004: "fddinet-default",
    1005: "trnet-default",
}
LAST_VLAN = 4094


@dataclass
class Vlan:
    """A VLAN. ``name`` is what the device shows."""

    number: int
    name: str
    active: bool = True


@dataclass
class Interface:
    """A port, or the address of the switch in a VLAN.

    Attributes:
        name: in full, such as ``GigabitEthernet0/1``.
        enabled: not shut down by its administrator.
        connected: whether a cable with a live partner is in the port.
        mode: ``access`` or ``trunk``.
        vlan: access VLAN.
        trunk_vlans: VLANs allowed on a trunk; None for all.
    """

    name: str
    description: str = ""
    enabled: bool = True
    connected: bool = True
    mode: str = "access"
    vlan: int = 1
    trunk_vlans: tuple[int, ...] | None = None
    address: IPv4Interface | None = None

    @property
    def short_name(self) -> str:
        """Two letters and the number: ``Gi0/1``."""
        digit = next(place for place, char in enumerate(self.name) if char.isdigit())
        return self.name[:2] + self.name[digit:]

    @property
    def is_port(self) -> bool:
        """Whether it is a physical port."""
        return not self.name.startswith("Vlan")

    @property
    def up(self) -> bool:
        return self.enabled and self.connected


@dataclass
class SwitchState:
    """Everything a configuration command can change.

    ``vlans`` and ``interfaces`` are dictionaries in the order the device shows them; tests may change them
    at any time.
    """

    hostname: str = "SW1"
    interfaces: dict[str, Interface] = field(default_factory=dict)
    vlans: dict[int, Vlan] = field(default_factory=dict)
    domain: str = ""

    def snapshot(self) -> SwitchState:
        """An independent copy."""
        return copy.deepcopy(self)

    def add_vlan(self, number: int, name: str = "") -> Vlan:
        """Make a VLAN, or return the one that exists."""
        if number not in self.vlans:
            self.vlans[number] = Vlan(number, name or f"VLAN{number:04d}")
            self.vlans = dict(sorted(self.vlans.items()))
        return self.vlans[number]

    def ports_in(self, number: int) -> list[Interface]:
        """The access ports of a VLAN, in order."""
        return [
            port
            for port in self.interfaces.values()
            if port.is_port and port.mode == "access" and port.vlan == number
        ]


def small_switch(hostname: str = "SW1", ports: int = 8) -> SwitchState:
    """A switch as it comes out of its box: all ports in VLAN 1, an address for management in it.

    Ports 1 and 2 have a live partner; the others are free.
    """
    state = SwitchState(hostname)
    state.interfaces["Vlan1"] = Interface("Vlan1", address=IPv4Interface("192.0.2.10/24"))
    for number in range(1, ports + 1):
        name = f"GigabitEthernet0/{number}"
        state.interfaces[name] = Interface(name, connected=number <= 2)
    state.vlans[1] = Vlan(1, "default")
    for number, name in RESERVED_VLANS.items():
        state.vlans[number] = Vlan(number, name, active=False)
    return state
