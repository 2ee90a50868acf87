"""A throwaway host: namespaces of its own, and a first process that runs commands in them.

Its settings come as a line of JSON on standard input, which stays open for as long as the host is wanted. It
answers with ``ready`` or with what is wrong, and ends with its standard input, and all its processes with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from pathlib import Path
from typing import Any

from labkit.ansible.inside import arranging, commands
from labkit.linux import prctl, raise_loopback, unshare

_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_CAPBSET_DROP = 1, 24
#: capabilities(7) by number: of Docker's default set, without MKNOD and NET_RAW. CHOWN, DAC_OVERRIDE, FOWNER,
#: FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT, AUDIT_WRITE, SETFCAP.
_KEPT = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 29, 31})
_LAST = 63


def main() -> None:
    """Become the host that standard input describes.

    Fields: ``root`` (a furnished folder), ``name``, ``socket`` (a path outside of the root, at which the
    controller asks), ``programs`` (folders to show read-only), ``user``, ``password``, ``uid``.
    """
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            return
        line += piece
    settings: dict[str, Any] = json.loads(line)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which closes the pipe
    try:
        outer = _listen(settings["socket"])
        _leave()
    except OSError as problem:
        print(f"no namespaces: {problem}", flush=True)  # noqa: T201 - the answer
        return
    first = os.fork()
    if first:
        # The first process ends with the pipe; should this one be killed, with it.
        os.close(0)
        os.waitpid(first, 0)
        return
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        arranging.arrange(settings["root"], settings["programs"])
        socket.sethostname(settings["name"])
        raise_loopback()
        inner = _listen(commands.SUDO)
        _drop()
    except OSError as problem:
        print(f"no throwaway root: {problem}", flush=True)  # noqa: T201
        os._exit(1)
    print("ready", flush=True)  # noqa: T201
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    _serve({outer: False, inner: True}, settings)


def _listen(path: str) -> socket.socket:
    """From the folder itself: paths of sockets are short."""
    os.chdir(Path(path).parent)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(Path(path).name)
    server.listen(64)
    os.chdir("/")
    return server


def _leave() -> None:
    """Leave all namespaces; whoever started this is root inside, and nobody else is known there.

    Raises:
        OSError: the system does not let this user.
    """
    user, group = os.geteuid(), os.getegid()
    unshare(_NEWUSER | _NEWNS | _NEWPID | _NEWIPC | _NEWUTS | _NEWNET)
    commands.known_as(0, 0, user, group)


def _drop() -> None:
    """What no command shall ever have: mounting, tracing, devices, settings of the kernel."""
    for number in range(_LAST + 1):
        if number not in _KEPT:
            with contextlib.suppress(OSError):  # a kernel that does not know that many
                prctl(_PR_CAPBSET_DROP, number)


def _serve(servers: dict[socket.socket, bool], settings: dict[str, Any]) -> None:
    """Run what is asked for until standard input ends; reap what lost its parent, as a first process must."""
    reading, waking = os.pipe()
    for end in (reading, waking):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        waited: list[Any] = [0, reading, *servers]
        ready, _, _ = select.select(waited, [], [])
        if 0 in ready:
            os._exit(0)
        if reading in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(reading, 4096)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        for server in servers:
            if server in ready:
                connection, _ = server.accept()
                if os.fork() == 0:
                    commands.serve(connection, settings, asks_password=servers[server])
                connection.close()
