"""The command line of the switch, typed at without a network."""

from __future__ import annotations

from typing import Any

import pytest

MARK = "% Invalid input detected at '^' marker."


def test_prompts_follow_the_mode(typed: Any) -> None:
    """Each mode has its prompt, and exit, end and Ctrl-Z lead out of it."""
    shown = typed("conf t", "interface gi0/1", "exit", "vlan 20", "end", "disable", "enable", "switch-enable")
    prompts = [line for line in shown.splitlines() if line.startswith("SW1")]
    assert [line.partition("conf t")[0].split("#")[0].split(">")[0] for line in prompts] == [
        "SW1", "SW1(config)", "SW1(config-if)", "SW1(config)", "SW1(config-vlan)", "SW1", "SW1", "SW1",
    ]  # fmt: skip
    assert "SW1>enable\nPassword: \nSW1#" in shown
    assert "Enter configuration commands, one per line.  End with CNTL/Z." in shown
    assert typed("conf t", keys=b"\x1a").endswith("^Z\nSW1#")


@pytest.mark.parametrize(
    ("typed_line", "full"),
    [
        ("sh ver", "show version"),
        ("sho ip int br", "show ip interface brief"),
        ("SH INT STAT", "show interfaces status"),
        ("sh vl b", "show vlan brief"),
        ("sh run", "show running-config"),
        ("sh int gi 0/2", "show interfaces GigabitEthernet0/2"),
        ("  sh   clock  ", "show clock"),
    ],
)
def test_words_may_be_shortened(typed: Any, switch: Any, typed_line: str, full: str) -> None:
    """A word may be cut short while it is unique, in either case."""
    switch.clock.polling = False
    assert typed(typed_line).split("\n", 2)[2] == typed(full).split("\n", 2)[2]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("foo", 0),
        ("show verzion", 8),
        ("show ip interface brief extra", 24),
        ("show   vlan id 5000", 15),
        ("configure terminator", 17),
    ],
)
def test_the_caret_points_at_the_error(typed: Any, line: str, column: int) -> None:
    """Invalid input is marked under the first character that is wrong, counted with the prompt."""
    shown = typed(line).splitlines()
    place = shown.index(MARK)
    assert shown[place - 2] == f"SW1#{line}"
    assert shown[place - 1] == " " * (len("SW1#") + column) + "^"


def test_the_caret_knows_the_prompt_and_do(typed: Any) -> None:
    """In configuration modes the column counts from the longer prompt, and after do."""
    shown = typed("conf t", "do show verzion").splitlines()
    place = shown.index(MARK)
    assert shown[place - 1].index("^") == len("SW1(config)#do show ver")


def test_incomplete_and_ambiguous(typed: Any) -> None:
    """Too few words are incomplete; a word that could be two is ambiguous, quoted as typed."""
    assert "% Incomplete command.\n" in typed("show")
    assert "% Incomplete command.\n" in typed("configure")
    assert '% Ambiguous command:  "sh i"\n' in typed("sh i")
    assert '% Ambiguous command:  "co"\n' in typed("co")


@pytest.mark.parametrize("line", ["configure terminal", "show running-config", "write memory"])
def test_privileged_commands_do_not_exist_before_enable(typed: Any, line: str) -> None:
    """Without privileges such a command is invalid input, not a refusal."""
    assert MARK in typed(line, enabled=False)
    assert MARK not in typed(line)


def test_a_wrong_secret_is_refused(typed: Any) -> None:
    """A wrong secret leads back to the prompt without privileges, and is never shown."""
    shown = typed("enable", "guess", "show privilege", enabled=False)
    assert "Password: \n% Error in authentication.\n" in shown
    assert "Current privilege level is 1\n" in shown
    assert "guess" not in shown


def test_no_secret_no_enable(switch: Any, typed: Any) -> None:
    """Without an enable secret the device says so."""
    switch.secret = None
    assert "% No password set\n" in typed("enable", enabled=False)


def test_configuration_changes_the_state(typed: Any, switch: Any) -> None:
    """VLANs and ports are state: set, shown, and taken back with no."""
    typed(
        "conf t", "hostname CORE", "vlan 20", "name users", "interface range gi0/3 - 4",
        "description to desks", "switchport access vlan 20", "shutdown", "int gi0/4", "no shut",
    )  # fmt: skip
    assert switch.hostname == "CORE"
    assert switch.vlans[20].name == "users"
    three, four = switch.interfaces["GigabitEthernet0/3"], switch.interfaces["GigabitEthernet0/4"]
    assert (three.description, three.vlan, three.enabled, four.enabled) == ("to desks", 20, False, True)
    typed("conf t", "int gi0/3", "no desc", "no switchport access vlan", "no vlan 20", "no hostname")
    assert (three.description, three.vlan, 20 in switch.vlans, switch.hostname) == ("", 1, False, "Switch")


def test_lists_of_vlans(typed: Any, switch: Any) -> None:
    """Several VLANs are made and deleted at once; those of the system stay."""
    typed("conf t", "vlan 10,20-22")
    assert [number for number in switch.vlans if number not in (1, *range(1002, 1006))] == [10, 20, 21, 22]
    assert switch.vlans[10].name == "VLAN0010"
    assert "Default VLAN 1 may not be deleted" in typed("conf t", "no vlan 1")
    assert MARK in typed("conf t", "vlan 4095")


