"""How containers start, stop, restart and go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from labkit.engine import names
from labkit.engine.commands import main_program, not_running
from labkit.engine.container import Container
from labkit.engine.health import health_of
from labkit.engine.logs import Output
from labkit.engine.ports import Answer, nothing_listens
from labkit.engine.problems import EngineError, bad, conflict, internal
from labkit.engine.process import Process
from labkit.engine.signals import named

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon
    from labkit.http.wire import Request, Response

#: Seconds before a restart at first and at most; a run of this length begins anew (moby, restartmanager).
_FIRST_DELAY, _LONGEST_DELAY, _GOOD_RUN = 0.1, 60.0, 10.0
_GRACE: Final = 10.0


class Lifecycle:
    """Changes the states of containers; the engine's lock is held.

    Args:
        daemon: the engine.
    """

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    # Start

    def start(self, container: Container) -> bool:
        """Start a container; False when it runs already.

        Raises:
            EngineError: it cannot start.
        """
        if container.status == "paused":
            raise conflict("cannot start a paused container, try unpause instead")
        if container.running:
            return False
        self._cancel_restart(container)
        container.restart_count = 0
        container.delay = 0.0
        container.stopped_by_hand = False
        try:
            self._launch(container)
        except EngineError as error:
            container.error = error.message
            container.exit_code = 127 if "executable file not found" in error.message else 128
            if "permission denied" in error.message:
                container.exit_code = 126
            self._leave(container)
            if container.host["AutoRemove"]:
                self._daemon.forget(container)
            raise
        return True

    def _launch(self, container: Container) -> None:
        daemon = self._daemon
        container.host["Runtime"] = container.host.get("Runtime") or "runc"
        self._join(container)
        self._check_user(container)
        program = main_program(container, daemon.rules)
        container.epoch += 1
        container.error = ""
        container.exit_code = 0
        container.oom_killed = False
        container.started = daemon.timeline.now
        container.status = "running"
        container.pid = daemon.next_pid()
        container.output = container.output if container.output.taps else Output()
        container.usage.begin()
        process = Process(
            program,
            container.argv,
            daemon.timeline,
            lambda stream, data: self._wrote(container, stream, data),
            lambda status: self._ended(container, status),
            container,
            env=container.environment,
            user=container.config["User"],
            workdir=container.config["WorkingDir"] or "/",
            tty=container.config["Tty"],
            unkillable=not container.host.get("Init"),
        )
        if not container.config["OpenStdin"]:
            process.feed(b"")
        container.process = process
        container.health = health_of(container)
        daemon.happened(container, "start")
        if container.health is not None:
            container.health.schedule()
        process.start()
        daemon.changed.notify_all()

    def _join(self, container: Container) -> None:
        daemon = self._daemon
        mode = container.host["NetworkMode"]
        if mode.startswith("container:"):
            daemon.find(mode.partition(":")[2])
        for name, endpoint in container.networks.items():
            network = daemon.networks.find(endpoint.network or name)
            endpoint.network = network.id
            network.join(container.id, endpoint, daemon.identities)
            daemon.happened_to(
                "network", "connect", network.id, container=container.id, name=name, type=network.driver
            )
        first = next(iter(container.networks.values()), None)
        wanted = daemon.wanted_ports(container)
        if wanted and first is not None and mode not in ("host", "none"):
            endpoint_name = f"{container.name} ({first.id})"
            container.published = daemon.ports.publish(
                container.id, endpoint_name, wanted, self._behind(container)
            )

    def _behind(self, container: Container) -> Answer:
        def answer(request: Request) -> Response:
            with self._daemon.changed:
                process = container.process
                service = process.service if process is not None and container.status == "running" else None
            return (service or nothing_listens)(request)

        return answer

    def _check_user(self, container: Container) -> None:
        user = container.config["User"].partition(":")[0]
        if user and not user.isdigit() and container.image.has_shell and user not in container.machine.users:
            known = {account.name for account in container.machine.users.accounts()}
            if user not in known:
                raise internal(f"unable to find user {user}: no matching entries in passwd file")

    def _wrote(self, container: Container, stream: int, data: bytes) -> None:
        if container.config["Tty"]:
            data = data.replace(b"\n", b"\r\n")
        container.output.write(stream, data)
        if container.host["LogConfig"]["Type"] != "none":
            container.log.write(self._daemon.timeline.now, stream, data)
        self._daemon.changed.notify_all()

    # End

    def _ended(self, container: Container, status: int) -> None:
        """The process of a container has ended by itself or was ended."""
        daemon = self._daemon
        container.usage.settle()
        container.log.end(daemon.timeline.now)
        container.finished = daemon.timeline.now
        container.exit_code = status
        again = self._restarts(container, status)
        container.status = "restarting" if again else "exited"
        self._leave(container)
        daemon.execs.container_ended(container)
        daemon.happened(container, "die", exitCode=str(status))
        if again:
            self._restart_later(container)
        else:
            container.output.close()
            if container.host["AutoRemove"]:
                daemon.forget(container)
        daemon.changed.notify_all()

    def _leave(self, container: Container) -> None:
        """Give back what only a running container has."""
        daemon = self._daemon
        if container.health is not None:
            container.health.stop()
        daemon.ports.close(container.id)
        container.published = []
        container.pid = 0
        for name, endpoint in container.networks.items():
            network = daemon.networks.all.get(endpoint.network)
            if network is not None and container.id in network.used:
                network.leave(container.id)
                daemon.happened_to(
                    "network",
                    "disconnect",
                    network.id,
                    container=container.id,
                    name=name,
                    type=network.driver,
                )

    def _restarts(self, container: Container, status: int) -> bool:
        if container.stopped_by_hand:
            return False
        policy = container.host["RestartPolicy"]
        name, most = policy["Name"], policy.get("MaximumRetryCount") or 0
        if name in ("always", "unless-stopped"):
            return True
        return name == "on-failure" and status != 0 and (not most or container.restart_count < most)

    def _restart_later(self, container: Container) -> None:
        ran = (container.finished or 0.0) - (container.started or 0.0)
        if not container.delay or ran >= _GOOD_RUN:
            container.delay = _FIRST_DELAY
        else:
            container.delay = min(container.delay * 2, _LONGEST_DELAY)
        container.restart = self._daemon.timeline.after(container.delay, lambda: self._restart_now(container))

    def _restart_now(self, container: Container) -> None:
        container.restart = None
        container.restart_count += 1
        try:
            self._launch(container)
        except EngineError as error:
            container.error = error.message
            container.status = "exited"
            self._leave(container)

    def _cancel_restart(self, container: Container) -> None:
        if container.restart is not None:
            container.restart.cancel()
            container.restart = None

    # From outside

    def stop(self, container: Container, grace: float | None) -> bool:
        """Stop a container: its stop signal, then, after so many seconds, SIGKILL.

        Args:
            container: the container.
            grace: seconds; None for what the container was made with.

        Returns:
            False when it does not run.
        """
        self._cancel_restart(container)
        container.stopped_by_hand = True
        if container.status == "restarting":
            container.status = "exited"
            container.output.close()
            self._daemon.happened(container, "stop")
            return True
        if not container.running:
            return False
        self._end(container, named(container.config.get("StopSignal") or "SIGTERM"), grace)
        self._daemon.happened(container, "stop")
        return True

    def _end(self, container: Container, signal: str, grace: float | None) -> None:
        usual = container.config.get("StopTimeout")
        seconds = grace if grace is not None else _GRACE if usual is None else float(usual)
        process, epoch = container.process, container.epoch
        if container.status == "paused":
            self.unpause(container)
        if process is None:
            return
        self._daemon.happened(container, "kill", signal=str(_number(signal)))
        process.signal(signal)
        if process.alive:
            self._daemon.let_pass(seconds if seconds >= 0 else None, lambda: not process.alive)
        if process.alive and container.epoch == epoch:
            self._daemon.happened(container, "kill", signal="9")
            process.signal("KILL")

    def kill(self, container: Container, text: str, signal: str) -> None:
        """Send a signal to a container.

        Args:
            container: the container.
            text: how the client named it.
            signal: without ``SIG``.

        Raises:
            EngineError: it does not run.
        """
        if not container.running or container.process is None:
            raise conflict(f"Cannot kill container: {text}: {not_running(container).message}")
        if signal in ("KILL", (container.config.get("StopSignal") or "TERM").upper().removeprefix("SIG")):
            container.stopped_by_hand = True
        self._daemon.happened(container, "kill", signal=str(_number(signal)))
        if signal == "KILL" and container.status == "paused":
            container.status = "running"
        container.process.signal(signal)

    def restart(self, container: Container, grace: float | None) -> None:
        """Stop a container if it runs, and start it."""
        self._cancel_restart(container)
        auto_remove, container.host["AutoRemove"] = container.host["AutoRemove"], False
        try:
            self.stop(container, grace)
        finally:
            container.host["AutoRemove"] = auto_remove
        container.status = "exited" if container.status == "restarting" else container.status
        self.start(container)
        self._daemon.happened(container, "restart")

    def pause(self, container: Container) -> None:
        """Freeze a container.

        Raises:
            EngineError: it does not run, or is frozen already.
        """
        if not container.running:
            raise not_running(container)
        if container.status == "paused":
            raise conflict(f"Container {container.id} is already paused")
        container.usage.settle()
        container.status = "paused"
        if container.process is not None:
            container.process.freeze()
        self._daemon.happened(container, "pause")

    def unpause(self, container: Container) -> None:
        """Let a container go on.

        Raises:
            EngineError: it is not frozen.
        """
        if container.status != "paused":
            raise internal(f"Container {container.id} is not paused")
        container.usage.settle()
        container.status = "running"
        self._daemon.happened(container, "unpause")
        if container.process is not None:
            container.process.thaw()

    def out_of_memory(self, container: Container) -> None:
        """End a container that holds more memory than it may."""
        if container.process is not None and container.running:
            container.oom_killed = True
            self._daemon.happened(container, "oom")
            container.process.kill(137)
            container.oom_killed = True

    def rename(self, container: Container, name: str) -> None:
        """Give a container another name.

        Raises:
            EngineError: the name is empty, its own, taken or not allowed.
        """
        if not name:
            raise bad("Neither old nor new names may be empty")
        if name.removeprefix("/") == container.name:
            raise bad("Renaming a container with the same name as its current name")
        old = container.name
        shown = name if name.startswith("/") else f"/{name}"
        try:
            new = names.checked(shown)
            self._daemon.check_free(new)
        except EngineError as error:
            raise EngineError(error.status, f"Error when allocating new name: {error.message}") from None
        container.name = new
        self._daemon.happened(container, "rename", oldName=f"/{old}")

    def remove(self, container: Container, *, force: bool, volumes: bool) -> None:
        """Remove a container.

        Raises:
            EngineError: it runs, and force is not asked for.
        """
        if container.running or container.status == "restarting":
            if not force:
                how = "Stop the container before attempting removal or force remove"
                if container.status == "paused":
                    how = "Unpause and then stop the container before attempting removal or force remove"
                raise conflict(f"You cannot remove a {container.status} container {container.id}. {how}")
            container.host["AutoRemove"] = False
            self._cancel_restart(container)
            container.stopped_by_hand = True
            if container.process is not None and container.running:
                container.status = "running"
                self._daemon.happened(container, "kill", signal="9")
                container.process.kill(137)
        container.output.close()
        self._daemon.forget(container, volumes=volumes)


def _number(signal: str) -> int:
    from labkit.engine.signals import NUMBERS

    return NUMBERS[signal]


def update(container: Container, found: dict[str, Any]) -> None:
    """Change limits and restart policy of a container; values were checked."""
    container.usage.settle()
    for name, value in found.items():
        if name == "RestartPolicy":
            if value and value.get("Name"):
                if container.host["AutoRemove"]:
                    raise conflict(
                        f"Cannot update container {container.id}: Restart policy cannot be updated because "
                        "AutoRemove is enabled for the container"
                    )
                container.host["RestartPolicy"] = {"MaximumRetryCount": 0, **value}
        elif value:
            container.host[name] = value
    container.usage.memory_changed()
