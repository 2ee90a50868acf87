"""What a lab needs keeps working under the guard; nothing is recorded for it."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

ECHO = (
    "server = socket.create_server(('127.0.0.1', 0))\n"
    "port = server.getsockname()[1]\n"
    "def reach(*address):\n"
    "    client = socket.create_connection(address, 5)\n"
    "    server.accept()[0].sendall(b'ok')\n"
    "    assert client.recv(2) == b'ok'\n"
)
WORKS = {
    "address": ECHO + "reach('127.0.0.1', port)",
    "localhost": ECHO + "reach('localhost', port)",
    "any": ECHO + "reach('0.0.0.0', port)",
    "short form": ECHO + "reach('127.1', port)",
    "direct name": ECHO + "assert socket.socket().connect_ex(('localhost', port)) == 0",
    "closed port": "assert socket.socket().connect_ex(('127.0.0.1', 9)) not in (0, 1, 13)",
    "bytes": ECHO + "assert socket.socket().connect_ex((b'127.0.0.1', port)) == 0",
    "udp": (
        "a = socket.socket(type=socket.SOCK_DGRAM); a.bind(('127.0.0.1', 0))\n"
        "b = socket.socket(type=socket.SOCK_DGRAM)\n"
        "b.sendto(b'x', a.getsockname()); b.sendto(b'x', 0, a.getsockname())\n"
        "b.sendmsg([b'x'], [], 0, a.getsockname())\n"
        "b.connect(a.getsockname()); b.sendmsg([b'x']); b.send(b'x')\n"
        "assert [a.recv(9) for _ in range(5)] == [b'x'] * 5"
    ),
    "lookups": (
        "socket.getaddrinfo(None, 80); socket.getaddrinfo('192.0.2.7', 80)\n"
        "socket.gethostbyname('localhost')\n"
        "socket.getaddrinfo(b'LOCALHOST', 80)\n"
        "socket.gethostbyaddr('127.0.0.1'); socket.getnameinfo(('127.0.0.1', 80), 0); socket.getfqdn()"
    ),
    "bind to all": "socket.create_server(('', 0)).close()",
    "socketpair": "a, b = socket.socketpair(); a.sendall(b'x'); assert b.recv(1) == b'x'",
    "asyncio": (
        "import asyncio\n"
        "async def answer(reader, writer):\n    writer.write(b'ok'); writer.close()\n"
        "async def main():\n"
        "    server = await asyncio.start_server(answer, 'localhost', 0, family=socket.AF_INET)\n"
        "    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())\n"
        "    assert await reader.read() == b'ok'\n    writer.close(); server.close()\n"
        "    child = await asyncio.create_subprocess_exec(sys.executable, '-c', '')\n"
        "    assert await child.wait() == 0\n"
        "asyncio.run(main())"
    ),
    "http": (
        "import threading, urllib.request\nfrom http.server import HTTPServer, BaseHTTPRequestHandler\n"
        "class Hello(BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n        self.send_response(200); self.end_headers()\n"
        "        self.wfile.write(b'ok')\n"
        "server = HTTPServer(('127.0.0.1', 0), Hello)\n"
        "threading.Thread(target=server.handle_request).start()\n"
        "assert urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/').read() == b'ok'\n"
        "server.server_close()"
    ),
    "socket file": (
        "import os, tempfile\nfile = os.path.join(tempfile.mkdtemp(), 's')\n"
        "server = socket.socket(socket.AF_UNIX); server.bind(file); server.listen()\n"
        "socket.socket(socket.AF_UNIX).connect(file); server.accept()\n"
        "os.chdir(os.path.dirname(file)); socket.socket(socket.AF_UNIX).connect('s')"
    ),
    "manager": (
        "import multiprocessing\n"
        "with multiprocessing.Manager() as manager:\n"
        "    found = manager.dict(); found['a'] = 1; assert dict(found) == {'a': 1}"
    ),
    "ssh agent": "import os; assert 'SSH_AUTH_SOCK' not in os.environ",
    "smtplib": "import email.utils; email.utils.make_msgid()",
}


@pytest.mark.parametrize("name", WORKS)
def test_works(run: Any, name: str) -> None:
    """A server on 127.0.0.1, local names, Unix sockets in the folder, asyncio and multiprocessing work."""
    done = run.guarded(run.python(WORKS[name]))
    assert done.returncode == 0, done.stderr
    assert run.blocked() == []


def test_default_allows_all_loopback(run: Any) -> None:
    """Without an allow-list every loopback address is reached."""
    command = run.python("socket.create_connection((host, port), 5)")
    done = run._start(command, run.environment(allow=()))
    assert done.returncode == 0, done.stderr
    assert run.recorder.hits() == 1


def test_declared_socket_file_is_reached(run: Any) -> None:
    """A lab that declares a Unix socket outside the run's folder may use that one, and loopback still."""
    command = run.python(
        "socket.socket(socket.AF_UNIX).connect(path); socket.create_connection((host, port))"
    )
    done = run._start(command, run.environment(allow=[f"unix:{run.recorder.path}"]))
    assert done.returncode == 0, done.stderr
    assert run.recorder.hits() == 2


def test_ipv6_loopback(run: Any) -> None:
    """::1, its unspecified and its mapped forms are loopback by default."""
    try:
        with socket.socket(socket.AF_INET6) as server:
            server.bind(("::1", 0))
    except OSError:
        pytest.skip("needs ::1")
    code = (
        "server = socket.socket(socket.AF_INET6); server.bind(('::1', 0)); server.listen()\n"
        "port = server.getsockname()[1]\n"
        "for name in ('::1', '::'):\n"
        "    s = socket.socket(socket.AF_INET6); s.settimeout(5); s.connect((name, port)); s.close()"
    )
    done = run._start(run.python(code), run.environment(allow=()))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["with space", "Prüfung-äöü-日本"])
def test_unusual_folder_names(make_run: Any, short_folder: Path, recorder: Any, name: str) -> None:
    """The guard works in a folder with spaces and non-ASCII letters in its path, for Python and ssh."""
    run = make_run(short_folder / name, recorder)
    done = run.proves(run.python("socket.create_connection((host, port))"))
    assert "NetworkBlocked" in done.stderr
    assert len(run.blocked()) == 1
    if shutil.which("ssh"):
        done = run.guarded(["env", "ssh", "-p", "22", "192.0.2.7", "true"])
        assert "blocked" in done.stderr
        assert run.blocked()[-1] == "ssh to 192.0.2.7:22"
