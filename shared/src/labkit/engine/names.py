"""Ids and names."""

from __future__ import annotations

import random
import re
from collections.abc import Container as Names
from typing import Final

from labkit.engine.lists import listed
from labkit.engine.problems import bad

ALLOWED: Final = "[a-zA-Z0-9][a-zA-Z0-9_.-]"
_NAME: Final = re.compile(r"/?[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_HOW: Final = listed(
    "amber bold brisk calm clear deep eager early fair fine firm fresh keen late level light mild neat "
    "plain proud quick quiet ready round sharp silent smooth steady stout swift tidy warm wide wise"
)
_WHAT: Final = listed(
    "anchor arch barrel beacon bell bridge cable candle canal clock compass engine ferry gate harbour "
    "hinge ladder lantern lever mast mill oar pier pump quarry rudder sail sluice spindle tower valve "
    "wheel winch"
)


class Identities:
    """Ids and names that come again with the same seed."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(f"engine {seed}")  # noqa: S311 - to repeat a run, not to keep a secret

    def id(self) -> str:
        """Return 64 hexadecimal digits."""
        return f"{self._random.getrandbits(256):064x}"

    def name(self, taken: Names[str]) -> str:
        """Return a name for a container that was given none."""
        while True:
            found = f"{self._random.choice(_HOW)}_{self._random.choice(_WHAT)}"
            if found in taken:
                found += str(self._random.randrange(1000))
            if found not in taken:
                return found

    def chance(self) -> float:
        """Return a number from 0 to 1."""
        return self._random.random()


def checked(name: str) -> str:
    """Return a container's name without its slash.

    Raises:
        EngineError: the name is not allowed.
    """
    if not _NAME.fullmatch(name):
        raise bad(f"Invalid container name ({name}), only {ALLOWED} are allowed")
    return name.removeprefix("/")
