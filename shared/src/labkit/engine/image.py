"""Images and where they are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from labkit.engine import references
from labkit.engine.layers import Layer, digest, size
from labkit.engine.problems import EngineError, bad, missing
from labkit.engine.process import Program
from labkit.engine.references import InvalidReference, Reference

#: The Config of an image, with what it has when nothing was said (Engine API, "ContainerConfig").
CONFIG: Final[Mapping[str, Any]] = {
    "Hostname": "",
    "Domainname": "",
    "User": "",
    "AttachStdin": False,
    "AttachStdout": False,
    "AttachStderr": False,
    "Tty": False,
    "OpenStdin": False,
    "StdinOnce": False,
    "Env": None,
    "Cmd": None,
    "Image": "",
    "Volumes": None,
    "WorkingDir": "",
    "Entrypoint": None,
    "OnBuild": None,
    "Labels": None,
}


@dataclass(frozen=True)
class Step:
    """One line of an image's history.

    Args:
        created: when.
        by: the instruction.
        size: bytes that it added.
        id: of the image after it; empty where that is not here.
        comment: further words.
        author: who made it.
        empty: whether it added no layer.
    """

    created: float
    by: str
    size: int = 0
    id: str = ""
    comment: str = ""
    author: str = ""
    empty: bool = False


@dataclass(eq=False)
class Image:
    """An image.

    Args:
        config: how containers of it run.
        created: when it was made.
        layers: files on top of the simulated system, the lowest first.
        base_size: bytes of the simulated system.
        has_shell: whether there is a system at all; without, only the layers' files are there.
        tags: names with their tags.
        history: oldest first.
        parent: id of the image it was built on, empty where it was not built here.
        program: what its own command line runs.
        programs: what commands do, by their names.
        accounts: user names besides those of every system.
    """

    config: dict[str, Any]
    created: float
    layers: tuple[Layer, ...] = ()
    base_size: int = 0
    has_shell: bool = True
    tags: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    history: list[Step] = field(default_factory=list)
    parent: str = ""
    author: str = ""
    comment: str = ""
    container: str = ""
    container_config: dict[str, Any] = field(default_factory=dict)
    program: Program | None = None
    programs: Mapping[str, Program] = field(default_factory=dict)
    accounts: tuple[str, ...] = ()
    tagged: float | None = None
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            import hashlib  # here and below: it takes a fifth of the start

            parts = [
                self.config,
                self.created,
                self.parent,
                self.layer_ids,
                self.base_size,
                len(self.history),
            ]
            self.id = "sha256:" + hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()

    @property
    def argv(self) -> list[str]:
        """The command line of its containers."""
        return [*(self.config["Entrypoint"] or ()), *(self.config["Cmd"] or ())]

    @property
    def size(self) -> int:
        """Bytes of all its layers."""
        return self.base_size + sum(size(layer) for layer in self.layers)

    @property
    def layer_ids(self) -> list[str]:
        """Ids of its layers, the lowest first."""
        import hashlib

        found, before = [], f"base {self.base_size} {self.has_shell}"
        if self.base_size or self.has_shell:
            found.append("sha256:" + hashlib.sha256(before.encode()).hexdigest())
        for layer in self.layers:
            before = digest(layer, before)
            found.append(before)
        return found

    @property
    def short(self) -> str:
        """The first twelve digits of the id."""
        return self.id[7:19]


class Images:
    """The images of an engine, and their names."""

    def __init__(self) -> None:
        self.all: dict[str, Image] = {}

    def add(self, image: Image) -> Image:
        """Keep an image; one with the same id that is there already is returned instead."""
        known = self.all.get(image.id)
        if known is not None:
            for tag in image.tags:
                self.tag(known, tag)
            return known
        tags, image.tags = list(image.tags), []
        self.all[image.id] = image
        for tag in tags:
            self.tag(image, tag)
        return image

    def tag(self, image: Image, tag: str) -> None:
        """Give a name with its tag to an image, and take it from another."""
        for other in self.all.values():
            if tag in other.tags and other is not image:
                other.tags.remove(tag)
        if tag not in image.tags:
            image.tags.append(tag)

    def look_up(self, text: str) -> Image | None:
        """Return an image by name, id or the beginning of an id; None when there is none.

        Raises:
            InvalidReference: the text cannot be a reference.
        """
        known = self._by_id(text)
        if known is not None:
            return known
        reference = references.parse(text)
        for image in self.all.values():
            if reference.digest:
                if f"{reference.name}@{reference.digest}" in image.digests:
                    return image
            elif reference.full in image.tags:
                return image
        return None

    def _by_id(self, text: str) -> Image | None:
        digits = text.removeprefix("sha256:")
        if not digits or any(letter not in "0123456789abcdef" for letter in digits):
            return None
        named = None if text.startswith("sha256:") else self._named(f"{text}:latest")
        if named is not None:
            return named
        found = [image for image in self.all.values() if image.id[7:].startswith(digits)]
        return found[0] if len(found) == 1 else None

    def _named(self, tag: str) -> Image | None:
        return next((image for image in self.all.values() if tag in image.tags), None)

    def find(self, text: str) -> Image:
        """Return an image by name or id.

        Raises:
            EngineError: there is none (404), or the text is no reference (400).
        """
        try:
            found = self.look_up(text)
        except InvalidReference as error:
            raise bad(str(error)) from None
        if found is None:
            raise no_such(text)
        return found

    def children(self, image: Image) -> list[Image]:
        """Return the images that were built on one."""
        return [other for other in self.all.values() if other.parent == image.id]


def no_such(text: str) -> EngineError:
    """Return the 404 for an image."""
    if text.startswith("sha256:"):
        return missing(f"No such image: {text}")
    try:
        return missing(f"No such image: {references.parse(text).full}")
    except InvalidReference:
        return missing(f"No such image: {text}")


def familiar(reference: Reference) -> str:
    """Return a reference as lists show it."""
    return reference.full
