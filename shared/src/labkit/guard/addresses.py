"""Which addresses, names and socket files a run may use."""

from __future__ import annotations

import os
from _socket import inet_aton
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from labkit.guard.settings import Settings

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
_ANY = {4: ip_address("127.0.0.1"), 6: ip_address("::1")}


def host_text(host: object) -> str | None:
    """A host as the socket functions take it (text, bytes, None), as text; None where it is neither."""
    if isinstance(host, (bytes, bytearray)):
        return bytes(host).decode("utf-8", "backslashreplace")
    return host if isinstance(host, str) else None


def literal(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text stands for without any look-up; None for a name.

    Takes what ``connect`` takes: short, hexadecimal and whole-number forms of IPv4 (inet_aton(3)),
    ``<broadcast>``, scoped IPv6. An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is the IPv4 address it
    reaches. The unspecified address as a target means this machine (Linux and macOS take 0.0.0.0 and :: for
    loopback), and so does "".
    """
    if text == "<broadcast>":
        return IPv4Address("255.255.255.255")
    address: IPv4Address | IPv6Address
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        if not text[:1].isdigit() or not text.isascii() or any(letter.isspace() for letter in text):
            return None
        try:
            address = IPv4Address(inet_aton(text))
        except OSError:
            return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return _ANY[address.version] if address.is_unspecified else address


def is_local_name(text: str) -> bool:
    """Names that mean loopback everywhere; ``*.localhost`` by RFC 6761, section 6.3."""
    name = text.rstrip(".").lower()
    return name in _LOCAL_NAMES or name.endswith(".localhost")


def is_own_name(text: str) -> bool:
    """Whether a name is the one this machine gives itself, with or without its domain."""
    own, name = os.uname().nodename.lower(), text.rstrip(".").lower()
    return name in (own, own.partition(".")[0])


class Policy:
    """The allow-list of a run, parsed.

    Raises:
        ValueError: an entry is neither an address, a network, ``localhost`` nor ``unix:/path``.
    """

    def __init__(self, settings: Settings) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        self._paths = [settings.folder]
        for entry in settings.allow:
            if entry.startswith("unix:/"):
                self._paths.append(os.path.realpath(entry.removeprefix("unix:")))
            elif entry == "localhost":
                self._networks += [ip_network("127.0.0.1"), ip_network("::1")]
            else:
                try:
                    self._networks.append(ip_network(entry))
                except ValueError:
                    raise ValueError(
                        f"guard: cannot allow {entry!r}; give an address, a network, localhost or unix:/path"
                    ) from None

    def _contains(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address.version == network.version and address in network for network in self._networks)

    def reaches(self, text: str, version: int) -> bool:
        """Whether a connection to this host stays within the allow-list.

        Args:
            text: an address in any form that ``connect`` takes, a name, or "" for the unspecified address.
            version: 4 or 6, the family of the socket; decides what a local name and "" stand for.
        """
        if text == "" or is_local_name(text):
            return self._contains(_ANY[version])
        address = literal(text)
        return address is not None and self._contains(address)

    def holds(self, path: bytes) -> bool:
        """Whether a Unix socket lies in the run's folder once links are followed; abstract names never do."""
        if not path or path.startswith(b"\0"):
            return False
        real = os.path.realpath(os.fsdecode(path))
        return any(real == allowed or real.startswith(allowed.rstrip("/") + "/") for allowed in self._paths)
