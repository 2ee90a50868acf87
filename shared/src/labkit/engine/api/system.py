"""The engine itself: ping, version, info, disk usage, and what it is no part of."""

from __future__ import annotations

from typing import Any, Final

from labkit.engine.api.routing import Answer, Call, Route
from labkit.engine.containerviews import summary
from labkit.engine.imageviews import VERSION, image_summary, layers_size, volume
from labkit.engine.lists import listed
from labkit.engine.problems import EngineError
from labkit.engine.times import stamp
from labkit.engine.volumes import ROOT
from labkit.http.wire import Response

API_VERSION, MIN_API_VERSION = "1.41", "1.12"
_KERNEL, _GO, _COMMIT = "6.1.0-13-amd64", "go1.19.8", "5d6db84"
_BUILT: Final = "2024-06-01T10:00:00.000000000+00:00"
_LOGS: Final = listed("awslogs fluentd gcplogs gelf journald json-file local logentries splunk syslog")
_TRUE: Final = listed(
    "MemoryLimit SwapLimit KernelMemory KernelMemoryTCP CpuCfsPeriod CpuCfsQuota CPUShares CPUSet "
    "PidsLimit IPv4Forwarding BridgeNfIptables BridgeNfIp6tables OomKillDisable"
)
_NO_SWARM: Final = (
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this '
    "node to swarm and try again."
)


def ping(_call: Call) -> Answer:
    headers = {
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
        "Builder-Version": "1",
    }
    return Response(200, b"OK", "text/plain; charset=utf-8", headers)


def version(_call: Call) -> Answer:
    details = {
        "ApiVersion": API_VERSION,
        "Arch": "amd64",
        "BuildTime": _BUILT,
        "Experimental": "false",
        "GitCommit": _COMMIT,
        "GoVersion": _GO,
        "KernelVersion": _KERNEL,
        "MinAPIVersion": MIN_API_VERSION,
        "Os": "linux",
    }
    parts = [
        {"Name": "Engine", "Version": VERSION, "Details": details},
        {"Name": "containerd", "Version": "1.6.20~ds1", "Details": {"GitCommit": "1.6.20~ds1-1+deb12u1"}},
        {"Name": "runc", "Version": "1.1.5+ds1", "Details": {"GitCommit": "1.1.5+ds1-1+deb12u1"}},
        {"Name": "docker-init", "Version": "0.19.0", "Details": {"GitCommit": ""}},
    ]
    shown = {key: details[key] for key in details if key != "Experimental"}
    return {"Platform": {"Name": "labkit, simulated"}, "Components": parts, "Version": VERSION, **shown}


