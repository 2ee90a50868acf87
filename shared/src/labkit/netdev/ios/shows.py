"""What ``show`` commands print, in the columns of the real tables, so that TextFSM templates read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labkit.netdev.state import RESERVED_VLANS, Interface, SwitchState, Vlan

if TYPE_CHECKING:
    from labkit.netdev.ios.session import Session

_MEDIA = "10/100/1000BaseTX"
_PORTS_PER_LINE = 4


def version(session: Session) -> str:
    switch = session.switch
    ports = sum(port.is_port for port in switch.interfaces.values())
    return f"""\
Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(7)E7, RELEASE SOFTWARE (fc2)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2022 by Cisco Systems, Inc.
Compiled Wed 16-Nov-22 05:28 by prod_rel_team

ROM: Bootstrap program is C2960X boot loader
BOOTLDR: C2960X Boot Loader (C2960X-HBOOT-M) Version 15.2(7r)E2, RELEASE SOFTWARE (fc1)

{switch.hostname} uptime is {_uptime(switch.clock.now() - switch.booted_at)}
System returned to ROM by power-on
System image file is "flash:/c2960x-universalk9-mz.152-7.E7.bin"
Last reload reason: power-on

cisco WS-C2960X-24TS-L (APM86XXX) processor (revision A0) with 524288K bytes of memory.
Processor board ID FOC1932X0K1
Last reset from power-on
1 Virtual Ethernet interface
{ports} Gigabit Ethernet interfaces
The password-recovery mechanism is enabled.

512K bytes of flash-simulated non-volatile configuration memory.
Base ethernet MAC Address       : 00:53:00:1A:2B:00
Model number                    : WS-C2960X-24TS-L
System serial number            : FOC1932X0K1

