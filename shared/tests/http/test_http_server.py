"""The server that all simulated services share: connections, streams, errors, stopping."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from labkit.http.record import Record
from labkit.http.server import Server
from labkit.http.wire import DropConnection, Request, Response


class Echo:
    """Answers with what it was asked; some paths misbehave."""

    def handle(self, request: Request) -> Response:
        match request.path:
            case "/broken":
                raise ValueError("not my day")
            case "/drop":
                raise DropConnection
            case "/pieces":
                return Response(200, iter([b"one, ", b"two"]), "text/plain")
            case "/sized":
                return Response(200, iter([b"one, ", b"two"]), "text/plain", length=8)
            case "/short":
                return Response(200, iter([b"one, "]), "text/plain", {"Connection": "close"}, length=8)
            case "/dated":
                return Response(204, headers={"Date": "Mon, 02 Mar 2026 10:00:00 GMT"})
        return Response(200, f"{request.method} {request.target}".encode() + request.body, "text/plain")

    def malformed(self, problem: str) -> Response:
        return Response(400, problem.encode(), "text/plain")

    def broken(self, error: Exception) -> Response:
        return Response(500, str(error).encode(), "text/plain")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Echo(), name="echo") as server:
        yield server


def test_the_target_comes_as_it_was_sent(server: Server) -> None:
    """An encoded slash can be told from a slash by the target."""
    assert requests.get(f"{server.url}/a%2Fb/c?d=e", timeout=5).text == "GET /a%2Fb/c?d=e"


def test_one_connection_serves_many_requests(server: Server) -> None:
    """A client that keeps its connection is served by one thread."""
    with requests.Session() as session:
        before = threading.active_count()
        for number in range(20):
            assert session.post(f"{server.url}/x", data=str(number), timeout=5).text == f"POST /x{number}"
        assert threading.active_count() <= before + 1


def test_pieces_with_and_without_a_length(server: Server) -> None:
    """Pieces are chunked unless their length is known."""
    chunked = requests.get(f"{server.url}/pieces", timeout=5)
    sized = requests.get(f"{server.url}/sized", timeout=5)
    assert (chunked.text, chunked.headers["Transfer-Encoding"]) == ("one, two", "chunked")
    assert (sized.text, sized.headers["Content-Length"]) == ("one, two", "8")


def test_fewer_bytes_than_promised_end_the_connection(server: Server) -> None:
    """A body that is shorter than its length is seen by the client as one that was cut."""
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{server.url}/short", timeout=5)


def test_an_application_that_breaks_is_a_500_and_is_kept(server: Server) -> None:
    """An exception becomes the application's own 500, and tests find it in the failures."""
    answer = requests.get(f"{server.url}/broken", timeout=5)
    assert (answer.status_code, answer.text) == (500, "not my day")
    assert [type(failure) for failure in server.failures] == [ValueError]


def test_a_dropped_connection(server: Server) -> None:
    """Where there is to be no answer the client sees the connection end."""
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{server.url}/drop", timeout=5)


def test_the_application_may_give_the_date(server: Server) -> None:
    """A Date header of the application is the only one; 204 has neither body nor length."""
    answer = requests.get(f"{server.url}/dated", timeout=5)
    assert answer.headers["Date"] == "Mon, 02 Mar 2026 10:00:00 GMT"
    assert "Content-Length" not in answer.headers


def test_a_stop_leaves_nothing_and_keeps_the_port(server: Server) -> None:
    """After a stop no connection, no thread and no listener is left; a start takes the same port."""
    port = urlsplit(server.url).port
    with socket.create_connection(("127.0.0.1", port or 0), timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(1000)
        server.stop()
        assert connection.recv(1000) == b""
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("labkit-echo")]
    server.start()
    assert urlsplit(server.url).port == port


def test_an_address_only_while_it_runs() -> None:
    """A server that does not run says how to start it."""
    with pytest.raises(RuntimeError, match=r"the echo is not running: use it in a with block, or call start"):
        _ = Server(Echo(), name="echo").url


def test_a_unix_socket_serves_the_same(tmp_path: Path) -> None:
    """A server on a Unix socket answers as one on TCP does, and its socket is gone after a stop."""
    path = tmp_path / "s"
    with Server(Echo(), path=path) as server, socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(server.url.removeprefix("unix://"))
        connection.sendall(b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n")
        with connection.makefile("rb") as answer:
            assert answer.read().endswith(b"\r\n\r\nGET /x")
    assert not path.exists()


def test_the_record_speaks_the_back_ends_words() -> None:
    """A record names requests as its back end does, and finds them by a text in that name."""
    record = Record(lambda request: f"WATCH {request.path}")
    record.note(Request.read("GET", "/pods?watch=1"), None)
    assert [seen.words for seen in record.matching("WATCH")] == ["WATCH /pods"]
    assert record[0].status is None
