"""Containers as the API shows them."""

from __future__ import annotations

from typing import Any, Final

from labkit.engine.container import Container, Mount
from labkit.engine.networks import Endpoint
from labkit.engine.times import human, stamp
from labkit.engine.volumes import ROOT


def graph(id_: str) -> dict[str, Any]:
    """Return where the storage driver would keep something."""
    place = f"{ROOT}/overlay2/{id_}"
    return {
        "Data": {
            "LowerDir": f"{place}-init/diff",
            "MergedDir": f"{place}/merged",
            "UpperDir": f"{place}/diff",
            "WorkDir": f"{place}/work",
        },
        "Name": "overlay2",
    }


def inspect(container: Container, *, size: bool = False) -> dict[str, Any]:
    """Return everything about a container."""
    place = f"{ROOT}/containers/{container.id}"
    started = container.started is not None
    argv = container.argv
    found: dict[str, Any] = {
        "Id": container.id,
        "Created": stamp(container.created),
        "Path": argv[0] if argv else "",
        "Args": argv[1:],
        "State": state(container),
        "Image": container.image.id,
        "ResolvConfPath": f"{place}/resolv.conf" if started else "",
        "HostnamePath": f"{place}/hostname" if started else "",
        "HostsPath": f"{place}/hosts" if started else "",
        "LogPath": f"{place}/{container.id}-json.log" if started else "",
        "Name": f"/{container.name}",
        "RestartCount": container.restart_count,
        "Driver": "overlay2",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": _live_execs(container),
        "HostConfig": container.host,
        "GraphDriver": graph(container.id),
        "Mounts": [mount(one) for one in container.mounts if one.kind != "tmpfs"],
        "Config": container.config,
        "NetworkSettings": _network_settings(container),
    }
    if size:
        found["SizeRw"], found["SizeRootFs"] = sizes(container)
    return found


def sizes(container: Container) -> tuple[int, int]:
    """Return the bytes that a container changed, and all it sees."""
    if not container.has_files:
        return 0, container.image.size
    from labkit.engine.layers import size
    from labkit.engine.rootfs import changes

    own = size(changes(container))
    return own, container.image.size + own


def _live_execs(container: Container) -> list[str] | None:
    execs = container.daemon.execs.all
    return [id_ for id_ in container.execs if id_ in execs and execs[id_].exit_code is None] or None


def state(container: Container) -> dict[str, Any]:
    """Return the state of a container."""
    status = container.status
    found: dict[str, Any] = {
        "Status": status,
        "Running": status in ("running", "paused", "restarting"),
        "Paused": status == "paused",
        "Restarting": status == "restarting",
        "OOMKilled": container.oom_killed,
        "Dead": status == "dead",
        "Pid": container.pid,
        "ExitCode": container.exit_code,
        "Error": container.error,
        "StartedAt": stamp(container.started),
        "FinishedAt": stamp(container.finished),
    }
    if container.health is not None:
        found["Health"] = container.health.json()
    return found


def mount(found: Mount) -> dict[str, Any]:
    """Return a mount."""
    shown: dict[str, Any] = {"Type": found.kind}
    if found.kind == "volume":
        shown |= {"Name": found.source, "Source": f"{ROOT}/volumes/{found.source}/_data"}
    else:
        shown["Source"] = found.source
    shown["Destination"] = found.target
    if found.kind == "volume":
        shown["Driver"] = "local"
    propagation = "rprivate" if found.kind == "bind" else ""
    return {**shown, "Mode": found.mode, "RW": found.writable, "Propagation": propagation}


def _network_settings(container: Container) -> dict[str, Any]:
    first = container.networks.get("bridge")
    running = container.running and not (first is None and not container.networks)
    shown = endpoint(container, first) if first is not None else {}
    return {
        "Bridge": "",
        "SandboxID": container.id[::-1] if running else "",
        "HairpinMode": False,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "Ports": ports(container) if container.running else {},
        "SandboxKey": f"/var/run/docker/netns/{container.id[::-1][:12]}" if running else "",
        "SecondaryIPAddresses": None,
        "SecondaryIPv6Addresses": None,
        "EndpointID": shown.get("EndpointID", ""),
        "Gateway": shown.get("Gateway", ""),
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "IPAddress": shown.get("IPAddress", ""),
        "IPPrefixLen": shown.get("IPPrefixLen", 0),
        "IPv6Gateway": "",
        "MacAddress": shown.get("MacAddress", ""),
        "Networks": networks(container),
    }


