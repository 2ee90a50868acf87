"""Bodies of requests, written anew from the fields that are known and harmless.

A field that is not in these lists is refused unless it is empty: what a later engine adds is closed until
somebody has looked at it. Source: Docker Engine API 1.41, ContainerCreate, NetworkCreate, VolumeCreate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from labkit.containers.scoping.refusals import Refused, not_allowed

_CONTAINER = frozenset(
    [
        "ArgsEscaped",
        "AttachStderr",
        "AttachStdin",
        "AttachStdout",
        "Cmd",
        "Domainname",
        "Entrypoint",
        "Env",
        "ExposedPorts",
        "Healthcheck",
        "Hostname",
        "Image",
        "Labels",
        "MacAddress",
        "NetworkDisabled",
        "OpenStdin",
        "Shell",
        "StdinOnce",
        "StopSignal",
        "StopTimeout",
        "Tty",
        "User",
        "Volumes",
        "WorkingDir",
        "HostConfig",
        "NetworkingConfig",
    ]
)
_LIMITS = frozenset(
    [
        "CpuCount",
        "CpuPercent",
        "CpuPeriod",
        "CpuQuota",
        "CpuShares",
        "CpusetCpus",
        "CpusetMems",
        "KernelMemory",
        "KernelMemoryTCP",
        "Memory",
        "MemoryReservation",
        "MemorySwap",
        "MemorySwappiness",
        "NanoCpus",
        "PidsLimit",
        "RestartPolicy",
        "Ulimits",
    ]
)
_HOST = _LIMITS | frozenset(
    [
        "AutoRemove",
        "CapDrop",
        "ConsoleSize",
        "Dns",
        "DnsOptions",
        "DnsSearch",
        "ExtraHosts",
        "GroupAdd",
        "Init",
        "Links",
        "PortBindings",
        "PublishAllPorts",
        "ReadonlyRootfs",
        "ShmSize",
        "Tmpfs",
        "VolumesFrom",
        "Binds",
        "Mounts",
        "NetworkMode",
        "LogConfig",
        "SecurityOpt",
        "IpcMode",
        "PidMode",
        "UTSMode",
        "UsernsMode",
        "CgroupnsMode",
        "Isolation",
        "Runtime",
    ]
)
#: Fields with few harmless values.
_VALUES: dict[str, Collection[Any]] = {
    "IpcMode": ("", "private", "none"),
    "PidMode": ("",),
    "UTSMode": ("",),
    "UsernsMode": ("",),
    "CgroupnsMode": ("", "private"),
    "Isolation": ("", "default"),
    "Runtime": ("", "runc"),
}
#: An empty list of these opens what the engine closes by itself, so only their absence will do.
_ABSENT = ("MaskedPaths", "ReadonlyPaths")
_SECURITY = frozenset({"no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"})
_LOG_DRIVERS = ("", "json-file", "local", "none")
_EXEC = frozenset(
    [
        "AttachStderr",
        "AttachStdin",
        "AttachStdout",
        "Cmd",
        "ConsoleSize",
        "DetachKeys",
        "Env",
        "Tty",
        "User",
        "WorkingDir",
    ]
)
_NETWORK = frozenset(
    ["Attachable", "CheckDuplicate", "Driver", "EnableIPv6", "Internal", "IPAM", "Labels", "Name"]
)
_VOLUME = frozenset(["Driver", "Labels", "Name"])
_MOUNT = frozenset(["Consistency", "ReadOnly", "Source", "Target", "TmpfsOptions", "Type"])
_ENDPOINT = frozenset(["Aliases", "IPAMConfig", "Links", "NetworkID"])

Labels = Mapping[str, str]
#: Says whether something of this name belongs to the scope; raises :class:`Refused` when not.
Check = Callable[[str], Any]


class Owned:
    """What the rules ask about names in a body.

    Args:
        container, network, volume: raise :class:`Refused` for what is not of the scope.
    """

    def __init__(self, container: Check, network: Check, volume: Check) -> None:
        self.container, self.network, self.volume = container, network, volume


def read(body: bytes) -> dict[str, Any]:
    """A body as an object; nothing is an empty one.

    Raises:
        Refused: it is none.
    """
    try:
        found = json.loads(body) if body.strip() else {}
    except ValueError:
        raise Refused("the body is no JSON", 400) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Refused("the body is no JSON object", 400)
    return found


def container(told: Mapping[str, Any], labels: Labels, owned: Owned) -> dict[str, Any]:
    """The body of a new container.

    Raises:
        Refused: it asks for more than a container of its own.
    """
    made = _known(told, _CONTAINER, "")
    made["Labels"] = {**_mapping(made.get("Labels"), "Labels"), **labels}
    made["HostConfig"] = _host(_mapping(made.get("HostConfig"), "HostConfig"), owned)
    networking = _known(_mapping(made.get("NetworkingConfig"), "NetworkingConfig"), {"EndpointsConfig"}, "")
    made["NetworkingConfig"] = {
        "EndpointsConfig": {
            name: _endpoint(_mapping(settings, name), name, owned)
            for name, settings in _mapping(networking.get("EndpointsConfig"), "EndpointsConfig").items()
        }
    }
    return made


def update(told: Mapping[str, Any]) -> dict[str, Any]:
    """The body of changed limits. Raises :class:`Refused`."""
    return _known(told, _LIMITS, "")


def new_exec(told: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a command in a container. Raises :class:`Refused`."""
    # Some clients repeat the container's id, which is in the path.
    return _known({name: value for name, value in told.items() if name != "Container"}, _EXEC, "")