Configuration register is 0xF
"""


def _uptime(seconds: float) -> str:
    minutes = int(seconds) // 60
    parts: list[str] = []
    for name, size in (("week", 10080), ("day", 1440), ("hour", 60), ("minute", 1)):
        count, minutes = divmod(minutes, size)
        if count or (name == "minute" and not parts):
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(parts)


def clock(session: Session) -> str:
    now = datetime.fromtimestamp(session.switch.clock.now(), UTC)
    return f"{now:%H:%M:%S}.{now.microsecond // 1000:03d} UTC {now:%a %b} {now.day} {now.year}\n"


def inventory(_session: Session) -> str:
    return 'NAME: "1", DESCR: "WS-C2960X-24TS-L"\nPID: WS-C2960X-24TS-L  , VID: V04  , SN: FOC1932X0K1\n\n'


def privilege(session: Session) -> str:
    return f"Current privilege level is {1 if session.mode == 'user' else 15}\n"


# -- interfaces ------------------------------------------------------------------------------------


def _line_status(port: Interface) -> tuple[str, str]:
    """The two words of ``line protocol``: administrative and operational."""
    if not port.enabled:
        return "administratively down", "down"
    return ("up", "up") if port.connected else ("down", "down")


def ip_interface_brief(session: Session) -> str:
    rows = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for port in session.switch.interfaces.values():
        status, protocol = _line_status(port)
        address = str(port.address.ip) if port.address else "unassigned"
        method = "manual" if port.address else "unset"
        rows.append(f"{port.name:<22} {address:<15} YES {method:<6} {status:<21} {protocol:<8}")
    return "\n".join(rows) + "\n"


def interfaces_status(session: Session) -> str:
    rows = ["", "Port      Name               Status       Vlan       Duplex  Speed Type"]
    for port in session.switch.interfaces.values():
        if port.is_port:
            vlan = "trunk" if port.mode == "trunk" else str(port.vlan)
            duplex, speed = ("a-full", "a-1000") if port.up else ("auto", "auto")
            rows.append(
                f"{port.short_name:<9} {port.description[:18]:<18} {_link(port):<12} {vlan:<10} "
                f"{duplex:>6} {speed:>6} {_MEDIA}"
            )
    return "\n".join(rows) + "\n"


def _link(port: Interface) -> str:
    if not port.enabled:
        return "disabled"
    return "connected" if port.connected else "notconnect"


def interfaces_description(session: Session) -> str:
    rows = ["Interface                      Status         Protocol Description"]
    for port in session.switch.interfaces.values():
        status, protocol = _line_status(port)
        status = "admin down" if status.startswith("admin") else status
        rows.append(f"{port.short_name:<30} {status:<14} {protocol:<8} {port.description}".rstrip())
    return "\n".join(rows) + "\n"


def interfaces(session: Session, interface: str | None = None) -> str:
    ports = session.switch.interfaces
    if interface is not None and interface not in ports:
        return f"% Interface {interface} does not exist\n"
    chosen = ports.values() if interface is None else [ports[interface]]
    return "".join(_interface(port) for port in chosen)


def _interface(port: Interface) -> str:
    status, protocol = _line_status(port)
    link = {"up": " (connected)", "down": " (notconnect)"}.get(status, " (disabled)") if port.is_port else ""
    lines = [f"{port.name} is {status}, line protocol is {protocol}{link}"]
    lines.append(
        "  Hardware is Gigabit Ethernet, address is 0053.001a.2b01 (bia 0053.001a.2b01)"
        if port.is_port
        else "  Hardware is EtherSVI, address is 0053.001a.2b40 (bia 0053.001a.2b40)"
    )
    if port.description:
        lines.append(f"  Description: {port.description}")
    if port.address:
        lines.append(f"  Internet address is {port.address}")
    lines.append("  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec,")
    lines.append("     reliability 255/255, txload 1/255, rxload 1/255")
    lines.append("  Encapsulation ARPA, loopback not set")
    lines.append("     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored")
    lines.append("     0 output errors, 0 collisions, 1 interface resets")
    return "\n".join(lines) + "\n"


# -- VLANs -----------------------------------------------------------------------------------------

_VLAN_HEADER = (
    "\nVLAN Name                             Status    Ports\n"
    "---- -------------------------------- --------- -------------------------------\n"
)


def vlan_brief(session: Session) -> str:
    state = session.switch.state
    return _VLAN_HEADER + "".join(_vlan_rows(state, vlan) for vlan in state.vlans.values())


def vlan_id(session: Session, vlan: int) -> str:
    state = session.switch.state
    if vlan not in state.vlans:
        return f"VLAN id {vlan} not found in current VLAN database\n"
    return _VLAN_HEADER + _vlan_rows(state, state.vlans[vlan])


def _vlan_rows(state: SwitchState, vlan: Vlan) -> str:
    ports = [port.short_name for port in state.ports_in(vlan.number)]
    lines = [
        ", ".join(ports[start : start + _PORTS_PER_LINE]) for start in range(0, len(ports), _PORTS_PER_LINE)
    ]
    first, *others = lines or [""]
    status = "active" if vlan.active else "act/unsup"
    rows = [f"{vlan.number:<4} {vlan.name:<32} {status:<9} {first}"]
    rows += [" " * 48 + line for line in others]
    return "\n".join(rows) + "\n"


# -- configuration -----------------------------------------------------------------------------------


def running_config(state: SwitchState) -> str:
    """The configuration that makes this state, as the device writes it."""
    lines = [
        "!",
        "version 15.2",
        "service timestamps log datetime msec",
        "!",
        f"hostname {state.hostname}",
        "!",
    ]
    if state.domain:
        lines += [f"ip domain-name {state.domain}", "!"]
    for vlan in state.vlans.values():
        if vlan.number == 1 or vlan.number in RESERVED_VLANS:
            continue
        lines.append(f"vlan {vlan.number}")
        if vlan.name != f"VLAN{vlan.number:04d}":
            lines.append(f" name {vlan.name}")
        lines.append("!")
    ports = [port for port in state.interfaces.values() if port.is_port]
    addresses = [port for port in state.interfaces.values() if not port.is_port]
    for port in (*ports, *addresses):
        lines += [*interface_config(port), "!"]
    lines += ["line con 0", "line vty 0 4", " login local", " transport input ssh", "!", "end"]
    return "\n".join(lines) + "\n"


def interface_config(port: Interface) -> list[str]:
    """The lines of one interface."""
    lines = [f"interface {port.name}"]
    if port.description:
        lines.append(f" description {port.description}")
    if port.is_port:
        if port.vlan != 1:
            lines.append(f" switchport access vlan {port.vlan}")
        if port.trunk_vlans is not None:
            lines.append(f" switchport trunk allowed vlan {','.join(map(str, port.trunk_vlans))}")
        if port.mode == "trunk":
            lines.append(" switchport mode trunk")
    elif port.address:
        lines.append(f" ip address {port.address.ip} {port.address.netmask}")
    else:
        lines.append(" no ip address")
    if not port.enabled:
        lines.append(" shutdown")
    return lines


def show_running(session: Session) -> str:
    text = running_config(session.switch.state)
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}\n"


def show_running_interface(session: Session, interface: str) -> str:
    ports = session.switch.interfaces
    if interface not in ports:
        return f"% Interface {interface} does not exist\n"
    text = "\n".join(["!", *interface_config(ports[interface]), "end", ""])
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}\n"


def show_startup(session: Session) -> str:
    startup = session.switch.startup
    if startup is None:
        return "startup-config is not present\n"
    text = running_config(startup)
    return f"Using {len(text)} out of 524288 bytes\n{text}\n"
