"""Ports and VLANs of a network switch, through netmiko: task 6."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import netmiko
from host_keys import check_host_key
from remote_shell import CommandTimeout, LoginRefused, Node, Unreachable, UntrustedHost


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
    with _logged_in(switch, known_hosts, timeout) as session:
        table = session.send_command("show interfaces status", use_textfsm=True)
    return [SwitchPort(row["port"], row["name"], row["status"], row["vlan_id"]) for row in table]


def ensure_vlan(switch: Switch, vlan: int, name: str, *, known_hosts: Path, timeout: float = 10.0) -> bool:
    """See to it that the switch has a VLAN of that number and name.

    Returns:
        Whether something had to be changed.

    Raises:
        VlanNotSet: read back afterwards, the VLAN is not there or has another name.
        RemoteError: connecting or logging in went wrong, as the README's table says.
    """
    with _logged_in(switch, known_hosts, timeout) as session:
        if _vlans(session).get(vlan) == name:
            return False
        session.enable()
        said = session.send_config_set([f"vlan {vlan}", f"name {name}"])
        found = _vlans(session).get(vlan)
    if found != name:
        raise VlanNotSet(f"VLAN {vlan} is {found!r} instead of {name!r}; the switch said: {said}")
    return True


def _vlans(session: netmiko.BaseConnection) -> dict[int, str]:
    table = session.send_command("show vlan brief", use_textfsm=True)
    return {int(row["vlan_id"]): row["vlan_name"] for row in table}


@contextmanager
def _logged_in(switch: Switch, known_hosts: Path, timeout: float) -> Iterator[netmiko.BaseConnection]:
    """A session with the switch, closed whatever happens."""
    try:
        session = netmiko.ConnectHandler(
            device_type="cisco_ios",
            host=switch.host,
            port=switch.port,
            username=switch.user,
            password=switch.password,
            secret=switch.enable_secret,
            # netmiko trusts every key unless it is strict, and our file is an "alternative" one.
            ssh_strict=True,
            alt_host_keys=True,
            alt_key_file=known_hosts,
            conn_timeout=timeout,  # the banner included
            auth_timeout=timeout,
            read_timeout_override=timeout,
        )
    except netmiko.NetmikoAuthenticationException as problem:
        raise LoginRefused(f"{switch.host}: {switch.user} may not log in") from problem
    except netmiko.NetmikoTimeoutException as problem:
        # netmiko reports a refused key as a timeout, too. So ask for the reason.
        node = Node(switch.host, switch.host, switch.port, *[""] * 3)  # it plays no role who would log in
        key = check_host_key(node, known_hosts=known_hosts, timeout=timeout)
        if key != "known":
            raise UntrustedHost(f"{switch.host}: the host key is {key}") from problem
        raise Unreachable(f"{switch.host}: {problem}") from problem
    with session:
        try:
            yield session
        except netmiko.ReadTimeout as problem:
            raise CommandTimeout(f"{switch.host}: {problem}") from problem
