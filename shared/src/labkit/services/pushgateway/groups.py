"""The state of the gateway: groups of metrics, by the labels of their address."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.services.pushgateway.text import Family, Sample

Key = tuple[tuple[str, str], ...]


class Inconsistent(Exception):
    """Metrics that do not fit together, or not with those that are there."""


@dataclass
class Group:
    """What was pushed under one address.

    Attributes:
        labels: of the address; ``job`` is one.
        pushed: the last push that went through, 0 for none.
        failed: the last one that did not.
        families: metrics by name, with the moment of their push.
    """

    labels: dict[str, str]
    pushed: float = 0.0
    failed: float = 0.0
    families: dict[str, tuple[Family, float]] = field(default_factory=dict)


class Groups:
    """All groups."""

    def __init__(self) -> None:
        self.by_key: dict[Key, Group] = {}

    def at(self, labels: dict[str, str]) -> Group:
        """The group of an address; made when there is none."""
        return self.by_key.setdefault(key_of(labels), Group(labels))

    def push(self, labels: dict[str, str], families: dict[str, Family], now: float, *, replace: bool) -> None:
        """Take in what was pushed: all of the group (PUT), or the metrics of the same names (POST).

        Raises:
            Inconsistent: nothing was changed, but for the time of the last failure.
        """
        group = self.at(labels)
        try:
            self._check(labels, families, replace=replace)
        except Inconsistent:
            group.failed = now
            raise
        if replace:
            group.families.clear()
        group.pushed = now
        for name, family in families.items():
            if name not in ("push_time_seconds", "push_failure_time_seconds"):
                group.families[name] = (family, now)

    def _check(self, labels: dict[str, str], families: dict[str, Family], *, replace: bool) -> None:
        mine = key_of(labels)
        for name, family in families.items():
            if any(sample.timestamp is not None for sample in family.samples):
                raise Inconsistent("pushed metrics must not have timestamps")
            for key, other in self.by_key.items():
                known = other.families.get(name)
                if known is None or (key == mine and (replace or name in families)):
                    continue
                if known[0].type != family.type:
                    shown = _shown(name, {**family.samples[0].labels, **_full(labels)}, family)
                    raise Inconsistent(f"collected metric {shown} is not a {known[0].type.upper()}")
            seen = set()
            for sample in family.samples:
                whole = {**sample.labels, **_full(labels)}
                if (sample.name, key_of(whole)) in seen:
                    shown = _shown(name, whole, family, sample.value)
                    raise Inconsistent(
                        f"collected metric {shown} was collected before with the same name and label values"
                    )
                seen.add((sample.name, key_of(whole)))

    def collected(self) -> list[Family]:
        """All families, with the labels of their groups; the times of pushes among them."""
        found: dict[str, Family] = {}
        for _, group in sorted(self.by_key.items()):
            labels = _full(group.labels)
            for name, (family, _) in group.families.items():
                whole = found.setdefault(name, Family(name, family.type, family.help))
                whole.samples += [
                    Sample(each.name, {**each.labels, **labels}, each.value) for each in family.samples
                ]
            for name, moment, word in (
                ("push_time_seconds", group.pushed, "succeeded"),
                ("push_failure_time_seconds", group.failed, "failed"),
            ):
                text = f"Last Unix time when changing this group in the Pushgateway {word}."
                whole = found.setdefault(name, Family(name, "gauge", text))
                whole.samples.append(Sample(name, labels, moment))
        return list(found.values())


def key_of(labels: dict[str, str]) -> Key:
    """Labels in an order."""
    return tuple(sorted(labels.items()))


def _full(labels: dict[str, str]) -> dict[str, str]:
    """The labels of a group on its series: an empty ``instance`` unless it has one."""
    return {"instance": "", **labels}


def _shown(name: str, labels: dict[str, str], family: Family, value: float | None = None) -> str:
    pairs = " ".join(f'label:<name:"{key}" value:"{text}" >' for key, text in sorted(labels.items()))
    figure = family.samples[0].value if value is None else value
    return f'"{name}" {{ {pairs} {family.type}:<value:{figure:g} > }}'
