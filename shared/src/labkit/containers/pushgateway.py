"""The container form of the pushgateway fixture: the real program."""

from __future__ import annotations

import base64
import json
import urllib.request
from types import TracebackType
from typing import Self

from labkit.containers.client import ask
from labkit.containers.forms import ContainerForm

#: What a test may ask of this form; the embedded one has ``clock``, ``faults``, ``log`` and ``state``, too.
ABILITIES = frozenset({"client"})


class RealPushgateway(ContainerForm):
    """Debian's Pushgateway in a container; a context manager.

    Attributes:
        address: host and port, as clients want them.
        url: the same with ``http://``.
    """

    named = "a real Pushgateway has"
    abilities = ABILITIES

    address: str
    url: str

    def __init__(self) -> None:
        self.address = self.url = self._container = ""

    def __enter__(self) -> Self:
        [told] = ask("start", image="pushgateway", environments=[{}], names=["pushgateway"])
        self._container, self.address = told["id"], f"{told['host']}:{told['port']}"
        self.url = f"http://{self.address}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ask("stop", ids=[self._container])

    def reset(self, seed: int | str | None = None) -> None:
        """Forget everything that was pushed."""
        groups = json.loads(self._ask("GET", "/api/v1/metrics"))["data"]
        for group in groups:
            labels = {"job": group["labels"]["job"], **group["labels"]}
            self._ask("DELETE", "/metrics/" + "/".join(f"{k}@base64/{_coded(v)}" for k, v in labels.items()))

    def _ask(self, method: str, path: str) -> bytes:
        request = urllib.request.Request(self.url + path, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            content: bytes = answer.read()
        return content


def _coded(value: str) -> str:
    """A label's value in a path; an empty one is a lone sign of equality."""
    return base64.urlsafe_b64encode(value.encode()).decode() or "="
