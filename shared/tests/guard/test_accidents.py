"""Each way that Python code leaves the machine by accident."""

from __future__ import annotations

import sys
from typing import Any

import pytest

TCP = {
    "connect": "socket.socket(family).connect((host, port))",
    "connect_ex": "socket.socket(family).connect_ex((host, port))",
    "create_connection": "socket.create_connection((host, port), 5)",
    "_socket": "import _socket; _socket.socket(family).connect((host, port))",
    "asyncio": "import asyncio; asyncio.run(asyncio.open_connection(host, port))",
    "thread": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "ThreadPoolExecutor(1).submit(socket.create_connection, (host, port)).result()"
    ),
    "fork": (
        "import os\nchild = os.fork()\n"
        "if not child:\n    socket.create_connection((host, port))\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    ),
    "mapped": "socket.socket(socket.AF_INET6).connect(('::ffff:' + host, port))",
    "bytes": "socket.socket(family).connect((host.encode(), port))",
    "short": "socket.socket().connect(('127.2', port))",
    "hexadecimal": "socket.socket().connect(('0x7f.2', port))",
    "number": "socket.socket().connect((str(0x7f000002), port))",
}
UDP = {
    "sendto": "socket.socket(family, socket.SOCK_DGRAM).sendto(b'x', (host, port))",
    "sendto with flags": "socket.socket(family, socket.SOCK_DGRAM).sendto(b'x', 0, (host, port))",
    "sendmsg": "socket.socket(family, socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, (host, port))",
    "connected": "s = socket.socket(family, socket.SOCK_DGRAM); s.connect((host, port)); s.send(b'x')",
    "asyncio": (
        "import asyncio\nasync def main():\n"
        "    loop = asyncio.get_running_loop()\n"
        "    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, family=family)\n"
        "    transport.sendto(b'x', (host, port))\n"
        "asyncio.run(main())"
    ),
}
ONLY_IPV4 = {"mapped", "short", "hexadecimal", "number"}


@pytest.mark.parametrize("name", TCP)
def test_no_connection_leaves(run: Any, name: str) -> None:
    """A TCP connection to an address outside the allow-list never arrives, raises, and is recorded."""
    if name in ONLY_IPV4 and run.recorder.host != "127.0.0.2":
        pytest.skip("needs 127.0.0.2")
    done = run.proves(run.python(TCP[name]))
    assert done.returncode != 0
    assert "NetworkBlocked" in done.stderr
    assert "blocked: code in a lab reaches only this machine (127.0.0.1)" in done.stderr
    assert "Use the address that the test's fixture gives you" in done.stderr
    assert len(run.blocked()) == 1
    assert run.blocked()[0].startswith("connect to ")
    assert run.blocked()[0].endswith(f":{run.recorder.port}")


@pytest.mark.parametrize("name", UDP)
def test_no_datagram_leaves(run: Any, name: str) -> None:
    """A UDP datagram to an address outside the allow-list never arrives and is recorded."""
    run.proves(run.python(UDP[name]))
    assert any(attempt.endswith(f":{run.recorder.port}") for attempt in run.blocked())


@pytest.mark.parametrize("name", ["stream", "datagram", "link", "relative", "bytes"])
def test_no_socket_file_outside_the_folder(run: Any, name: str) -> None:
    """A Unix socket outside the run's folder, such as Docker's, is never reached, not even through a link."""
    code = {
        "stream": "socket.socket(socket.AF_UNIX).connect(path)",
        "datagram": "socket.socket(socket.AF_UNIX).connect_ex(path)",
        "link": (
            "import os, tempfile\nlink = os.path.join(tempfile.mkdtemp(), 'l')\nos.symlink(path, link)\n"
            "socket.socket(socket.AF_UNIX).connect(link)"
        ),
        "relative": "import os; socket.socket(socket.AF_UNIX).connect(os.path.relpath(path))",
        "bytes": "socket.socket(socket.AF_UNIX).connect(path.encode())",
    }[name]
    done = run.proves(run.python(code))
    assert "Unix socket" in done.stderr
    assert "only sockets inside its run's folder" in done.stderr
    assert len(run.blocked()) == 1


