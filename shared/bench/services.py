"""The HTTP services: from nothing to ready, one request, a reset."""

from __future__ import annotations

import importlib
import statistics
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from measuring import ROOT, Row, alternating, median, milliseconds, python

from labkit.fixtures.services_offered import SERVICES
from labkit.services.github import GitHub

_MOST_READY, _MOST_REQUEST = 0.150, 0.001
_PATH = "/repos/acme/infrastructure"
_START = """
import sys, time
began = time.perf_counter()
from labkit.fixtures.catalogue import serve
with serve(sys.argv[1]):
    print(time.perf_counter() - began)
"""


def rows(*, quick: bool) -> Iterator[Row]:
    times = 5 if quick else 15
    ready = {offer.name: _ready(offer.name, 2 if quick else 5) for offer in SERVICES}
    name = max(ready, key=lambda each: ready[each])
    yield Row(
        f"an HTTP service ready, imports and demo data included: the slowest of {len(ready)}, {name}",
        milliseconds(ready[name]),
        f"the median of all {milliseconds(statistics.median(ready.values()))}",
        promise=f"under {milliseconds(_MOST_READY)}",
        kept=ready[name] < _MOST_READY,
    )
    module = importlib.import_module("labkit.services.vault")
    yield Row("start and stop a Vault", milliseconds(median(lambda: module.Vault().start().stop(), times)))
    with GitHub() as github:
        yield _request(github, times * 20)
        yield Row("reset a GitHub for the next test", milliseconds(median(github.reset, times)))


def _ready(name: str, times: int) -> float:
    return statistics.median(float(python(["-P", "-c", _START, name], ROOT)) for _ in range(times))


def _request(github: GitHub, times: int) -> Row:
    """One repository over a kept connection, against the standard library's server with the same bytes."""
    github.world.repo("acme/infrastructure")
    headers = {"Authorization": f"Bearer {github.token}"}
    github.limit = 10**9

    def asked(connection: HTTPConnection) -> bytes:
        connection.request("GET", _PATH, headers=headers)
        return connection.getresponse().read()

    def connected(url: str) -> HTTPConnection:
        parts = urlsplit(url)
        return HTTPConnection(parts.hostname or "", parts.port, timeout=10)

    ours = connected(github.url)
    body = asked(ours)

    class Plain(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Plain) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        plain = connected(f"http://127.0.0.1:{server.server_port}")
        mine, theirs = alternating(lambda: asked(ours), lambda: asked(plain), times)
        ours.close()
        plain.close()
        server.shutdown()
        thread.join()
    return Row(
        "get a repository from a GitHub",
        milliseconds(mine),
        f"http.server with the same bytes {milliseconds(theirs)}",
        mine / theirs,
        f"under {milliseconds(_MOST_REQUEST)}",
        mine < _MOST_REQUEST,
    )
