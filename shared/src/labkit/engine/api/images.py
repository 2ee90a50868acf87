"""Images: list, look, name, remove."""

from __future__ import annotations

from typing import Final

from labkit.engine import imageremoval, imageviews, references
from labkit.engine.api.routing import Answer, Call, Route
from labkit.engine.filters import Filters
from labkit.engine.image import Image
from labkit.engine.problems import EngineError, internal
from labkit.engine.references import InvalidReference
from labkit.engine.times import moment


def list_all(call: Call) -> Answer:
    filters = call.filters("before", "dangling", "label", "label!", "reference", "since")
    dangling = filters.flag("dangling")
    images = call.daemon.images
    before, since = (
        images.find(filters[name][0]) if name in filters else None for name in ("before", "since")
    )
    found = []
    for image in images.all.values():
        if not image.tags and not image.digests and images.children(image) and not call.flag("all"):
            continue
        if dangling is not None and dangling != (not image.tags):
            continue
        if before is not None and image.created >= before.created:
            continue
        if since is not None and image.created <= since.created:
            continue
        if filters.labels(image.config["Labels"]) and _referenced(image, filters):
            found.append(image)
    found.sort(key=lambda image: image.created, reverse=True)
    return [imageviews.image_summary(image) for image in found]


def _referenced(image: Image, filters: Filters) -> bool:
    names = [word for tag in image.tags for word in (tag, references.parse(tag).name)]
    return filters.globs("reference", names)


def inspect(call: Call) -> Answer:
    text = call.words[0]
    try:
        return imageviews.inspect_image(call.daemon.images.find(text))
    except EngineError as error:
        raise EngineError(error.status, f"no such image: {text}: {error.message}") from None


def history(call: Call) -> Answer:
    return imageviews.history(call.daemon.images.find(call.words[0]), call.daemon)


def tag(call: Call) -> Answer:
    image = call.daemon.images.find(call.words[0])
    name = new_name(call.request.get("repo"), call.request.get("tag"))
    call.daemon.images.tag(image, name)
    image.tagged = call.daemon.timeline.now
    call.daemon.happened_to("image", "tag", image.id, name=name)
    return 201


def new_name(repository: str, tag: str) -> str:
    """Return a name for an image, checked.

    Raises:
        EngineError: it cannot be one.
    """
    try:
        found = references.parse(repository)
    except InvalidReference as error:
        raise internal(str(error)) from None
    if found.digest:
        raise internal("refusing to create a tag with a digest reference")
    if tag and not references.is_tag(tag):
        raise internal("invalid tag format")
    return f"{found.name}:{tag or found.tag or 'latest'}"


def remove(call: Call) -> Answer:
    text = call.words[0]
    return imageremoval.remove(call.daemon, text, force=call.flag("force"), prune=not call.flag("noprune"))


def prune(call: Call) -> Answer:
    daemon = call.daemon
    filters = call.filters("dangling", "label", "label!", "until")
    dangling = filters.flag("dangling") is not False
    until = moment(filters["until"][0], daemon.timeline.now) if "until" in filters else None
    records: imageremoval.Records = []
    before = imageviews.layers_size(daemon)
    for image in list(daemon.images.all.values()):
        if image.id not in daemon.images.all or not filters.labels(image.config["Labels"]):
            continue
        if (dangling and image.tags) or (until is not None and image.created >= until):
            continue
        if daemon.images.children(image) or daemon.using(image):
            continue
        for name in list(image.tags)[:-1]:
            imageremoval.untag(daemon, image, name, records)
        text = image.tags[0] if image.tags else image.id
        try:
            records += imageremoval.remove(daemon, text, force=False, prune=True)
        except EngineError:
            continue
    space = before - imageviews.layers_size(daemon)
    daemon.happened_to("image", "prune", "", reclaimed=str(space))
    return {"ImagesDeleted": records or None, "SpaceReclaimed": space}


ROUTES: Final[list[Route]] = [
    ("GET", "/images/json", list_all),
    ("POST", "/images/prune", prune),
    ("GET", "/images/{*}/json", inspect),
    ("GET", "/images/{*}/history", history),
    ("POST", "/images/{*}/tag", tag),
    ("DELETE", "/images/{*}", remove),
]
