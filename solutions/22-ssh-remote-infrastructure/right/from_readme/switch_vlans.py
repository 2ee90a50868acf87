"""Ports and VLANs of a network switch, through netmiko: task 6."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import netmiko
import paramiko
from host_keys import check_host_key
from remote_shell import (
    CommandTimeout,
    ConnectionLost,
    LoginRefused,
    Node,
    Unreachable,
    UntrustedHost,
    watchdog,
)


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


def _log_in(switch: Switch, sock: socket.socket, known_hosts: Path, timeout: float):
    deadline = time.monotonic() + timeout
    where = f"{switch.host}:{switch.port}"

    def hang_up() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    try:
        with watchdog(timeout, hang_up):
            return netmiko.ConnectHandler(
                device_type="cisco_ios",
                host=switch.host,
                port=switch.port,
                username=switch.user,
                password=switch.password,
                secret=switch.enable_secret,
                sock=sock,
                ssh_strict=True,
                alt_host_keys=True,
                alt_key_file=str(known_hosts),
                use_keys=False,
                allow_agent=False,
                conn_timeout=timeout,
                auth_timeout=timeout,
                banner_timeout=timeout,
                blocking_timeout=timeout,
                read_timeout_override=timeout,
            )
    except netmiko.NetmikoAuthenticationException as error:
        if "transport shut down" in str(error) or time.monotonic() >= deadline:
            raise Unreachable(f"{where}: no answer to the login") from error
        raise LoginRefused(f"{where}: {switch.user} is not accepted") from error
    except (netmiko.NetmikoBaseException, paramiko.SSHException, OSError, EOFError) as error:
        if time.monotonic() < deadline:  # netmiko has one word for all; was it the key?
            node = Node(where, switch.host, switch.port, switch.user, "password", switch.password)
            verdict = check_host_key(node, known_hosts=known_hosts, timeout=timeout)
            if verdict != "known":
                raise UntrustedHost(f"{where}: the host key is {verdict}") from error
        raise Unreachable(f"{where}: no switch answers") from error


@contextmanager
def _session(switch: Switch, known_hosts: Path, timeout: float) -> Iterator[netmiko.BaseConnection]:
    try:
        sock = socket.create_connection((switch.host, switch.port), timeout=timeout)
    except (OSError, OverflowError, UnicodeError) as error:
        raise Unreachable(f"{switch.host}:{switch.port}: {error}") from error
    with closing(sock):
        terminal = _log_in(switch, sock, known_hosts, timeout)
        try:
            yield terminal
        except netmiko.ReadTimeout as error:
            raise CommandTimeout(f"{switch.host}:{switch.port}: no prompt after {timeout} s") from error
        except (netmiko.NetmikoBaseException, paramiko.SSHException, OSError, EOFError) as error:
            raise ConnectionLost(f"{switch.host}:{switch.port}: {error}") from error
        finally:
            with suppress(Exception):
                terminal.disconnect()


def _columns(text: str, *headings: str) -> list[list[str]]:
    """Cut a table at the positions of its headings; one more column is cut off at the end."""
    rows: list[list[str]] = []
    edges: list[int] = []
    for line in text.splitlines():
        if not edges:
            if line.startswith(headings[0]) and all(heading in line for heading in headings):
                edges = [line.index(heading) for heading in headings]
        elif line.strip() and not line.startswith("-"):
            rows.append([line[a:b].strip() for a, b in zip(edges, edges[1:])])
    return rows


def _vlans(terminal: netmiko.BaseConnection) -> dict[str, str]:
    rows = _columns(terminal.send_command("show vlan brief"), "VLAN", "Name", "Status")
    return {number: name for number, name in rows if number.isdecimal()}


def read_ports(switch: Switch, *, known_hosts: Path, timeout: float = 10.0) -> list[SwitchPort]:
    """The interface table of a switch, one record per port, in the order of the switch."""
    with _session(switch, known_hosts, timeout) as terminal:
        text = terminal.send_command("show interfaces status")
    return [SwitchPort(*row) for row in _columns(text, "Port", "Name", "Status", "Vlan", "Duplex")]


def ensure_vlan(switch: Switch, vlan: int, name: str, *, known_hosts: Path, timeout: float = 10.0) -> bool:
    """See to it that the switch has a VLAN of that number and name.

    Returns:
        Whether something had to be changed.

    Raises:
        VlanNotSet: read back afterwards, the VLAN is not there or has another name.
    """
    if not name.isprintable():
        raise VlanNotSet(f"{name!r} is no name for a VLAN")  # a line end would begin another command
    with _session(switch, known_hosts, timeout) as terminal:
        if _vlans(terminal).get(str(vlan)) == name:
            return False
        try:
            terminal.enable()
        except ValueError as error:
            raise LoginRefused(f"{switch.host}:{switch.port}: enable refused") from error
        answer = terminal.send_config_set([f"vlan {vlan}", f"name {name}"])
        if _vlans(terminal).get(str(vlan)) != name:
            raise VlanNotSet(f"VLAN {vlan} {name} is not there; the switch said: {answer}")
    return True
