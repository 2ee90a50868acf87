"""Networks and volumes."""

from __future__ import annotations

from typing import Final

from labkit.engine import imageviews
from labkit.engine.api.routing import Answer, Call, Route
from labkit.engine.networks import BUILT_IN, Endpoint, Network
from labkit.engine.problems import EngineError, conflict, internal
from labkit.engine.times import moment


def list_networks(call: Call) -> Answer:
    filters = call.filters("dangling", "driver", "id", "label", "label!", "name", "scope", "type")
    dangling = filters.flag("dangling")
    found = []
    for network in call.daemon.networks.all.values():
        kind = "builtin" if network.name in BUILT_IN else "custom"
        if (
            filters.matches("name", network.name)
            and filters.prefixes("id", network.id)
            and filters.exact("driver", network.driver)
            and filters.exact("scope", "local")
            and filters.exact("type", kind)
            and filters.labels(network.body.get("Labels"))
            and (dangling is None or dangling == (kind == "custom" and not _members(call, network)))
        ):
            found.append(imageviews.network(network, call.daemon, containers=False))
    return found


def _members(call: Call, network: Network) -> list[str]:
    return [
        one.id
        for one in call.daemon.containers.values()
        if network.name in one.networks or any(place.network == network.id for place in one.networks.values())
    ]


def create_network(call: Call) -> Answer:
    daemon = call.daemon
    made = daemon.networks.create(call.body(), daemon.identities, daemon.timeline.now)
    daemon.happened_to("network", "create", made.id, name=made.name, type=made.driver)
    return 201, {"Id": made.id, "Warning": ""}


def inspect_network(call: Call) -> Answer:
    return imageviews.network(call.daemon.networks.find(call.words[0]), call.daemon)


def remove_network(call: Call) -> Answer:
    network = call.daemon.networks.find(call.words[0])
    if network.name in BUILT_IN:
        raise EngineError(403, f"{network.name} is a pre-defined network and cannot be removed")
    if network.used:
        words = f"network {network.name} id {network.id} has active endpoints"
        raise EngineError(403, f"error while removing network: {words}")
    _drop(call, network)
    return 204


def _drop(call: Call, network: Network) -> None:
    call.daemon.networks.all.pop(network.id)
    call.daemon.happened_to("network", "destroy", network.id, name=network.name, type=network.driver)


def connect(call: Call) -> Answer:
    daemon, body = call.daemon, call.body()
    network = daemon.networks.find(call.words[0])
    container = daemon.find(str(body.get("Container") or ""))
    if network.name == "host" or "host" in container.networks:
        raise EngineError(
            400, "container cannot be disconnected from host network or connected to host network"
        )
    if network.name in container.networks:
        raise EngineError(
            403, f"endpoint with name {container.name} already exists in network {network.name}"
        )
    container.networks.pop("none", None)
    endpoint = Endpoint(network.id, dict(body.get("EndpointConfig") or {}))
    container.networks[network.name] = endpoint
    if container.running:
        network.join(container.id, endpoint, daemon.identities)
    daemon.happened_to(
        "network", "connect", network.id, container=container.id, name=network.name, type=network.driver
    )
    return 200


def disconnect(call: Call) -> Answer:
    daemon, body = call.daemon, call.body()
    network = daemon.networks.find(call.words[0])
    text = str(body.get("Container") or "")
    container = daemon.find(text)
    if network.name not in container.networks:
        raise internal(f"container {container.id} is not connected to network {network.name}")
    if network.name == "host":
        raise EngineError(
            400, "container cannot be disconnected from host network or connected to host network"
        )
    network.leave(container.id)
    container.networks.pop(network.name)
    daemon.happened_to(
        "network", "disconnect", network.id, container=container.id, name=network.name, type=network.driver
    )
    return 200


def prune_networks(call: Call) -> Answer:
    daemon = call.daemon
    filters = call.filters("label", "label!", "until")
    until = moment(filters["until"][0], daemon.timeline.now) if "until" in filters else None
    found = []
    for network in list(daemon.networks.all.values()):
        if network.name in BUILT_IN or network.used or not filters.labels(network.body.get("Labels")):
            continue
        if until is None or network.created < until:
            _drop(call, network)
            found.append(network.name)
    daemon.happened_to("network", "prune", "", reclaimed="0")
    return {"NetworksDeleted": found or None}


def list_volumes(call: Call) -> Answer:
    filters = call.filters("dangling", "driver", "label", "label!", "name")
    dangling = filters.flag("dangling")
    found = []
    for volume in call.daemon.volumes.all.values():
        used = bool(call.daemon.volume_users(volume.name))
        if (
            filters.matches("name", volume.name)
            and filters.exact("driver", "local")
            and filters.labels(volume.labels)
            and (dangling is None or dangling != used)
        ):
            found.append(imageviews.volume(volume))
    return {"Volumes": found, "Warnings": None}


def create_volume(call: Call) -> Answer:
    daemon = call.daemon
    volume, made = daemon.volumes.create(call.body(), daemon.identities, daemon.timeline.now)
    if made:
        daemon.happened_to("volume", "create", volume.name, driver="local")
    return 201, imageviews.volume(volume)


def inspect_volume(call: Call) -> Answer:
    return imageviews.volume(call.daemon.volumes.find(call.words[0]))


def remove_volume(call: Call) -> Answer:
    daemon, name = call.daemon, call.words[0]
    if name not in daemon.volumes.all and call.flag("force"):
        return 204
    volume = daemon.volumes.find(name)
    users = daemon.volume_users(name)
    if users:
        ids = ", ".join(container.id for container in users)
        raise conflict(f"remove {name}: volume is in use - [{ids}]")
    daemon.volumes.all.pop(volume.name)
    daemon.happened_to("volume", "destroy", name, driver="local")
    return 204


def prune_volumes(call: Call) -> Answer:
    daemon = call.daemon
    filters = call.filters("all", "label", "label!")
    found, space = [], 0
    for volume in list(daemon.volumes.all.values()):
        if not daemon.volume_users(volume.name) and filters.labels(volume.labels):
            space += imageviews.volume_size(volume)
            daemon.volumes.all.pop(volume.name)
            daemon.happened_to("volume", "destroy", volume.name, driver="local")
            found.append(volume.name)
    daemon.happened_to("volume", "prune", "", reclaimed=str(space))
    return {"VolumesDeleted": found, "SpaceReclaimed": space}


ROUTES: Final[list[Route]] = [
    ("GET", "/networks", list_networks),
    ("GET", "/networks/", list_networks),
    ("POST", "/networks/create", create_network),
    ("POST", "/networks/prune", prune_networks),
    ("POST", "/networks/{}/connect", connect),
    ("POST", "/networks/{}/disconnect", disconnect),
    ("GET", "/networks/{}", inspect_network),
    ("DELETE", "/networks/{}", remove_network),
    ("GET", "/volumes", list_volumes),
    ("POST", "/volumes/create", create_volume),
    ("POST", "/volumes/prune", prune_volumes),
    ("GET", "/volumes/{}", inspect_volume),
    ("DELETE", "/volumes/{}", remove_volume),
]
