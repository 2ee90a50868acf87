"""Configuration commands: they change the state of the switch, and say something only when they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface
from typing import TYPE_CHECKING

from labkit.netdev.ios import kinds
from labkit.netdev.state import RESERVED_VLANS, Interface

if TYPE_CHECKING:
    from labkit.netdev.ios.session import Session


def hostname(session: Session, word: str) -> None:
    session.switch.state.hostname = word


def no_hostname(session: Session) -> None:
    session.switch.state.hostname = "Switch"


def domain(session: Session, word: str) -> None:
    session.switch.state.domain = word


# -- VLANs ---------------------------------------------------------------------------------------


def vlan(session: Session, vlans: list[int]) -> str | None:
    for number in vlans:
        session.switch.state.add_vlan(number)
    session.mode, session.chosen = "config-vlan", vlans
    return None


def no_vlan(session: Session, vlans: list[int]) -> str | None:
    for number in vlans:
        if number == 1 or number in RESERVED_VLANS:
            return f"%Default VLAN {number} may not be deleted.\n"
    for number in vlans:
        session.switch.state.vlans.pop(number, None)
    session.mode = "config"
    return None


def vlan_name(session: Session, word: str) -> str | None:
    state = session.switch.state
    for number in session.chosen:
        for other in state.vlans.values():
            if other.name == word and other.number != number:
                return f"%VLAN #{number} and #{other.number} have an identical name: {word}\n"
        state.add_vlan(number).name = word[:32]
    return None


def no_vlan_name(session: Session) -> None:
    for number in session.chosen:
        session.switch.state.add_vlan(number).name = "default" if number == 1 else f"VLAN{number:04d}"


# -- interfaces ----------------------------------------------------------------------------------


def interface(session: Session, interface: str) -> str | None:
    state = session.switch.state
    if interface not in state.interfaces:
        if not interface.startswith("Vlan"):
            return f"%Invalid interface type and number: {interface}\n"
        state.interfaces[interface] = Interface(interface, connected=False)
        state.interfaces = dict(sorted(state.interfaces.items(), key=_interface_order))
    session.mode, session.ports = "config-if", [interface]
    return None


def _interface_order(item: tuple[str, Interface]) -> tuple[bool, int]:
    name, port = item
    return (port.is_port, int(name.removeprefix("Vlan")) if not port.is_port else 0)


def interface_range(session: Session, names: str) -> str | None:
    found = kinds.interfaces(names)
    if not found or not all(name in session.switch.state.interfaces for name in found):
        return f"%Invalid interface range: {names}\n"
    session.mode, session.ports = "config-if-range", found
    return None


def no_interface(session: Session, interface: str) -> str | None:
    if not interface.startswith("Vlan") or interface == "Vlan1":
        return f"%Removal of physical interfaces is not permitted: {interface}\n"
    session.switch.state.interfaces.pop(interface, None)
    session.mode = "config"
    return None


def _ports(session: Session) -> Iterator[Interface]:
    for name in session.ports:
        yield session.switch.state.interfaces[name]


def description(session: Session, text: str) -> None:
    for port in _ports(session):
        port.description = text[:240]


def no_description(session: Session) -> None:
    description(session, "")


def shutdown(session: Session) -> None:
    for port in _ports(session):
        port.enabled = False


def no_shutdown(session: Session) -> None:
    for port in _ports(session):
        port.enabled = True


def mode_access(session: Session) -> None:
    for port in _ports(session):
        port.mode = "access"


def mode_trunk(session: Session) -> None:
    for port in _ports(session):
        port.mode = "trunk"


def access_vlan(session: Session, vlan: int) -> str | None:
    state = session.switch.state
    answer = None
    if vlan not in state.vlans:
        state.add_vlan(vlan)
        answer = f"% Access VLAN does not exist. Creating vlan {vlan}\n"
    for port in _ports(session):
        port.vlan = vlan
    return answer


def no_access_vlan(session: Session) -> None:
    for port in _ports(session):
        port.vlan = 1


def trunk_vlans(session: Session, vlans: list[int]) -> None:
    for port in _ports(session):
        port.trunk_vlans = tuple(vlans)


def ip_address(session: Session, address: IPv4Address, mask: IPv4Address) -> str | None:
    try:
        wanted = IPv4Interface(f"{address}/{mask}")
    except ValueError:
        return f"Bad mask {mask} for address {address}\n"
    for port in _ports(session):
        if port.is_port:
            return "% IP addresses may not be configured on L2 links.\n"
        port.address = wanted
    return None


def no_ip_address(session: Session) -> None:
    for port in _ports(session):
        port.address = None
