"""Published ports: real sockets on loopback, behind which services of containers answer."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from labkit.engine.problems import EngineError, internal
from labkit.http.server import Server
from labkit.http.wire import DropConnection, Request, Response

#: What the engine shows; it listens on loopback only.
_ANY: Final = "0.0.0.0"  # noqa: S104
#: Answers a request; raises DropConnection when nothing listens behind the port.
Answer = Callable[[Request], Response]


@dataclass(frozen=True)
class Published:
    """A port of a container that is open.

    Args:
        inner: port and protocol in the container, such as ``80/tcp``.
        address: the host's address, as it was asked for.
        port: the host's port.
    """

    inner: str
    address: str
    port: int


class _Application:
    """What a published port serves."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def handle(self, request: Request) -> Response:
        return self._answer(request)

    def malformed(self, problem: str) -> Response:
        return Response(400, problem.encode(), "text/plain")

    def broken(self, error: Exception) -> Response:
        return Response(500, f"{type(error).__name__}: {error}\n".encode(), "text/plain")


class Ports:
    """The ports that containers of one engine have published."""

    def __init__(self) -> None:
        self._servers: dict[str, list[Server]] = {}
        self._taken: dict[tuple[str, int], str] = {}

    def publish(
        self, container: str, endpoint: str, wanted: Mapping[str, Any], answer: Answer
    ) -> list[Published]:
        """Open the ports of a container.

        Args:
            container: its id.
            endpoint: name and id of its endpoint, for messages.
            wanted: bindings by port and protocol (``HostConfig.PortBindings``).
            answer: answers requests.

        Raises:
            EngineError: a port is taken; none stays open.
        """
        found: list[Published] = []
        servers = self._servers.setdefault(container, [])
        try:
            for inner, bindings in wanted.items():
                for binding in bindings or [{}]:
                    address, number = binding.get("HostIp") or _ANY, binding.get("HostPort") or "0"
                    port = self._open(container, inner, address, number, answer, servers)
                    found.append(Published(inner, address, port))
        except EngineError as error:
            self.close(container)
            raise internal(
                f"driver failed programming external connectivity on endpoint {endpoint}: {error}"
            ) from None
        return found

    def _open(
        self, container: str, inner: str, address: str, number: str, answer: Answer, servers: list[Server]
    ) -> int:
        kind = inner.rpartition("/")[2]
        first, _, last = number.partition("-")
        for port in range(int(first), int(last or first) + 1):
            if (kind, port) in self._taken:
                problem = internal(f"Bind for {address}:{port} failed: port is already allocated")
                continue
            try:
                found = self._listen(port, answer, servers) if kind == "tcp" else _free(port)
            except OSError as error:
                words = {errno.EACCES: "permission denied"}.get(error.errno or 0, "address already in use")
                problem = internal(
                    f"Error starting userland proxy: listen {kind}4 {address}:{port}: bind: {words}"
                )
                continue
            self._taken[kind, found] = container
            return found
        raise problem

    def _listen(self, port: int, answer: Answer, servers: list[Server]) -> int:
        server = Server(_Application(answer), port, name="engine-port").start()
        servers.append(server)
        return int(server.url.rpartition(":")[2])

    def close(self, container: str) -> None:
        """Close the ports of a container: connections are refused."""
        for server in self._servers.pop(container, ()):
            server.stop()
        self._taken = {key: holder for key, holder in self._taken.items() if holder != container}

    def close_all(self) -> None:
        """Close all ports."""
        servers = [server for servers in self._servers.values() for server in servers]
        self._servers.clear()
        self._taken.clear()
        threads = [threading.Thread(target=server.stop, daemon=True) for server in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _free(port: int) -> int:
    """A port of a protocol that is not served: the number is taken, nothing listens."""
    if port:
        return port
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def nothing_listens(_request: Request) -> Response:
    """Answer as a port does behind which nothing listens."""
    raise DropConnection
