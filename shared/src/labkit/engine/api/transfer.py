"""Images in and out: pull, push, import, save, load, commit, search."""

from __future__ import annotations

import json
from typing import Any, Final

from labkit.engine import registry, saving
from labkit.engine.api.images import new_name
from labkit.engine.api.routing import Answer, Call, Route, lines, stream
from labkit.engine.problems import EngineError, missing
from labkit.http.wire import Response


def create(call: Call) -> Answer:
    request, daemon = call.request, call.daemon
    if request.get("fromImage"):
        return stream(lines(registry.pull(daemon, request.get("fromImage"), request.get("tag"))))
    image = saving.imported(request.body, daemon, request.get("message"))
    if request.get("repo"):
        image.tags = [new_name(request.get("repo"), request.get("tag"))]
    image = daemon.images.add(image)
    daemon.happened_to("image", "import", image.id, name=image.id)
    return stream(lines(iter([{"status": image.id}])))


def push(call: Call) -> Answer:
    return stream(lines(registry.push(call.daemon, call.words[0], call.request.get("tag"))))


def _save(call: Call, names: list[str]) -> Answer:
    images = []
    for name in names:
        try:
            images.append(call.daemon.images.find(name))
        except EngineError:
            raise missing("reference does not exist") from None
    data = saving.save(images, call.daemon)
    for image in images:
        call.daemon.happened_to("image", "save", image.id, name=image.id)
    return Response(200, data, "application/x-tar")


def get(call: Call) -> Answer:
    return _save(call, [call.words[0]])


def get_many(call: Call) -> Answer:
    return _save(call, call.request.all("names"))


def load(call: Call) -> Answer:
    said: list[dict[str, str]] = []
    for found in saving.load(call.request.body, call.daemon):
        tags = list(found.tags)
        image = call.daemon.images.add(found)
        call.daemon.happened_to("image", "load", image.id, name=image.id)
        said += [{"stream": f"Loaded image: {tag}\n"} for tag in tags]
        if not tags:
            said.append({"stream": f"Loaded image ID: {image.id}\n"})
    return stream(lines(iter(said)))


def search(call: Call) -> Answer:
    return registry.search(call.daemon, call.request.get("term"))


def distribution(call: Call) -> Answer:
    from labkit.engine import references

    name = references.parse(call.words[0]).full
    make = call.daemon.registry.get(name)
    if make is None:
        raise EngineError(403, "denied: requested access to the resource is denied")
    image = make()
    media = "application/vnd.docker.distribution.manifest.v2+json"
    return {
        "Descriptor": {"mediaType": media, "digest": image.id, "size": 528},
        "Platforms": [{"architecture": "amd64", "os": "linux"}],
    }


def commit(call: Call) -> Answer:
    from labkit.engine.committing import commit as committed

    request, daemon = call.request, call.daemon
    container = daemon.find(request.get("container"))
    name = new_name(request.get("repo"), request.get("tag")) if request.get("repo") else ""
    body: dict[str, Any] = dict(json.loads(request.body)) if request.body.strip() else {}
    image = committed(
        container,
        body,
        changes=[line for text in request.all("changes") for line in text.splitlines()],
        author=request.get("author"),
        comment=request.get("comment"),
    )
    image.tags = [name] if name else []
    image = daemon.images.add(image)
    daemon.happened(container, "commit", comment=request.get("comment"), imageID=image.id, imageRef=name)
    return 201, {"Id": image.id}


ROUTES: Final[list[Route]] = [
    ("POST", "/images/create", create),
    ("POST", "/images/load", load),
    ("GET", "/images/get", get_many),
    ("GET", "/images/search", search),
    ("GET", "/images/{*}/get", get),
    ("POST", "/images/{*}/push", push),
    ("GET", "/distribution/{*}/json", distribution),
    ("POST", "/commit", commit),
]
