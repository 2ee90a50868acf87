"""Which container behaves how: the list behind ``kube.behave(...)``."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.kube.model import Object

if TYPE_CHECKING:
    from labkit.kube.behaviour import Behaviour


@dataclass(frozen=True)
class Rule:
    """A behaviour and the containers it is for; all of what is given must match.

    Args:
        behaviour: what they do.
        pod: pattern for the pod's name, as in a shell.
        namespace: pattern for its namespace.
        container: pattern for the container's name.
        image: pattern for the image.
        labels: labels that the pod has.
    """

    behaviour: Behaviour
    pod: str = "*"
    namespace: str = "*"
    container: str = "*"
    image: str = "*"
    labels: Mapping[str, str] = field(default_factory=dict)

    def matches(self, pod: Object, container: Object) -> bool:
        """Whether it is for a container of a pod."""
        meta = pod["metadata"]
        labels = meta.get("labels") or {}
        return (
            fnmatch.fnmatchcase(meta["name"], self.pod)
            and fnmatch.fnmatchcase(meta.get("namespace") or "default", self.namespace)
            and fnmatch.fnmatchcase(container["name"], self.container)
            and fnmatch.fnmatchcase(container.get("image") or "", self.image)
            and all(labels.get(key) == value for key, value in self.labels.items())
        )


class Rules:
    """Behaviours in the order in which they were given; the latest that matches counts."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, rule: Rule) -> None:
        """Put a rule in front of those that are there."""
        self._rules.insert(0, rule)

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()

    def of(self, pod: Object, container: Object) -> Behaviour:
        """Return how a container behaves: by rule; else pods that are restarted run, others do their work."""
        for rule in self._rules:
            if rule.matches(pod, container):
                return rule.behaviour
        from labkit.kube.behaviour import Exits, Running

        return Running() if pod["spec"].get("restartPolicy", "Always") == "Always" else Exits(runs=5.0)
