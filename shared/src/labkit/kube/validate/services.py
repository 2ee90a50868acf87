"""Validation of Services. Source: pkg/apis/core/validation/validation.go of Kubernetes."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final

from labkit.kube.defaults.services import NODE_PORTS
from labkit.kube.model import Object
from labkit.kube.names import label_problems, subdomain_problems
from labkit.kube.status import FieldError, duplicate, forbidden, invalid, required
from labkit.kube.validate.common import labels, one_of, port_number, port_or_name, worded

_TYPES: Final = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")


def service(new: Object) -> list[FieldError]:
    """Return what is wrong with a Service."""
    spec = new["spec"]
    kind = spec.get("type")
    errors: list[FieldError] = []
    ports = spec.get("ports") or []
    headless = spec.get("clusterIP") == "None"
    if not ports and not headless and kind != "ExternalName":
        errors.append(required("spec.ports"))
    errors += _by_type(spec, headless=headless)
    names: set[str] = set()
    for place, port in enumerate(ports):
        errors += _port(port, f"spec.ports[{place}]", names, several=len(ports) > 1)
    errors += labels(spec.get("selector"), "spec.selector")
    errors += one_of(spec, "sessionAffinity", "spec", ("ClientIP", "None"), needed=True)
    if kind != "ExternalName" and spec.get("clusterIP"):
        errors += _addresses(spec)
    errors += one_of(spec, "type", "spec", _TYPES, needed=True)
    return errors + _twice(ports)


def _by_type(spec: Object, *, headless: bool) -> list[FieldError]:
    kind = spec.get("type")
    if kind in ("LoadBalancer", "NodePort") and headless:
        text = f"may not be set to 'None' for {kind} services"
        return [invalid("spec.clusterIPs[0]", "None", text)]
    if kind != "ExternalName":
        return []
    name = spec.get("externalName", "").rstrip(".")
    if spec.get("clusterIP"):
        return [forbidden("spec.clusterIPs", "may not be set for ExternalName services")]
    if not name:
        return [required("spec.externalName")]
    return worded("spec.externalName", name, subdomain_problems(name))


def _port(port: Object, path: str, names: set[str], *, several: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    name = port.get("name", "")
    if several and not name:
        errors.append(required(f"{path}.name"))
    elif name:
        errors += worded(f"{path}.name", name, label_problems(name))
        if name in names:
            errors.append(duplicate(f"{path}.name", name))
        names.add(name)
    errors += port_number(port.get("port", 0), f"{path}.port")
    errors += one_of(port, "protocol", path, ("SCTP", "TCP", "UDP"), needed=True)
    if not errors or port.get("targetPort") != port.get("port"):
        errors += port_or_name(port.get("targetPort"), f"{path}.targetPort")
    node = port.get("nodePort")
    if node and node not in NODE_PORTS:
        text = (
            "provided port is not in the valid range. The range of valid ports is "
            f"{NODE_PORTS.start}-{NODE_PORTS.stop - 1}"
        )
        errors.append(invalid(f"{path}.nodePort", node, text))
    return errors


def _twice(ports: list[Any]) -> list[FieldError]:
    errors: list[FieldError] = []
    seen: set[tuple[str, int]] = set()
    for place, port in enumerate(ports):
        key = (port.get("protocol", ""), port.get("port", 0))
        if key in seen:
            shown = {"protocol": key[0], "port": key[1]}
            errors.append(duplicate(f"spec.ports[{place}]", shown))
        seen.add(key)
    return errors


def _addresses(spec: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    for place, address in enumerate(spec.get("clusterIPs") or ()):
        if address == "None":
            continue
        try:
            ip_address(address)
        except ValueError:
            text = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            errors.append(invalid(f"spec.clusterIPs[{place}]", address, text))
    return errors


def service_change(new: Object, old: Object) -> list[FieldError]:
    """Return what of a change to a Service is not allowed: another cluster address."""
    before, after = old["spec"], new["spec"]
    if "ExternalName" in (before.get("type"), after.get("type")) or not before.get("clusterIP"):
        return []
    if before["clusterIP"] == after.get("clusterIP"):
        return []
    return [invalid("spec.clusterIPs[0]", after.get("clusterIP"), "may not change once set")]
