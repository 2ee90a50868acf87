"""Images, networks and volumes as the API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.engine.containerviews import graph
from labkit.engine.image import CONFIG, Image
from labkit.engine.layers import size
from labkit.engine.networks import Network
from labkit.engine.times import stamp
from labkit.engine.volumes import Volume

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon

VERSION = "20.10.24+dfsg1"


def inspect_image(image: Image) -> dict[str, Any]:
    """Return everything about an image."""
    return {
        "Id": image.id,
        "RepoTags": list(image.tags),
        "RepoDigests": list(image.digests),
        "Parent": image.parent,
        "Comment": image.comment,
        "Created": stamp(image.created),
        "Container": image.container,
        "ContainerConfig": {**CONFIG, "Labels": {}, **image.container_config},
        "DockerVersion": VERSION,
        "Author": image.author,
        "Config": image.config,
        "Architecture": "amd64",
        "Os": "linux",
        "Size": image.size,
        "VirtualSize": image.size,
        "GraphDriver": graph(image.id[7:]),
        "RootFS": {"Type": "layers", "Layers": image.layer_ids},
        "Metadata": {"LastTagTime": stamp(image.tagged)},
    }


def image_summary(image: Image, containers: int = -1) -> dict[str, Any]:
    """Return an image as lists show it."""
    bare = not image.tags and not image.digests
    return {
        "Containers": containers,
        "Created": int(image.created),
        "Id": image.id,
        "Labels": image.config["Labels"],
        "ParentId": image.parent,
        "RepoDigests": list(image.digests) or (["<none>@<none>"] if bare else None),
        "RepoTags": list(image.tags) or ["<none>:<none>"],
        "SharedSize": -1,
        "Size": image.size,
        "VirtualSize": image.size,
    }


def history(image: Image, daemon: Daemon) -> list[dict[str, Any]]:
    """Return how an image came to be, the latest first."""
    found = []
    for number, step in enumerate(reversed(image.history)):
        id_ = image.id if number == 0 else step.id
        known = daemon.images.all.get(id_)
        found.append(
            {
                "Comment": step.comment,
                "Created": int(step.created),
                "CreatedBy": step.by,
                "Id": id_ if known is not None else "<missing>",
                "Size": step.size,
                "Tags": list(known.tags) or None if known is not None else None,
            }
        )
    return found


def network(found: Network, daemon: Daemon, *, containers: bool = True) -> dict[str, Any]:
    """Return a network; lists do not say which containers are in it."""
    ipam = found.body.get("IPAM") or {}
    pools = [{"Subnet": found.subnet, "Gateway": found.gateway}] if found.subnet else []
    if found.subnet and ipam.get("Config"):
        pools = [{"Subnet": found.subnet, "Gateway": found.gateway, **ipam["Config"][0]}]
    shown: dict[str, Any] = {}
    for id_, endpoint in found.used.items() if containers else ():
        shown[id_] = {
            "Name": daemon.containers[id_].name if id_ in daemon.containers else "",
            "EndpointID": endpoint.id,
            "MacAddress": endpoint.mac,
            "IPv4Address": f"{endpoint.address}/{found.length}" if endpoint.address else "",
            "IPv6Address": "",
        }
    return {
        "Name": found.name,
        "Id": found.id,
        "Created": stamp(found.created),
        "Scope": "local",
        "Driver": found.driver,
        "EnableIPv6": bool(found.body.get("EnableIPv6")),
        "IPAM": {
            "Driver": ipam.get("Driver") or "default",
            "Options": ipam.get("Options"),
            "Config": pools,
        },
        "Internal": bool(found.body.get("Internal")),
        "Attachable": bool(found.body.get("Attachable")),
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": shown,
        "Options": found.options,
        "Labels": found.body.get("Labels") or {},
    }


def volume(found: Volume, users: int | None = None) -> dict[str, Any]:
    """Return a volume; with its number of users, as the disk usage shows it."""
    shown: dict[str, Any] = {
        "CreatedAt": stamp(float(int(found.created))),
        "Driver": "local",
        "Labels": found.labels,
        "Mountpoint": found.mountpoint,
        "Name": found.name,
        "Options": found.options,
        "Scope": "local",
    }
    if users is not None:
        shown["UsageData"] = {"RefCount": users, "Size": volume_size(found)}
    return shown


def volume_size(found: Volume) -> int:
    """Return the bytes in a volume."""
    if found.files is None:
        return 0
    return sum(stat.size for _, stat in found.files.walk("/") if stat.is_file)


def layers_size(daemon: Daemon) -> int:
    """Return the bytes of all layers, each counted once."""
    found: dict[str, int] = {}
    for image in daemon.images.all.values():
        ids = image.layer_ids
        sizes = [image.base_size, *map(size, image.layers)]
        found.update(zip(ids, sizes[-len(ids) :] if ids else [], strict=True))
    return sum(found.values())
