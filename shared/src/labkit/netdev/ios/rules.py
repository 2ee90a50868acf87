"""The commands of IOS as data. A new command is a line here and a function in the module it names."""

from __future__ import annotations

from functools import cache

from labkit.netdev.grammar import Grammar, Rule
from labkit.netdev.ios import configure, operate, shows
from labkit.netdev.ios.kinds import KINDS

CONFIG_MODES = ("config", "config-if", "config-if-range", "config-vlan")
_ANY = "user enable"
_ENABLE = "enable"
_GLOBAL = " ".join(CONFIG_MODES)
_PORT = "config-if config-if-range"
_VLAN = "config-vlan"

RULES = (
    # moving about
    Rule("enable", _ANY, operate.enable, "Turn on privileged commands"),
    Rule("disable", _ENABLE, operate.disable, "Turn off privileged commands"),
    Rule("configure terminal", _ENABLE, operate.configure_terminal, "Configure from the terminal"),
    Rule("exit", f"{_ANY} {_GLOBAL}", operate.leave, "Exit from the current mode"),
    Rule("quit", _ANY, operate.leave, "Exit from the EXEC"),
    Rule("logout", _ANY, operate.leave, "Exit from the EXEC"),
    Rule("end", _GLOBAL, operate.end, "Exit from configure mode"),
    # the terminal and the saved configuration
    Rule("terminal length <number>", _ANY, operate.terminal_length, "Set number of lines on a screen"),
    Rule("terminal width <number>", _ANY, operate.nothing, "Set width of the display terminal"),
    Rule("terminal no monitor", _ANY, operate.nothing, "Do not copy debug output here"),
    Rule("write", _ENABLE, operate.save, "Write running configuration to memory"),
    Rule("write memory", _ENABLE, operate.save, "Write to NV memory"),
    Rule("copy running-config startup-config", _ENABLE, operate.copy_to_startup, "Save the configuration"),
    # looking
    Rule("show version", _ANY, shows.version, "System hardware and software status"),
    Rule("show clock", _ANY, shows.clock, "Display the system clock"),
    Rule("show inventory", _ANY, shows.inventory, "Show the physical inventory"),
    Rule("show privilege", _ANY, shows.privilege, "Show current privilege level"),
    Rule("show ip interface brief", _ANY, shows.ip_interface_brief, "Brief summary of IP status"),
    Rule("show interfaces", _ANY, shows.interfaces, "Interface status and configuration"),
    Rule("show interfaces <interface>", _ANY, shows.interfaces, "Interface status and configuration"),
    Rule("show interfaces status", _ANY, shows.interfaces_status, "Show interface line status"),
    Rule("show interfaces description", _ANY, shows.interfaces_description, "Show interface description"),
    Rule("show vlan", _ANY, shows.vlan_brief, "VTP VLAN status"),
    Rule("show vlan brief", _ANY, shows.vlan_brief, "VTP all VLAN status in brief"),
    Rule("show vlan id <vlan>", _ANY, shows.vlan_id, "VTP VLAN status by VLAN id"),
    Rule("show running-config", _ENABLE, shows.show_running, "Current operating configuration"),
    Rule("show running-config interface <interface>", _ENABLE, shows.show_running_interface, "One interface"),
    Rule("show startup-config", _ENABLE, shows.show_startup, "Contents of startup configuration"),
    # configuration
    Rule("hostname <word>", _GLOBAL, configure.hostname, "Set system's network name"),
    Rule("no hostname", _GLOBAL, configure.no_hostname, "Default network name"),
    Rule("ip domain-name <word>", _GLOBAL, configure.domain, "Define the default domain name"),
    Rule("interface <interface>", _GLOBAL, configure.interface, "Select an interface to configure"),
    Rule("interface range <line:names>", _GLOBAL, configure.interface_range, "Several interfaces"),
    Rule("no interface <interface>", _GLOBAL, configure.no_interface, "Remove an interface"),
    Rule("vlan <vlans>", _GLOBAL, configure.vlan, "VLAN commands"),
    Rule("no vlan <vlans>", _GLOBAL, configure.no_vlan, "Delete VLANs"),
    Rule("name <word>", _VLAN, configure.vlan_name, "ASCII name of the VLAN"),
    Rule("no name", _VLAN, configure.no_vlan_name, "Default name"),
    Rule("state active", _VLAN, operate.nothing, "VLAN active state"),
    Rule("description <line:text>", _PORT, configure.description, "Interface specific description"),
    Rule("no description", _PORT, configure.no_description, "No description"),
    Rule("shutdown", _PORT, configure.shutdown, "Shutdown the selected interface"),
    Rule("no shutdown", _PORT, configure.no_shutdown, "Enable the selected interface"),
    Rule("switchport mode access", _PORT, configure.mode_access, "Set trunking mode to ACCESS"),
    Rule("switchport mode trunk", _PORT, configure.mode_trunk, "Set trunking mode to TRUNK"),
    Rule("switchport access vlan <vlan>", _PORT, configure.access_vlan, "VLAN when in access mode"),
    Rule("no switchport access vlan", _PORT, configure.no_access_vlan, "Back to VLAN 1"),
    Rule("switchport trunk allowed vlan <vlans>", _PORT, configure.trunk_vlans, "VLANs on the trunk"),
    Rule("ip address <address> <address:mask>", _PORT, configure.ip_address, "Set the IP address"),
    Rule("no ip address", _PORT, configure.no_ip_address, "Remove the IP address"),
)


@cache
def grammar_of(mode: str) -> Grammar:
    """The commands of a mode."""
    return Grammar([rule for rule in RULES if mode in rule.modes.split()], KINDS)