def network(told: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    """The body of a new network: a bridge without options. Raises :class:`Refused`."""
    made = _known(told, _NETWORK, "")
    if made.get("Driver") not in (None, "", "bridge"):
        raise not_allowed(f"a network with driver {made['Driver']!r}")
    pool = _mapping(made.pop("IPAM", None), "IPAM")
    if pool.get("Driver") not in (None, "", "default") or any(v for k, v in pool.items() if k != "Driver"):
        raise not_allowed("a network with addresses of its own choice")
    made["Labels"] = {**_mapping(made.get("Labels"), "Labels"), **labels}
    return made


def volume(told: Mapping[str, Any], labels: Labels) -> dict[str, Any]:
    """The body of a new volume: local; its options could mount anything. Raises :class:`Refused`."""
    made = _known(told, _VOLUME, "")
    if made.get("Driver") not in (None, "", "local"):
        raise not_allowed(f"a volume with driver {made['Driver']!r}")
    made["Labels"] = {**_mapping(made.get("Labels"), "Labels"), **labels}
    return made


def connection(told: Mapping[str, Any], owned: Owned) -> dict[str, Any]:
    """The body that connects a container to a network or takes it off. Raises :class:`Refused`."""
    made = _known(told, {"Container", "EndpointConfig", "Force"}, "")
    made["Container"] = owned.container(str(made.get("Container", "")))
    if "EndpointConfig" in made:
        made["EndpointConfig"] = _endpoint(_mapping(made["EndpointConfig"], "EndpointConfig"), "", owned)
    return made


def _host(told: Mapping[str, Any], owned: Owned) -> dict[str, Any]:
    for name in _ABSENT:
        if told.get(name) is not None:
            raise not_allowed(f"HostConfig.{name}")
    made = _known(told, _HOST, "HostConfig.")
    for name, allowed in _VALUES.items():
        if made.get(name, "") not in allowed:
            raise not_allowed(f"HostConfig.{name} = {made[name]!r}")
    weaker = set(made.get("SecurityOpt") or ()) - _SECURITY
    if weaker:
        raise not_allowed(f"HostConfig.SecurityOpt {sorted(weaker)}")
    if _mapping(made.get("LogConfig"), "LogConfig").get("Type", "") not in _LOG_DRIVERS:
        raise not_allowed(f"log driver {made['LogConfig']['Type']!r}")
    _network_mode(str(made.get("NetworkMode") or ""), owned)
    for other in (*(made.get("Links") or ()), *(made.get("VolumesFrom") or ())):
        owned.container(str(other).partition(":")[0])
    for bind in made.get("Binds") or ():
        _bind(str(bind), owned)
    made["Mounts"] = [_mount(_mapping(mount, "Mounts"), owned) for mount in made.get("Mounts") or ()]
    made["PortBindings"] = {
        port: [
            {"HostIp": "127.0.0.1", "HostPort": str(one.get("HostPort") or "")} for one in bindings or [{}]
        ]
        for port, bindings in _mapping(made.get("PortBindings"), "PortBindings").items()
    }
    return made


def _network_mode(mode: str, owned: Owned) -> None:
    if mode in ("", "default", "bridge", "none"):
        return
    kind, colon, name = mode.partition(":")
    if colon and kind == "container":
        owned.container(name)
    elif colon or mode == "host":
        raise not_allowed(f"network mode {mode!r}")
    else:
        owned.network(mode)


def _bind(bind: str, owned: Owned) -> None:
    source, colon, _ = bind.partition(":")
    if not colon:  # a path in the container: a volume without a name
        return
    if source[:1] in ("/", ".", "~", "\\") or "/" in source:
        raise not_allowed(f"mounting {source!r} of this machine")
    owned.volume(source)


def _mount(told: Mapping[str, Any], owned: Owned) -> dict[str, Any]:
    made = _known(told, _MOUNT, "Mounts.")
    if made.get("Type") not in ("volume", "tmpfs"):
        raise not_allowed(f"mounting a {made.get('Type')!r} of this machine")
    if made["Type"] == "volume" and made.get("Source"):
        owned.volume(str(made["Source"]))
    return made


def _endpoint(told: Mapping[str, Any], name: str, owned: Owned) -> dict[str, Any]:
    made = _known(told, _ENDPOINT, "EndpointsConfig.")
    if name and name not in ("bridge", "default", "none"):
        owned.network(name)
    if made.get("NetworkID"):
        owned.network(str(made["NetworkID"]))
    for link in made.get("Links") or ():
        owned.container(str(link).partition(":")[0])
    return made


def _known(told: Mapping[str, Any], names: Collection[str], where: str) -> dict[str, Any]:
    for name, value in told.items():
        if name not in names and value not in (None, "", 0, False, [], {}):
            raise not_allowed(f"{where}{name}")
    return {name: value for name, value in told.items() if name in names}


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(f"{name} is no JSON object", 400)
    return value
