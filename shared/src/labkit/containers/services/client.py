"""The test's end: services in a container that look as those in this process do."""

from __future__ import annotations

import importlib
import pickle
import secrets
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast

from labkit.containers.client import ask
from labkit.containers.forms import lacking
from labkit.containers.services.names import CONTROL, GREETING, KINDS, PORTS, TOKEN
from labkit.containers.services.objects import dump, load, receive, send

_METHOD: Final = "\0method "
#: Methods that make objects for this process, and are therefore run here, on the stand-in.
_HERE: Final = {"azure": ("client_arguments",)}


class ContainerServices:
    """All services in one container; a context manager. ``services["github"]`` is one."""

    def __init__(self) -> None:
        self._container = ""
        self._ports: dict[int, int] = {}
        self._host = ""
        self._pipe: BinaryIO | None = None
        self._lock = threading.RLock()

    def __enter__(self) -> Self:
        token = secrets.token_hex(16)
        [told] = ask("start", image="services", environments=[{TOKEN: token}], names=["services"])
        self._container, self._host = told["id"], told["host"]
        self._ports = {int(inner): outer for inner, outer in told["ports"].items()}
        sock = socket.create_connection((self._host, self._ports[CONTROL]))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with sock:
            self._pipe = pipe = cast("BinaryIO", sock.makefile("rwb"))
        pipe.read(len(GREETING))
        pipe.write(f"{token}\n".encode())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pipe is not None:
            self._pipe.close()
        ask("stop", ids=[self._container])

    def __getitem__(self, name: str) -> Any:
        """A service as new, by its name; what was known of the objects of the test before is forgotten."""
        url = f"http://{self._host}:{self._ports[PORTS[name]]}"
        return self._send(("service", None, (name, url), {}), name)

    def forget(self) -> None:
        """Let the container forget which objects the last test knew."""
        self._send("forget", "")

    def act(self, operation: str, target: Any, *arguments: Any, **named: Any) -> Any:
        return self._send((operation, target, arguments, named), "")

    def _send(self, asked: Any, name: str) -> Any:
        if self._pipe is None:
            raise RuntimeError("these services do not run: use them in a with statement")
        try:
            data = dump(asked, lambda thing: thing._number if isinstance(thing, Remote) else None)
        except (pickle.PicklingError, AttributeError, TypeError):
            lacking("function of the test to call", "a service in a container has")
        with self._lock:
            send(self._pipe, data)
            answer = receive(self._pipe)
        done, told = load(answer, lambda known: _stand_in(self, known[0], known[1], name))
        if not done:
            raise told
        return told


def _stand_in(services: ContainerServices, number: int, kind: str, name: str) -> Remote:
    return (RemoteContainer if kind in ("list", "dict", "set") else Remote)(services, number, kind, name)


class Remote:
    """Stands for an object in the container: what is read, set and called on it happens there."""

    _services: ContainerServices
    _number: int
    _kind: str
    _name: str

    def __init__(self, services: ContainerServices, number: int, kind: str, name: str) -> None:
        vars(self).update(_services=services, _number=number, _kind=kind, _name=name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _HERE.get(self._name, ()):
            kind = getattr(importlib.import_module(f"labkit.services.{self._name}"), KINDS[self._name])
            return getattr(kind, name).__get__(self)
        found = self._services.act("get", self, name)
        if isinstance(found, str) and found == f"{_METHOD}{name}":
            return lambda *arguments, **named: self._services.act("call", self, name, *arguments, **named)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        self._services.act("set", self, name, value)

    def __repr__(self) -> str:
        return f"<{self._kind} in a container>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and self._number == other._number

    def __hash__(self) -> int:
        return hash(self._number)

    def __bool__(self) -> bool:
        return True

    def __len__(self) -> int:
        return int(self._services.act("call", self, "__len__"))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._services.act("call", self, "__iter__"))

    def __getitem__(self, key: Any) -> Any:
        return self._services.act("call", self, "__getitem__", key)

    def __contains__(self, thing: Any) -> bool:
        return bool(self._services.act("call", self, "__contains__", thing))

    def __enter__(self) -> Any:
        return self._services.act("call", self, "__enter__")

    def __exit__(self, *_: object) -> Any:
        return self._services.act("call", self, "__exit__", None, None, None)


class RemoteContainer(Remote):
    """Stands for a list, dict or set of a service: equal to what it holds, changed where it is."""

    def _copy(self) -> Any:
        return self._services.act("call", self, "copy")

    def __eq__(self, other: object) -> bool:
        return bool(self._copy() == (other._copy() if isinstance(other, RemoteContainer) else other))

    __hash__ = None  # type: ignore[assignment]  # as of a list, dict or set

    def __repr__(self) -> str:
        return repr(self._copy())

    def __bool__(self) -> bool:
        return len(self) > 0

    def __setitem__(self, key: Any, value: Any) -> None:
        self._services.act("call", self, "__setitem__", key, value)

    def __delitem__(self, key: Any) -> None:
        self._services.act("call", self, "__delitem__", key)
