"""Commands, shells and their streams, as paramiko sees them."""

from __future__ import annotations

import hashlib
import socket
import threading
from typing import Any

import paramiko
import pytest

MIB = 1 << 20


def test_streams_and_status_arrive_separately(fleet_of: Any, connect: Any) -> None:
    """Standard output, standard error and the exit status of a command reach the client, each on its own."""
    client = connect(fleet_of()[0])
    _, out, err = client.exec_command("uptime")
    assert out.read() == b"out uptime ops\n"
    assert err.read() == b"err\n"
    assert out.channel.recv_exit_status() == 3


def test_several_commands_on_one_connection(fleet_of: Any, connect: Any) -> None:
    """One connection runs command after command, and commands at the same time."""
    client = connect(fleet_of()[0])
    first = client.exec_command("a")[1]
    second = client.exec_command("b")[1]
    assert second.read() == b"out b ops\n"
    assert first.read() == b"out a ops\n"


def test_environment_reaches_the_command(fleet_of: Any, connect: Any) -> None:
    """Variables that the client sets are in the command's environment."""

    def show(streams: Any) -> int:
        streams.stdout.write(streams.env["LANG"].encode())
        return 0

    client = connect(fleet_of(scripts={"show": show})[0])
    assert client.exec_command("show", environment={"LANG": "de_DE"})[1].read() == b"de_DE"


def test_a_prompt_is_answered_through_stdin(fleet_of: Any, connect: Any) -> None:
    """A command that asks gets the line the client writes, and goes on."""

    def ask(streams: Any) -> int:
        streams.stdout.write(b"Continue? ")
        answer = streams.stdin.readline()
        streams.stdout.write(b"you said " + answer)
        return 0 if answer == b"yes\n" else 1

    client = connect(fleet_of(scripts={"ask": ask})[0])
    stdin, out, _ = client.exec_command("ask")
    assert out.read(10) == b"Continue? "
    stdin.write("yes\n")
    stdin.flush()
    assert out.read() == b"you said yes\n"
    assert out.channel.recv_exit_status() == 0


def test_a_terminal_echoes_and_ends_lines_twice(fleet_of: Any, connect: Any) -> None:
    """With a pty, input is echoed, carriage return ends a line, and output has CR LF and one stream."""

    def ask(streams: Any) -> int:
        assert streams.tty
        streams.stdout.write(b"name: ")
        name = streams.stdin.readline().strip()
        streams.stderr.write(b"hello " + name + b"\n")
        return 0

    client = connect(fleet_of(scripts={"ask": ask})[0])
    stdin, out, err = client.exec_command("ask", get_pty=True)
    assert out.read(6) == b"name: "
    stdin.write("Adx\x7fa\r")
    stdin.flush()
    assert out.read() == b"Adx\b \ba\r\nhello Ada\r\n"
    assert err.read() == b""


def test_a_password_is_not_echoed(fleet_of: Any, connect: Any) -> None:
    """A command that turns the echo off gets the line, and the client sees nothing of it."""

    def ask(streams: Any) -> int:
        streams.stdin.echo = False
        streams.stdout.write(b"Password: ")
        secret = streams.stdin.readline()
        streams.stdin.echo = True
        streams.stdout.write(b"\n%d\n" % len(secret))
        return 0

    client = connect(fleet_of(scripts={"ask": ask})[0])
    stdin, out, _ = client.exec_command("ask", get_pty=True)
    assert out.read(10) == b"Password: "
    stdin.write("hidden\n")
    stdin.flush()
    assert out.read() == b"\r\n7\r\n"


def test_end_of_input_reaches_the_command(fleet_of: Any, connect: Any) -> None:
    """A command that reads to the end gets everything once the client shuts its side."""

    def count(streams: Any) -> int:
        data = streams.stdin.read()
        streams.stdout.write(hashlib.sha256(data).hexdigest().encode())
        return 0

    data = bytes(range(256)) * 4096 * 3
    client = connect(fleet_of(scripts={"count": count})[0])
    stdin, out, _ = client.exec_command("count")
    stdin.write(data)
    stdin.flush()
    stdin.channel.shutdown_write()
    assert out.read().decode() == hashlib.sha256(data).hexdigest()


def test_a_shell_runs_in_a_session(fleet_of: Any, connect: Any) -> None:
    """``invoke_shell`` gives an interactive shell with a terminal."""

    def shell(streams: Any) -> int:
        assert streams.command is None
        streams.stdout.write(b"$ ")
        while line := streams.stdin.readline():
            if line == b"exit\n":
                return 5
            streams.stdout.write(b"ran " + line + b"$ ")
        return 0

    client = connect(fleet_of(scripts={"shell": shell})[0])
    channel = client.invoke_shell()
    channel.settimeout(10)
    received = b""
    channel.sendall(b"uptime\nexit\n")
    while piece := channel.recv(1000):
        received += piece
    assert b"ran uptime\r\n$ " in received
    assert channel.recv_exit_status() == 5


