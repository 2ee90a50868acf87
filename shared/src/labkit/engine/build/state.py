"""What a build was asked for, and where it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.engine.image import Image


class BuildFailed(Exception):
    """The build ends here.

    Args:
        message: why.
        code: of the command that failed; None when it was something else.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True)
class Options:
    """What a client may ask for.

    Args:
        arguments: build arguments.
        labels: of the image.
        target: stage to stop at, empty for the last.
        cache: whether earlier results may be used.
        remove: whether containers of steps are removed.
        force_remove: also those of steps that fail.
        pull: whether bases are pulled even when they are there.
    """

    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    cache: bool = True
    remove: bool = True
    force_remove: bool = False
    pull: bool = False


class State:
    """Where a stage is."""

    def __init__(self, image: Image, outer: dict[str, str]) -> None:
        self.outer = outer
        self.arguments: dict[str, str] = {}
        self.cacheable = True
        self.move(image)

    def move(self, image: Image) -> None:
        """Go on from an image."""
        self.image = image
        self.config: dict[str, Any] = copy.deepcopy(image.config)

    @property
    def arguments_in_force(self) -> dict[str, str]:
        """Build arguments that were declared in this stage."""
        return dict(self.arguments)
