"""Health checks: a command in the container, again and again. Source: moby, daemon/health.go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from labkit.engine.problems import EngineError
from labkit.engine.process import Process
from labkit.engine.timeline import Due
from labkit.engine.times import NANO, stamp

if TYPE_CHECKING:
    from labkit.engine.container import Container

_INTERVAL, _TIMEOUT, _RETRIES, _KEPT = 30.0, 30.0, 3, 5
_LONGEST: Final = 4096


@dataclass
class Health:
    """The health of a container that runs.

    Args:
        container: whose.

    Attributes:
        status: ``starting``, ``healthy`` or ``unhealthy``.
        streak: failures since the last success.
        log: the latest results, oldest first.
    """

    container: Container
    status: str = "starting"
    streak: int = 0
    log: list[dict[str, Any]] = field(default_factory=list)
    _due: Due | None = None
    _process: Process | None = None

    @property
    def _settings(self) -> dict[str, Any]:
        return self.container.config["Healthcheck"] or {}

    def _seconds(self, name: str, usual: float) -> float:
        return (self._settings.get(name) or 0) / NANO or usual

    @property
    def command(self) -> list[str]:
        """The command line of the check."""
        kind, *words = self._settings["Test"]
        return words if kind == "CMD" else ["/bin/sh", "-c", *words]

    def schedule(self) -> None:
        """Have the next check happen one interval from now."""
        timeline = self.container.daemon.timeline
        self._due = timeline.after(self._seconds("Interval", _INTERVAL), self._check)

    def stop(self) -> None:
        """No more checks."""
        if self._due is not None:
            self._due.cancel()
        process, self._process = self._process, None
        if process is not None and process.alive:
            process.kill(137)

    def _check(self) -> None:
        container = self.container
        if container.status != "running":
            self.schedule()
            return
        daemon = container.daemon
        began, output = daemon.timeline.now, bytearray()
        timeout = self._seconds("Timeout", _TIMEOUT)
        limit = daemon.timeline.after(timeout, lambda: self._over(began, timeout))

        def ended(status: int) -> None:
            limit.cancel()
            if self._process is not None:
                self._process = None
                self._result(began, status, output.decode("utf-8", "replace"))

        argv = self.command
        try:
            process = daemon.execs.process(container, argv, lambda _stream, data: output.extend(data), ended)
        except EngineError as error:
            limit.cancel()
            self._result(began, -1, error.message)
            return
        exec_id = daemon.identities.id()
        words = " ".join(argv)
        daemon.happened(container, f"exec_create: {words}", execID=exec_id)
        daemon.happened(container, f"exec_start: {words}", execID=exec_id)
        self._process = process
        process.feed(b"")
        process.start()
        if process.status is not None:
            daemon.happened(container, "exec_die", execID=exec_id, exitCode=str(process.status))

    def _over(self, began: float, timeout: float) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill(137)
            shown = f"{int(timeout)}s" if timeout >= 1 else f"{int(timeout * 1000)}ms"
            self._result(began, -1, f"Health check exceeded timeout ({shown})")

    def _result(self, began: float, code: int, output: str) -> None:
        container = self.container
        now = container.daemon.timeline.now
        shown = output if len(output) <= _LONGEST else f"{output[:_LONGEST]}..."
        self.log.append({"Start": stamp(began), "End": stamp(now), "ExitCode": code, "Output": shown})
        del self.log[:-_KEPT]
        before = self.status
        if code == 0:
            self.streak, self.status = 0, "healthy"
        elif not self._in_start_period(began):
            self.streak += 1
            if self.streak >= int(self._settings.get("Retries") or _RETRIES):
                self.status = "unhealthy"
        if self.status != before:
            container.daemon.happened(container, f"health_status: {self.status}")
        self.schedule()

    def _in_start_period(self, began: float) -> bool:
        period = self._seconds("StartPeriod", 0.0)
        return self.status == "starting" and began - (self.container.started or began) < period

    def json(self) -> dict[str, Any]:
        """Return it as inspect shows it."""
        return {"Status": self.status, "FailingStreak": self.streak, "Log": list(self.log)}


def health_of(container: Container) -> Health | None:
    """Return the health of a container that starts; None when nothing checks it."""
    test = (container.config.get("Healthcheck") or {}).get("Test") or []
    if not test or test == ["NONE"]:
        return None
    return Health(container)
