"""Task 6: set a VLAN on a switch."""

from __future__ import annotations

from pathlib import Path

import pytest
import remote_shell
import switch_vlans

from labkit.checks import call, call_raises, expect
from labkit.faults import Drop, Hang
from labkit.netdev import Interface

SHORT = 1.0


class Bench:
    """A switch as the learner's functions see it."""

    def __init__(self, device, patience):
        self.device, self._patience = device, patience
        self.known_hosts = Path("known_hosts")
        self.known_hosts.write_text(device.known_hosts_line + "\n")

    def login(self, password=None):
        device = self.device
        return switch_vlans.Switch(
            device.address, device.port, device.user, password or device.password, device.secret
        )

    def call(self, function, *args):
        return self._patience(call, function, *args, known_hosts=self.known_hosts)

    def raises(self, error, function, *args, **more):
        return self._patience(call_raises, error, function, *args, known_hosts=self.known_hosts, **more)

    def takes(self, function, parameters):
        self._patience.takes(function, parameters)

    def configured(self):
        """The lines that were typed in configuration mode."""
        return [line for prompt, line in self.device.commands if "(config" in prompt]

    def names(self):
        return {number: vlan.name for number, vlan in self.device.vlans.items() if number < 1000}


@pytest.fixture
def bench(network_switch, patience, in_own_folder):
    return Bench(network_switch, patience)


def test_a_record_per_port(bench):
    """read_ports returns a SwitchPort for each port, in the order of the table."""
    ports = bench.call(switch_vlans.read_ports, bench.login()).value
    bench.takes(switch_vlans.read_ports, "switch, *, known_hosts, timeout=10.0")
    expect([port.port for port in ports], "ports").equals([f"Gi0/{number}" for number in range(1, 9)])
    expect(ports[0], "the first port").equals(switch_vlans.SwitchPort("Gi0/1", "", "connected", "1"))
    expect(ports[7], "the last port").equals(switch_vlans.SwitchPort("Gi0/8", "", "notconnect", "1"))


def test_descriptions_with_blanks(bench):
    """A description may hold blanks, and a port may be a trunk or disabled."""
    ports = bench.device.interfaces
    ports["GigabitEthernet0/1"].description = "uplink core-1"
    ports["GigabitEthernet0/1"].mode = "trunk"
    ports["GigabitEthernet0/2"].description = "web 1 and web 2"
    ports["GigabitEthernet0/2"].vlan = 30
    ports["GigabitEthernet0/3"].enabled = False
    found = bench.call(switch_vlans.read_ports, bench.login()).value
    look = "splitting at blanks moves the columns when a description is empty or has blanks in it"
    expect(found[:3], "the first three ports").equals(
        [
            switch_vlans.SwitchPort("Gi0/1", "uplink core-1", "connected", "trunk"),
            switch_vlans.SwitchPort("Gi0/2", "web 1 and web 2", "connected", "30"),
            switch_vlans.SwitchPort("Gi0/3", "", "disabled", "1"),
        ],
        look=look,
    )


def test_more_ports_than_a_page(bench):
    """A table longer than a page of the terminal is read to its end."""
    for number in range(9, 49):
        name = f"GigabitEthernet0/{number}"
        bench.device.state.interfaces[name] = Interface(name, connected=False)
    ports = bench.call(switch_vlans.read_ports, bench.login()).value
    expect([port.port for port in ports], "ports").equals([f"Gi0/{number}" for number in range(1, 49)])


def test_a_new_vlan(bench):
    """ensure_vlan makes a VLAN that is not there, and returns True."""
    bench.call(switch_vlans.ensure_vlan, bench.login(), 30, "STORAGE").returns(True)
    bench.takes(switch_vlans.ensure_vlan, "switch, vlan, name, *, known_hosts, timeout=10.0")
    expect(bench.names(), "VLANs of the switch").equals({1: "default", 30: "STORAGE"})


def test_a_vlan_that_is_there(bench):
    """ensure_vlan returns False and configures nothing when the VLAN is there."""
    bench.device.state.add_vlan(30, "STORAGE")
    bench.call(switch_vlans.ensure_vlan, bench.login(), 30, "STORAGE").returns(False)
    expect(bench.configured(), "lines typed in configuration mode").equals([])


