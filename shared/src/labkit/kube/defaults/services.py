"""Defaults of Services, and the addresses and ports that they get."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Final

from labkit.kube.model import Object
from labkit.kube.registry import Registry
from labkit.kube.store import Store

_FIRST_ADDRESS: Final = int(IPv4Address("10.96.0.10"))
NODE_PORTS: Final = range(30000, 32768)


def service(new: Object, old: Object | None) -> None:
    """Fill in a Service."""
    spec = new.setdefault("spec", {})
    spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    if spec["sessionAffinity"] == "ClientIP":
        spec.setdefault("sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 10800}})
    if spec["type"] != "ExternalName":
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    if spec["type"] == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if port.get("targetPort") in (None, "", 0):
            port["targetPort"] = port.get("port")
    new.setdefault("status", {"loadBalancer": {}})


def allocate_service(new: Object, old: Object | None, store: Store, registry: Registry) -> None:
    """Give a Service its address and its node ports; on a change it keeps those it has."""
    spec = new["spec"]
    if spec["type"] == "ExternalName":
        return
    before = (old or {}).get("spec") or {}
    if not spec.get("clusterIP") and before.get("clusterIP"):
        spec["clusterIP"] = before["clusterIP"]
        spec.setdefault("clusterIPs", before.get("clusterIPs") or [before["clusterIP"]])
    if not spec.get("clusterIP"):
        spec["clusterIP"] = next(_free_addresses(store, registry))
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _node_ports(spec, before, store, registry)


def _specifications(store: Store, registry: Registry) -> list[Object]:
    return [one["spec"] for one in store.list(registry.named("services", ""))]


def _free_addresses(store: Store, registry: Registry) -> Iterator[str]:
    taken = {spec.get("clusterIP") for spec in _specifications(store, registry)}
    number = _FIRST_ADDRESS
    while True:
        address = str(IPv4Address(number))
        if address not in taken:
            yield address
        number += 1


def _node_ports(spec: Object, before: Object, store: Store, registry: Registry) -> None:
    taken = {
        port["nodePort"]
        for one in _specifications(store, registry)
        for port in one.get("ports") or ()
        if port.get("nodePort")
    }
    kept = {(port.get("name"), port.get("port")): port.get("nodePort") for port in before.get("ports") or ()}
    for port in spec.get("ports") or ():
        if port.get("nodePort"):
            continue
        port["nodePort"] = kept.get((port.get("name"), port.get("port"))) or next(
            number for number in NODE_PORTS if number not in taken
        )
        taken.add(port["nodePort"])
