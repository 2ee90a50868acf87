"""What a scope sees, asked of the engine each time: state kept here would be wrong sooner or later."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from labkit.containers.labels import SCOPE
from labkit.containers.scoping.refusals import Refused
from labkit.containers.scoping.upstream import Upstream

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*")


class Sight:
    """Finds things of one scope by name or id, and refuses all others as if they were not there.

    Args:
        upstream: the real engine.
        scope: the value of the scope's label.
        shared: references of images that every scope sees.
    """

    def __init__(self, upstream: Upstream, scope: str, shared: frozenset[str]) -> None:
        self._up, self._scope = upstream, scope
        self.shared = shared
        #: References that this scope gave to images; a tag carries no labels.
        self.own_tags: set[str] = set()

    def mine(self, labels: Mapping[str, str] | None) -> bool:
        """Whether these are the labels of something of this scope."""
        return bool(labels) and (labels or {}).get(SCOPE) == self._scope

    # By name

    def container(self, name: str) -> str:
        """The id of a container of the scope. Raises :class:`Refused`."""
        name = name.removeprefix("/")
        status, told = self._look("containers", name)
        if status == 200 and self.mine(told["Config"].get("Labels")):
            return str(told["Id"])
        raise Refused(f"No such container: {name}", 404)

    def exec(self, name: str) -> None:
        """Raise :class:`Refused` unless this is a command in a container of the scope."""
        status, told = self._up.data("GET", f"/exec/{name}/json")
        if status != 200:
            raise Refused(f"No such exec instance: {name}", 404)
        try:
            self.container(told["ContainerID"])
        except Refused:
            raise Refused(f"No such exec instance: {name}", 404) from None

    def network(self, name: str) -> str:
        """The id of a network of the scope. Raises :class:`Refused`."""
        status, told = self._plain("networks", name)
        if status == 200 and self.mine(told.get("Labels")):
            return str(told["Id"])
        raise Refused(f"network {name} not found", 404)

    def volume(self, name: str) -> str:
        """The name of a volume of the scope. Raises :class:`Refused`."""
        status, told = self._plain("volumes", name)
        if status == 200 and self.mine(told.get("Labels")):
            return str(told["Name"])
        raise Refused(f"get {name}: no such volume", 404)

    def free_volume(self, name: str) -> bool:
        """Whether a volume of this name is to be made. Raises :class:`Refused` where it is another's."""
        status, told = self._plain("volumes", name)
        if status == 200 and not self.mine(told.get("Labels")):
            raise Refused(f"the volume name {name} is taken on this engine", 409)
        return status != 200

    def image(self, name: str) -> dict[str, Any]:
        """An image that the scope sees, as the engine describes it. Raises :class:`Refused`."""
        if _REFERENCE.fullmatch(name) and ".." not in name:
            status, told = self._up.data("GET", f"/images/{quote(name, safe=':/@')}/json")
            if status == 200 and self._sees(told.get("RepoTags"), told["Config"].get("Labels")):
                return dict(told)
        raise Refused(f"No such image: {name}", 404)

    def free_tag(self, reference: str) -> str:
        """A reference in full that the scope may give. Raises :class:`Refused` where another image has it."""
        full = self.full(reference)
        if not _REFERENCE.fullmatch(full) or "@" in full:
            raise Refused(f"invalid reference format: {reference}", 400)
        if full in self.shared:
            raise Refused(f"not allowed in a lab: another image called {full}")
        status, told = self._up.data("GET", f"/images/{quote(full, safe=':/@')}/json")
        if status == 200 and full not in self.own_tags and not self.mine(told["Config"].get("Labels")):
            raise Refused(f"the image name {full} is taken on this engine", 409)
        return full

    @staticmethod
    def full(reference: str) -> str:
        """A reference with its tag."""
        last = reference.rpartition("/")[2]
        return reference if ":" in last or "@" in last else f"{reference}:latest"

    # All of a kind

    def containers(self) -> list[dict[str, Any]]:
        """All containers of the scope."""
        wanted = json.dumps({"label": [f"{SCOPE}={self._scope}"]})
        return list(self._up.data("GET", "/containers/json", {"all": "1", "filters": wanted})[1])

    def images(self) -> list[dict[str, Any]]:
        """All images that the scope sees, with the tags that it sees."""
        told = self._up.data("GET", "/images/json", {"all": "1"})[1]
        return [
            {**image, "RepoTags": self.tags(image), "RepoDigests": []}
            for image in told
            if self._sees(image.get("RepoTags"), image.get("Labels"))
        ]

    def tags(self, image: Mapping[str, Any]) -> list[str]:
        """The tags of an image that the scope sees."""
        return [tag for tag in image.get("RepoTags") or () if tag in self.shared or tag in self.own_tags]

    def network_view(self, network: dict[str, Any]) -> dict[str, Any]:
        """A network with the scope's containers alone."""
        mine = {container["Id"] for container in self.containers()}
        inside = network.get("Containers") or {}
        return {**network, "Containers": {name: told for name, told in inside.items() if name in mine}}

    def _sees(self, tags: list[str] | None, labels: Mapping[str, str] | None) -> bool:
        return self.mine(labels) or any(tag in self.shared or tag in self.own_tags for tag in tags or ())

    def _look(self, kind: str, name: str) -> tuple[int, Any]:
        return self._plain(kind, name, "/json")

    def _plain(self, kind: str, name: str, rest: str = "") -> tuple[int, Any]:
        # A name with a slash in it, or a dot in front, would be another path.
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
            return 404, None
        return self._up.data("GET", f"/{kind}/{name}{rest}")
