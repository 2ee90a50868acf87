"""The broker: drives the engine for one run, from outside the guard.

It listens on loopback for lines of JSON that carry its token, and starts images of the table alone. Its
standard input is a pipe that the run's owner holds: when that ends, everything of the run is removed.

Usage: ``python -m labkit.containers.broker [--no-engine]``; it prints a line of JSON with ``address`` or
``problem``.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import secrets
import signal
import socketserver
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from labkit.containers import isolated
from labkit.containers.building import is_there, provide
from labkit.containers.clusters.session import Cluster, sweep_clusters
from labkit.containers.images import Image, images
from labkit.containers.labels import SCOPE, labels, living, remove, remove_run, sweep
from labkit.containers.ready import await_service
from labkit.containers.session import NO_ENGINE
from labkit.errors import EnvironmentMissing

#: Seconds that the namespaces of a test may take to go; a real cluster needs some ten.
_UNTIL_GONE = 120.0
#: What the test process may ask for.
_ACTS = frozenset(
    {
        "cluster",
        "cluster_namespace",
        "cluster_reset",
        "engine",
        "engine_reset",
        "exec",
        "lacking",
        "prepare",
        "start",
        "stop",
        "write",
    }
)
#: The user's variable that gives the run an engine of its own.
ISOLATED = "LABKIT_DOCKER"
#: How many containers are started at a time.
_AT_ONCE = 4


class Broker:
    """Containers of one run.

    Args:
        client: the docker SDK's client.
        run: the run's name.
    """

    def __init__(self, client: Any, run: str) -> None:
        self._client, self._run = client, run
        self._started: dict[str, Any] = {}
        self._references: dict[str, str] = {}
        self._lock = threading.Lock()
        self._proxy: Any = None
        self._server: Any = None
        self._isolated: Any = None
        self._cluster: Any = None
        self._closers = contextlib.ExitStack()
        self._isolated_at: dict[str, Any] = {}

    def start(
        self, image: str, environments: Sequence[dict[str, str]], names: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Start one container per environment, and wait until each one's service answers.

        Args:
            image: a row of the table of images.
            environments: variables of each container.
            names: host name of each container.

        Returns:
            ``id``, ``host`` and ``port`` of each, and ``ports``: those inside to those outside.

        Raises:
            EnvironmentMissing: no such image, one with rights over this machine, or a service that did not
                come up; its last words are told.
        """
        row = images().get(image)
        if row is not None and _rights(row):
            # Whoever may run commands in it as root has the machine: the broker starts these for itself.
            raise EnvironmentMissing("container", f"the image {image!r} is not for tests to start")
        return self.launch(image, environments, names)

    def launch(
        self, image: str, environments: Sequence[dict[str, str]], names: Sequence[str]
    ) -> list[dict[str, Any]]:
        """As :meth:`start`, of any image of the table; no act of a test's."""
        if self._client is None:
            raise EnvironmentMissing("container", "this run was started without an engine")
        if image not in images() or not images()[image].port:
            raise EnvironmentMissing("container", f"no image called {image!r} is in the table")
        with self._lock:
            if image not in self._references:
                self._references[image] = provide(self._client, image)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(
                pool.map(lambda pair: self._start(image, *pair), zip(environments, names, strict=True))
            )

    def lacking(self, needs: Sequence[str]) -> list[str]:
        """Which images of capabilities are not on the engine yet."""
        if self._client is None:
            return []
        rows = [name for name, row in images().items() if set(row.serves) & set(needs)]
        return [name for name in rows if not is_there(self._client, name)]

    def prepare(self, names: Sequence[str]) -> None:
        """Have images on the engine.

        Raises:
            EnvironmentMissing: one can be neither pulled nor built.
        """
        for name in names:
            with self._lock:
                self._references[name] = provide(self._client, name)

    def _start(self, image: str, environment: dict[str, str], name: str) -> dict[str, Any]:
        from docker.errors import APIError
        from testcontainers.core.container import DockerContainer

        row = images()[image]
        port = row.port
        container = DockerContainer(self._references[image])
        if row.command:
            container.with_command(list(row.command))
        container.with_kwargs(hostname=name, labels=labels(self._run), init=True, **_rights(row))
        for key, value in environment.items():
            container.with_env(key, value)
        local = container.get_docker_client().client.api.base_url.startswith("http+docker://")
        # Loopback alone, on a port that the engine picks; one on another machine is reached at its address.
        place_of: Any = ("127.0.0.1", None) if local else None
        container.ports = {str(each): place_of for each in (port, *row.ports)}
        place, ports = container.get_container_host_ip(), dict[int, int]()
        try:
            container.start()
            # Not there any more where the container has ended already, which is told below.
            with contextlib.suppress(ConnectionError):
                ports = {each: int(container.get_exposed_port(each)) for each in (port, *row.ports)}
        except APIError as problem:
            raise EnvironmentMissing(
                "container", f"the engine did not start {image}: {problem.explanation or problem}"
            ) from None
        wrapped = container.get_wrapped_container()
        self._started[wrapped.id] = container
        await_service(wrapped, image, place, ports.get(port, 0))
        return {"id": wrapped.id, "host": place, "port": ports[port], "ports": ports}

    def exec(self, id: str, command: Sequence[str], user: str, stdin: str = "") -> dict[str, Any]:  # noqa: A002
        """Run a command in a container of this run; ``stdin`` and both outputs are in base64."""
        self._own(id)
        words = list(command)
        if stdin:
            path = f"/run/labkit-stdin-{secrets.token_hex(8)}"
            self.write(id, path, stdin, mode=0o644)
            words = ["sh", "-c", 'exec 3<"$0"; rm -f "$0" 2>/dev/null; "$@" <&3', path, *words]
        status, (out, err) = self._client.containers.get(id).exec_run(words, user=user, demux=True)
        told = [base64.b64encode(part or b"").decode() for part in (out, err)]
        return {"status": status, "stdout": told[0], "stderr": told[1]}

    def write(self, id: str, path: str, content: str, mode: int) -> None:  # noqa: A002
        """Write a file of root's in a container of this run; ``content`` is in base64, the folder is there.

        Raises:
            EnvironmentMissing: the engine refused it.
        """
        from docker.errors import APIError

        self._own(id)
        folder, _, name = path.rpartition("/")
        data, packed = base64.b64decode(content), io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.mtime = len(data), mode, int(time.time())
            archive.addfile(entry, io.BytesIO(data))
        try:
            self._client.api.put_archive(id, folder or "/", packed.getvalue())
        except APIError as problem:
            raise EnvironmentMissing("container", f"cannot write {path}: {problem.explanation}") from None

    def stop(self, ids: Sequence[str]) -> None:
        """Remove containers of this run."""
        for name in ids:
            self._own(name)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda name: self._started.pop(name).stop(), ids))

    def engine(self) -> dict[str, Any]:
        """The engine as the run's labs see it: a port on loopback, an image that is there, and whether it is
        an engine of its own in a container, which the user asked for with ``LABKIT_DOCKER=isolated``.
        """
        if os.environ.get(ISOLATED) == "isolated":
            return self._isolated_engine()
        from labkit.containers.scoping.proxy import ScopingProxy
        from labkit.containers.scoping.upstream import Upstream
        from labkit.http.server import Server

        with self._lock:
            image = provide(self._client, "base")
            if self._proxy is None:
                scope = {**labels(self._run), SCOPE: f"{self._run}-engine"}
                host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
                self._proxy = ScopingProxy(Upstream(host), scope, frozenset({image}))
                self._server = Server(self._proxy, name="scoped-engine")
                self._server.start()
            return {"port": int(self._server.url.rpartition(":")[2]), "image": image, "isolated": False}

    def _isolated_engine(self) -> dict[str, Any]:
        """An engine that nobody else uses, once for the run, with the shared base on it."""
        with self._lock:
            image = provide(self._client, "base")
        if self._isolated is None:
            [told] = self.launch("dind", [{}], ["engine"])
            self._isolated = isolated.engine(told["host"], told["port"])
            isolated.hand_over(self._client, self._isolated, image)
            self._isolated_at = told
        return {"port": self._isolated_at["port"], "image": image, "isolated": True}

    def engine_reset(self) -> None:
        """Remove what the run's labs made on the engine."""
        from docker.errors import APIError

        if self._isolated is not None:
            isolated.empty(self._isolated, images()["base"].reference)
        if self._proxy is None:
            return
        remove(self._client, f"{SCOPE}={self._run}-engine")
        for tag in sorted(self._proxy.sight.own_tags):
            with contextlib.suppress(APIError):
                self._client.api.remove_image(tag)
        self._proxy.sight.own_tags.clear()

    def cluster(self) -> dict[str, Any]:
        """The cluster as the run's labs see it: a port on loopback."""
        with self._lock:
            if self._cluster is None:
                self._cluster = self._closers.enter_context(Cluster(self, self._run))
        return {"port": self._cluster.port}

    def cluster_namespace(self) -> dict[str, Any]:
        """A new namespace of the run on the cluster."""
        self.cluster()
        return {"namespace": self._cluster.namespaces.make()}

    def cluster_reset(self) -> None:
        """Remove the run's namespaces, and wait until they are gone."""
        if self._cluster is not None:
            self._cluster.namespaces.remove_all(_UNTIL_GONE)

    def close(self) -> None:
        """Remove what does not carry a label on the engine."""
        self._closers.close()

    def _own(self, name: str) -> None:
        if name not in self._started:
            raise EnvironmentMissing("container", f"{name[:12]} is no container of this run")


