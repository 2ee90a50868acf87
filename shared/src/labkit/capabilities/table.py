"""The table of capabilities as values."""

from __future__ import annotations

import difflib
import functools
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from labkit.errors import UsageError

#: The program that tells a package manager, and the table's word for it.
_MANAGERS = {"apt-get": "apt", "dnf": "dnf", "brew": "brew"}


@dataclass(frozen=True)
class Capability:
    """One row of the table; see the comments in ``table.toml``."""

    name: str
    purpose: str
    programs: tuple[str, ...]
    version: tuple[str, ...]
    probe: str
    essential: bool
    needs: tuple[str, ...]
    install: Mapping[str, str]

    def install_line(self) -> str:
        """What to type on this system; the names of the programs where no package manager is known."""
        for program, word in _MANAGERS.items():
            if word in self.install and shutil.which(program):
                return self.install[word]
        return self.install.get("other") or f"install {self.programs[0] if self.programs else self.name}"


@functools.cache
def table() -> tuple[Capability, ...]:
    """All capabilities, in the order of the table."""
    text = files("labkit.capabilities").joinpath("table.toml").read_text(encoding="utf-8")
    return tuple(
        Capability(
            name=row["name"],
            purpose=row["for"],
            programs=tuple(row.get("programs", ())),
            version=tuple(row.get("version", ())),
            probe=row.get("probe", ""),
            essential=row.get("essential", False),
            needs=tuple(row.get("needs", ())),
            install=row["install"],
        )
        for row in tomllib.loads(text)["capabilities"]
    )


def named(names: Iterable[str]) -> tuple[Capability, ...]:
    """The capabilities of these names; a name may hold several, separated by commas.

    Raises:
        UsageError: a name is not in the table.
    """
    known = {capability.name: capability for capability in table()}
    wanted = [word.strip().lower() for text in names for word in text.split(",") if word.strip()]
    for word in wanted:
        if word not in known:
            near = difflib.get_close_matches(word, known, 1, 0.5)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"There is no capability {word!r}.{hint} There are {', '.join(known)}.")
    return tuple(known[word] for word in dict.fromkeys(wanted))
