"""What a machine reports about itself: load, processors, memory, disks, time since boot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from labkit.clock import Clock
from labkit.hosts.files import MIB, Disk, VirtualFilesystem


@dataclass
class Memory:
    """Memory in bytes. ``used`` excludes buffers and cache, as ``free`` of procps 4 counts."""

    total: int = 2048 * MIB
    used: int = 412 * MIB
    cached: int = 730 * MIB
    shared: int = 2 * MIB
    swap_total: int = 1024 * MIB
    swap_used: int = 0

    @property
    def free(self) -> int:
        return max(0, self.total - self.used - self.cached)

    @property
    def available(self) -> int:
        return max(0, self.total - self.used)


class Metrics:
    """Figures that tests set and commands show.

    Attributes:
        load: load averages of 1, 5 and 15 minutes.
        cpus: number of processors.
        memory: a :class:`Memory`.
        booted_at: seconds since the epoch; ``uptime`` is the clock's time minus this.
        logins: how many users ``uptime`` counts.
        kernel: what ``uname -r`` says.
    """

    def __init__(self, clock: Clock, files: VirtualFilesystem, seed: int = 0) -> None:
        self._clock = clock
        self._files = files
        self.load: tuple[float, float, float] = (0.15, 0.1, 0.05)
        self.cpus = 2
        self.memory = Memory()
        # 42 days, 3:07 and some seconds.
        self.booted_at = clock.peek() - (42 * 86400 + 3 * 3600 + 7 * 60 + seed % 60)
        self.logins = 1
        self.kernel = "6.1.0-25-amd64"
        self.kernel_version = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.106-3 (2024-08-26)"

    @property
    def uptime(self) -> float:
        """Seconds since boot by the machine's clock."""
        return max(0.0, self._clock.peek() - self.booted_at)

    @uptime.setter
    def uptime(self, seconds: float) -> None:
        self.booted_at = self._clock.peek() - seconds

    @property
    def disks(self) -> list[Disk]:
        """The mounted disks; assign a list to replace them."""
        return self._files.disks

    @disks.setter
    def disks(self, disks: Iterable[Disk]) -> None:
        self._files.disks = list(disks)

    def disk(self, mount: str = "/") -> Disk:
        """The disk mounted there. Raises KeyError that names the mounts there are."""
        for disk in self.disks:
            if disk.mount == mount:
                return disk
        raise KeyError(f"nothing is mounted at {mount}; there are {', '.join(d.mount for d in self.disks)}")
