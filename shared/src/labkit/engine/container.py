"""A container: what it was told, what it is, and its files."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from labkit.engine.image import Image
from labkit.engine.logs import Log, Output
from labkit.engine.networks import Endpoint
from labkit.engine.ports import Published
from labkit.engine.process import Process, Program
from labkit.engine.timeline import Due
from labkit.engine.usage import Usage

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon
    from labkit.engine.health import Health
    from labkit.hosts.files import VirtualFilesystem
    from labkit.hosts.machine import Machine

Status = Literal["created", "running", "paused", "restarting", "removing", "exited", "dead"]
STATUSES: Final = ("created", "running", "paused", "restarting", "removing", "exited", "dead")


@dataclass(frozen=True)
class Mount:
    """A directory that is not the container's own.

    Args:
        kind: of the mount.
        source: the volume's name, or the path on the host.
        target: where it is in the container.
        writable: whether the container may write.
        mode: as it was asked for.
    """

    kind: Literal["volume", "bind", "tmpfs"]
    source: str
    target: str
    writable: bool = True
    mode: str = ""


@dataclass(eq=False)
class Container:
    """A container. Everything in it is guarded by the engine's lock.

    Args:
        daemon: the engine it lives in.
        id: 64 digits.
        name: without the slash.
        image: what it was made of.
        config: ``Config`` of the API.
        host: ``HostConfig`` of the API.
        created: when.
        mounts: what is mounted in it.
        networks: its places in networks, by the networks' names.

    Attributes:
        status: its state.
        process: what it runs; the last one after it has ended.
        output: who listens to what it writes.
        epoch: counts its starts.
        own_program: what it runs in place of what its command line says.
    """

    daemon: Daemon
    id: str
    name: str
    image: Image
    config: dict[str, Any]
    host: dict[str, Any]
    created: float
    mounts: list[Mount] = field(default_factory=list)
    networks: dict[str, Endpoint] = field(default_factory=dict)
    status: Status = "created"
    exit_code: int = 0
    error: str = ""
    oom_killed: bool = False
    started: float | None = None
    finished: float | None = None
    restart_count: int = 0
    stopped_by_hand: bool = False
    process: Process | None = None
    output: Output = field(default_factory=Output)
    log: Log = field(default_factory=Log)
    health: Health | None = None
    published: list[Published] = field(default_factory=list)
    execs: list[str] = field(default_factory=list)
    epoch: int = 0
    removed: bool = False
    restart: Due | None = None
    delay: float = 0.0
    pid: int = 0
    own_program: Program | None = None

    def __post_init__(self) -> None:
        self.usage = Usage(self)
        self._machine: Machine | None = None
        self._files: VirtualFilesystem | None = None

    def __repr__(self) -> str:
        return f"<Container {self.name} {self.status}>"

    @property
    def lock(self) -> threading.Condition:
        """The engine's lock."""
        return self.daemon.changed

    @property
    def running(self) -> bool:
        """Whether its process is there, paused or not."""
        return self.status in ("running", "paused")

    @property
    def argv(self) -> list[str]:
        """Its command line."""
        return [*(self.config["Entrypoint"] or ()), *(self.config["Cmd"] or ())]

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return self.config["Labels"] or {}

    @property
    def environment(self) -> dict[str, str]:
        """Its environment by name."""
        pairs = (line.partition("=") for line in self.config["Env"] or ())
        return {name: value for name, _, value in pairs}

    @property
    def next_event(self) -> float | None:
        """When it goes on by itself; None when it waits for something from outside."""
        if self.status == "restarting" and self.restart is not None:
            return self.restart.at
        return self.process.wakes_at if self.process is not None and self.running else None

    def failed(self, error: Exception) -> None:
        """Keep an error of a program, for the test to see."""
        self.daemon.failures.append(error)

    # Files

    @property
    def machine(self) -> Machine:
        """The simulated system in it.

        Raises:
            LookupError: its image has none.
        """
        if self._machine is None:
            _ = self.files
        if self._machine is None:
            raise LookupError(f"the image of {self.name} has no system in it")
        return self._machine

    @property
    def files(self) -> VirtualFilesystem:
        """Its files; made when somebody first looks at them."""
        if self._files is None:
            from labkit.engine.rootfs import make_files, mount_all

            self._files, self._machine = make_files(self)
            mount_all(self, self._files)
        return self._files

    @property
    def has_files(self) -> bool:
        """Whether anybody has looked at its files."""
        return self._files is not None
