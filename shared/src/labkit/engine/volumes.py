"""Volumes: directories that outlive containers, and that several of them may share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from labkit.engine.names import ALLOWED, Identities
from labkit.engine.problems import bad, missing

if TYPE_CHECKING:
    from labkit.hosts.files import VirtualFilesystem

ROOT: Final = "/var/lib/docker"
_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")
_OPTIONS: Final = ("type", "o", "device", "size")


@dataclass(eq=False)
class Volume:
    """A volume.

    Args:
        name: its name.
        created: when.
        labels: None when the client gave none.
        options: likewise.
        files: its content, made when a container first looks at it.
        anonymous: whether the engine chose the name.
    """

    name: str
    created: float
    labels: dict[str, str] | None = None
    options: dict[str, str] | None = None
    files: VirtualFilesystem | None = None
    anonymous: bool = False

    @property
    def mountpoint(self) -> str:
        """Where it would be on the host."""
        return f"{ROOT}/volumes/{self.name}/_data"


class Volumes:
    """The volumes of an engine, by name."""

    def __init__(self) -> None:
        self.all: dict[str, Volume] = {}

    def find(self, name: str) -> Volume:
        """Return a volume.

        Raises:
            EngineError: there is none.
        """
        if name not in self.all:
            raise missing(f"get {name}: no such volume")
        return self.all[name]

    def create(self, body: Mapping[str, Any], identities: Identities, now: float) -> tuple[Volume, bool]:
        """Return a volume, and whether it was made now.

        Raises:
            EngineError: the name is not allowed, or driver or options are not known.
        """
        name = str(body.get("Name") or "")
        driver = str(body.get("Driver") or "local")
        if driver != "local":
            raise missing(
                f'create {name}: error looking up volume plugin {driver}: plugin "{driver}" not found'
            )
        if name and not _NAME.fullmatch(name):
            raise bad(
                f'create {name}: "{name}" includes invalid characters for a local volume name, only '
                f'"{ALLOWED}" are allowed. If you intended to pass a host directory, use absolute path'
            )
        if len(name) == 1:
            raise bad(
                f"create {name}: volume name is too short, names should be at least two alphanumeric "
                "characters"
            )
        options = body.get("DriverOpts") or None
        for option in options or {}:
            if option not in _OPTIONS:
                raise bad(f'create {name}: invalid option: "{option}"')
        if name in self.all:
            return self.all[name], False
        anonymous = not name
        volume = Volume(name or identities.id(), now, body.get("Labels"), options, anonymous=anonymous)
        self.all[volume.name] = volume
        return volume, True