def _rights(image: Image) -> dict[str, Any]:
    """What an image needs beyond the usual; as docker's `run` takes it."""
    if image.privileged:
        return {"privileged": True}
    if not image.capabilities:
        return {}
    return {
        "cap_add": list(image.capabilities),
        "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
    }


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    broker: Broker
    token: str


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            asked = json.loads(self.rfile.readline())
            answer = self._answer(asked)
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        act = str(asked.pop("act", ""))
        if not secrets.compare_digest(str(asked.pop("token", "")), self.server.token):
            return {"problem": "the broker was asked with a wrong token"}
        if act not in _ACTS:
            return {"problem": f"the broker does not know {act!r}"}
        try:
            return {"result": getattr(self.server.broker, act)(**asked)}
        except EnvironmentMissing as problem:
            return {"problem": problem.why, "mend": problem.install}
        except Exception as problem:  # told to the asker, whose test shows it
            return {"problem": f"{type(problem).__name__}: {problem}"}


def main() -> None:
    """Serve until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # No image besides our own, and no detour where this process is itself in a container.
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
    if os.environ.get("DOCKER_HOST", "unix://").startswith("unix://"):
        os.environ.setdefault("TESTCONTAINERS_HOST_OVERRIDE", "127.0.0.1")
    client: Any = None
    if NO_ENGINE not in sys.argv[1:]:
        try:
            import docker

            client = docker.from_env()
            client.ping()
        except Exception as problem:  # whatever it is, there is no engine to use
            _say({"problem": f"no engine answers: {problem}"})
            return
    run = secrets.token_hex(8)
    with living(run):
        dog = _watchdog(run) if client is not None else None
        if client is not None:
            sweep(client)
        sweep_clusters()
        with _Server(("127.0.0.1", 0), _Handler) as server:
            server.broker, server.token = Broker(client, run), secrets.token_hex(16)
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            _say({"address": f"{server.server_address[1]}:{server.token}", "run": run})
            sys.stdin.buffer.read()
            server.shutdown()
            server.broker.close()
            if client is not None:
                server.broker.engine_reset()
                remove_run(client, run)
    # Not waited for: it looks once more whether anything came late.
    if dog is not None and dog.stdin:
        dog.stdin.close()
    sys.stdout.flush()
    os._exit(0)  # a thread may still wait for a container that has just gone


def _watchdog(run: str) -> subprocess.Popen[bytes]:
    dog = subprocess.Popen(
        [sys.executable, "-m", "labkit.containers.watchdog", run],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if dog.stdout is None or not dog.stdout.readline():
        raise EnvironmentMissing("container", "the watchdog of the containers did not start")
    return dog


def _say(told: dict[str, str]) -> None:
    print(json.dumps(told), flush=True)  # noqa: T201 - the owner of the run reads it


if __name__ == "__main__":
    main()
