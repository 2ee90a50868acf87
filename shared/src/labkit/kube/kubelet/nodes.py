"""The simulated nodes: which there are, which have fallen silent, and which pods they leave alone."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class SimulatedNodes:
    """What kubelets, scheduler and node controller share.

    Attributes:
        addresses: of the nodes with a kubelet, by name.
        lost: when each kubelet that does not report any more stopped, in seconds since the epoch.
        frozen: pods and nodes (by uid) whose status somebody else gave: they are left as they are.
    """

    addresses: dict[str, str] = field(default_factory=dict)
    lost: dict[str, float] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)

    def reset(self) -> None:
        """Forget all nodes."""
        self.addresses.clear()
        self.lost.clear()
        self.frozen.clear()
