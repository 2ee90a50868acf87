"""What the parameters of IOS commands accept."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from labkit.netdev.grammar import Kind
from labkit.netdev.state import LAST_VLAN

_TYPES = ("GigabitEthernet", "FastEthernet", "TenGigabitEthernet", "Port-channel", "Loopback", "Vlan")


def interface(word: str) -> str | None:
    """The full name of an interface: ``gi0/1`` is ``GigabitEthernet0/1``. It need not exist."""
    match = re.fullmatch(r"([A-Za-z-]+)(\d+(?:/\d+)*)", word)
    if match is None:
        return None
    meant = [name for name in _TYPES if name.lower().startswith(match[1].lower())]
    return meant[0] + match[2] if len(meant) == 1 else None


def interfaces(text: str) -> list[str] | None:
    """``gi0/1 - 4 , gi0/7`` as names."""
    names: list[str] = []
    for part in text.replace(" ", "").split(","):
        match = re.fullmatch(r"([A-Za-z-]+(?:\d+/)*)(\d+)(?:-(\d+))?", part)
        if match is None:
            return None
        for number in range(int(match[2]), int(match[3] or match[2]) + 1):
            name = interface(f"{match[1]}{number}")
            if name is None:
                return None
            names.append(name)
    return names


def vlan(word: str) -> int | None:
    """A VLAN number, 1 to 4094."""
    return int(word) if word.isdecimal() and 1 <= int(word) <= LAST_VLAN else None


def vlans(word: str) -> list[int] | None:
    """``10,20-22`` as numbers."""
    numbers: list[int] = []
    for part in word.split(","):
        first, dash, last = part.partition("-")
        low, high = vlan(first), vlan(last if dash else first)
        if low is None or high is None or low > high:
            return None
        numbers += range(low, high + 1)
    return numbers


def number(word: str) -> int | None:
    """A number from 0 to 512: lines and columns of a terminal."""
    return int(word) if word.isdecimal() and int(word) <= 512 else None


def address(word: str) -> IPv4Address | None:
    """An IPv4 address or mask."""
    try:
        return IPv4Address(word)
    except ValueError:
        return None


def word(text: str) -> str | None:
    return text


KINDS: dict[str, Kind] = {
    "interface": interface,
    "vlan": vlan,
    "vlans": vlans,
    "number": number,
    "address": address,
    "word": word,
}
