"""Further processes in containers that run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labkit.engine.commands import exec_program, not_running
from labkit.engine.logs import Output
from labkit.engine.problems import EngineError, bad, conflict, missing
from labkit.engine.process import Process, Sink

if TYPE_CHECKING:
    from labkit.engine.container import Container
    from labkit.engine.daemon import Daemon


@dataclass(eq=False)
class Exec:
    """A command that is, was, or is to be run in a container.

    Args:
        id: 64 digits.
        container: where.
        settings: what the client asked for.
    """

    id: str
    container: Container
    settings: Mapping[str, Any]
    process: Process | None = None
    exit_code: int | None = None
    output: Output = field(default_factory=Output)
    pid: int = 0

    @property
    def argv(self) -> list[str]:
        """Its command line."""
        return list(self.settings["Cmd"])

    @property
    def running(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.alive

    def json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        settings = self.settings
        return {
            "ID": self.id,
            "Running": self.running,
            "ExitCode": self.exit_code,
            "ProcessConfig": {
                "tty": bool(settings.get("Tty")),
                "entrypoint": self.argv[0],
                "arguments": self.argv[1:],
                "privileged": bool(settings.get("Privileged")),
                **({"user": settings["User"]} if settings.get("User") else {}),
            },
            "OpenStdin": bool(settings.get("AttachStdin")),
            "OpenStderr": bool(settings.get("AttachStderr")),
            "OpenStdout": bool(settings.get("AttachStdout")),
            "CanRemove": self.exit_code is not None,
            "ContainerID": self.container.id,
            "DetachKeys": "",
            "Pid": self.pid,
        }


class Execs:
    """All execs of an engine, by id.

    Args:
        daemon: the engine.
    """

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self.all: dict[str, Exec] = {}
        self._live: list[Process] = []

    def find(self, id_: str) -> Exec:
        """Return an exec.

        Raises:
            EngineError: there is none.
        """
        if id_ not in self.all:
            raise missing(f"No such exec instance: {id_}")
        return self.all[id_]

    def create(self, container: Container, settings: Mapping[str, Any]) -> Exec:
        """Have a command ready to run in a container.

        Raises:
            EngineError: there is no command, or the container does not run or is paused.
        """
        if not settings.get("Cmd"):
            raise bad("No exec command specified")
        self._check_state(container)
        made = Exec(self._daemon.identities.id(), container, settings)
        self.all[made.id] = made
        container.execs.append(made.id)
        self._daemon.happened(container, f"exec_create: {' '.join(made.argv)}", execID=made.id)
        return made

    def _check_state(self, container: Container) -> None:
        if container.status == "restarting":
            raise conflict(f"Container {container.id} is restarting, wait until the container is running")
        if not container.running:
            raise not_running(container)
        if container.status == "paused":
            raise conflict(f"Container {container.name} is paused, unpause the container before exec")

    def prepare(self, found: Exec) -> Process:
        """Return the process of an exec, not started yet.

        Raises:
            EngineError: it has run already, the container does not run, or there is no such program.
        """
        if found.exit_code is not None or found.running:
            if found.running:
                raise conflict(f"Error: Exec command {found.id} is already running")
            raise conflict(f"Error: Exec command {found.id} has already run")
        self._check_state(found.container)
        settings = found.settings
        container = found.container
        tty = bool(settings.get("Tty"))
        self._daemon.happened(container, f"exec_start: {' '.join(found.argv)}", execID=found.id)

        def wrote(stream: int, data: bytes) -> None:
            found.output.write(stream, data.replace(b"\n", b"\r\n") if tty else data)
            self._daemon.changed.notify_all()

        def ended(status: int) -> None:
            found.exit_code = status
            found.output.close()
            if not container.removed:
                self._daemon.happened(container, "exec_die", execID=found.id, exitCode=str(status))
            self._daemon.changed.notify_all()

        try:
            process = self.process(container, found.argv, wrote, ended, settings)
        except EngineError:
            found.exit_code = 126
            raise
        found.process = process
        found.pid = self._daemon.next_pid()
        return process

    def process(
        self,
        container: Container,
        argv: list[str],
        sink: Sink,
        ended: Callable[[int], None],
        settings: Mapping[str, Any] | None = None,
    ) -> Process:
        """Return a process in a container, not started yet; it ends with the container.

        Raises:
            EngineError: there is no such program.
        """
        wanted = settings or {}
        program = exec_program(container, argv, self._daemon.exec_rules)
        extra = dict(line.partition("=")[::2] for line in wanted.get("Env") or ())

        def over(status: int) -> None:
            if process in self._live:
                self._live.remove(process)
            ended(status)

        process = Process(
            program,
            argv,
            self._daemon.timeline,
            sink,
            over,
            container,
            env={**container.environment, **extra},
            user=wanted.get("User") or container.config["User"],
            workdir=wanted.get("WorkingDir") or container.config["WorkingDir"] or "/",
            tty=bool(wanted.get("Tty")),
        )
        self._live.append(process)
        return process

    def container_ended(self, container: Container) -> None:
        """End what runs in a container whose own process has ended."""
        for process in [process for process in self._live if process.container is container]:
            process.kill(137)

    def clear(self) -> None:
        """End and forget all."""
        for process in list(self._live):
            process.kill(137)
        self._live.clear()
        self.all.clear()