def test_ten_megabytes_on_both_streams_at_once(fleet_of: Any, connect: Any) -> None:
    """A client that reads both streams gets 10 MB of each, complete and in order."""

    def flood(streams: Any) -> int:
        for number in range(160):
            streams.stdout.write(bytes([number]) * 65536)
            streams.stderr.write(bytes([255 - number]) * 65536)
        return 0

    client = connect(fleet_of(scripts={"flood": flood})[0])
    _, out, err = client.exec_command("flood")
    sums: dict[str, str] = {}

    def read(name: str, stream: Any) -> None:
        sums[name] = hashlib.sha256(stream.read()).hexdigest()

    threads = [threading.Thread(target=read, args=pair) for pair in (("out", out), ("err", err))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    expected = b"".join(bytes([n]) * 65536 for n in range(160))
    assert sums["out"] == hashlib.sha256(expected).hexdigest()
    assert sums["err"] == hashlib.sha256(b"".join(bytes([255 - n]) * 65536 for n in range(160))).hexdigest()
    assert out.channel.recv_exit_status() == 0


def test_a_client_that_does_not_read_stops_the_command(fleet_of: Any, connect: Any) -> None:
    """Output that nobody reads is not piled up: the command waits in its write until the client leaves."""
    written: list[int] = []
    ended = threading.Event()
    blocked = threading.Event()

    def flood(streams: Any) -> int:
        try:
            while True:
                if sum(written) >= MIB:
                    blocked.set()
                streams.stdout.write(b"x" * 65536)
                written.append(65536)
        finally:
            ended.set()

    fleet = fleet_of(scripts={"flood": flood})
    client = connect(fleet[0])
    client.exec_command("flood")
    assert blocked.wait(10)
    # The server's thread is free: another connection is served meanwhile.
    other = connect(fleet[0])
    assert other.exec_command("uptime")[1].read() == b"out uptime ops\n"
    # paramiko's window is 2 MiB; beyond it at most what waits in the server fits.
    assert sum(written) < 4 * MIB
    assert not ended.is_set()
    client.close()
    assert ended.wait(10)


def test_status_comes_after_the_output(fleet_of: Any, connect: Any) -> None:
    """As with OpenSSH, a client that waits for the status before it reads long output waits for ever."""

    def flood(streams: Any) -> int:
        for _ in range(64):
            streams.stdout.write(b"x" * 65536)
        return 0

    client = connect(fleet_of(scripts={"flood": flood})[0])
    _, out, _ = client.exec_command("flood")
    assert len(out.read(MIB)) == MIB
    assert not out.channel.exit_status_ready()
    assert len(out.read()) == 3 * MIB
    assert out.channel.recv_exit_status() == 0


def test_a_command_ends_when_its_client_leaves(fleet_of: Any, connect: Any) -> None:
    """A command that waits for input is cancelled when the connection closes, and its thread ends."""
    state: dict[str, Any] = {}
    reading = threading.Event()
    ended = threading.Event()

    def wait(streams: Any) -> int:
        state["thread"] = threading.current_thread()
        reading.set()
        state["line"] = streams.stdin.readline()
        state["cancelled"] = streams.cancelled.wait(10)
        ended.set()
        return 0

    client = connect(fleet_of(scripts={"wait": wait})[0])
    client.exec_command("wait")
    assert reading.wait(10)
    client.close()
    assert ended.wait(10)
    assert state["line"] == b""
    assert state["cancelled"]
    state["thread"].join(10)
    assert not state["thread"].is_alive()


def test_a_killed_command_reports_its_signal(fleet_of: Any, connect: Any) -> None:
    """A command that dies of a signal has no exit status: paramiko shows -1."""
    client = connect(fleet_of(scripts={"die": lambda _streams: -9})[0])
    _, out, _ = client.exec_command("die")
    assert out.read() == b""
    assert out.channel.recv_exit_status() == -1


def test_a_defect_of_the_simulation_is_told(fleet_of: Any, connect: Any) -> None:
    """An exception in a simulated command ends it with status 70 and a message, and is kept for the test."""

    def broken(_streams: Any) -> int:
        raise RuntimeError("simulated defect")

    fleet = fleet_of(scripts={"broken": broken})
    client = connect(fleet[0])
    _, out, err = client.exec_command("broken")
    assert b"simulated defect" in err.read()
    assert out.channel.recv_exit_status() == 70
    assert [str(error) for error in fleet[0].errors] == ["simulated defect"]
    fleet.reset()
    assert fleet[0].errors == ()


def test_forwarding_is_refused(fleet_of: Any, connect: Any) -> None:
    """The server opens no tunnel to anywhere."""
    client = connect(fleet_of()[0])
    with pytest.raises(paramiko.ChannelException):
        client.get_transport().open_channel("direct-tcpip", ("127.0.0.1", 80), ("127.0.0.1", 1))


def test_the_server_listens_on_loopback_only(fleet_of: Any) -> None:
    """A host has a port of its own on 127.0.0.1."""
    fleet = fleet_of(3)
    assert len({host.port for host in fleet}) == 3
    with socket.create_connection((fleet[1].address, fleet[1].port), timeout=10) as sock:
        assert sock.getpeername()[0] == "127.0.0.1"
        assert sock.recv(100).startswith(b"SSH-2.0-OpenSSH")
