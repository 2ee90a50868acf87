"""One command in a throwaway host: what is asked for, and with which privileges it runs."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import select
import signal
import socket
import struct
from pathlib import Path
from typing import Any, NoReturn

from labkit.ansible.inside import arranging
from labkit.linux import prctl, unshare

#: Where ``sudo`` asks, inside of the host, and where the programs are that are not the machine's.
SUDO, BIN = "/run/labkit/sudo", "/run/labkit/bin"
_PATH = f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NEWNS, _NEWUSER = 0x00020000, 0x10000000
_PR_SET_NO_NEW_PRIVS = 38
#: How long a request may be, in bytes.
_LONGEST = 8 << 20


def known_as(uid: int, gid: int, outer_uid: int, outer_gid: int) -> None:
    """Give this process its one known account in its new user namespace (user_namespaces(7)).

    Raises:
        OSError: the kernel refused.
    """
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outer_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {outer_gid} 1", encoding="ascii")


def serve(connection: socket.socket, settings: dict[str, Any], *, asks_password: bool) -> NoReturn:
    """Answer one request in this process, which ends with it.

    A request is its length (4 bytes) and a JSON object: ``words``, ``user``, ``folder`` (may be empty),
    ``password``; the descriptors of the three standard streams come along. The answer is a JSON object with
    ``status`` or ``refused``.

    Args:
        connection: to the one who asks.
        settings: of the host.
        asks_password: it comes from ``sudo``, and not from the controller.
    """
    os.closerange(0, 1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        request, streams = _receive(connection)
        if asks_password and not hmac.compare_digest(str(request["password"]), str(settings["password"])):
            _answer(connection, refused="password")
        elif request["user"] not in ("root", settings["user"]):
            _answer(connection, refused=f"unknown user {request['user']}")
        else:
            _answer(connection, status=_run(connection, request, streams, settings))
    except (OSError, ValueError, KeyError) as problem:
        with contextlib.suppress(OSError):
            _answer(connection, refused=f"{type(problem).__name__}: {problem}")
    finally:
        os._exit(0)


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    head, streams, _, _ = socket.recv_fds(connection, 4, 3)
    if len(head) != 4 or len(streams) != 3:
        raise ValueError("not a request")
    (length,) = struct.unpack("!I", head)
    if length > _LONGEST:
        raise ValueError("too long a request")
    with connection.makefile("rb") as pipe:
        request: dict[str, Any] = json.loads(pipe.read(length))
    return request, list(streams)


def _answer(connection: socket.socket, **fields: Any) -> None:
    connection.sendall(json.dumps(fields).encode() + b"\n")


def _run(
    connection: socket.socket, request: dict[str, Any], streams: list[int], settings: dict[str, Any]
) -> int:
    """The exit status, as a shell tells it; whoever asked and is gone takes the command along."""
    child = os.fork()
    if child == 0:
        try:
            _become(request, streams, settings)
        except OSError as problem:
            os.write(2, f"{request['words'][0]}: {problem.strerror}\n".encode())
            os._exit(127 if isinstance(problem, FileNotFoundError) else 126)
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(child)
    waited: list[Any] = [connection, ended]
    ready, _, _ = select.select(waited, [], [])
    if ended not in ready:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _become(request: dict[str, Any], streams: list[int], settings: dict[str, Any]) -> NoReturn:
    """Become the command.

    Raises:
        OSError: there is no such program, or no view for it.
    """
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 256)
    user = request["user"]
    home = "/root"
    if user != "root":
        home = f"/home/{user}"
        root, group = os.getuid(), os.getgid()
        unshare(_NEWUSER | _NEWNS)
        arranging.without_privileges(home)
        known_as(settings["uid"], settings["uid"], root, group)
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
    os.umask(0o022)
    os.chdir(request["folder"] or home)
    variables = {"HOME": home, "USER": user, "LOGNAME": user, "SHELL": "/bin/sh", "PATH": _PATH}
    variables |= {"LANG": "C.UTF-8", "PWD": request["folder"] or home}
    os.execvpe(request["words"][0], request["words"], variables)  # noqa: S606