def info(call: Call) -> Answer:
    daemon = call.daemon
    states = [container.status for container in daemon.containers.values()]
    found: dict[str, Any] = {
        "ID": "SIMU:LATE:DENG:INEI:NTHE:TEST:PROC:ESSN:OREA:LCON:TAIN:ERSX",
        "Containers": len(states),
        "ContainersRunning": sum(state in ("running", "restarting") for state in states),
        "ContainersPaused": states.count("paused"),
        "ContainersStopped": sum(state in ("created", "exited", "dead") for state in states),
        "Images": len(daemon.images.all),
        "Driver": "overlay2",
        "DriverStatus": [
            ["Backing Filesystem", "extfs"],
            ["Supports d_type", "true"],
            ["Native Overlay Diff", "true"],
            ["userxattr", "false"],
        ],
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
            "Authorization": None,
            "Log": _LOGS,
        },
        **dict.fromkeys(_TRUE, True),
        "Debug": False,
        "NFd": 24,
        "NGoroutines": 38,
        "SystemTime": stamp(daemon.clock.peek()),
        "LoggingDriver": "json-file",
        "CgroupDriver": "cgroupfs",
        "CgroupVersion": "1",
        "NEventsListener": daemon.waiting,
        "KernelVersion": _KERNEL,
        "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
        "OSVersion": "12",
        "OSType": "linux",
        "Architecture": "x86_64",
        "IndexServerAddress": "https://index.docker.io/v1/",
        "RegistryConfig": {
            "AllowNondistributableArtifactsCIDRs": [],
            "AllowNondistributableArtifactsHostnames": [],
            "InsecureRegistryCIDRs": ["127.0.0.0/8"],
            "IndexConfigs": {
                "docker.io": {"Name": "docker.io", "Mirrors": [], "Secure": True, "Official": True}
            },
            "Mirrors": [],
        },
        "NCPU": daemon.cpus,
        "MemTotal": daemon.memory,
        "GenericResources": None,
        "DockerRootDir": ROOT,
        "HttpProxy": "",
        "HttpsProxy": "",
        "NoProxy": "",
        "Name": "docker-1",
        "Labels": [],
        "ExperimentalBuild": False,
        "ServerVersion": VERSION,
        "Runtimes": {
            "io.containerd.runc.v2": {"path": "runc"},
            "io.containerd.runtime.v1.linux": {"path": "runc"},
            "runc": {"path": "runc"},
        },
        "DefaultRuntime": "runc",
        "Swarm": {
            "NodeID": "",
            "NodeAddr": "",
            "LocalNodeState": "inactive",
            "ControlAvailable": False,
            "Error": "",
            "RemoteManagers": None,
        },
        "LiveRestoreEnabled": False,
        "Isolation": "",
        "InitBinary": "docker-init",
        "ContainerdCommit": {"ID": "1.6.20~ds1-1+deb12u1", "Expected": "1.6.20~ds1-1+deb12u1"},
        "RuncCommit": {"ID": "1.1.5+ds1-1+deb12u1", "Expected": "1.1.5+ds1-1+deb12u1"},
        "InitCommit": {"ID": "", "Expected": ""},
        "SecurityOptions": ["name=seccomp,profile=default"],
        "Warnings": None,
    }
    return found


def disk_usage(call: Call) -> Answer:
    daemon = call.daemon
    images = [
        {**image_summary(image, len(daemon.using(image))), "SharedSize": 0}
        for image in daemon.images.all.values()
        if image.tags or not daemon.images.children(image)
    ]
    containers = [summary(container, size=True) for container in daemon.containers.values()]
    volumes = [volume(one, len(daemon.volume_users(one.name))) for one in daemon.volumes.all.values()]
    return {
        "LayersSize": layers_size(daemon),
        "Images": images,
        "Containers": containers,
        "Volumes": volumes,
        "BuildCache": None,
        "BuilderSize": 0,
    }


def authenticate(call: Call) -> Answer:
    body = call.body()
    if body.get("password"):
        return {"Status": "Login Succeeded", "IdentityToken": ""}
    raise EngineError(401, "unauthorized: incorrect username or password")


def no_swarm(_call: Call) -> Answer:
    raise EngineError(503, _NO_SWARM)


def no_session(_call: Call) -> Answer:
    raise EngineError(501, "BuildKit is not simulated: build with DOCKER_BUILDKIT=0")


_SWARM: Final = ("/swarm", "/services", "/nodes", "/secrets", "/configs", "/tasks")
ROUTES: Final[list[Route]] = [
    ("GET", "/_ping", ping),
    ("HEAD", "/_ping", ping),
    ("GET", "/version", version),
    ("GET", "/info", info),
    ("GET", "/system/df", disk_usage),
    ("POST", "/auth", authenticate),
    ("GET", "/plugins", lambda _call: []),
    ("POST", "/session", no_session),
    ("POST", "/grpc", no_session),
    *[("GET", path, no_swarm) for path in _SWARM],
    *[("GET", f"{path}/{{}}", no_swarm) for path in _SWARM[1:]],
    *[("POST", f"{path}/create", no_swarm) for path in _SWARM[1:5]],
]
