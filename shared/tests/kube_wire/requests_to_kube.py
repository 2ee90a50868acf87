"""Raw requests to an API server without a network, and objects to send."""

from __future__ import annotations

import json
from typing import Any

from labkit.kube.app import App
from labkit.kube.registry import Registry
from labkit.kube.store import Store
from labkit.kube.wire import Request, Response

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY = "application/apply-patch+yaml"


class Api:
    """Asks an app, as a client would, and shows answers as data."""

    def __init__(self) -> None:
        self.store = Store()
        self.registry = Registry()
        self.app = App(self.store, self.registry)
        for name in ("default", "kube-system", "other"):
            self.store.create(self.registry.named("namespaces"), None, {"metadata": {"name": name}})

    def ask(
        self, method: str, target: str, body: Any = b"", headers: dict[str, str] | None = None
    ) -> Response:
        """Send a request; a body that is not bytes goes as JSON."""
        return self.app.handle(Request.read(method, target, headers, body))

    def send(
        self, method: str, target: str, body: Any = b"", kind: str = "application/json"
    ) -> tuple[int, Any]:
        """Return the status and the decoded answer."""
        response = self.ask(method, target, body, {"Content-Type": kind} if body != b"" else None)
        assert isinstance(response.body, bytes)
        text = response.body.decode()
        return response.status, json.loads(text) if text.startswith(("{", "[")) else text

    def get(self, target: str) -> Any:
        """Return what lies at a path that must be there."""
        status, found = self.send("GET", target)
        assert status == 200, found
        return found

    def post(self, target: str, body: Any) -> Any:
        """Create an object that must be accepted."""
        status, found = self.send("POST", target, body)
        assert status == 201, found
        return found

    def patch(self, target: str, body: Any, kind: str = MERGE) -> Any:
        """Patch an object that must accept it."""
        status, found = self.send("PATCH", target, body, kind)
        assert status == 200, found
        return found

    def events(self, target: str) -> list[dict[str, Any]]:
        """Return all events of a watch that ends by itself."""
        response = self.ask("GET", target)
        assert response.status == 200
        pieces = [response.body] if isinstance(response.body, bytes) else response.body
        return [json.loads(line) for line in b"".join(pieces).splitlines()]


CORE = "/api/v1/namespaces/default"
APPS = "/apis/apps/v1/namespaces/default"


def config_map(name: str = "a", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": "v"}, **more}


def pod(name: str = "p", container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    first = {"name": "main", "image": "nginx:1", **(container or {})}
    return {"metadata": {"name": name}, "spec": {"containers": [first], **spec}}


def deployment(name: str = "d", template: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    inner = {"containers": [{"name": "main", "image": "nginx:1"}], **(template or {})}
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": inner},
            **spec,
        },
    }


def service(name: str = "s", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}
