"""Rows of services and what stands behind them."""

from __future__ import annotations

from typing import Any

from labkit.kube.model import Object
from labkit.kube.tables.columns import NONE, age, name, pairs, spec, status

#: More end points than this are only counted.
_SHOWN = 3


def service(found: Object, now: float) -> list[Any]:
    """Return the cells of a Service."""
    wanted = spec(found)
    ports = ",".join(_port(one) for one in wanted.get("ports") or ()) or NONE
    return [
        name(found),
        wanted.get("type", ""),
        wanted.get("clusterIP") or NONE,
        _external(found),
        ports,
        age(found, now),
        pairs(wanted.get("selector")),
    ]


def _port(one: Object) -> str:
    node = f":{one['nodePort']}" if one.get("nodePort") else ""
    return f"{one.get('port', '')}{node}/{one.get('protocol', 'TCP')}"


def _external(found: Object) -> str:
    wanted = spec(found)
    if wanted.get("type") == "ExternalName":
        return str(wanted.get("externalName", ""))
    if wanted.get("type") == "LoadBalancer":
        entries = (status(found).get("loadBalancer") or {}).get("ingress") or []
        return ",".join(one.get("ip") or one.get("hostname", "") for one in entries) or "<pending>"
    return ",".join(wanted.get("externalIPs") or ()) or NONE


def endpoints(found: Object, now: float) -> list[Any]:
    """Return the cells of an Endpoints object."""
    places = []
    for subset in found.get("subsets") or ():
        for address in subset.get("addresses") or ():
            ports = subset.get("ports") or [{}]
            places += [
                f"{address.get('ip', '')}:{port.get('port', '')}" if port else address.get("ip", "")
                for port in ports
            ]
    more = f" + {len(places) - _SHOWN} more..." if len(places) > _SHOWN else ""
    return [name(found), (",".join(places[:_SHOWN]) + more) or NONE, age(found, now)]


def endpoint_slice(found: Object, now: float) -> list[Any]:
    """Return the cells of an EndpointSlice."""
    ports = ",".join(str(one.get("port", "*")) for one in found.get("ports") or ()) or "<unset>"
    addresses = [one for each in found.get("endpoints") or () for one in each.get("addresses") or ()]
    more = f" + {len(addresses) - _SHOWN} more..." if len(addresses) > _SHOWN else ""
    shown = (",".join(addresses[:_SHOWN]) + more) or "<unset>"
    return [name(found), found.get("addressType", ""), ports, shown, age(found, now)]


def ingress(found: Object, now: float) -> list[Any]:
    """Return the cells of an Ingress."""
    wanted = spec(found)
    hosts = ",".join(one.get("host") or "*" for one in wanted.get("rules") or ()) or "*"
    entries = (status(found).get("loadBalancer") or {}).get("ingress") or []
    address = ",".join(one.get("ip") or one.get("hostname", "") for one in entries)
    ports = "80, 443" if wanted.get("tls") else "80"
    return [name(found), wanted.get("ingressClassName") or NONE, hosts, address, ports, age(found, now)]
