"""The embedded cluster: an API server on loopback with a control plane behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

from labkit.clock import DEFAULT_START
from labkit.http.record import Record
from labkit.kube.app import App
from labkit.kube.http import Server
from labkit.kube.model import Object
from labkit.kube.plane import ControlPlane
from labkit.kube.requests import operation
from labkit.kube.seeding import AGENT, Seeder, Seeds
from labkit.kube.strategy import KindStrategy
from labkit.kube.wire import Call, DropConnection, Request, Response
from labkit.ticker import Ticker

if TYPE_CHECKING:
    import tempfile
    from pathlib import Path

    from kubernetes.client import ApiClient

    from labkit.faults import Fault, Faults
    from labkit.kube.behaviour import Behaviour
    from labkit.kube.faults import FaultyServer
    from labkit.kube.kubelet.exec import Output, Program, Programs
    from labkit.kube.kubelet.logs import LogHandler, Logs
    from labkit.kube.simclock import SimulatedClock

#: Seconds that :meth:`Cluster.seed` lets pass, so that what it made is running.
SETTLE = 3.0


class Cluster:
    """A Kubernetes cluster for one test or one session; a context manager.

    It is ready in the time of a few imports: what not every test needs is loaded when it is first used.

    Args:
        nodes: how many nodes there are.
        seed: for names, uids and faults with a chance.
        folder: where the kubeconfig goes; a temporary one when None.
        port: 0 takes a free one.
        real_time: let time pass as it does outside, instead of by reading and waiting.
        start: the clock's beginning, in seconds since the epoch.
        token: bearer token that requests must carry; None lets everybody in.

    Attributes:
        clock: the virtual clock; ``advance(60)`` lets a minute pass.
        faults: what goes wrong; see :mod:`labkit.kube.faults`.
        requests: what the server was asked.
        logs: what containers write.
    """

    #: What a test may ask of this form, and of a real cluster but for the first three.
    abilities = frozenset(
        {"client", "scheduler", "seeding", "behaviours", "clock", "exec", "faults", "log", "logs", "watches"}
    )

    def __init__(
        self,
        nodes: int = 3,
        *,
        seed: int | str = 0,
        folder: Path | None = None,
        port: int = 0,
        real_time: bool = False,
        start: float = DEFAULT_START,
        token: str | None = None,
    ) -> None:
        self._nodes = nodes
        self._token = token
        self._folder = folder
        self._written_for = ""
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.plane = ControlPlane(seed, start=start)
        self.plane.store.strategy = KindStrategy(self.plane.store, self.plane.registry)
        self.app = App(self.plane.store, self.plane.registry, token)
        self.requests = Record(operation)
        self._seed = seed
        self._seeder = Seeder(self.app, self.plane)
        self._server = Server(self.app, port)
        self._ticker = Ticker(
            self.plane.clock, lambda: bool(self.plane.store.watches), real=real_time, name="labkit-kube-clock"
        )
        self._real_time = real_time
        self.clock.polling = not real_time
        self._connect()
        self.plane.begin(nodes)

    def _connect(self) -> None:
        """Hang the handlers and hooks into the app."""
        pods = self.plane.registry.named("pods")
        self.app.subresource(pods, "log", self._log)
        self.app.subresource(pods, "exec", self._exec, ("GET", "POST"))
        self.app.subresource(pods, "eviction", self._evict, ("POST",))
        self.app.subresource(pods, "binding", self._bind, ("POST",))
        self.app.before.append(self._before)
        self.app.after += [self._note, self._after]
        self.app.stream.append(self._stream)
        self.plane.clock.skew = lambda: self._faulty.skew() if self._may_fail else 0.0

    @property
    def logs(self) -> Logs:
        """What containers write."""
        with self.plane.store.lock:  # two threads must not get one each
            return self._logs

    @cached_property
    def _logs(self) -> Logs:
        from labkit.kube.kubelet.logs import Logs

        return Logs(self.plane.kubelets, self.plane.rules, lambda: self.plane.engine.now)

    @cached_property
    def _log_handler(self) -> LogHandler:
        from labkit.kube.kubelet.logs import LogHandler

        return LogHandler(self._logs, self._latest, lambda: self.plane.engine.now)

    @cached_property
    def _programs(self) -> Programs:
        from labkit.kube.kubelet.exec import Programs

        return Programs()

    @cached_property
    def _faulty(self) -> FaultyServer:
        from labkit.kube.faults import FaultyServer

        return FaultyServer(self._seed, lambda: self.plane.store.revision)

    @property
    def _may_fail(self) -> bool:
        """Whether anybody ever asked for the faults."""
        return "_faulty" in self.__dict__

    def _log(self, call: Call) -> Response:
        with self.plane.store.lock:
            handler = self._log_handler
        return handler(call)

    def _exec(self, call: Call) -> Response:
        from labkit.kube.kubelet.exec import ExecHandler

        with self.plane.store.lock:
            programs = self._programs
        return ExecHandler(programs)(call)

    def _evict(self, call: Call) -> tuple[int, Object]:
        from labkit.kube.eviction import EvictionHandler

        return EvictionHandler(self.plane.world)(call)

    def _bind(self, call: Call) -> tuple[int, Object]:
        from labkit.kube.eviction import BindingHandler

        return BindingHandler(self.plane.world)(call)

    def _stream(self, request: Request, pieces: Iterator[bytes]) -> Iterator[bytes]:
        return self._faulty.stream(request, pieces) if self._may_fail else pieces

    def _before(self, request: Request) -> Response | None:
        if _is_ours(request) or not self._may_fail:
            return None
        try:
            return self._faulty.before(request)
        except DropConnection:
            self.requests.note(request, None)
            raise

    def _note(self, request: Request, response: Response) -> None:
        if not _is_ours(request):
            self.requests.note(request, response)

    def _after(self, request: Request, response: Response) -> None:
        if self._may_fail and not _is_ours(request):
            self._faulty.after(request, response)

    def _latest(self, pod: Object) -> Object | None:
        meta = pod["metadata"]
        found = self.plane.world.find("pods", meta["namespace"], meta["name"])
        return found if found is not None and found["metadata"]["uid"] == meta["uid"] else None

    # Life

    def start(self) -> Cluster:
        """Listen and serve; a second start does nothing."""
        self._server.start()
        self._ticker.start()
        return self

    def stop(self) -> None:
        """Cut all connections and stop."""
        self._let_go()
        self._ticker.stop()
        self._server.stop()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None
            self._folder = None
            self._written_for = ""

    def reset(self, seed: int | str | None = None) -> None:
        """Back to an empty cluster at the beginning of its time, on the same address.

        Args:
            seed: another one for names, uids and faults; None keeps it.
        """
        if seed is not None:
            self.plane.store.seed = self._seed = seed
        self._let_go()
        self.plane.store.interrupt_watches("cut")
        self.plane.reset(self._nodes)
        self.clock.polling = not self._real_time
        self.requests.clear()
        self._server.failures.clear()

    def _let_go(self) -> None:
        """End what is followed or hangs, and forget what only some tests use."""
        for name in ("_log_handler", "_logs", "_programs", "_faulty"):
            found = self.__dict__.pop(name, None)
            release = getattr(found, "release", None)
            if release is not None:
                release()

    def __enter__(self) -> Cluster:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Where it is

    def alone(self) -> None:
        """Say that a test counts on all namespaces being its own; on a real cluster it is not asked."""

    @property
    def url(self) -> str:
        """Address of the API server."""
        return self._server.url

    @property
    def kubeconfig(self) -> Path:
        """The file for ``KUBECONFIG``; written when it is first asked for."""
        with self.plane.store.lock:
            if self._folder is None:
                import tempfile
                from pathlib import Path

                self._temporary = tempfile.TemporaryDirectory(prefix="labkit-kube-")
                self._folder = Path(self._temporary.name)
            path = self._folder / "kubeconfig"
            if self._written_for != self.url:
                from labkit.kube.kubeconfig import write_kubeconfig

                write_kubeconfig(path, self.url, token=self._token)
                self._written_for = self.url
            return path

    @property
    def failures(self) -> list[Exception]:
        """Errors of the server itself, which clients saw as status 500; a test may want none."""
        return self._server.failures

    def client(self) -> ApiClient:
        """Return a client of the official library: ``CoreV1Api(kube.client())``."""
        from kubernetes import client

        configuration = client.Configuration()
        configuration.host = self.url
        if self._token is not None:
            configuration.api_key["authorization"] = f"Bearer {self._token}"
        return client.ApiClient(configuration)

    # What is in it

    def seed(self, seeds: Seeds, *, settle: float = SETTLE) -> list[Object]:
        """Create objects, given as data, as YAML, or as a YAML file.

        A namespace that is missing is made. A pod or node with a ``status`` of its own keeps it for ever.

        Args:
            seeds: the objects.
            settle: seconds of virtual time that pass afterwards, so that pods run.

        Returns:
            The objects as stored.

        Raises:
            ValueError: an object is not valid; the text is the server's.
        """
        made = self._seeder.seed(seeds)
        self.clock.advance(settle)
        return made

    def behave(
        self,
        pod: str,
        behaviour: Behaviour,
        *,
        namespace: str = "*",
        container: str = "*",
        image: str = "*",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Say how containers behave, those that are there and those to come; the latest word counts.

        Args:
            pod: pattern for the pods' names, as in a shell: ``web-*``.
            behaviour: one of :mod:`labkit.kube.behaviour`.
            namespace: pattern for the namespaces.
            container: pattern for the containers' names.
            image: pattern for the images.
            labels: labels that the pods have.
        """
        self.plane.behave(
            pod, behaviour, namespace=namespace, container=container, image=image, labels=labels
        )

    def on_exec(self, pod: str, command: str, program: Program | Output | str) -> None:
        """Say what a command does in a container.

        Args:
            pod: pattern for the pods' names.
            command: pattern for the command line, its words joined by blanks.
            program: a function, an :class:`~labkit.kube.kubelet.exec.Output`, or what it prints.
        """
        with self.plane.store.lock:
            self._programs.add(pod, command, program)

    def get(self, kind: str, name: str, namespace: str | None = "default") -> Object | None:
        """Look an object up without a request; None when there is none.

        Args:
            kind: plural of the kind, such as ``pods``.
            name: its name.
            namespace: its namespace; ignored for objects of the whole cluster.
        """
        return self.plane.world.find(kind, namespace, name)

    def list(self, kind: str, namespace: str | None = None) -> list[Object]:
        """Return all objects of a kind without a request."""
        return self.plane.world.all(kind, namespace)

    @property
    def clock(self) -> SimulatedClock:
        """The virtual clock."""
        return self.plane.clock

    # What goes wrong

    @property
    def faults(self) -> Faults:
        """The faults in place."""
        with self.plane.store.lock:
            return self._faulty.faults

    @contextmanager
    def fault(self, fault: Fault) -> Iterator[Fault]:
        """Put a fault in place for the length of a ``with`` block."""
        with self.faults.during(fault):
            yield fault

    def compact(self, revision: int | None = None) -> None:
        """Forget the history of writes: a watch that resumes from before gets 410 Expired."""
        self.plane.store.compact(revision)

    def cut_watches(self) -> int:
        """Cut the connections of all open watches, and say how many there were."""
        return self.plane.store.interrupt_watches("cut")

    def end_watches(self) -> int:
        """End all open watches cleanly, as when their time is over."""
        return self.plane.store.interrupt_watches("end")

    def expire_watches(self) -> int:
        """End all open watches with an ERROR event, 410 Expired."""
        return self.plane.store.interrupt_watches("expired")

    def lose_node(self, name: str) -> None:
        """Stop a node's kubelet; fifty seconds later the node counts as unreachable."""
        self.plane.lose_node(name)

    def restore_node(self, name: str) -> None:
        """Start a node's kubelet again."""
        self.plane.restore_node(name)


def _is_ours(request: Request) -> bool:
    return request.headers.get("user-agent") == AGENT
