"""The tables are cut at the columns of their headings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException, ReadTimeout
from remote_shell import CommandTimeout, LoginRefused, Unreachable, UntrustedHost


@dataclass(frozen=True)
class Switch:
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    enable_secret: str = field(repr=False)


@dataclass(frozen=True)
class SwitchPort:
    port: str
    description: str
    status: str
    vlan: str


class VlanNotSet(Exception):
    pass


def _ask(switch, known_hosts, timeout, talk):
    session = None
    try:
        session = ConnectHandler(
            device_type="cisco_ios",
            host=switch.host,
            port=switch.port,
            username=switch.user,
            password=switch.password,
            secret=switch.enable_secret,
            conn_timeout=timeout,
            banner_timeout=timeout,
            auth_timeout=timeout,
            read_timeout_override=timeout,
            ssh_strict=True,
            alt_host_keys=True,
            alt_key_file=str(known_hosts),
            system_host_keys=False,
        )
        return talk(session)
    except NetmikoAuthenticationException as error:
        raise LoginRefused(switch.host) from error
    except ReadTimeout as error:
        raise CommandTimeout(switch.host) from error
    except NetmikoTimeoutException as error:
        if "known_hosts" in str(error) or isinstance(error.__context__, paramiko.BadHostKeyException):
            raise UntrustedHost(switch.host) from error
        raise Unreachable(switch.host) from error
    finally:
        if session is not None:
            session.disconnect()


def read_ports(switch: Switch, *, known_hosts: Path, timeout: float = 10.0) -> list[SwitchPort]:
    text = _ask(switch, known_hosts, timeout, lambda session: session.send_command("show interfaces status"))
    heading, *rows = [line for line in text.splitlines() if line.strip()]
    name, status, vlan, duplex = (heading.index(word) for word in ("Name", "Status", "Vlan", "Duplex"))
    return [
        SwitchPort(
            row[:name].strip(),
            row[name:status].strip(),
            row[status:vlan].strip(),
            row[vlan:duplex].split()[0],
        )
        for row in rows
    ]


def _names(session):
    names = {}
    for line in session.send_command("show vlan brief").splitlines():
        words = line.split()
        if words and words[0].isdigit():
            names[words[0]] = words[1]
    return names


def ensure_vlan(switch: Switch, vlan: int, name: str, *, known_hosts: Path, timeout: float = 10.0) -> bool:
    def talk(session):
        if _names(session).get(str(vlan)) == name:
            return False
        session.enable()
        session.config_mode()
        for line in (f"vlan {vlan}", f"name {name}"):
            session.send_command(line, expect_string="#")
        session.exit_config_mode()
        if _names(session).get(str(vlan)) != name:
            raise VlanNotSet(f"{vlan} {name}")
        return True

    return _ask(switch, known_hosts, timeout, talk)
