"""Files of containers: archives in and out, export."""

from __future__ import annotations

import base64
import json
import posixpath
from typing import Any, Final

from labkit.engine import archives, layers
from labkit.engine.api.routing import Answer, Call, Route
from labkit.engine.container import Container
from labkit.engine.problems import EngineError, bad, missing
from labkit.engine.times import stamp
from labkit.http.wire import Response

#: Bits of a mode as Go counts them (os.FileMode).
_GO_DIRECTORY, _GO_LINK = 1 << 31, 1 << 27


def _path(call: Call) -> tuple[Container, str]:
    path = call.request.get("path")
    if not path:
        raise bad("bad parameter: pathcannot be empty")
    return call.daemon.find(call.words[0]), path


def _stat(container: Container, path: str) -> dict[str, Any]:
    try:
        found = container.files.lstat(posixpath.join("/", path))
    except OSError:
        raise missing(f"Could not find the file {path} in container {container.name}") from None
    kind = _GO_DIRECTORY if found.is_dir else _GO_LINK if found.is_link else 0
    return {
        "name": posixpath.basename(posixpath.normpath(path)) or "/",
        "size": found.size,
        "mode": kind | found.permissions,
        "mtime": stamp(found.mtime),
        "linkTarget": posixpath.join(posixpath.dirname(path), found.target) if found.is_link else "",
    }


def _header(container: Container, path: str) -> dict[str, str]:
    found = json.dumps(_stat(container, path), separators=(",", ":")).encode()
    return {"X-Docker-Container-Path-Stat": base64.b64encode(found).decode()}


def look(call: Call) -> Answer:
    container, path = _path(call)
    return Response(200, b"", headers=_header(container, path))


def get(call: Call) -> Answer:
    container, path = _path(call)
    headers = _header(container, path)
    entries = archives.read_from(container.files, posixpath.join("/", path))
    call.daemon.happened(container, "archive-path")
    return Response(200, archives.pack(entries, call.daemon.timeline.now), "application/x-tar", headers)


def put(call: Call) -> Answer:
    container, path = _path(call)
    folder = posixpath.join("/", path)
    try:
        found = container.files.stat(folder)
    except OSError:
        raise missing(f"Could not find the file {path} in container {container.name}") from None
    if not found.is_dir:
        raise EngineError(500, "extraction point is not a directory")
    archives.write_to(container.files, folder, call.request.body, careful=call.flag("noOverwriteDirNonDir"))
    call.daemon.happened(container, "extract-to-dir")
    return 200


def export(call: Call) -> Answer:
    container = call.daemon.find(call.words[0])
    entries = ((path.lstrip("/"), entry) for path, entry in layers.walk(container.files))
    call.daemon.happened(container, "export")
    return Response(200, archives.pack(entries, call.daemon.timeline.now), "application/octet-stream")


ROUTES: Final[list[Route]] = [
    ("HEAD", "/containers/{}/archive", look),
    ("GET", "/containers/{}/archive", get),
    ("PUT", "/containers/{}/archive", put),
    ("GET", "/containers/{}/export", export),
]
