"""Mutants that no test can tell from the reference: ``survivors.toml`` beside it gives the reasons."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from labkit.proofs.mutants.generation import Mutant

FILE = "survivors.toml"
#: At most this share of a lab's mutants may be excused.
MOST = 0.03
_KEYS = ("file", "place", "was", "mutant", "reason")


class SurvivorsError(Exception):
    """``survivors.toml`` cannot be used; says why."""


@dataclass(frozen=True)
class Excuse:
    """Why mutants of this shape may survive; the fields are those of :class:`Mutant`, and the reason."""

    file: str
    place: str
    was: str
    mutant: str
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        mine = (self.file, self.place, self.was.strip(), self.mutant.strip())
        return mine == (mutant.file, mutant.place, mutant.was, mutant.mutant)


def read_excuses(solution: Path) -> list[Excuse]:
    """The entries of a solution's file; none when there is no file.

    Raises:
        SurvivorsError: the file is not as it must be.
    """
    try:
        table = tomllib.loads((solution / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as problem:
        raise SurvivorsError(f"cannot be read: {problem}") from None
    excuses = []
    entries = table.get("survivor", [])
    if set(table) - {"survivor"} or not isinstance(entries, list):
        raise SurvivorsError("only [[survivor]] tables belong there")
    for number, entry in enumerate(entries, 1):
        for key in _KEYS:
            if not isinstance(entry.get(key), str) or (key in ("file", "reason") and not entry[key].strip()):
                raise SurvivorsError(f"entry {number}: {key} must be a text")
        if set(entry) - set(_KEYS):
            raise SurvivorsError(f"entry {number}: unknown key; there are {', '.join(_KEYS)}")
        excuses.append(Excuse(**entry))
    return excuses


def stale(excuses: Iterable[Excuse], survivors: Iterable[Mutant]) -> list[Excuse]:
    """Entries that fit no surviving mutant: the code or the tests have changed since."""
    left = list(survivors)
    return [excuse for excuse in excuses if not any(excuse.fits(mutant) for mutant in left)]


def as_entry(mutant: Mutant) -> str:
    """The table to put into the file for a mutant, with the reason still to be written."""

    def quoted(text: str) -> str:
        if "\n" in text:
            return "'''\n" + text + "'''" if "'''" not in text else _basic(text)
        return f"'{text}'" if "'" not in text else _basic(text)

    fields = (("file", mutant.file), ("place", mutant.place), ("was", mutant.was), ("mutant", mutant.mutant))
    lines = [f"{key} = {quoted(value)}" for key, value in fields]
    return "\n".join(["[[survivor]]", *lines, "reason = ''"])


def _basic(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
