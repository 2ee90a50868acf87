"""A recorder on another loopback address, and ways to run a program with and without the guard."""

from __future__ import annotations

import os
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from labkit import guard

SECONDS = 60
"""A deadline for a child that hangs; no test waits for it when all is well."""


class Recorder:
    """Counts what arrives: TCP connections and UDP datagrams on one port, connections to a Unix socket.

    It listens on a loopback address that a guard narrowed to 127.0.0.1 must keep its programs away from.
    """

    def __init__(self, folder: Path) -> None:
        self._tcp = self._listen()
        self.family = self._tcp.family
        self.host, self.port = self._tcp.getsockname()[:2]
        self._udp = socket.socket(self.family, socket.SOCK_DGRAM)
        self._udp.bind((self.host, self.port))
        self._udp.setblocking(False)
        self.path = str(folder / "docker.sock")
        self._unix = socket.socket(socket.AF_UNIX)
        self._unix.bind(self.path)
        self._unix.listen()
        self._unix.setblocking(False)
        self._peers: queue.Queue[object] = queue.Queue()
        self._open = True
        self._thread = threading.Thread(target=self._serve, name="recorder")
        self._thread.start()

    @staticmethod
    def _listen() -> socket.socket:
        for family, host in ((socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")):
            sock = socket.socket(family)
            try:
                sock.bind((host, 0))
            except OSError:  # macOS configures no 127.0.0.2
                sock.close()
                continue
            sock.listen()
            return sock
        pytest.skip("this machine has neither 127.0.0.2 nor ::1")

    def _serve(self) -> None:
        while self._open:
            connection, peer = self._tcp.accept()
            connection.close()
            self._peers.put(peer)

    def _knock(self) -> object:
        with socket.create_connection((self.host, self.port), SECONDS) as sock:
            return sock.getsockname()

    def hits(self) -> int:
        """What arrived since the last call."""
        count = 0
        own = self._knock()  # connections are accepted in order: what came before it has been counted
        while self._peers.get(timeout=SECONDS) != own:
            count += 1
        for receive in (lambda: self._udp.recv(1), lambda: self._unix.accept()[0].close()):
            while True:
                try:
                    receive()
                except BlockingIOError:
                    break
                count += 1
        return count

    def close(self) -> None:
        self._open = False
        self._knock()
        self._thread.join(SECONDS)
        for sock in (self._tcp, self._udp, self._unix):
            sock.close()


class Run:
    """Runs programs in the guard (allowed: 127.0.0.1 only) and outside of it, from the same environment."""

    def __init__(self, folder: Path, recorder: Recorder) -> None:
        self.folder = folder
        self.recorder = recorder
        self.owner = folder.parent / "owner"
        """The home of a person with real accounts."""
        self.owner.mkdir()
        self.base = {
            name: value
            for name, value in os.environ.items()
            if name != "LABKIT_GUARD" and not name.lower().endswith("_proxy") and not name.startswith("AWS_")
        }
        self.base |= {"HOME": str(self.owner), "PYTHONDONTWRITEBYTECODE": "1"}

    def environment(self, allow: Sequence[str] = ("127.0.0.1",)) -> dict[str, str]:
        return guard.environment(self.folder, self.base, allow=allow)

    def _start(self, command: Sequence[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=dict(env),
            cwd=self.folder.parent,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def guarded(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return self._start(command, self.environment())

    def unguarded(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return self._start(command, self.base)

    def python(self, code: str, *options: str) -> list[str]:
        """A command that runs code with `socket` and the recorder's `host`, `port`, `family` and `path`."""
        prelude = (
            "import socket, sys\nhost, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]\n"
            "family = socket.AF_INET6 if ':' in host else socket.AF_INET\n"
        )
        recorder = self.recorder
        return [
            sys.executable,
            *options,
            "-c",
            prelude + code,
            recorder.host,
            str(recorder.port),
            recorder.path,
        ]

    def proves(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Check that a program reaches the recorder without the guard and does not with it."""
        free = self.unguarded(command)
        assert self.recorder.hits() > 0, (
            f"the test proves nothing: it never reached the recorder\n{free.stderr}"
        )
        done = self.guarded(command)
        assert self.recorder.hits() == 0, f"the recorder was reached through the guard\n{done.stderr}"
        return done

    def blocked(self) -> list[str]:
        return [f"{attempt.action} {attempt.target}" for attempt in guard.blocked(self.folder)]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder with a path short enough for Unix sockets, which pytest's tmp_path is not."""
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="lk")))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def recorder(short_folder: Path) -> Iterator[Recorder]:
    found = Recorder(short_folder)
    yield found
    found.close()


@pytest.fixture
def make_run() -> type[Run]:
    return Run


@pytest.fixture
def run(short_folder: Path, recorder: Recorder) -> Run:
    return Run(short_folder / "run", recorder)
