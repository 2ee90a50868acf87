"""The table of images."""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Image:
    """One row of ``images.toml``.

    Attributes:
        name: the row's name.
        reference: what is pulled, with its digest; empty for an image that is built.
        build: the folder in ``shared/images`` that it is built from; empty for one that is pulled.
        port: the TCP port of its service; 0 for none.
        command: what it is started with; empty for its own.
        capabilities: of Linux that it gets besides the usual ones; with any, no filter of system calls.
        ports: further TCP ports.
        serves: the capabilities whose container form it is.
        labkit: whether the build needs labkit's own sources.
        privileged: whether it gets all rights of root on the engine's machine.
        pinned: whether the build needs the repository's constraints.txt.
    """

    name: str
    reference: str
    build: str
    port: int
    pinned: bool = False
    command: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    labkit: bool = False
    privileged: bool = False
    serves: tuple[str, ...] = ()


def images(environment: Mapping[str, str] | None = None) -> dict[str, Image]:
    """All rows by name, with what the environment (this process's by default) puts in their place."""
    environment = os.environ if environment is None else environment
    found = {}
    for name, row in _rows().items():
        other = environment.get(variable(name), "")
        reference = other or row.get("reference", "") + (f"@{row['digest']}" if row.get("digest") else "")
        build = "" if other else row.get("build", "")
        found[name] = Image(
            name,
            reference,
            build,
            row.get("port", 0),
            row.get("pinned", False),
            tuple(row.get("command", ())),
            tuple(row.get("capabilities", ())),
            tuple(row.get("ports", ())),
            row.get("labkit", False),
            row.get("privileged", False),
            tuple(row.get("serves", ())),
        )
    return found


def variable(name: str) -> str:
    """The environment variable that names another reference for the image ``name``."""
    return f"LABKIT_IMAGE_{name.upper()}"


@functools.cache
def _rows() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("labkit.containers").joinpath("images.toml").read_text(encoding="utf-8"))
