"""Put probes to an engine, real or embedded, and bring the answers into a form that can be compared."""

from __future__ import annotations

import http.client
import json
import re
import socket
import struct
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

if __name__ == "__main__":
    import probes

    sys.modules["engine_probes"] = probes

from engine_probes import Probe  # type: ignore[import-not-found]

PATIENCE = 30.0
BASES = ("probe/base:1", "probe/nocmd:1")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self._path)


class Engine:
    """An engine behind an address as in ``DOCKER_HOST``."""

    def __init__(self, address: str) -> None:
        self._parts = urlsplit(address)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str, bytes]:
        """Send a request: status, content type and body of the answer."""
        if self._parts.scheme == "unix":
            connection: http.client.HTTPConnection = _UnixConnection(self._parts.path)
        else:
            connection = http.client.HTTPConnection(
                self._parts.hostname or "", self._parts.port, timeout=PATIENCE
            )
        sent = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            kind = "application/x-tar" if path.startswith("/build") else "application/json"
            sent.setdefault("Content-Type", kind)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        finally:
            connection.close()

    def has_base_images(self) -> bool:
        """Whether the images are there that probes begin with."""
        return all(self.ask("GET", f"/images/{name}/json")[0] == 200 for name in BASES)

    def clean(self) -> None:
        """Take away what probes leave behind."""
        wanted = quote(json.dumps({"name": ["probe"]}))
        for found in json.loads(self.ask("GET", f"/containers/json?all=1&filters={wanted}")[2]):
            self.ask("DELETE", f"/containers/{found['Id']}?force=1&v=1")
        for found in json.loads(self.ask("GET", f"/networks?filters={wanted}")[2]):
            self.ask("DELETE", f"/networks/{found['Id']}")
        for found in json.loads(self.ask("GET", f"/volumes?filters={wanted}")[2])["Volumes"] or []:
            self.ask("DELETE", f"/volumes/{found['Name']}?force=1")
        for found in json.loads(self.ask("GET", "/images/json")[2]):
            for tag in found["RepoTags"] or []:
                if tag.startswith("probe/") and tag not in BASES:
                    self.ask("DELETE", f"/images/{tag}?force=1")

    def answer(self, probe: Probe) -> dict[str, Any]:
        """Put a probe, and return what is to be compared."""
        *before, (method, path, body) = probe.steps
        for step in before:
            self.ask(*step)
        status, kind, found = self.ask(method, path, body, probe.headers)
        return {"status": status, **_compared(probe, kind, found)}


def _compared(probe: Probe, kind: str, found: bytes) -> dict[str, Any]:
    if probe.compare == "status":
        return {}
    if probe.compare == "shape":
        data = json.loads(found)
        if isinstance(data, dict):
            data = {key: value for key, value in data.items() if key not in probe.ignore}
        return {"shape": shape(data)}
    if probe.compare == "stream" and not kind.startswith("application/json"):
        return {"stream": [[number, text] for number, text in _frames(found)]}
    if kind.startswith("application/json"):
        values = [normal(json.loads(line)) for line in found.decode().splitlines() if line]
        if path_changes(probe):
            values = [sorted(value or (), key=lambda one: str(one["Path"])) for value in values]
        return {"body": values}
    return {"text": normal(found.decode("latin-1"))}


def path_changes(probe: Probe) -> bool:
    """Whether the answer is a list of changed files, whose order is chance."""
    return probe.steps[-1][1].endswith("/changes") and probe.name == "changes"


def _frames(found: bytes) -> list[tuple[int, str]]:
    """Taken together per stream where pieces follow each other: how many there are is chance."""
    frames: list[tuple[int, str]] = []
    while found:
        if len(found) < 8 or found[0] > 2 or found[1:4] != b"\0\0\0":
            frames.append((-1, found.decode()))
            break
        number, size = struct.unpack(">BxxxL", found[:8])
        frames.append((number, found[8 : 8 + size].decode()))
        found = found[8 + size :]
    return frames


_HIDDEN = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "<short>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"), "<time>"),
    (re.compile(r"\b(\d{1,3}\.){3}\d{1,3}\b"), "<address>"),
)


def normal(found: Any) -> Any:
    """Hide what is different in every run: ids, times, addresses."""
    if isinstance(found, dict):
        return {key: normal(value) for key, value in found.items()}
    if isinstance(found, list):
        return [normal(value) for value in found]
    if isinstance(found, str):
        for pattern, word in _HIDDEN:
            found = pattern.sub(word, found)
    return found


def shape(found: Any) -> Any:
    """Keys and types; of a list, its first element; the keys of maps that are data are kept as they are."""
    if isinstance(found, dict):
        return {normal(key): shape(value) for key, value in sorted(found.items())}
    if isinstance(found, list):
        return [shape(found[0])] if found else []
    return type(found).__name__


def record(address: str) -> dict[str, Any]:
    """Put all probes to a real engine; ``python asking.py unix:///var/run/docker.sock`` writes what comes."""
    from engine_probes import PROBES

    engine = Engine(address)
    version = json.loads(engine.ask("GET", "/version")[2])["Version"].partition("+")[0]
    engine.clean()
    answers = {}
    for probe in PROBES:
        answers[probe.name] = engine.answer(probe)
        engine.clean()
    return {"version": version, "answers": answers}


if __name__ == "__main__":
    found = record(sys.argv[1])
    place = Path(__file__).parent.parent / "data" / "engine" / "answers.json"
    place.write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