def test_another_name(bench):
    """ensure_vlan renames a VLAN that has another name, and returns True."""
    bench.device.state.add_vlan(30, "OLD")
    bench.call(switch_vlans.ensure_vlan, bench.login(), 30, "STORAGE").returns(True)
    expect(bench.names(), "VLANs of the switch").equals({1: "default", 30: "STORAGE"})


def test_a_vlan_that_looks_alike(bench):
    """VLAN 130 called STORAGE-A is not VLAN 30 called STORAGE."""
    bench.device.state.add_vlan(130, "STORAGE-A")
    look = "compare the fields of the table: 30 is also in 130, and STORAGE in STORAGE-A"
    bench.call(switch_vlans.ensure_vlan, bench.login(), 30, "STORAGE").returns(True, look=look)
    expect(bench.names(), "VLANs of the switch").equals({1: "default", 30: "STORAGE", 130: "STORAGE-A"})


def test_a_number_the_switch_refuses(bench):
    """A number that the switch does not accept raises VlanNotSet."""
    bench.raises(switch_vlans.VlanNotSet, switch_vlans.ensure_vlan, bench.login(), 5000, "STORAGE")


def test_a_name_that_is_taken(bench):
    """A name that the switch does not accept (another VLAN has it) raises VlanNotSet."""
    bench.device.state.add_vlan(20, "STORAGE")
    bench.raises(switch_vlans.VlanNotSet, switch_vlans.ensure_vlan, bench.login(), 30, "STORAGE")


def test_an_unknown_switch(bench):
    """A switch that is not in the known_hosts file raises UntrustedHost, and gets no password."""
    bench.known_hosts.write_text("")
    bench.raises(remote_shell.UntrustedHost, switch_vlans.read_ports, bench.login())
    expect(bench.device.connection_log[-1].user, "who logged in to the unknown switch").equals(None)


def test_a_wrong_password(bench):
    """A password that the switch does not accept raises LoginRefused."""
    bench.raises(remote_shell.LoginRefused, switch_vlans.read_ports, bench.login(password="guess"))


def test_a_switch_that_is_down(bench):
    """A switch where nobody listens raises Unreachable."""
    bench.device.stop()
    bench.raises(remote_shell.Unreachable, switch_vlans.read_ports, bench.login())


def test_a_connection_that_is_cut(bench):
    """A known switch that cuts the connection before its banner raises Unreachable."""
    bench.device.faults.inject(Drop(at="connect", times=1))
    bench.raises(remote_shell.Unreachable, switch_vlans.read_ports, bench.login())


def test_a_switch_that_never_says_a_word(bench):
    """A switch that sends no banner raises Unreachable soon after timeout seconds."""
    bench.device.faults.inject(Hang(at="connect"))
    for function, more in ((switch_vlans.read_ports, ()), (switch_vlans.ensure_vlan, (30, "STORAGE"))):
        bench.raises(remote_shell.Unreachable, function, bench.login(), *more, timeout=SHORT)


def test_a_login_that_is_never_answered(bench):
    """A switch that never answers the login raises a RemoteError soon after timeout seconds."""
    bench.device.faults.inject(Hang(at="auth"))
    bench.raises(remote_shell.RemoteError, switch_vlans.read_ports, bench.login(), timeout=SHORT)


def test_a_table_that_does_not_come(bench):
    """A switch that hangs in a command raises CommandTimeout soon after timeout seconds."""
    bench.device.faults.inject(Hang(match="^show"))
    bench.raises(remote_shell.CommandTimeout, switch_vlans.read_ports, bench.login(), timeout=SHORT)


def test_the_connection_is_closed(bench):
    """After reading, and after a refused VLAN, no connection is left open."""
    bench.call(switch_vlans.read_ports, bench.login())
    problem = bench.raises(switch_vlans.VlanNotSet, switch_vlans.ensure_vlan, bench.login(), 5000, "X")
    expect(bench.device.connections, "open connections").equals(
        0, look="leave netmiko's session in a with statement, or disconnect in a finally"
    )
    del problem
