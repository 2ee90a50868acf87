"""The audit hook (PEP 578): refuses what leaves the machine, before the system sees it.

An audit hook stays for the life of its process and is inherited by ``fork``. It sees the sockets of every
library written in Python, and those who use ``_socket`` directly.
"""

from __future__ import annotations

import os
import sys
from _socket import AF_INET, AF_INET6, AF_UNIX

from labkit.guard import record
from labkit.guard.refusals import (
    LookupBlocked,
    NetworkBlocked,
    family_message,
    lookup_message,
    network_message,
    proxy_message,
    socket_file_message,
)
from labkit.guard.settings import DEAD_PROXY, VARIABLE, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from labkit.guard.addresses import Policy

    _Checks = dict[str, Callable[[tuple[Any, ...]], None]]

_HTTP_CLIENTS = frozenset(
    {"aiohttp", "botocore", "http", "httpcore", "pycurl", "urllib", "urllib3", "websocket"}
)


class _Active:
    """The guard of this process; one for its whole life, with the settings of the latest :func:`install`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._policy: Policy | None = None

    @property
    def policy(self) -> Policy:
        # Loaded late: a child that opens no socket does not pay for the ipaddress module.
        if self._policy is None:
            from labkit.guard.addresses import Policy

            self._policy = Policy(self.settings)
        return self._policy


_active: _Active | None = None


def install(settings: Settings | None = None) -> None:
    """Guard this process from now on; a second call only changes the settings.

    Args:
        settings: what to allow. When None, they come from the environment variable ``LABKIT_GUARD``, unless
            the process is guarded already.

    Raises:
        ValueError: ``LABKIT_GUARD`` is not set or is malformed. The .pth file then ends the interpreter
            with status 3: whoever set the variable relies on the guard, and its absence would go unnoticed.
    """
    global _active
    if settings is None:
        if _active is not None:
            return
        if VARIABLE not in os.environ:
            raise ValueError(f"{VARIABLE} is not set: run the program with the environment of labkit.guard")
        settings = Settings.from_json(os.environ[VARIABLE])
    first = _active is None
    _active = _Active(settings)
    if first:
        from labkit.guard import children

        sys.addaudithook(_hook)
        children.patch()


def active() -> Settings | None:
    """The settings that guard this process; None when it is not guarded."""
    return _active.settings if _active is not None else None


def check_name(action: str, version: int, address: object) -> None:
    """Refuse a name as the target of a socket before the system looks it up.

    The audit event of ``connect`` and its like comes after the look-up; so the methods of ``socket.socket``
    ask here first.

    Raises:
        NetworkBlocked: the host is neither an address nor a local name.
    """
    from labkit.guard.addresses import host_text, is_local_name, literal

    if _active is None or not isinstance(address, tuple) or not address:
        return
    text = host_text(address[0])
    if text and not is_local_name(text) and literal(text) is None:
        _refuse_address(_active, action, version, address)


def _refuse_address(guard: _Active, action: str, version: int, address: tuple[Any, ...]) -> None:
    from labkit.guard.addresses import host_text

    host = host_text(address[0]) or ("0.0.0.0" if version == 4 else "::")  # noqa: S104 - a text, nothing is bound
    target = f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"
    record.note(guard.settings.folder, action, target)
    raise NetworkBlocked(network_message(action, target, guard.settings))


def _check_target(action: str, args: tuple[Any, ...]) -> None:
    """The events of connect, connect_ex, sendto and sendmsg: (socket, address)."""
    guard, sock, address = _active, args[0], args[1]
    if guard is None or address is None:  # sendmsg on a connected socket names no address
        return
    family = sock.family
    if family == AF_UNIX:
        _check_socket_file(guard, action, address)
    elif family in (AF_INET, AF_INET6):
        from labkit.guard.addresses import host_text

        version = 4 if family == AF_INET else 6
        host = host_text(address[0])
        if host is None or not guard.policy.reaches(host, version):
            _refuse_address(guard, action, version, address)
        if (host, address[1]) == DEAD_PROXY:
            _check_proxy_use(guard)
    else:
        name = getattr(family, "name", str(family))
        record.note(guard.settings.folder, action, name)
        raise NetworkBlocked(family_message(action, name))


def _check_socket_file(guard: _Active, action: str, address: str | bytes) -> None:
    path = os.fsencode(address) if isinstance(address, str) else bytes(address)
    if not guard.policy.holds(path):
        target = repr(path)[1:] if not path or path.startswith(b"\0") else os.fsdecode(path)
        record.note(guard.settings.folder, action, target)
        raise NetworkBlocked(socket_file_message(action, target))


def _check_proxy_use(guard: _Active) -> None:
    """Say what a web client wanted, where "connection refused" by the dead proxy would puzzle.

    Only when a web client is among the callers: a closed port is a fair thing to test a port check with.
    """
    client = False
    target = ""
    for frame in record.frames():
        if str(frame.f_globals.get("__name__")).partition(".")[0] in _HTTP_CLIENTS:
            client = True
            target = target or _wanted(frame.f_locals)
    if client:
        target = target or "another host"
        record.note(guard.settings.folder, "request to", target)
        raise NetworkBlocked(proxy_message(target))


def _wanted(names: Mapping[str, object]) -> str:
    """The host and port that a function of a web client works for, by its local names; "" if unknown."""
    connection, url = names.get("self"), names.get("url")
    host = getattr(connection, "_tunnel_host", None)  # http.client and urllib3 keep the host of an https URL
    if isinstance(host, str) and host != DEAD_PROXY[0]:
        return f"{host}:{getattr(connection, '_tunnel_port', None) or 443}"
    if (
        isinstance(url, str) and "://" in url
    ):  # what is asked of a proxy is a whole URL (RFC 9112, section 3.2.2)
        scheme, _, rest = url.partition("://")
        place = rest.partition("/")[0].rpartition("@")[2]
        named = place.rpartition("]")[2].count(":") if place.startswith("[") else place.count(":")
        return place if named else f"{place}:{443 if scheme == 'https' else 80}"
    return ""


def _check_bind(args: tuple[Any, ...]) -> None:
    # A server may listen wherever it likes; a socket file is a write outside the run's folder.
    if _active is not None and args[0].family == AF_UNIX:
        _check_socket_file(_active, "bind", args[1])


def _check_lookup(args: tuple[Any, ...]) -> None:
    """Forward look-ups: (host, ...). An address asks no name server; its use is checked by connect."""
    from labkit.guard.addresses import host_text, is_local_name, literal

    text = host_text(args[0])
    if text and not is_local_name(text) and literal(text) is None:
        _refuse_lookup(text)


def _check_reverse(args: tuple[Any, ...]) -> None:
    """Reverse look-ups: a host, or for getnameinfo the address of a socket. These do ask a name server."""
    from labkit.guard.addresses import host_text, is_local_name, literal

    text = host_text(args[0][0] if isinstance(args[0], tuple) else args[0])
    if _active is None or not text or is_local_name(text):
        return
    address = literal(text)
    if address is None or not _active.policy.reaches(text, address.version):
        _refuse_lookup(text)


def _refuse_lookup(text: str) -> None:
    from labkit.guard.addresses import is_own_name

    if _active is None:
        return
    # The standard library asks for the machine's own name unbidden (smtplib, email.utils, http.server) and
    # copes with a refusal: that is no attempt of the learner's to report.
    own = is_own_name(text)
    if not own:
        record.note(_active.settings.folder, "look-up of", text)
    raise LookupBlocked(lookup_message(text, own))


def _check_connect(args: tuple[Any, ...]) -> None:
    _check_target("connect to", args)


def _check_send(args: tuple[Any, ...]) -> None:
    _check_target("send to", args)


_CHECKS: _Checks = {
    "socket.connect": _check_connect,
    "socket.sendto": _check_send,
    "socket.sendmsg": _check_send,
    "socket.bind": _check_bind,
    "socket.getaddrinfo": _check_lookup,
    "socket.gethostbyname": _check_lookup,
    "socket.gethostbyaddr": _check_reverse,
    "socket.getnameinfo": _check_reverse,
}


def _hook(event: str, args: tuple[Any, ...], checks: _Checks = _CHECKS) -> None:
    # Thousands of other events pass here for each of ours: one test is all that they cost.
    if event in checks:
        checks[event](args)
