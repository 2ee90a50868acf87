"""Statistics of containers, one reading per second of the engine's clock."""

from __future__ import annotations

from typing import Any, Final

from labkit.engine.container import Container
from labkit.engine.lists import listed
from labkit.engine.times import NANO, stamp

_PAGE: Final = 4096
_MEMORY: Final = listed(
    "active_anon active_file cache dirty hierarchical_memory_limit hierarchical_memsw_limit inactive_anon "
    "inactive_file mapped_file pgfault pgmajfault pgpgin pgpgout rss rss_huge total_active_anon "
    "total_active_file total_cache total_dirty total_inactive_anon total_inactive_file total_mapped_file "
    "total_pgfault total_pgmajfault total_pgpgin total_pgpgout total_rss total_rss_huge total_unevictable "
    "total_writeback unevictable writeback"
)
_BLOCKS: Final = listed(
    "io_service_bytes_recursive io_serviced_recursive io_queue_recursive io_service_time_recursive "
    "io_wait_time_recursive io_merged_recursive io_time_recursive sectors_recursive"
)
_NETWORK: Final = listed("rx_bytes rx_packets rx_errors rx_dropped tx_bytes tx_packets tx_errors tx_dropped")
_NO_CPU: Final = {
    "cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
    "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
}


def cpu(container: Container) -> dict[str, Any]:
    """Return the CPU time that a container has used up to now."""
    container.usage.settle()
    usage, daemon = container.usage, container.daemon
    total = int(usage.cpu * NANO)
    each = total // daemon.cpus
    kernel = total // 10
    periods = int((daemon.timeline.now - (container.started or daemon.timeline.now)) * 10)
    limited = bool(container.host["NanoCpus"] or container.host["CpuQuota"] > 0)
    throttled = int(usage.throttled * 10)
    return {
        "cpu_usage": {
            "total_usage": total,
            "percpu_usage": [each] * daemon.cpus,
            "usage_in_kernelmode": kernel,
            "usage_in_usermode": total - kernel,
        },
        "system_cpu_usage": int((daemon.timeline.now - daemon.begun + 3600) * daemon.cpus * NANO),
        "online_cpus": daemon.cpus,
        "throttling_data": {
            "periods": periods if limited else 0,
            "throttled_periods": throttled if limited else 0,
            "throttled_time": int(usage.throttled * NANO) if limited else 0,
        },
    }


def reading(container: Container, before: dict[str, Any] | None, previous: float | None) -> dict[str, Any]:
    """Return one reading.

    Args:
        container: whose.
        before: what :func:`cpu` told a second ago; None in a first reading.
        previous: when that was.
    """
    daemon = container.daemon
    found: dict[str, Any] = {
        "read": stamp(daemon.timeline.now if container.running else None),
        "preread": stamp(previous),
        "pids_stats": {"current": 1, "limit": _pids(container)} if container.running else {},
        "blkio_stats": {name: [] if container.running else None for name in _BLOCKS},
        "num_procs": 0,
        "storage_stats": {},
        "cpu_stats": cpu(container) if container.running else _NO_CPU,
        "precpu_stats": before or _NO_CPU,
        "memory_stats": _memory(container) if container.running else {},
        "name": f"/{container.name}",
        "id": container.id,
    }
    if not found["pids_stats"].get("limit"):
        found["pids_stats"].pop("limit", None)
    if container.running and container.host["NetworkMode"] not in ("host", "none"):
        found["networks"] = {
            f"eth{number}": dict.fromkeys(_NETWORK, 0) for number, _ in enumerate(container.networks)
        }
    return found


def _pids(container: Container) -> int:
    return int(container.host["PidsLimit"] or 0)


def _memory(container: Container) -> dict[str, Any]:
    usage = container.usage
    held = usage.memory
    usage.settle()
    limit = usage.memory_limit
    numbers = dict.fromkeys(_MEMORY, 0)
    numbers |= dict.fromkeys(("rss", "total_rss", "active_anon", "total_active_anon"), held)
    numbers |= dict.fromkeys(("pgpgin", "total_pgpgin", "pgfault", "total_pgfault"), held // _PAGE)
    numbers["hierarchical_memory_limit"] = limit
    numbers["hierarchical_memsw_limit"] = container.host["MemorySwap"] or limit
    return {"usage": held, "max_usage": max(usage.most, held), "stats": numbers, "limit": limit}
