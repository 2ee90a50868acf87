"""A container's state as an image."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from labkit.engine.image import CONFIG, Image, Step
from labkit.engine.layers import Layer, size

if TYPE_CHECKING:
    from labkit.engine.container import Container


def commit(
    container: Container,
    body: Mapping[str, Any],
    *,
    changes: Iterable[str] = (),
    author: str = "",
    comment: str = "",
) -> Image:
    """Return the image that a container makes, not kept yet.

    Args:
        container: the container.
        body: config of the client; what it leaves out comes from the container.
        changes: instructions of a Dockerfile.
        author: who made it.
        comment: a word about it.

    Raises:
        EngineError: an instruction is wrong.
    """
    from labkit.engine.build.dockerfile import check, read
    from labkit.engine.build.instructions import PLAIN, environment
    from labkit.engine.problems import bad

    config = {**CONFIG, **copy.deepcopy(container.config)}
    config.update({name: value for name, value in body.items() if name in CONFIG and value})
    for line in changes:
        one = read(line, 1)
        check(one)
        if one.name not in PLAIN:
            raise bad(f"{one.name} is not a valid change command")
        PLAIN[one.name](config, one, environment(config))
    layer = changed(container)
    base = container.image
    step = Step(
        container.daemon.timeline.now,
        " ".join(container.argv),
        size(layer),
        comment=comment,
        author=author,
        empty=not layer,
    )
    return Image(
        config,
        container.daemon.timeline.now,
        (*base.layers, layer) if layer else base.layers,
        base.base_size,
        base.has_shell,
        history=[*base.history, step],
        parent=base.id,
        author=author,
        comment=comment,
        container=container.id,
        container_config=dict(container.config),
        program=base.program,
        programs=base.programs,
        accounts=accounts(container),
    )


def changed(container: Container) -> Layer:
    """Return what a container changed in its image's files."""
    if not container.has_files:
        return {}
    from labkit.engine.rootfs import changes as found

    return found(container)


def accounts(container: Container) -> tuple[str, ...]:
    """Return the users that were added to a container's system."""
    if not container.has_files or not container.image.has_shell:
        return container.image.accounts
    return tuple(user.name for user in container.machine.users if user.name != "root")
