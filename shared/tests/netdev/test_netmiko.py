"""netmiko's own driver against the switch."""

from __future__ import annotations

from typing import Any

import pytest
from netmiko.exceptions import NetmikoAuthenticationException, ReadTimeout

from labkit.faults import Drop, Hang


def test_tables_become_records(netmiko: Any) -> None:
    """The show tables are read by the TextFSM templates that netmiko brings along."""
    connection = netmiko()
    brief = connection.send_command("show ip interface brief", use_textfsm=True)
    assert brief[0] == {"interface": "Vlan1", "ip_address": "192.0.2.10", "status": "up", "proto": "up"}
    assert [row["interface"] for row in brief[1:]] == [f"GigabitEthernet0/{n}" for n in range(1, 9)]
    status = connection.send_command("show interfaces status", use_textfsm=True)
    assert [row["status"] for row in status] == ["connected"] * 2 + ["notconnect"] * 6
    (version,) = connection.send_command("show version", use_textfsm=True)
    assert (version["hostname"], version["version"], version["uptime_weeks"]) == ("SW1", "15.2(7)E7", "3")
    vlans = connection.send_command("show vlan brief", use_textfsm=True)
    assert vlans[0]["interfaces"] == [f"Gi0/{n}" for n in range(1, 9)]
    assert [row["vlan_id"] for row in vlans] == ["1", "1002", "1003", "1004", "1005"]
    description = connection.send_command("show interfaces description", use_textfsm=True)
    assert description[1]["port"] == "Gi0/1"


def test_a_vlan_is_pushed_saved_and_verified(netmiko: Any, switch: Any) -> None:
    """enable, configuration and save work as netmiko does them, and leave their trace in the state."""
    connection = netmiko()
    connection.enable()
    assert connection.check_enable_mode()
    output = connection.send_config_set(
        ["vlan 20", "name users", "interface GigabitEthernet0/3", "switchport access vlan 20"]
    )
    assert "SW1(config-vlan)#name users" in output
    assert not connection.check_config_mode()
    assert "[OK]" in connection.save_config()
    rows = {row["vlan_id"]: row for row in connection.send_command("show vlan brief", use_textfsm=True)}
    assert (rows["20"]["vlan_name"], rows["20"]["interfaces"]) == ("users", ["Gi0/3"])
    assert switch.vlans[20].name == "users"
    assert switch.startup is not None
    assert "name users" in switch.lines


def test_errors_are_seen_by_error_pattern(netmiko: Any) -> None:
    """send_config_set with an error pattern raises on the device's words."""
    from netmiko.exceptions import ConfigInvalidException

    connection = netmiko()
    connection.enable()
    with pytest.raises(ConfigInvalidException):
        connection.send_config_set(["vlan 9999"], error_pattern=r"% Invalid")


def test_wrong_password(netmiko: Any, switch: Any) -> None:
    """A wrong password is NetmikoAuthenticationException."""
    with pytest.raises(NetmikoAuthenticationException):
        netmiko(password="wrong")
    switch.wait_until_closed(10)


def test_wrong_secret(netmiko: Any) -> None:
    """A wrong enable secret is a ValueError of netmiko."""
    with pytest.raises(ValueError, match="enable"):
        netmiko(secret="wrong").enable()


def test_a_privileged_login_needs_no_enable() -> None:
    """A login with privilege 15 starts at the hash prompt."""
    from netmiko import ConnectHandler

    from labkit.netdev import SimulatedSwitch

    with (
        SimulatedSwitch(privilege=15, secret=None) as switch,
        ConnectHandler(**switch.netmiko_arguments()) as client,
    ):
        assert client.find_prompt() == "SW1#"


def test_a_device_that_stops_answering(netmiko: Any, switch: Any) -> None:
    """Hang at a line: ReadTimeout."""
    connection = netmiko()
    switch.faults.inject(Hang(match="^show version"))
    with pytest.raises(ReadTimeout):
        connection.send_command("show version", read_timeout=0.5)


def test_a_device_that_goes_away(netmiko: Any, switch: Any) -> None:
    """Drop at a line: the connection ends in the middle of the session."""
    connection = netmiko()
    switch.faults.inject(Drop(match="^show version"))
    with pytest.raises((OSError, EOFError, ReadTimeout)):
        connection.send_command("show version", read_timeout=0.5)
    switch.wait_until_closed(10)


def test_connections_are_counted(netmiko: Any, switch: Any) -> None:
    """The switch knows its sessions."""
    netmiko()
    assert (switch.connections, switch.connection_log[0].user) == (1, "admin")


def test_one_command_without_a_shell(switch: Any) -> None:
    """``ssh switch 'show clock'`` runs one command and ends."""
    import paramiko

    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            switch.address,
            switch.port,
            username="admin",
            password=switch.password,
            look_for_keys=False,
            allow_agent=False,
        )
        _, out, _ = client.exec_command("show clock")
        assert out.read().decode().strip() == "10:00:00.000 UTC Mon Mar 2 2026"
        assert out.channel.recv_exit_status() == 0
