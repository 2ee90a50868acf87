"""Which container behaves how: the list behind ``kube.behave(...)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.kube.model import Object

if TYPE_CHECKING:
    from labkit.kube.behaviour import Behaviour, Rule


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
