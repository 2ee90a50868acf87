"""Stop the development machines on Friday, and start exactly those on Monday."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Instance:
    """An instance, as the ledger keeps it."""

    region: str
    id: str
    type: str


@dataclass
class Report:
    """What a run did, or (in a dry run) would have done.

    instances: those that were stopped, or started.
    failed: by region, the error code of AWS that kept the run from finishing it.
    """

    instances: list[Instance] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def stop_for_weekend(regions: Iterable[str] | None, ledger: Path, *, dry_run: bool = False) -> Report:
    """Stop every running instance tagged Env = Dev that is not protected; note them in the ledger.

    >>> stop_for_weekend(["eu-central-1"], Path("ledger.json"))
    Report(instances=[Instance(region='eu-central-1', id='i-0a1', type='t3.micro')], failed={})
    """
    raise NotImplementedError("task 8")


def start_on_monday(ledger: Path, *, dry_run: bool = False) -> Report:
    """Start what the ledger lists, and take it out of the ledger.

    >>> start_on_monday(Path("ledger.json"))
    Report(instances=[Instance(region='eu-central-1', id='i-0a1', type='t3.micro')], failed={})
    """
    raise NotImplementedError("task 8")


def savings(
    instances: Iterable[Instance], prices: Mapping[str, float], hours: float = 62
) -> dict[str, float]:
    """What the sleep of these instances saves, by region and in total.

    >>> savings([Instance("eu-central-1", "i-0a1", "t3.micro")], {"t3.micro": 0.012})
    {'eu-central-1': 0.74, 'total': 0.74}
    """
    raise NotImplementedError("task 8")