def networks(container: Container) -> dict[str, Any]:
    """Return a container's places in networks."""
    return {name: endpoint(container, found) for name, found in container.networks.items()}


def endpoint(container: Container, found: Endpoint) -> dict[str, Any]:
    """Return one place in a network."""
    network = container.daemon.networks.all.get(found.network)
    active = bool(found.id) and network is not None
    aliases = list(found.settings.get("Aliases") or [])
    if network is not None and network.name not in ("bridge", "host", "none"):
        aliases.append(container.id[:12])
    return {
        "IPAMConfig": found.settings.get("IPAMConfig"),
        "Links": found.settings.get("Links"),
        "Aliases": aliases or None,
        "NetworkID": found.network,
        "EndpointID": found.id,
        "Gateway": network.gateway if active and network is not None else "",
        "IPAddress": found.address,
        "IPPrefixLen": network.length if active and network is not None else 0,
        "IPv6Gateway": "",
        "GlobalIPv6Address": "",
        "GlobalIPv6PrefixLen": 0,
        "MacAddress": found.mac,
        "DriverOpts": found.settings.get("DriverOpts"),
    }


_ANY: Final = "0.0.0.0"  # noqa: S104 - what the real engine shows


def _addresses(address: str) -> list[str]:
    return [_ANY, "::"] if address == _ANY else [address]


def ports(container: Container) -> dict[str, Any]:
    """Return the ports of a container that runs, published or only exposed."""
    found: dict[str, Any] = dict.fromkeys(container.config.get("ExposedPorts") or {})
    for port in container.published:
        shown = [{"HostIp": one, "HostPort": str(port.port)} for one in _addresses(port.address)]
        found[port.inner] = (found.get(port.inner) or []) + shown
    return found


def _listed_ports(container: Container) -> list[dict[str, Any]]:
    if not container.running:
        return []
    published = {port.inner for port in container.published}
    found = []
    for inner in container.config.get("ExposedPorts") or {}:
        number, _, kind = inner.partition("/")
        if inner not in published:
            found.append({"PrivatePort": int(number), "Type": kind or "tcp"})
    for port in container.published:
        number, _, kind = port.inner.partition("/")
        found += [
            {"IP": address, "PrivatePort": int(number), "PublicPort": port.port, "Type": kind or "tcp"}
            for address in _addresses(port.address)
        ]
    return found


def status_line(container: Container) -> str:
    """Return the state in words, as ``docker ps`` shows it (moby, container/state.go)."""
    now = container.daemon.timeline.now
    started, finished = container.started or now, container.finished or now
    match container.status:
        case "created":
            return "Created"
        case "exited":
            if container.started is None or container.finished is None:
                return "Created"
            return f"Exited ({container.exit_code}) {human(now - finished)} ago"
        case "restarting":
            return f"Restarting ({container.exit_code}) {human(now - finished)} ago"
        case "paused":
            return f"Up {human(now - started)} (Paused)"
        case "running":
            line = f"Up {human(now - started)}"
            if container.health is None:
                return line
            word = container.health.status
            return f"{line} (health: starting)" if word == "starting" else f"{line} ({word})"
    return "Removal In Progress" if container.status == "removing" else "Dead"


def summary(container: Container, *, size: bool = False, networks_too: bool = True) -> dict[str, Any]:
    """Return a container as lists show it."""
    found: dict[str, Any] = {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": _image_name(container),
        "ImageID": container.image.id,
        "Command": " ".join(container.argv),
        "Created": int(container.created),
        "Ports": _listed_ports(container),
        "Labels": container.labels,
        "State": container.status,
        "Status": status_line(container),
        "HostConfig": {"NetworkMode": container.host["NetworkMode"]},
        "NetworkSettings": {"Networks": networks(container)},
        "Mounts": [mount(one) for one in container.mounts if one.kind != "tmpfs"],
    }
    if size:
        own, whole = sizes(container)
        if own:
            found["SizeRw"] = own
        found["SizeRootFs"] = whole
    return found


def _image_name(container: Container) -> str:
    """The name that the client used, unless another image has it now."""
    used = str(container.config["Image"])
    if used.startswith("sha256:"):
        return used
    try:
        found = container.daemon.images.look_up(used)
    except ValueError:
        return used
    return used if found is container.image else container.image.id
