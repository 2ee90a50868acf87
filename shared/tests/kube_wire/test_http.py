"""The server on its port: connections, streams, stopping, and the official clients."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from kube_wire_requests import APPS, CORE, Api, config_map, deployment, pod

from labkit.kube.http import Server
from labkit.kube.wire import DropConnection, Request, Response

MAPS = f"{CORE}/configmaps"


@pytest.fixture
def wire(server: Server) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        yield connection


def until(connection: socket.socket, end: bytes) -> bytes:
    """Return what comes, up to and including some bytes; all of it when the connection ends first."""
    received = b""
    while end not in received:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    return received


def test_connection_is_kept_and_reused(wire: socket.socket) -> None:
    """Several requests go over one connection, sent at once or in turn."""
    wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    received = b""
    while received.count(b"\r\n\r\nok") < 2:
        received += wire.recv(65536)
    wire.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert until(wire, b"never").endswith(b"\r\n\r\nok")


def test_body_in_chunks_after_leave_to_send(wire: socket.socket, api: Api) -> None:
    """A client may wait for 100 Continue and then send its body in chunks."""
    body = json.dumps(config_map("a")).encode()
    head = f"POST {MAPS} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire.sendall(head.encode())
    assert until(wire, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    for piece in (body[:10], body[10:], b""):
        wire.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    assert until(wire, b"\r\n\r\n").startswith(b"HTTP/1.1 201 Created\r\n")
    assert api.get(f"{MAPS}/a")["data"] == {"k": "v"}


@pytest.mark.parametrize(
    "head", [b"hello\r\n\r\n", b"GET / SPDY/3\r\n\r\n", b"GET / HTTP/1.1\r\nnonsense\r\n\r\n"]
)
def test_what_is_not_http_is_refused(wire: socket.socket, head: bytes) -> None:
    """Bytes that are no request are answered with 400 and the connection is closed."""
    wire.sendall(head)
    received = until(wire, b"never")
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(received.partition(b"\r\n\r\n")[2])["reason"] == "BadRequest"


def test_head_has_no_body(wire: socket.socket) -> None:
    """HEAD gives the length of the body, not the body."""
    wire.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    received = until(wire, b"never")
    assert b"Content-Length: 2\r\n" in received
    assert received.endswith(b"\r\n\r\n")


def test_watch_is_sent_event_by_event(wire: socket.socket, api: Api) -> None:
    """The head of a watch comes before its first event, and each event as soon as it happens."""
    wire.sendall(f"GET {MAPS}?watch=1&timeoutSeconds=60 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert b"Transfer-Encoding: chunked" in until(wire, b"\r\n\r\n")
    for name in "ab":
        api.post(MAPS, config_map(name))
        assert f'"name":"{name}"'.encode() in until(wire, b"}}\n\r\n")


def test_clean_end_and_cut_differ_on_the_wire(wire: socket.socket, api: Api) -> None:
    """A watch that ends is closed by an empty chunk; one that is cut is not."""
    question = f"GET {MAPS}?watch=1&timeoutSeconds=60 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    wire.sendall(question)
    until(wire, b"\r\n\r\n")
    api.store.interrupt_watches("end")
    assert until(wire, b"0\r\n\r\n") == b"0\r\n\r\n"
    wire.sendall(question)
    until(wire, b"\r\n\r\n")
    api.store.interrupt_watches("cut")
    assert until(wire, b"0\r\n\r\n") == b""


def test_hook_can_answer_or_drop(server: Server, api: Api) -> None:
    """A hook before a request can send another answer, or cut the connection without one."""

    def hook(request: Request) -> Response | None:
        if request.path == "/drop":
            raise DropConnection
        return (
            Response(503, b"later", "text/plain", {"Retry-After": "1"}) if request.path == "/late" else None
        )

    api.app.before.append(hook)
    address = urlsplit(server.url)
    for path, expected in (("/late", b"HTTP/1.1 503 Service Unavailable"), ("/drop", b"")):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert until(connection, b"never").partition(b"\r\n")[0] == expected


def test_error_of_the_server_is_a_500_and_is_kept(api: Api) -> None:
    """A mistake in the server itself reaches the client as InternalError, and the test by ``failures``."""

    def broken(_request: Request) -> Response | None:
        raise ZeroDivisionError("oops")

    api.app.before.append(broken)
    with Server(api.app) as running:
        address = urlsplit(running.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(b"GET /api HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            received = until(connection, b"never")
        assert b"500 Internal Server Error" in received
        assert b'"reason":"InternalError"' in received
        assert [type(error) for error in running.failures] == [ZeroDivisionError]


def test_stop_closes_streams_and_start_takes_the_same_port(api: Api) -> None:
    """Stopping ends open watches and connections; a new start is found at the same address."""
    server = Server(api.app).start()
    url = server.url
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(f"GET {MAPS}?watch=1&timeoutSeconds=60 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        until(connection, b"\r\n\r\n")
        server.stop()
        assert until(connection, b"never") == b""
    assert server.start().url == url
    server.stop()


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    kubernetes = pytest.importorskip("kubernetes")
    configuration = kubernetes.client.Configuration()
    configuration.host = server.url
    with kubernetes.client.ApiClient(configuration) as made:
        yield made


def test_official_client(client: Any, api: Api) -> None:
    """The official client creates, reads, lists, watches, patches in its two ways, scales and deletes."""
    from kubernetes import client as kube
    from kubernetes import watch

    core, apps = kube.CoreV1Api(client), kube.AppsV1Api(client)
    core.create_namespaced_config_map("default", config_map("a"))
    assert core.read_namespaced_config_map("a", "default").data == {"k": "v"}
    core.patch_namespaced_config_map("a", "default", {"data": {"l": "w"}})
    operations = [{"op": "remove", "path": "/data/k"}]
    assert core.patch_namespaced_config_map("a", "default", operations).data == {"l": "w"}
    core.create_namespaced_pod("default", pod("p"))
    assert core.read_namespaced_pod("p", "default").spec.containers[0].image_pull_policy == "IfNotPresent"
    apps.create_namespaced_deployment("default", deployment())
    assert (
        apps.patch_namespaced_deployment_scale("d", "default", {"spec": {"replicas": 5}}).spec.replicas == 5
    )
    stream = watch.Watch().stream(core.list_namespaced_config_map, "default", timeout_seconds=5)
    event = next(stream)
    assert (event["type"], event["object"].metadata.name) == ("ADDED", "a")
    stream.close()
    core.delete_namespaced_config_map("a", "default")
    with pytest.raises(kube.ApiException) as missing:
        core.read_namespaced_config_map("a", "default")
    assert json.loads(missing.value.body)["message"] == 'configmaps "a" not found'


def test_dynamic_client_finds_resources_by_discovery(client: Any, api: Api) -> None:
    """The dynamic client discovers kinds and works with them."""
    dynamic = pytest.importorskip("kubernetes.dynamic").DynamicClient(client)
    deployments = dynamic.resources.get(api_version="apps/v1", kind="Deployment")
    deployments.create(body=deployment(), namespace="default")
    assert deployments.get(name="d", namespace="default").spec.replicas == 2


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_kubectl(server: Server, api: Api, tmp_path: Path) -> None:
    """kubectl applies (twice), gets, describes, scales, labels and deletes against the server."""
    file = tmp_path / "deployment.json"
    body = {"apiVersion": "apps/v1", "kind": "Deployment", **deployment()}

    def kubectl(*arguments: str) -> str:
        command = ["kubectl", f"--server={server.url}", f"--cache-dir={tmp_path}/cache", *arguments]
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "NO_PROXY": "127.0.0.1"}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    file.write_text(json.dumps(body))
    assert kubectl("apply", "--validate=false", "-f", str(file)) == "deployment.apps/d created\n"
    body["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2"
    file.write_text(json.dumps(body))
    assert kubectl("apply", "--validate=false", "-f", str(file)) == "deployment.apps/d configured\n"
    assert "Image:         nginx:2" in kubectl("describe", "deployment", "d")
    assert kubectl("scale", "deploy", "d", "--replicas=3") == "deployment.apps/d scaled\n"
    assert kubectl("get", "deploy", "d", "--no-headers").split()[:2] == ["d", "0/3"]
    assert kubectl("label", "deploy", "d", "tier=web") == "deployment.apps/d labeled\n"
    assert api.get(f"{APPS}/deployments/d")["metadata"]["labels"] == {"tier": "web"}
    assert kubectl("delete", "deploy", "d", "--wait=false").startswith("deployment.apps")
