"""Watches through the proxy: they end on one side when they end on the other."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.containers.clusters.namespaces import LABEL, Namespaces
from labkit.containers.clusters.proxy import ScopingProxy
from labkit.containers.clusters.upstream import ClusterApi
from labkit.http.server import Server
from labkit.kube.kubeconfig import write_kubeconfig

#: Seconds until a socket gives up; nothing here waits for it unless something is wrong.
PATIENCE = 30
EVENT = b'{"type":"ADDED","object":{}}\n'


class SilentCluster:
    """An API server that sends one event of a watch, and then nothing."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(PATIENCE)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def answer(self, head: bytes, body: bytes) -> socket.socket:
        """Accept one connection, read its request, and answer it; the connection stays open."""
        connection, _ = self._listening.accept()
        connection.settimeout(PATIENCE)
        got = b""
        while b"\r\n\r\n" not in got:
            got += connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + head + b"\r\n" + body)
        return connection

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def cluster() -> Iterator[SilentCluster]:
    made = SilentCluster()
    yield made
    made.close()


@pytest.fixture
def watch(
    cluster: SilentCluster, tmp_path: Path
) -> Iterator[tuple[socket.socket, http.client.HTTPResponse, http.client.HTTPConnection]]:
    """A watch of which the first event has come: the cluster's end, and the client's."""
    api = ClusterApi(write_kubeconfig(tmp_path / "config", cluster.url), "lab")
    with Server(ScopingProxy(api, Namespaces(api, "r")), name="scoped") as server:
        client = http.client.HTTPConnection(server.url.partition("//")[2], timeout=PATIENCE)
        client.request("GET", "/api/v1/namespaces/mine/pods?watch=true")
        space = b'{"metadata":{"labels":{"%s":"r"}}}' % LABEL.encode()
        cluster.answer(b"Content-Length: %d\r\n" % len(space), space).close()
        upstream = cluster.answer(b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n" % (len(EVENT), EVENT))
        answer = client.getresponse()
        assert answer.read1(65_536) == EVENT
        yield upstream, answer, client
        upstream.close()
        answer.close()
        client.close()


def test_a_client_that_leaves(
    watch: tuple[socket.socket, http.client.HTTPResponse, http.client.HTTPConnection],
) -> None:
    """When a client leaves a silent watch, the cluster's end of it is closed, too."""
    upstream, answer, client = watch
    answer.close()
    client.close()
    assert upstream.recv(1) == b""


def test_a_watch_that_ends(
    watch: tuple[socket.socket, http.client.HTTPResponse, http.client.HTTPConnection],
) -> None:
    """A watch whose time is over ends cleanly for the client."""
    upstream, answer, _ = watch
    upstream.sendall(b"0\r\n\r\n")
    assert answer.read() == b""


def test_a_watch_that_breaks_off(
    watch: tuple[socket.socket, http.client.HTTPResponse, http.client.HTTPConnection],
) -> None:
    """A watch that the cluster breaks off does not look to the client as if it had ended."""
    upstream, answer, _ = watch
    upstream.close()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
