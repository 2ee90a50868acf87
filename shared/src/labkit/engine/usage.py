"""What a container uses: CPU time and memory, within its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.engine.container import Container


class Usage:
    """CPU time and memory of a container, by the engine's clock.

    Args:
        container: whose.

    Attributes:
        cpu: seconds of CPU time since it started.
        throttled: seconds for which it wanted more than its limit.
        most: the most bytes it held.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self.begin()

    def begin(self) -> None:
        """A new process starts."""
        self.cpu = 0.0
        self.throttled = 0.0
        self.most = 0
        self._since = self._container.daemon.timeline.now

    @property
    def limit(self) -> float:
        """CPUs it may use."""
        host, cpus = self._container.host, float(self._container.daemon.cpus)
        if host["NanoCpus"]:
            return min(cpus, float(host["NanoCpus"]) / 1e9)
        if host["CpuQuota"] > 0:
            return min(cpus, float(host["CpuQuota"] / (host["CpuPeriod"] or 100_000)))
        return cpus

    @property
    def memory(self) -> int:
        """Bytes it holds."""
        process = self._container.process
        return process.memory if process is not None and process.alive else 0

    @property
    def memory_limit(self) -> int:
        """Bytes it may hold."""
        return int(self._container.host["Memory"] or self._container.daemon.memory)

    def settle(self) -> None:
        """Count the time up to now; called before demand, limit or state change."""
        container = self._container
        now = container.daemon.timeline.now
        passed, self._since = now - self._since, now
        process = container.process
        if container.status == "running" and process is not None:
            self.cpu += passed * min(process.cpu, self.limit)
            self.throttled += passed if process.cpu > self.limit else 0.0
        self.most = max(self.most, self.memory)

    def memory_changed(self) -> None:
        """End the container when it holds more than it may."""
        container = self._container
        self.most = max(self.most, self.memory)
        limit = container.host["Memory"]
        if limit and self.memory > limit and not container.host["OomKillDisable"]:
            container.daemon.lifecycle.out_of_memory(container)
