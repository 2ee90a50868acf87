"""The embedded Docker Engine: its API on loopback, with the simulated engine behind it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any

from labkit.clock import DEFAULT_START
from labkit.engine.app import App
from labkit.engine.commands import Rule, program_of
from labkit.engine.daemon import Daemon
from labkit.http.record import Record
from labkit.http.server import Server
from labkit.http.wire import DropConnection, Request, Response
from labkit.ticker import Ticker

if TYPE_CHECKING:
    import docker

    from labkit.engine.container import Container
    from labkit.engine.faults import FaultyEngine
    from labkit.engine.image import Image
    from labkit.engine.process import Program
    from labkit.engine.timeline import EngineClock
    from labkit.faults import Fault, Faults


class DockerEngine:
    """A Docker Engine for one test or one session; a context manager.

    ``docker.from_env()`` and the ``docker`` command find it by :meth:`variables`. Nothing is in it but the
    networks that every engine has: :meth:`image` and :meth:`container` put something there, :meth:`offer`
    says what can be pulled.

    Args:
        seed: for ids, names and faults with a chance.
        port: 0 takes a free one.
        socket: listen on this Unix socket as well.
        real_time: let time pass as it does outside, instead of by reading and waiting.
        start: the clock's beginning, in seconds since the epoch.
        cpus: CPUs of the simulated host.
        memory: bytes of memory of the simulated host.

    Attributes:
        clock: the virtual clock; ``advance(60)`` lets a minute pass, with health checks and restarts.
        requests: what the engine was asked.
        daemon: the engine without its API.
    """

    #: What a test may ask of this form (a real engine has ``client`` and ``shell`` alone).
    abilities = frozenset({"client", "clock", "faults", "log", "programs", "seeding", "shell"})

    def __init__(
        self,
        *,
        seed: int | str = 0,
        port: int = 0,
        socket: str | os.PathLike[str] | None = None,
        real_time: bool = False,
        start: float = DEFAULT_START,
        cpus: int = 4,
        memory: int = 8 << 30,
    ) -> None:
        self.daemon = Daemon(seed, start=start, real_time=real_time, cpus=cpus, memory=memory)
        self.app = App(self.daemon)
        self._seed = seed
        self._server = Server(self.app, port, name="docker-engine")
        self._socket = Server(self.app, name="docker-engine-socket", path=socket) if socket else None
        self._ticker = Ticker(
            self.clock, lambda: self.daemon.waiting > 0, real=real_time, name="labkit-engine-clock"
        )
        self._running = False
        self._address = ""
        self.app.before.append(self._before)
        self.app.after += [self._note, self._after]
        self.app.stream.append(self._stream)

    # Hooks

    @cached_property
    def requests(self) -> Record:
        """What the engine was asked, paths without the API version."""
        from labkit.engine.faults import operation

        return Record(operation)

    @cached_property
    def _faulty(self) -> FaultyEngine:
        from labkit.engine.faults import FaultyEngine

        return FaultyEngine(self._seed, self._listen)

    def _listen(self, listening: bool) -> None:
        if listening and self._running:
            self._server.start()
        elif not listening:
            self._let_go()
            self._server.stop()

    @property
    def _may_fail(self) -> bool:
        return "_faulty" in self.__dict__

    def _before(self, request: Request) -> Response | None:
        if not self._may_fail:
            return None
        try:
            return self._faulty.before(request)
        except DropConnection:
            self.requests.note(request, None)
            raise

    def _note(self, request: Request, response: Response) -> None:
        with self.daemon.changed:
            record = self.requests
        record.note(request, response)

    def _after(self, request: Request, response: Response) -> None:
        if self._may_fail:
            self._faulty.after(request, response)

    def _stream(self, request: Request, pieces: Iterator[bytes]) -> Iterator[bytes]:
        return self._faulty.stream(request, pieces) if self._may_fail else pieces

    # Life

    def start(self) -> DockerEngine:
        """Listen and serve; a second start does nothing."""
        self._running = True
        self._address = self._server.start().url.replace("http://", "tcp://")
        if self._socket is not None:
            self._socket.start()
        self._ticker.start()
        return self

    def stop(self) -> None:
        """End all containers, cut all connections and stop."""
        self._running = False
        self.daemon.reset()
        self._let_go()
        self._ticker.stop()
        self._server.stop()
        if self._socket is not None:
            self._socket.stop()

    def reset(self, seed: int | str | None = None) -> None:
        """Back to an empty engine at the beginning of its time, on the same address.

        Args:
            seed: another one for ids, names and faults; None keeps it.
        """
        if seed is not None:
            self._seed = seed
        self._let_go()
        faulty = self.__dict__.pop("_faulty", None)
        if faulty is not None:
            faulty.faults.clear()
        self.daemon.reset(seed)
        self.requests.clear()
        self._server.failures.clear()

    def _let_go(self) -> None:
        """Cut what waits or hangs."""
        with self.daemon.changed:
            self.daemon.age += 1
            self.daemon.changed.notify_all()
        if self._may_fail:
            self._faulty.release()

    def __enter__(self) -> DockerEngine:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Where it is

    @property
    def url(self) -> str:
        """Its address, as ``DOCKER_HOST`` has it; the same while a fault keeps it from listening.

        Raises:
            RuntimeError: it was never started.
        """
        if not self._address:
            raise RuntimeError("the engine is not running: use it in a with block, or call start()")
        return self._address

    def variables(self) -> dict[str, str]:
        """Return the environment by which clients find it; empty values are to be unset."""
        return {
            "DOCKER_HOST": self.url,
            "DOCKER_TLS_VERIFY": "",
            "DOCKER_CERT_PATH": "",
            "DOCKER_CONTEXT": "",
            "DOCKER_API_VERSION": "",
            "DOCKER_BUILDKIT": "0",
            "TESTCONTAINERS_RYUK_DISABLED": "true",
        }

    def client(self, **options: Any) -> docker.DockerClient:
        """Return a client of the docker SDK."""
        import docker

        return docker.DockerClient(base_url=self.url, **options)

    @property
    def failures(self) -> list[Exception]:
        """Errors of the engine itself and of programs in containers; a test may want none."""
        return [*self._server.failures, *self.daemon.failures]

    @property
    def clock(self) -> EngineClock:
        """The virtual clock."""
        return self.daemon.clock

    # What is in it

    def image(self, *tags: str, **options: Any) -> Image:
        """Put an image into the engine.

        Args:
            tags: its names; none for a dangling one.
            options: ``cmd``, ``entrypoint``, ``env``, ``labels``, ``ports``, ``user``, ``workdir``,
            ``volumes``,
                ``stop_signal``, ``health`` (a map with ``test``, and ``interval``, ``timeout``,
                ``start_period`` in seconds, ``retries``), ``files`` (paths and contents), ``size`` (bytes),
                ``age`` (seconds), ``program`` (what its own command line runs), ``programs`` (what commands
                do, by their names, in containers, in builds and in images built on it), ``scratch`` (no
                system in it).
        """
        from labkit.engine.seeding import make_image

        with self.daemon.changed:
            return self.daemon.images.add(make_image(self.daemon, *tags, **options))

    def offer(self, tag: str, **options: Any) -> None:
        """Have an image that can be pulled; it takes the options of :meth:`image`."""
        from labkit.engine import references
        from labkit.engine.seeding import make_image

        with self.daemon.changed:
            self.daemon.registry[references.parse(tag).full] = lambda: make_image(self.daemon, tag, **options)

    def container(self, image: str, command: Iterable[str] | str | None = None, **options: Any) -> Container:
        """Put a container into the engine; an image that is not there is made.

        Args:
            image: its image.
            command: its command; the image's when None.
            options: ``name``; ``status`` (``running``, ``exited``, ``paused``, ``created``); ``age`` and
                ``ended`` (seconds ago that it was made and that it ended); ``exit_code``; ``oom_killed``;
                ``restarts``; ``program`` (what it runs); ``labels``; ``env``; ``ports`` (``{80: 8080}``; None
                takes a free one); ``volumes`` (``["data:/data"]``); ``network``; ``restart``
                (``on-failure:3``); ``memory`` (bytes) and ``cpus`` (its limits); ``health`` as for images;
                ``logs`` (lines, or pairs of seconds ago and line); ``body`` (further fields as the API has
                them).

        Raises:
            ValueError: no such container can be made; the text is the engine's.
        """
        from labkit.engine.seeding import make_container

        with self.daemon.changed:
            return make_container(self.daemon, image, command, **options)

    def network(self, name: str, **body: Any) -> str:
        """Make a network, and return its id."""
        with self.daemon.changed:
            daemon = self.daemon
            return daemon.networks.create({"Name": name, **body}, daemon.identities, daemon.timeline.now).id

    def volume(self, name: str, labels: Mapping[str, str] | None = None) -> None:
        """Make a volume."""
        with self.daemon.changed:
            body = {"Name": name, "Labels": dict(labels) if labels else None}
            self.daemon.volumes.create(body, self.daemon.identities, self.daemon.timeline.now)

    def behave(
        self, program: Program | str, *, container: str = "*", image: str = "*", command: str = "*"
    ) -> None:
        """Say what containers run from their next start on; the latest word counts.

        Args:
            program: see :mod:`labkit.engine.programs`; a text is what it prints.
            container: pattern for their names, as in a shell: ``web-*``.
            image: pattern for their images, with or without the tag.
            command: pattern for their command lines, words joined by blanks.
        """
        with self.daemon.changed:
            self.daemon.rules.add(Rule(program_of(program), container, image, command))

    def on_exec(self, container: str, command: str, program: Program | str) -> None:
        """Say what a command does that is run in a container: by exec, or as a health check.

        Args:
            container: pattern for the containers' names.
            command: pattern for the command line, its words joined by blanks.
            program: see :mod:`labkit.engine.programs`; a text is what it prints.
        """
        with self.daemon.changed:
            self.daemon.exec_rules.add(Rule(program_of(program), container, "*", command))

    def get(self, name: str) -> Container | None:
        """Look a container up without a request; None when there is none."""
        with self.daemon.changed:
            found = [one for one in self.daemon.containers.values() if name in (one.name, one.id)]
            return found[0] if found else None

    @property
    def containers(self) -> list[Container]:
        """All containers, oldest first."""
        with self.daemon.changed:
            return sorted(self.daemon.containers.values(), key=lambda one: one.created)

    # What goes wrong

    @property
    def faults(self) -> Faults:
        """The faults in place."""
        with self.daemon.changed:
            return self._faulty.faults

    @contextmanager
    def fault(self, fault: Fault) -> Iterator[Fault]:
        """Put a fault in place for the length of a ``with`` block."""
        with self.faults.during(fault):
            yield fault
