"""The engine without its API: all that there is, under one lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from labkit.clock import DEFAULT_START
from labkit.engine.commands import Rules
from labkit.engine.container import Container
from labkit.engine.events import Event, EventLog
from labkit.engine.execs import Execs
from labkit.engine.image import Image, Images
from labkit.engine.lifecycle import Lifecycle
from labkit.engine.names import Identities
from labkit.engine.networks import Networks
from labkit.engine.ports import Ports
from labkit.engine.problems import conflict, missing
from labkit.engine.timeline import EngineClock, Timeline
from labkit.engine.volumes import Volumes
from labkit.http.wire import DropConnection

if TYPE_CHECKING:
    from labkit.hosts.files import VirtualFilesystem

#: Seconds of real time between two jumps of a waiting request, so that others get their turn.
_BREATH: Final = 0.0005
#: Seconds of real time after which a waiting request looks again, whatever happened.
_LOOK: Final = 0.25


class Daemon:
    """Everything behind the API. ``changed`` is the lock, and the condition on which requests wait.

    Args:
        seed: for ids, names and faults.
        start: where the clock begins.
        real_time: whether time passes as it does outside.
        cpus: CPUs of the simulated host.
        memory: bytes of memory of the simulated host.
    """

    def __init__(
        self,
        seed: int | str = 0,
        *,
        start: float = DEFAULT_START,
        real_time: bool = False,
        cpus: int = 4,
        memory: int = 8 << 30,
    ) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.timeline = Timeline(start)
        self.clock = EngineClock(self.timeline, self.changed, polling=not real_time)
        self.real_time = real_time
        self.seed = seed
        self.begun = start
        self.cpus = cpus
        self.memory = memory
        self.identities = Identities(seed)
        self.containers: dict[str, Container] = {}
        self.images = Images()
        self.networks = Networks()
        self.volumes = Volumes()
        self.events = EventLog()
        self.ports = Ports()
        self.rules = Rules()
        self.exec_rules = Rules()
        self.execs = Execs(self)
        self.lifecycle = Lifecycle(self)
        self.registry: dict[str, Callable[[], Image]] = {}
        self.saved: dict[str, Image] = {}
        self.build_cache: dict[tuple[str, str], str] = {}
        self.failures: list[Exception] = []
        self.waiting = 0
        self.age = 0
        self._pid = 4000
        self.networks.begin(self.identities, start)

    @cached_property
    def host_files(self) -> VirtualFilesystem:
        """The files of the simulated host, which bind mounts show; never real ones."""
        from labkit.hosts.files import VirtualFilesystem

        return VirtualFilesystem(time=self.clock.peek)

    def reset(self, seed: int | str | None = None) -> None:
        """Back to an engine with nothing in it, at the beginning of its time. Requests that wait are cut."""
        with self.changed:
            self.age += 1
            if seed is not None:
                self.seed = seed
            for container in self.containers.values():
                container.removed = True
                if container.process is not None:
                    container.stopped_by_hand = True
                    container.host["AutoRemove"] = False
                    container.process.kill(137)
                container.output.close()
            self.execs.clear()
            self.ports.close_all()
            self.identities = Identities(self.seed)
            self.timeline.reset(self.begun)
            self.containers.clear()
            self.images.all.clear()
            self.volumes.all.clear()
            self.registry.clear()
            self.saved.clear()
            self.build_cache.clear()
            self.rules.clear()
            self.exec_rules.clear()
            self.events.clear()
            self.failures.clear()
            self.__dict__.pop("host_files", None)
            self.networks.begin(self.identities, self.begun)
            self.clock.polling = not self.real_time
            self.clock.step = 1.0
            self._pid = 4000
            self.changed.notify_all()

    def next_pid(self) -> int:
        """Return the number of a process that starts."""
        self._pid += 1
        return self._pid

    # Finding

    def find(self, text: str) -> Container:
        """Return a container by id, name or the beginning of an id.

        Raises:
            EngineError: there is none, or several begin so.
        """
        if text in self.containers:
            return self.containers[text]
        name = text.removeprefix("/")
        for container in self.containers.values():
            if container.name == name:
                return container
        found = [container for id_, container in self.containers.items() if text and id_.startswith(text)]
        if len(found) > 1:
            raise conflict(f"Multiple IDs found with provided prefix: {text}")
        if not found:
            raise missing(f"No such container: {text}")
        return found[0]

    def check_free(self, name: str) -> None:
        """Make sure that no container has a name.

        Raises:
            EngineError: one has.
        """
        for container in self.containers.values():
            if container.name == name:
                raise conflict(
                    f'Conflict. The container name "/{name}" is already in use by container '
                    f'"{container.id}". You have to remove (or rename) that container to be able to reuse '
                    "that name."
                )

    def using(self, image: Image) -> list[Container]:
        """Return the containers of an image."""
        return [container for container in self.containers.values() if container.image is image]

    def wanted_ports(self, container: Container) -> dict[str, Any]:
        """Return the port bindings that a container asks for."""
        wanted: dict[str, Any] = dict(container.host["PortBindings"] or {})
        if container.host["PublishAllPorts"]:
            for port in container.config.get("ExposedPorts") or {}:
                wanted.setdefault(port, [{}])
        return wanted

    # Changing

    def forget(self, container: Container, *, volumes: bool = True) -> None:
        """Take a container out of the engine, with its anonymous volumes."""
        if container.removed:
            return
        container.removed = True
        container.status = "removing"
        self.containers.pop(container.id, None)
        for name in container.execs:
            self.execs.all.pop(name, None)
        for mount in container.mounts:
            volume = self.volumes.all.get(mount.source) if mount.kind == "volume" else None
            if _goes_along(volumes, volume):
                self.volumes.all.pop(mount.source)
        self.happened(container, "destroy")
        self.changed.notify_all()

    def volume_users(self, name: str) -> list[Container]:
        """Return the containers that have a volume mounted."""
        return [
            container
            for container in self.containers.values()
            if any(mount.kind == "volume" and mount.source == name for mount in container.mounts)
        ]

    # Events

    def happened(self, container: Container, action: str, **words: str) -> None:
        """Take down an event of a container."""
        attributes = {**container.labels, **words, "image": container.config["Image"], "name": container.name}
        event = Event(
            "container", action, container.id, attributes, self.clock.peek(), container.config["Image"]
        )
        self.events.add(event)
        self.changed.notify_all()

    def happened_to(self, kind: str, action: str, id_: str, **words: str) -> None:
        """Take down an event of something else."""
        self.events.add(Event(kind, action, id_, words, self.clock.peek()))
        self.changed.notify_all()

    # Waiting; the lock is held

    def check(self, age: int) -> None:
        """Make sure that a request that waits still may.

        Raises:
            DropConnection: the engine was reset or stopped since.
        """
        if self.age != age:
            raise DropConnection

    def rest(self, age: int, due: float | None = None) -> None:
        """Wait a little for a change.

        A request that waits for what a container does by itself lets time pass up to that moment; nobody has
        to wait for a virtual hour.

        Args:
            age: what :attr:`age` was when the request began.
            due: when something is going to happen by itself; None when only others can bring it about.

        Raises:
            DropConnection: the engine was reset or stopped.
        """
        self.check(age)
        if due is not None and self.clock.polling:
            self.clock.move(due)
            self.changed.wait(_BREATH)
        else:
            self.waiting += 1
            try:
                self.changed.wait(_LOOK)
            finally:
                self.waiting -= 1
        self.check(age)

    def let_pass(self, seconds: float | None, over: Callable[[], bool]) -> None:
        """Let time pass until something is over, or so many seconds (None: for as long as it takes)."""
        deadline = None if seconds is None else self.timeline.now + seconds
        age = self.age
        while not over() and (deadline is None or self.timeline.now < deadline):
            if self.real_time:
                left = None if deadline is None else deadline - self.timeline.now
                self.changed.wait(_LOOK if left is None else min(left, _LOOK))
                self.check(age)
                continue
            coming = self.timeline.next_at
            if coming is None and deadline is None:
                return
            moments = [moment for moment in (coming, deadline) if moment is not None]
            self.clock.move(min(moments))


def _goes_along(volumes: bool, volume: Any) -> bool:
    """Whether an anonymous volume goes with its container."""
    return volumes and volume is not None and volume.anonymous
