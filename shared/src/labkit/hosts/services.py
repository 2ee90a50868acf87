"""Services of a machine, as systemd runs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Service:
    """One systemd service.

    Args:
        name: without ``.service``.
        description: shown by ``systemctl status``.
        active: running, or not.
        enabled: started at boot.
        fails: what happens at the next starts: the reason it fails (an exit status line in the
            journal), or None. Set it to make a restart not help.
        since: when it came to its present state, seconds since the epoch; None is the boot time.
        pid: main process.
        command: what the main process shows in ``ps``.
        ports: TCP ports it listens on.
    """

    name: str
    description: str = ""
    active: bool = True
    enabled: bool = True
    fails: str | None = None
    failed: bool = False
    since: float | None = None
    pid: int = 0
    command: str = ""
    user: str = "root"
    ports: tuple[int, ...] = ()
    restarts: int = 0

    @property
    def state(self) -> str:
        """The word of ``systemctl is-active``."""
        return "active" if self.active else "failed" if self.failed else "inactive"


def _defaults() -> list[Service]:
    return [
        Service("cron", "Regular background program processing daemon", pid=412, command="/usr/sbin/cron -f"),
        Service("dbus", "D-Bus System Message Bus", pid=413, command="/usr/bin/dbus-daemon --system"),
        Service(
            "nginx",
            "A high performance web server and a reverse proxy server",
            pid=655,
            command="nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
            ports=(80,),
        ),
        Service(
            "ssh",
            "OpenBSD Secure Shell server",
            pid=640,
            command="sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",
            ports=(22,),
        ),
        Service("systemd-journald", "Journal Service", pid=237, command="/lib/systemd/systemd-journald"),
    ]


class ServiceTable:
    """The services of one machine by name; ``table["nginx"]`` is the :class:`Service`."""

    def __init__(self) -> None:
        self._made: dict[str, Service] | None = None
        self._next_pid = 2100

    @property
    def _services(self) -> dict[str, Service]:
        # Made at the first look: a fleet of fifty mostly never asks.
        if self._made is None:
            self._made = {service.name: service for service in _defaults()}
        return self._made

    def __getitem__(self, name: str) -> Service:
        return self._services[name.removesuffix(".service")]

    def get(self, name: str) -> Service | None:
        return self._services.get(name.removesuffix(".service"))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.removesuffix(".service") in self._services

    def __iter__(self) -> Iterator[Service]:
        return iter(sorted(self._services.values(), key=lambda service: service.name))

    def add(self, service: Service) -> Service:
        """Install a service, replacing one of the same name."""
        self._services[service.name] = service
        if service.active and not service.pid:
            service.pid = self.new_pid()
        return service

    def remove(self, name: str) -> None:
        self._services.pop(name.removesuffix(".service"), None)

    @property
    def last_pid(self) -> int:
        """The number the newest process got."""
        return self._next_pid

    def new_pid(self) -> int:
        self._next_pid += 7
        return self._next_pid

    def start(self, service: Service, time: float) -> bool:
        """Start a service unless it runs; False when it fails."""
        if service.active:
            return True
        service.since = time
        if service.fails is not None:
            service.failed, service.pid = True, 0
            return False
        service.active, service.failed, service.pid = True, False, self.new_pid()
        return True

    def stop(self, service: Service, time: float, *, failed: bool = False) -> None:
        if service.active or failed:
            service.since = time
        service.active, service.failed, service.pid = False, failed, 0

    def boot(self, time: float) -> None:
        """What the machine looks like after a start: enabled services run, the others do not."""
        for service in self:
            self.stop(service, time)
            if service.enabled:
                self.start(service, time)
