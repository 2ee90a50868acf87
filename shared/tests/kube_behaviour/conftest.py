"""The fixture of the labs, for the room's own tests."""

from __future__ import annotations

from labkit.fixtures.kube import back_end, fault_seed, kube, kube_server

__all__ = ["back_end", "fault_seed", "kube", "kube_server"]
