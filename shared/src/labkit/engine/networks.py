"""Networks and the addresses that containers have in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from labkit.engine.names import Identities
from labkit.engine.problems import EngineError, conflict, internal, missing

#: Networks that every engine has.
BUILT_IN: Final = ("bridge", "host", "none")
_DRIVERS: Final = {"bridge": "bridge", "host": "host", "none": "null"}
_KNOWN_DRIVERS: Final = ("bridge", "host", "null", "ipvlan", "macvlan")
_BRIDGE_OPTIONS: Final = {
    "com.docker.network.bridge.default_bridge": "true",
    "com.docker.network.bridge.enable_icc": "true",
    "com.docker.network.bridge.enable_ip_masquerade": "true",
    "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",  # noqa: S104 - what the real one shows
    "com.docker.network.bridge.name": "docker0",
    "com.docker.network.driver.mtu": "1500",
}


@dataclass(eq=False)
class Endpoint:
    """A container's place in a network.

    Args:
        network: id of the network.
        settings: what the client asked for.
        id: of the endpoint; empty while the container does not run.
        address: likewise.
        mac: likewise.
    """

    network: str
    settings: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    address: str = ""
    mac: str = ""


@dataclass(eq=False)
class Network:
    """A network.

    Args:
        id: 64 digits.
        name: its name.
        created: when.
        body: what the client asked for.
        subnet: addresses that it hands out; empty for those without.
        gateway: its own address.
    """

    id: str
    name: str
    created: float
    driver: str
    body: Mapping[str, Any]
    subnet: str = ""
    gateway: str = ""
    options: dict[str, str] = field(default_factory=dict)
    used: dict[str, Endpoint] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Bits of the subnet's prefix."""
        return int(self.subnet.partition("/")[2]) if self.subnet else 0

    def join(self, container: str, endpoint: Endpoint, identities: Identities) -> None:
        """Give a container that starts its address."""
        endpoint.id = identities.id()
        if self.subnet:
            wanted = (endpoint.settings.get("IPAMConfig") or {}).get("IPv4Address")
            endpoint.address = wanted or self._free_address()
            parts = [int(part) for part in endpoint.address.split(".")]
            endpoint.mac = endpoint.settings.get("MacAddress") or "02:42:" + ":".join(
                f"{p:02x}" for p in parts
            )
        self.used[container] = endpoint

    def leave(self, container: str) -> None:
        """Take a container's address back."""
        endpoint = self.used.pop(container, None)
        if endpoint is not None:
            endpoint.id = endpoint.address = endpoint.mac = ""

    def _free_address(self) -> str:
        import ipaddress  # not every test starts a container, and this takes a tenth of the engine's start

        taken = {endpoint.address for endpoint in self.used.values()} | {self.gateway}
        for host in ipaddress.ip_network(self.subnet, strict=False).hosts():
            if str(host) not in taken:
                return str(host)
        raise internal(
            f"no available IPv4 addresses on this network's address pools: {self.name} ({self.id})"
        )


class Networks:
    """The networks of an engine."""

    def __init__(self) -> None:
        self.all: dict[str, Network] = {}

    def begin(self, identities: Identities, now: float) -> None:
        """Make the networks that every engine has."""
        self.all.clear()
        for name in ("none", "host", "bridge"):
            network = Network(identities.id(), name, now, _DRIVERS[name], {})
            if name == "bridge":
                network.subnet, network.gateway = "172.17.0.0/16", "172.17.0.1"
                network.options = dict(_BRIDGE_OPTIONS)
            self.all[network.id] = network

    def find(self, text: str) -> Network:
        """Return a network by name, id or the beginning of an id.

        Raises:
            EngineError: there is none, or more than one begins so.
        """
        if text in self.all:
            return self.all[text]
        named = [network for network in self.all.values() if network.name == text]
        found = named or [network for network in self.all.values() if text and network.id.startswith(text)]
        if len(found) > 1:
            raise EngineError(400, f"network {text} is ambiguous ({len(found)} matches found based on name)")
        if not found:
            raise missing(f"network {text} not found")
        return found[0]

    def create(self, body: Mapping[str, Any], identities: Identities, now: float) -> Network:
        """Make a network.

        Raises:
            EngineError: the name is taken or empty, the driver is not known, the subnet is none or overlaps.
        """
        name, driver = str(body.get("Name") or ""), str(body.get("Driver") or "bridge")
        if name in BUILT_IN:
            raise EngineError(403, f"operation is not permitted on predefined {name} network ")
        if not name.strip():
            raise internal(f"invalid name: {name}")
        if any(network.name == name for network in self.all.values()):
            raise conflict(f"network with name {name} already exists")
        if driver not in _KNOWN_DRIVERS:
            raise missing(f'plugin "{driver}" not found')
        subnet, gateway = self._addresses(body)
        network = Network(
            identities.id(), name, now, driver, dict(body), subnet, gateway, dict(body.get("Options") or {})
        )
        self.all[network.id] = network
        return network

    def _addresses(self, body: Mapping[str, Any]) -> tuple[str, str]:
        import ipaddress

        pools = (body.get("IPAM") or {}).get("Config") or []
        taken = [ipaddress.ip_network(network.subnet) for network in self.all.values() if network.subnet]
        if pools and pools[0].get("Subnet"):
            text = str(pools[0]["Subnet"])
            try:
                subnet = ipaddress.ip_network(text, strict=False) if "/" in text else None
            except ValueError:
                subnet = None
            if subnet is None:
                raise internal(f"Invalid subnet {text} : invalid CIDR address: {text}")
            if any(subnet.overlaps(other) for other in taken):
                raise EngineError(403, "Pool overlaps with other one on this address space")
            return str(subnet), str(pools[0].get("Gateway") or next(subnet.hosts()))
        for number in range(18, 32):
            pool = ipaddress.ip_network(f"172.{number}.0.0/16")
            if not any(pool.overlaps(other) for other in taken):
                return str(pool), str(pool[1])
        for number in range(16):
            pool = ipaddress.ip_network(f"192.168.{number * 16}.0/20")
            if not any(pool.overlaps(other) for other in taken):
                return str(pool), str(pool[1])
        raise internal(
            "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to "
            "the network"
        )
