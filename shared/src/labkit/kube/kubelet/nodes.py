"""The simulated nodes: which there are, which have fallen silent, and which pods they leave alone."""

from __future__ import annotations


class SimulatedNodes:
    """What kubelets, scheduler and node controller share.

    Attributes:
        addresses: of the nodes with a kubelet, by name.
        lost: when each kubelet that does not report any more stopped, in seconds since the epoch.
        frozen: pods and nodes (by uid) whose status somebody else gave: they are left as they are.
    """

    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}
        self.lost: dict[str, float] = {}
        self.frozen: set[str] = set()

    def reset(self) -> None:
        """Forget all nodes."""
        self.addresses.clear()
        self.lost.clear()
        self.frozen.clear()
