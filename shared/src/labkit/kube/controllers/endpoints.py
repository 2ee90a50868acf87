"""Endpoints and EndpointSlices of Services with a selector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from labkit.kube.engine import Key
from labkit.kube.kinds import has_ended, is_ending, is_ready
from labkit.kube.model import Event, Object
from labkit.kube.selectors import from_labels
from labkit.kube.world import World, owner_reference

BY: Final = "kube-controller-manager"
SERVICE_NAME: Final = "kubernetes.io/service-name"
MANAGED_BY: Final = "endpointslice.kubernetes.io/managed-by"


def _port(service_port: Object, pod: Object) -> int | None:
    """The number behind a service's port on one pod; a named target is looked up."""
    target = service_port.get("targetPort") or service_port["port"]
    if isinstance(target, int):
        return target
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            if port.get("name") == target:
                return int(port["containerPort"])
    return None


def _reference(pod: Object) -> Object:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def _with_address(pods: Sequence[Object]) -> list[Object]:
    return [pod for pod in pods if (pod.get("status") or {}).get("podIP") and not has_ended(pod)]


def subsets(service: Object, pods: Sequence[Object]) -> list[Object]:
    """Return the subsets of the Endpoints object."""
    ready: list[Object] = []
    waiting: list[Object] = []
    serving = [pod for pod in _with_address(pods) if not is_ending(pod)]
    for pod in serving:
        address = {
            "ip": pod["status"]["podIP"],
            "nodeName": pod["spec"]["nodeName"],
            "targetRef": _reference(pod),
        }
        wanted = is_ready(pod) or service["spec"].get("publishNotReadyAddresses")
        (ready if wanted else waiting).append(address)
    if not serving:
        return []
    ports: list[dict[str, Any]] = []
    for port in service["spec"].get("ports") or ():
        made: dict[str, Any] = {"name": port["name"]} if port.get("name") else {}
        made |= {"port": _port(port, serving[0]) or port["port"], "protocol": port.get("protocol", "TCP")}
        ports.append(made)
    found: Object = {}
    if ready:
        found["addresses"] = ready
    if waiting:
        found["notReadyAddresses"] = waiting
    if ports:
        found["ports"] = ports
    return [found]


def slice_endpoints(pods: Sequence[Object]) -> list[Object]:
    """Return the endpoints of the EndpointSlice; pods that terminate stay in it as not ready."""
    return [
        {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {
                "ready": is_ready(pod) and not is_ending(pod),
                "serving": is_ready(pod),
                "terminating": is_ending(pod),
            },
            "nodeName": pod["spec"]["nodeName"],
            "targetRef": _reference(pod),
        }
        for pod in _with_address(pods)
    ]


class EndpointsController:
    """Keeps the addresses behind services up to date."""

    name = "endpoints"

    def __init__(self, world: World) -> None:
        self._world = world

    def keys(self, event: Event) -> Iterable[Key]:
        """The service itself, or those that select a pod that changes."""
        if event.resource.storage == ("", "services"):
            if event.type != "DELETED":
                yield event.namespace, event.name
        elif event.resource.storage == ("", "pods"):
            for service in self._world.all("services", event.namespace):
                selector = (service.get("spec") or {}).get("selector")
                if selector and any(
                    from_labels(selector).matches(pod) for pod in (event.old, event.object) if pod
                ):
                    yield event.namespace, service["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        """Write the addresses of one service."""
        service = self._world.find("services", *key)
        if service is None or is_ending(service):
            return
        selector = (service.get("spec") or {}).get("selector")
        if not selector or service["spec"].get("type") == "ExternalName":
            return
        matching = from_labels(selector)
        pods = [pod for pod in self._world.all("pods", key[0]) if matching.matches(pod)]
        self._put_endpoints(service, pods)
        self._put_slice(service, pods)

    def _put_endpoints(self, service: Object, pods: list[Object]) -> None:
        meta = service["metadata"]
        found = subsets(service, pods)
        known = self._world.find("endpoints", meta["namespace"], meta["name"])
        if known is None:
            made: Object = {
                "metadata": {"name": meta["name"], "labels": dict(meta.get("labels") or {})},
                "subsets": found,
            }
            made["metadata"]["labels"]["endpoints.kubernetes.io/managed-by"] = "endpoint-controller"
            # The garbage collector takes them along with the service; the real one deletes them by name.
            made["metadata"]["ownerReferences"] = [owner_reference(service)]
            self._world.create("endpoints", meta["namespace"], made, by=BY)
            return

        def change(one: Object) -> None:
            one["subsets"] = found

        self._world.update("endpoints", known, change, by=BY)

    def _put_slice(self, service: Object, pods: list[Object]) -> None:
        meta = service["metadata"]
        endpoints = slice_endpoints(pods)
        ports = [
            {
                "name": port.get("name", ""),
                "port": (_port(port, pods[0]) if pods else None) or port["port"],
                "protocol": port.get("protocol", "TCP"),
            }
            for port in service["spec"].get("ports") or ()
        ]
        known = self._world.owned("endpointslices", service)
        if not known:
            made: Object = {
                "metadata": {
                    "generateName": f"{meta['name']}-",
                    "labels": {
                        SERVICE_NAME: meta["name"],
                        MANAGED_BY: "endpointslice-controller.k8s.io",
                    },
                    "ownerReferences": [owner_reference(service)],
                },
                "addressType": "IPv4",
                "endpoints": endpoints,
                "ports": ports,
            }
            self._world.create("endpointslices", meta["namespace"], made, by=BY)
            return

        def change(one: Object) -> None:
            one["endpoints"], one["ports"] = endpoints, ports

        self._world.update("endpointslices", known[0], change, by=BY)