def test_two_vlans_cannot_share_a_name(typed: Any, switch: Any) -> None:
    """A name that is taken is refused, and nothing changes."""
    shown = typed("conf t", "vlan 10", "name users", "vlan 20", "name users")
    assert "identical name: users" in shown
    assert switch.vlans[20].name == "VLAN0020"


def test_access_vlan_that_is_missing_is_made(typed: Any, switch: Any) -> None:
    """A port put in an unknown VLAN makes it, with a note."""
    assert "% Access VLAN does not exist. Creating vlan 77\n" in typed(
        "conf t", "int gi0/1", "sw acc vlan 77"
    )
    assert 77 in switch.vlans


def test_interfaces_that_do_not_exist(typed: Any, switch: Any) -> None:
    """An unknown port is refused; a VLAN interface is made."""
    assert "%Invalid interface" in typed("conf t", "int gi0/99")
    typed("conf t", "int vlan 20", "ip address 198.51.100.1 255.255.255.0")
    assert str(switch.interfaces["Vlan20"].address) == "198.51.100.1/24"
    assert "L2 links" in typed("conf t", "int gi0/1", "ip address 198.51.100.1 255.255.255.0")


def test_running_and_startup(typed: Any, switch: Any) -> None:
    """Only what was saved survives a reload."""
    assert "startup-config is not present" in typed("show startup-config")
    assert "[OK]" in typed("conf t", "vlan 20", "end", "write memory", "conf t", "vlan 30")
    assert "vlan 30" in switch.running_config
    assert "vlan 30" not in switch.startup_config
    switch.reload()
    assert 20 in switch.vlans
    assert 30 not in switch.vlans


def test_copy_asks_for_the_name(typed: Any, switch: Any) -> None:
    """copy running-config startup-config asks, and takes return for the usual name."""
    shown = typed("copy run start", "")
    assert "Destination filename [startup-config]? " in shown
    assert switch.startup is not None
    assert "%Error opening nvram:other" in typed("copy run start", "other")


def test_filters(typed: Any) -> None:
    """Output can be narrowed by include, exclude, begin, section and count."""
    include = typed("show ip interface brief | include 0/[12]").splitlines()[2:-1]
    assert [line.split()[0] for line in include] == ["GigabitEthernet0/1", "GigabitEthernet0/2"]
    assert "GigabitEthernet0/1" not in typed("show ip int brief | exc Gigabit")
    assert typed("show run | begin line con").splitlines()[2] == "line con 0"
    assert typed("show run | section line vty").splitlines()[2:-1] == [
        "line vty 0 4", " login local", " transport input ssh",
    ]  # fmt: skip
    assert "= 8\n" in typed("show ip int brief | count Gigabit")
    assert MARK in typed("show version | frobnicate x")


def test_pages(typed: Any) -> None:
    """Long output stops at each page; space goes on, q ends it, terminal length 0 never stops."""
    assert " --More-- " not in typed("show running-config")
    paged = typed("show running-config", keys=b"q", paging=True)
    assert paged.count(" --More-- ") == 1
    assert "line vty" not in paged
    more = typed("show running-config", keys=b"  \r\r\r\r\r\r\r\r\r\r", paging=True)
    assert "line vty" in more
    assert " --More-- " not in typed("terminal length 0", "show running-config", paging=True)


def test_help(typed: Any) -> None:
    """A question mark shows what may follow, and the line goes on."""
    shown = typed(keys=b"show vl?an brief\r")
    assert "  vlan " in shown
    assert "SW1#show vlan brief\n" in shown


def test_editing(typed: Any) -> None:
    """Backspace and Ctrl-U edit the line."""
    assert "uptime is" in typed(keys=b"showx\x7f versiom\x7fn\r")
    assert "uptime is" in typed(keys=b"rubbish\x15show version\r")


def test_what_was_typed_is_kept(typed: Any, switch: Any) -> None:
    """The device keeps each line with its prompt, and no passwords."""
    typed("enable", "switch-enable", "conf t", "vlan 20", enabled=False)
    assert switch.commands == [("SW1>", "enable"), ("SW1#", "conf t"), ("SW1(config)#", "vlan 20")]


def test_comments_are_ignored(typed: Any) -> None:
    """A line that starts with an exclamation mark does nothing."""
    assert MARK not in typed("conf t", "! a comment")


def test_the_running_configuration_makes_the_same_state(typed: Any, switch: Any) -> None:
    """Typing in what show running-config showed leads to the same configuration again."""
    typed(
        "conf t", "vlan 20", "name users", "int gi0/3", "description a  b", "sw acc vlan 20", "shut",
        "int gi0/5", "sw mode trunk", "sw trunk allowed vlan 1,20", "int vlan 20",
        "ip address 198.51.100.1 255.255.255.0",
    )  # fmt: skip
    wanted = switch.running_config
    switch.reset()
    known = [
        line
        for line in wanted.splitlines()
        if not line.startswith(("version", "service", "line", " login", " tran"))
    ]
    shown = typed("conf t", *known)
    assert MARK not in shown
    assert switch.running_config == wanted