def test_abstract_socket_is_refused(run: Any) -> None:
    """A Unix socket in the abstract namespace, which lies in no folder, is refused on bind and on connect."""
    for call in ("bind", "connect"):
        done = run.guarded(run.python(f"socket.socket(socket.AF_UNIX).{call}('\\0labkit-test')"))
        assert "NetworkBlocked" in done.stderr
    assert len(run.blocked()) == 2


def test_socket_file_outside_is_not_made(run: Any) -> None:
    """A server's Unix socket outside the run's folder is refused before the file exists."""
    elsewhere = run.folder.parent / "elsewhere.sock"
    done = run.guarded(run.python(f"socket.socket(socket.AF_UNIX).bind({str(elsewhere)!r})"))
    assert "NetworkBlocked" in done.stderr
    assert not elsewhere.exists()


def test_other_families_are_refused(run: Any) -> None:
    """A socket of a family that no lab needs, such as netlink, connects to nothing."""
    if not sys.platform.startswith("linux"):
        pytest.skip("netlink is Linux's")
    code = "s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); s.connect((0, 0))"
    assert run.unguarded(run.python(code)).returncode == 0
    done = run.guarded(run.python(code))
    assert "a socket of family AF_NETLINK blocked" in done.stderr


# A second hook, called only if the guard's let the event pass, stands for the name server; none is asked.
ASKED = (
    "def asked(event, args):\n"
    "    if event.startswith(('socket.getaddrinfo', 'socket.gethostby', 'socket.getnameinfo')):\n"
    "        raise SystemExit('the name server was asked')\n"
    "sys.addaudithook(asked)\n"
)
LOOKUPS = {
    "getaddrinfo": "socket.getaddrinfo('db.example.invalid', 5432)",
    "bytes": "socket.getaddrinfo(b'db.example.invalid', 5432)",
    "gethostbyname": "socket.gethostbyname('db.example.invalid')",
    "gethostbyname_ex": "socket.gethostbyname_ex('db.example.invalid')",
    "gethostbyaddr": "socket.gethostbyaddr('192.0.2.7')",
    "name to gethostbyaddr": "socket.gethostbyaddr('db.example.invalid')",
    "getnameinfo": "socket.getnameinfo(('192.0.2.7', 22), 0)",
    "own name": "socket.gethostbyname(socket.gethostname())",
    "asyncio": (
        "import asyncio\nasync def main():\n"
        "    await asyncio.get_running_loop().getaddrinfo('db.example.invalid', 1)\nasyncio.run(main())"
    ),
}


@pytest.mark.parametrize("name", LOOKUPS)
def test_no_lookup_leaves(run: Any, name: str) -> None:
    """A look-up of a name or an address elsewhere asks no name server, and fails as look-ups fail."""
    code = f"{ASKED}try:\n{_indent(LOOKUPS[name])}\nexcept socket.gaierror as error:\n    print(repr(error))"
    assert "the name server was asked" in run.unguarded(run.python(code)).stderr
    done = run.guarded(run.python(code))
    assert done.returncode == 0, done.stderr
    assert "LookupBlocked" in done.stdout
    if name == "own name":
        assert run.blocked() == []  # the standard library asks for it unbidden
        assert "127.0.0.1" in done.stdout
    else:
        assert run.blocked() in (["look-up of db.example.invalid"], ["look-up of 192.0.2.7"])


@pytest.mark.parametrize("call", ["connect", "connect_ex"])
def test_name_as_target_is_not_looked_up(run: Any, call: str) -> None:
    """A name given to connect is refused before the system looks it up, which no audit event announces."""
    done = run.guarded(run.python(f"socket.socket().{call}(('db.example.invalid', 5432))"))
    assert "NetworkBlocked" in done.stderr
    assert run.blocked() == ["connect to db.example.invalid:5432"]


def _indent(code: str) -> str:
    return "\n".join("    " + line for line in code.splitlines())
