"""The program in the container: starts the services, and does to them what tests ask over the control port.

Usage: ``python -m labkit.containers.services.host``, with the token in the environment.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import secrets
import socket
import socketserver
import threading
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any, BinaryIO, cast

from labkit.containers.services.names import CONTROL, GREETING, KINDS, PORTS, TOKEN
from labkit.containers.services.objects import dump, is_live, load, receive, send

_PIECE = 65_536


class Host:
    """The services, and the objects of theirs that callers know by number."""

    def __init__(self) -> None:
        self.services: dict[str, Any] = {}
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._lock = threading.RLock()

    def service(self, name: str, url: str) -> Any:
        """A service, started when it is first asked for; ``url`` is what its clients reach it by."""
        with self._lock:
            if name not in self.services:
                kind = getattr(importlib.import_module(f"labkit.services.{name}"), KINDS[name])
                self.services[name] = kind().start()
            self.services[name].published_at(url)
            return self.services[name]

    def act(self, operation: str, target: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """What a caller asked for.

        Args:
            operation: ``service``, or what to do with ``target``: ``get``, ``set`` or ``call``.
            target: an object.
            arguments: of the operation; a name first for the last three.
            named: further arguments of a call.
        """
        if operation == "service":
            return self.service(*arguments)
        name, *others = arguments
        if operation == "set":
            return setattr(target, name, others[0])
        found = getattr(target, name)
        if operation == "call":
            found = found(*others, **named)
        elif callable(found) and not is_live(found):
            return Method(name)
        if isinstance(found, list | dict | set) and name != "copy":
            # A record of a service is changed by later requests, and a table of it by tests.
            return Shared(found)
        walked = isinstance(found, Iterator | KeysView | ValuesView | ItemsView) and not is_live(found)
        return list(found) if walked else found

    def number_of(self, thing: Any) -> tuple[int, str] | None:
        if isinstance(thing, Shared):
            thing = thing.inner
        elif not is_live(thing):
            return None
        with self._lock:
            number = self._numbers.setdefault(id(thing), len(self._numbers) + 1)
            self._objects[number] = thing
            return number, type(thing).__name__

    def found(self, number: int) -> Any:
        return self._objects[number]

    def forget(self) -> None:
        """Let go of what the last test knew."""
        with self._lock:
            self._objects.clear()
            self._numbers.clear()


class Shared:
    """Marks a container that stays here, and is changed here."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner


class Method:
    """Stands for a method that a caller asked for by name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (f"\0method {self.name}",)


class _Control(socketserver.StreamRequestHandler):
    host: Host
    token: str

    def handle(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            self.wfile.write(GREETING)
            if not secrets.compare_digest(self.rfile.readline().strip(), self.token.encode()):
                return
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                send(cast("BinaryIO", self.wfile), self._answer(receive(cast("BinaryIO", self.rfile))))

    def _answer(self, data: bytes) -> bytes:
        try:
            asked = load(data, self.host.found)
            if asked == "forget":
                self.host.forget()
                return dump((True, None), self.host.number_of)
            return dump((True, self.host.act(*asked)), self.host.number_of)
        except Exception as problem:
            try:
                # Only one that can be made again on the other side; many want more than their message.
                packed = dump((False, problem), self.host.number_of)
                load(packed, self.host.found)
            except Exception:
                text = f"{type(problem).__name__}: {problem}"
                return pickle.dumps((False, RuntimeError(text)))
            return packed


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Relay(socketserver.BaseRequestHandler):
    """From the container's own address to a service on its loopback."""

    host: Host
    name: str

    def handle(self) -> None:
        service = self.host.services.get(self.name)
        if service is None:
            return
        with contextlib.suppress(OSError), socket.create_connection(service.inner_address) as inner:
            for side in (inner, self.request):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_pump, args=(inner, self.request), daemon=True)
            back.start()
            _pump(self.request, inner)
            back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
    # The other direction ends as well: HTTP clients that close one side are done.
    for side in (source, sink):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)


def main() -> None:
    """Serve until the container is stopped."""
    host = Host()
    servers = []
    for name, port in PORTS.items():
        handler = type("Relay", (_Relay,), {"host": host, "name": name})
        servers.append(_Server(("0.0.0.0", port), handler))  # noqa: S104 - the container's own network
    control = type("Control", (_Control,), {"host": host, "token": os.environ[TOKEN]})
    servers.append(_Server(("0.0.0.0", CONTROL), control))  # noqa: S104
    threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
