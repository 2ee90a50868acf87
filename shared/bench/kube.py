"""The embedded Kubernetes cluster: from nothing to ready, answers, watches, memory."""

from __future__ import annotations

import json
import os
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from measuring import ROOT, Row, alternating, median, milliseconds, python, timed

from labkit.kube.cluster import Cluster

_MOST_READY, _MOST_GET, _MOST_GROWTH, _PODS = 0.050, 0.001, 20, 500
#: Names the kubeconfig of a real cluster to compare with; the user's own is never taken unasked.
_REAL = "BENCH_KUBECONFIG"
_PATH = "/api/v1/namespaces/default/configmaps/app-config"
_START = """
import time
began = time.perf_counter()
from labkit.kube.cluster import Cluster
cluster = Cluster().start()
print(time.perf_counter() - began)
cluster.stop()
"""
_MEMORY = """
import psutil
before = psutil.Process().memory_info().rss
from labkit.kube.cluster import Cluster
pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "main", "image": "lab/app:1"}]}}
with Cluster(nodes=9) as cluster:
    cluster.seed([{**pod, "metadata": {"name": f"p{number}"}} for number in range(500)])
    print(psutil.Process().memory_info().rss - before)
"""


def rows(*, quick: bool) -> Iterator[Row]:
    times = 5 if quick else 15
    yield _ready(times)
    with Cluster(nodes=9) as cluster:
        cluster.seed(_config_map())
        yield _get(cluster, times * 20)
        yield _real(cluster, times * 5)
        yield _watch(cluster, times)
        cluster.seed([_pod(number) for number in range(_PODS)])
        yield _list(cluster, times)
        yield Row(
            "empty the Kubernetes cluster for the next test", milliseconds(median(cluster.reset, times))
        )
    yield _deployment(3 if quick else 7)
    yield _memory()


def _deployment(times: int) -> Row:
    """A Deployment with a Service, from its creation until all pods are ready: should grow with the pods."""

    def roll_out(replicas: int) -> None:
        cluster.reset()
        cluster.seed([_service(), _replicated(replicas)])
        status = (cluster.get("deployments", "web") or {})["status"]
        if status.get("readyReplicas") != replicas:
            raise RuntimeError(f"the Deployment is not ready: {status}")

    with Cluster(nodes=9) as cluster:
        many, few = alternating(lambda: roll_out(200), lambda: roll_out(20), times)
    return Row(
        "a Deployment of 200 replicas until all are ready",
        milliseconds(many),
        f"of 20 replicas {milliseconds(few)}",
        many / few,
        f"at most {_MOST_GROWTH} x",
        many / few < _MOST_GROWTH,
    )


def _ready(times: int) -> Row:
    python(["-c", _START], ROOT)  # compiles what has changed
    pairs = [
        (float(python(["-c", _START], ROOT)), timed(lambda: python(["-c", "pass"], ROOT)))
        for _ in range(times)
    ]
    found = statistics.median(ready for ready, _ in pairs)
    nothing = statistics.median(bare for _, bare in pairs)
    return Row(
        "Kubernetes API ready, imports included",
        milliseconds(found),
        f"Python doing nothing {milliseconds(nothing)}",
        found / nothing,
        promise=f"under {_MOST_READY * 1000:.0f} ms",
        kept=found < _MOST_READY,
    )


class _Constant(BaseHTTPRequestHandler):
    """The least that an HTTP server of the standard library can do."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    body = b"{}"

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)


def _get(cluster: Cluster, times: int) -> Row:
    ours = _Client(cluster.url)
    bare = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Constant,), {"body": ours.get(_PATH)}))
    bare.daemon_threads = True
    thread = threading.Thread(target=bare.serve_forever, args=(0.02,))
    thread.start()
    try:
        theirs = _Client(f"http://127.0.0.1:{bare.server_port}")
        mine, other = alternating(lambda: ours.get(_PATH), lambda: theirs.get(_PATH), times)
        theirs.close()
    finally:
        bare.shutdown()
        bare.server_close()
        thread.join()
    ours.close()
    return Row(
        "get a ConfigMap from the Kubernetes API",
        milliseconds(mine),
        f"http.server with the same bytes {milliseconds(other)}",
        mine / other,
        f"under {_MOST_GET * 1000:.0f} ms",
        mine < _MOST_GET,
    )


def _real(cluster: Cluster, times: int) -> Row:
    """The same read by the official client, here and in a real cluster; nothing is written there."""
    what = "get a ConfigMap with the official client"
    named = os.environ.get(_REAL, "")
    if not named:
        return Row(what, "-", f"real cluster: none found ({_REAL} names no kubeconfig)")
    from kubernetes import client, config

    ours = client.CoreV1Api(cluster.client())
    theirs = client.CoreV1Api(config.new_client_from_config(named))
    mine, other = alternating(
        lambda: ours.read_namespaced_config_map("kube-root-ca.crt", "default"),
        lambda: theirs.read_namespaced_config_map("kube-root-ca.crt", "default"),
        times,
    )
    return Row(what, milliseconds(mine), f"real cluster {milliseconds(other)}", mine / other)


class _Client:
    """One kept connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status}")
        return content

    def stream(self, path: str) -> Iterator[bytes]:
        self._connection.request("GET", path)
        yield from self._connection.getresponse()

    def close(self) -> None:
        self._connection.close()


def _watch(cluster: Cluster, times: int) -> Row:
    """From a write to the line that a watch sends about it."""
    client = _Client(cluster.url)
    lines = client.stream("/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=60")
    next(lines), next(lines)  # those that are there: app-config and the cluster's certificate
    found: list[float] = []
    for number in range(times + 1):
        began = time.perf_counter()
        cluster.seed(_config_map(f"c{number}"), settle=0)
        if json.loads(next(lines))["type"] != "ADDED":
            raise RuntimeError("the watch did not say what was added")
        found.append(time.perf_counter() - began)
    client.close()
    return Row(
        "a write to the Kubernetes API until a watch tells it", milliseconds(statistics.median(found[1:]))
    )


def _list(cluster: Cluster, times: int) -> Row:
    client = _Client(cluster.url)
    found = median(lambda: client.get("/api/v1/namespaces/default/pods"), times)
    client.close()
    return Row(f"list {_PODS} running pods", milliseconds(found))


def _memory() -> Row:
    found = int(python(["-c", _MEMORY], ROOT))
    return Row(f"memory of a Kubernetes cluster with {_PODS} pods", f"{found / 2**20:.0f} MB")


def _config_map(name: str = "app-config") -> dict[str, object]:
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": {"LOG_LEVEL": "info"}}


def _pod(number: int) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"p{number}", "namespace": "default"},
        "spec": {"containers": [{"name": "main", "image": "lab/app:1"}]},
    }


def _service() -> dict[str, object]:
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    meta = {"name": "web", "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}


def _replicated(replicas: int) -> dict[str, object]:
    labels = {"app": "web"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": "lab/app:1"}]},
            },
        },
    }
