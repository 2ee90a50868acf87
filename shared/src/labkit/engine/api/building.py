"""Building images."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from typing import Any, Final

from labkit.engine import archives
from labkit.engine.api.images import new_name
from labkit.engine.api.routing import Answer, Call, Route, lines, stream
from labkit.engine.build.builder import Builder
from labkit.engine.build.dockerfile import parse
from labkit.engine.build.state import BuildFailed, Options
from labkit.engine.layers import Entry
from labkit.engine.problems import EngineError, bad, internal
from labkit.http.wire import DropConnection


def build(call: Call) -> Answer:
    request, daemon = call.request, call.daemon
    if request.get("version") == "2":
        raise EngineError(501, "BuildKit is not simulated: build with DOCKER_BUILDKIT=0")
    tags = [new_name(*_parted(text)) for text in request.all("t") if text]
    options = Options(
        arguments=_map(call, "buildargs", "error reading build args"),
        labels=_map(call, "labels", "error reading labels"),
        target=request.get("target"),
        cache=not call.flag("nocache"),
        remove=request.get("rm") == "" or call.flag("rm"),
        force_remove=call.flag("forcerm"),
        pull=call.flag("pull"),
    )
    if request.get("remote"):
        raise bad(f"{request.get('remote')}: the simulated engine builds without a network; send a context")
    context = _context(request.body)
    name = request.get("dockerfile") or "Dockerfile"
    name = name.removeprefix("./").lstrip("/")
    if name not in context:
        raise internal(f"Cannot locate specified Dockerfile: {name}")
    file = parse(context[name].data.decode("utf-8-sig", "replace"))
    builder = Builder(daemon, file, _visible(context, name), options)
    return stream(lines(_progress(call, builder, tags)))


def _parted(text: str) -> tuple[str, str]:
    """A name and its tag; a colon before a slash is a port."""
    head, colon, tag = text.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (text, "")


def _map(call: Call, name: str, problem: str) -> dict[str, str]:
    text = call.request.get(name)
    if not text:
        return {}
    from labkit.engine import gojson

    found = gojson.load(text.encode(), fail=lambda words: bad(f"{problem}: {words}"))
    return {str(key): str(value) for key, value in (found or {}).items() if value is not None}


def _context(body: bytes) -> dict[str, Entry]:
    try:
        entries = archives.unpack(body)
    except (tarfile.TarError, EOFError):
        raise internal("archive/tar: invalid tar header") from None
    return {path: entry for path, entry in entries if path}


def _visible(context: dict[str, Entry], dockerfile: str) -> dict[str, Entry]:
    """Without the Dockerfile when .dockerignore names it; the rest was left out by the client."""
    ignored = context.get(".dockerignore")
    patterns = ignored.data.decode(errors="replace").split() if ignored is not None else []
    hidden = {name for name in (dockerfile, ".dockerignore") if name in patterns}
    return {path: entry for path, entry in context.items() if path not in hidden}


def _progress(call: Call, builder: Builder, tags: list[str]) -> Iterator[dict[str, Any]]:
    quiet = call.flag("q")
    daemon = call.daemon
    try:
        for message in builder.run():
            if not quiet:
                yield message
    except BuildFailed as failure:
        detail: dict[str, Any] = {"message": failure.message}
        if failure.code is not None:
            detail = {"code": failure.code, **detail}
        yield {"errorDetail": detail, "error": failure.message}
        return
    image = builder.image
    if image is None:
        raise DropConnection
    with daemon.changed:
        for tag in tags:
            daemon.images.tag(image, tag)
            image.tagged = daemon.timeline.now
            daemon.happened_to("image", "tag", image.id, name=tag)
    if quiet:
        yield {"stream": f"{image.id}\n"}
        return
    yield {"stream": f"Successfully built {image.short}\n"}
    for tag in tags:
        yield {"stream": f"Successfully tagged {tag}\n"}


def prune(call: Call) -> Answer:
    call.daemon.build_cache.clear()
    return {"CachesDeleted": None, "SpaceReclaimed": 0}


ROUTES: Final[list[Route]] = [
    ("POST", "/build", build),
    ("POST", "/build/prune", prune),
]
