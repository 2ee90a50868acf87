"""What differs from run to run, and what of it this machine can do."""

from __future__ import annotations

import random
import subprocess
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TypeVar

from labkit.errors import UsageError

#: Far east and far west of UTC, beside it, with a part of an hour, and with summer time on both halves.
_ZONES = (
    "UTC",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Europe/Berlin",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
)
#: Plain ASCII; other decimal signs and orders; a dotless i; right to left; other digits.
_LOCALES = ("C.UTF-8", "C", "en_US.UTF-8", "de_DE.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8", "ja_JP.UTF-8")
_LARGEST_SEED = 99_999

Value = TypeVar("Value")


@dataclass(frozen=True)
class Conditions:
    """How one run takes place. The defaults are the plain conditions that others are compared with.

    Attributes:
        order: seed of a random order of the tests; 0 for the order of the tasks.
        seed: of all that is random in the lab itself.
        hash: PYTHONHASHSEED: in which order the items of a set come.
        tz: the time zone, TZ.
        locale: LC_ALL.
        stress: other processes keep the cores busy.
        slow: the fixtures' servers answer late.
    """

    order: int = 0
    seed: int = 0
    hash: int = 0
    tz: str = "UTC"
    locale: str = "C.UTF-8"
    stress: bool = False
    slow: bool = False

    def differing(self) -> dict[str, int | str | bool]:
        """What is not as in the plain conditions, by name."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    def without(self, name: str) -> Conditions:
        """The same, with ``name`` as in the plain conditions."""
        return replace(self, **{name: getattr(PLAIN, name)})

    def __str__(self) -> str:
        """As :func:`conditions_of` reads it: ``order=3,tz=Asia/Kathmandu,stress``, or ``plain``."""
        words = [name if value is True else f"{name}={value}" for name, value in self.differing().items()]
        return ",".join(words) or "plain"


PLAIN = Conditions()


@dataclass(frozen=True)
class Machine:
    """What can be varied here.

    Attributes:
        zones: time zones whose rules the system's database has.
        locales: those the system has.
    """

    zones: tuple[str, ...]
    locales: tuple[str, ...]

    @classmethod
    def this(cls) -> Machine:
        """Look at this machine."""
        folders = [Path(folder) for folder in zoneinfo.TZPATH]
        zones = [zone for zone in _ZONES if any((folder / zone).is_file() for folder in folders)]
        known = _known_locales()
        return cls(
            tuple(dict.fromkeys([PLAIN.tz, *zones])),
            tuple(name for name in _LOCALES if name in (PLAIN.locale, "C") or _bare(name) in known),
        )

    def lacking(self) -> list[str]:
        """What could not be varied, in words."""
        notes = []
        if len(self.zones) < len(_ZONES):
            absent = [zone for zone in _ZONES if zone not in self.zones]
            notes.append(f"time zones {', '.join(absent)}: the system has no rules for them (package tzdata)")
        if len(self.locales) < len(_LOCALES):
            absent = [name for name in _LOCALES if name not in self.locales]
            notes.append(f"locales {', '.join(absent)}: `locale -a` does not list them")
        return notes


def drawn(runs: int, seed: int, machine: Machine) -> list[Conditions]:
    """Conditions for ``runs`` runs: the plain ones first, then drawn so that each value comes in its turn.

    Args:
        runs: how many, at least 1.
        seed: the same seed draws the same conditions on the same machine.
        machine: what can be varied.
    """
    source = random.Random(seed)  # noqa: S311 - to vary runs, not to keep a secret
    columns = {
        # Every fourth run keeps the order: what needs another condition shows without it, too.
        "order": [
            source.randint(1, _LARGEST_SEED) if shuffled else 0
            for shuffled in _in_turn(source, runs, (True, True, True, False))
        ],
        "seed": [source.randint(1, _LARGEST_SEED) for _ in range(runs)],
        "hash": [source.randint(1, _LARGEST_SEED) for _ in range(runs)],
        "tz": _in_turn(source, runs, machine.zones),
        "locale": _in_turn(source, runs, machine.locales),
        "stress": _in_turn(source, runs, (False, True)),
        "slow": _in_turn(source, runs, (False, True)),
    }
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return [PLAIN, *(Conditions(**row) for row in rows[1:])]


def conditions_of(text: str) -> Conditions:
    """The conditions that a text names, as a report prints them.

    Raises:
        UsageError: a name or a value that is none.
    """
    found: dict[str, int | str | bool] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = word.partition("=")
        usual = getattr(PLAIN, name, None) if name in {field.name for field in fields(Conditions)} else None
        if word == "plain":
            continue
        if isinstance(usual, bool) and not equals:
            found[name] = True
        elif isinstance(usual, str) and value:
            found[name] = value
        elif usual == 0 and not isinstance(usual, bool) and value.isascii() and value.isdecimal():
            found[name] = int(value)
        else:
            raise UsageError(
                f"--like: {word!r} is no condition. There are order=N, seed=N, hash=N, tz=ZONE, locale=NAME, "
                "stress and slow, with commas between them, or plain."
            )
    if int(found.get("hash", 0)) >= 2**32:
        raise UsageError(f"--like: hash={found['hash']} is too large: PYTHONHASHSEED is below 4294967296.")
    return Conditions(**found)  # type: ignore[arg-type] # checked above


def _in_turn(source: random.Random, number: int, values: Sequence[Value]) -> list[Value]:
    """``number`` of the values, each as often as the others, in random order."""
    turns: list[Value] = []
    while len(turns) < number:
        turns += source.sample(values, len(values))
    return turns[:number]


def _known_locales() -> set[str]:
    try:
        done = subprocess.run(["locale", "-a"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return {_bare(line) for line in done.stdout.decode("utf-8", "replace").split()}


def _bare(name: str) -> str:
    """The same for ``C.UTF-8`` and ``C.utf8``."""
    return name.lower().replace("-", "")
