"""What the steps of a build make: containers that run them, images, and the cache of these."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labkit.engine import layers
from labkit.engine.build.state import State
from labkit.engine.image import Image, Step
from labkit.engine.problems import bad

if TYPE_CHECKING:
    from labkit.engine.container import Container
    from labkit.engine.daemon import Daemon

_NO_OWNER = "unable to convert uid/gid chown string to host mapping"


class Results:
    """Containers and images of one build.

    Args:
        daemon: the engine.
        cache: whether earlier results may be used.
    """

    def __init__(self, daemon: Daemon, *, cache: bool) -> None:
        self._daemon = daemon
        self._cache = cache

    def container(self, state: State, argv: list[str], env: list[str] | None = None) -> Container:
        """Return a container of the image so far, not started, that is no part of any list of images."""
        from labkit.engine import creating

        image = replace(
            state.image, config={**state.config, "Entrypoint": None, "Healthcheck": None}, tags=[]
        )
        held = self._daemon.images.all.get(image.id)
        self._daemon.images.all[image.id] = image
        try:
            body = {"Image": image.id, "Cmd": argv, "Env": env or []}
            container = creating.create(self._daemon, body, None)
        finally:
            if held is not None:
                self._daemon.images.all[image.id] = held
            else:
                self._daemon.images.all.pop(image.id, None)
        return container

    def cached(self, state: State, by: str) -> Image | None:
        """Return what a step made in an earlier build; None when it must be done."""
        if not self._cache or not state.cacheable:
            return None
        id_ = self._daemon.build_cache.get((state.image.id, by))
        found = self._daemon.images.all.get(id_ or "")
        if found is None:
            state.cacheable = False
        return found

    def keep(
        self,
        state: State,
        by: str,
        config: dict[str, Any],
        layer: layers.Layer,
        shown: list[str],
        author: str,
        users: tuple[str, ...] | None = None,
    ) -> Image:
        """Keep the image that a step makes."""
        before = state.image
        now = self._daemon.timeline.now
        config["Image"] = before.id
        step = Step(now, by, layers.size(layer), empty=not layer)
        history = [replace(one) for one in before.history]
        if history and before.id != "scratch":
            history[-1] = replace(history[-1], id=before.id)
        made = Image(
            config,
            now,
            (*before.layers, layer) if layer else before.layers,
            before.base_size,
            before.has_shell,
            history=[*history, step],
            parent="" if before.id == "scratch" else before.id,
            author=author or before.author,
            container_config={**config, "Cmd": shown},
            program=before.program,
            programs=before.programs,
            accounts=before.accounts if users is None else users,
        )
        with self._daemon.changed:
            kept = self._daemon.images.add(made)
            self._daemon.build_cache[before.id, by] = kept.id
        return kept


def owner(container: Container, text: str) -> tuple[int, int]:
    """Return user and group of ``--chown``.

    Raises:
        EngineError: the container's system does not know them.
    """
    if not text:
        return 0, 0
    user, _, group = text.partition(":")
    users = container.machine.users if container.image.has_shell else None
    uid = int(user) if user.isdigit() else users.uid_of(user) if users is not None else None
    if uid is None:
        raise bad(f"{_NO_OWNER}: can't find uid for user {user}: no such user: {user}")
    if not group:
        return uid, uid
    gid = int(group) if group.isdigit() else users.gid_of(group) if users is not None else None
    if gid is None:
        raise bad(f"{_NO_OWNER}: can't find gid for group {group}: no such group: {group}")
    return uid, gid
