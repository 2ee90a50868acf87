"""``HostConfig``: what it has when nothing was said, and what may not be said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from labkit.engine.lists import listed
from labkit.engine.problems import bad
from labkit.engine.times import NANO

_NOTHING: Final = listed(
    "Binds VolumesFrom CapAdd CapDrop Dns DnsOptions DnsSearch ExtraHosts GroupAdd Links SecurityOpt "
    "BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps BlkioDeviceReadIOps BlkioDeviceWriteIOps "
    "Devices DeviceCgroupRules DeviceRequests MemorySwappiness PidsLimit Ulimits PortBindings"
)
_EMPTY: Final = listed(
    "ContainerIDFile VolumeDriver Cgroup PidMode UTSMode UsernsMode Isolation CgroupParent CpusetCpus "
    "CpusetMems"
)
_ZERO: Final = listed(
    "OomScoreAdj CpuShares Memory NanoCpus BlkioWeight CpuPeriod CpuQuota CpuRealtimePeriod "
    "CpuRealtimeRuntime KernelMemory KernelMemoryTCP MemoryReservation MemorySwap CpuCount CpuPercent "
    "IOMaximumIOps IOMaximumBandwidth"
)
_FALSE: Final = ["AutoRemove", "Privileged", "PublishAllPorts", "ReadonlyRootfs", "OomKillDisable"]
_MASKED: Final = listed(
    "/proc/asound /proc/acpi /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list "
    "/proc/timer_stats /proc/sched_debug /proc/scsi /sys/firmware"
)
_READ_ONLY: Final = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
#: Further fields, shown only when they were given.
_FURTHER: Final = ("Init", "Mounts", "Tmpfs", "Sysctls", "StorageOpt", "Annotations", "Runtime")
_POLICIES: Final = ("", "no", "always", "unless-stopped", "on-failure")
_LEAST_MEMORY: Final = 6 << 20
_DEFAULTS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(_NOTHING),
    **dict.fromkeys(_EMPTY, ""),
    **dict.fromkeys(_ZERO, 0),
    **dict.fromkeys(_FALSE, False),
    "IpcMode": "private",
    "CgroupnsMode": "host",
    "ShmSize": 64 << 20,
    "ConsoleSize": [0, 0],
}


def complete(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a HostConfig with everything in it."""
    known = {*_DEFAULTS, *_FURTHER}
    given = {name: value for name, value in found.items() if value is not None and name in known}
    host: dict[str, Any] = {**_DEFAULTS, **given}
    host["LogConfig"] = {"Type": "json-file", "Config": {}}
    log = found.get("LogConfig") or {}
    host["LogConfig"].update({name: value for name, value in log.items() if value})
    host["NetworkMode"] = found.get("NetworkMode") or "default"
    policy = found.get("RestartPolicy") or {}
    host["RestartPolicy"] = {
        "Name": policy.get("Name") or "no",
        "MaximumRetryCount": policy.get("MaximumRetryCount") or 0,
    }
    host["ShmSize"] = host["ShmSize"] or 64 << 20
    host["MaskedPaths"] = [] if host["Privileged"] else list(_MASKED)
    host["ReadonlyPaths"] = [] if host["Privileged"] else list(_READ_ONLY)
    if host["Memory"] and not host["MemorySwap"]:
        host["MemorySwap"] = 2 * host["Memory"]
    if host["PortBindings"]:
        host["PortBindings"] = {
            port if "/" in port else f"{port}/tcp": [
                {"HostIp": one.get("HostIp") or "", "HostPort": str(one.get("HostPort") or "")}
                for one in bindings or []
            ]
            for port, bindings in host["PortBindings"].items()
        }
    return host


def check(found: Mapping[str, Any], cpus: int) -> None:
    """Check what a client asked for, in the order of the real engine.

    Args:
        found: as it came.
        cpus: CPUs of the host.

    Raises:
        EngineError: something makes no sense.
    """
    check_policy(found.get("RestartPolicy") or {})
    policy = (found.get("RestartPolicy") or {}).get("Name") or "no"
    if found.get("AutoRemove") and policy != "no":
        raise bad("can't create 'AutoRemove' container with restart policy")
    for bindings in (found.get("PortBindings") or {}).values():
        for binding in bindings or []:
            _check_port(str(binding.get("HostPort") or ""))
    for host in found.get("ExtraHosts") or []:
        if ":" not in host:
            raise bad(f'bad format for add-host: "{host}"')
    score = found.get("OomScoreAdj") or 0
    if not -1000 <= score <= 1000:
        raise bad(f"Invalid value {score}, range for oom score adj is [-1000, 1000]")
    check_resources(found, cpus)


def check_policy(policy: Mapping[str, Any]) -> None:
    """Check a restart policy.

    Raises:
        EngineError: it makes no sense.
    """
    name, most = policy.get("Name") or "", policy.get("MaximumRetryCount") or 0
    if name not in _POLICIES:
        raise bad(f"invalid restart policy '{name}'")
    if name != "on-failure" and most != 0:
        raise bad(f"maximum retry count cannot be used with restart policy '{name}'")
    if most < 0:
        raise bad("maximum retry count cannot be negative")


def check_resources(found: Mapping[str, Any], cpus: int) -> None:
    """Check limits of memory and CPU.

    Raises:
        EngineError: a limit makes no sense.
    """
    memory, swap = found.get("Memory") or 0, found.get("MemorySwap") or 0
    if 0 < memory < _LEAST_MEMORY:
        raise bad("Minimum memory limit allowed is 6MB")
    if memory > 0 and 0 < swap < memory:
        raise bad("Minimum memoryswap limit should be larger than memory limit, see usage")
    if memory == 0 and swap > 0:
        raise bad("You should always set the Memory limit when using Memoryswap limit, see usage")
    nano = found.get("NanoCpus") or 0
    if nano > 0 and (found.get("CpuPeriod") or 0) > 0:
        raise bad("Conflicting options: Nano CPUs and CPU Period cannot both be set")
    if nano > 0 and (found.get("CpuQuota") or 0) > 0:
        raise bad("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
    if nano < 0 or nano > cpus * NANO:
        raise bad(f"Range of CPUs is from 0.01 to {cpus}.00, as there are only {cpus} CPUs available")
    period, quota = found.get("CpuPeriod") or 0, found.get("CpuQuota") or 0
    if period and not 1000 <= period <= 1_000_000:
        raise bad("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
    if 0 < quota < 1000:
        raise bad("CPU cfs quota can not be less than 1ms (i.e. 1000)")


def _check_port(text: str) -> None:
    if text and not re.fullmatch(r"\d{1,5}(-\d{1,5})?", text):
        raise bad(f'invalid port specification: "{text}"')
    if any(int(part) > 65535 for part in text.split("-") if part):
        raise bad(f'invalid port specification: "{text}"')
