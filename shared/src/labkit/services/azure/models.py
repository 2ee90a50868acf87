"""The state: resource groups, virtual machines, operations that take a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

#: Power states ("States and billing status of Azure virtual machines"): all but deallocated are billed.
POWER_STATES: Final = ("running", "stopped", "deallocated", "starting", "stopping", "deallocating")

#: What each action leads to: the state on the way, and the one in the end.
ACTIONS: Final = {
    "start": ("starting", "running"),
    "restart": ("running", "running"),
    "poweroff": ("stopping", "stopped"),
    "deallocate": ("deallocating", "deallocated"),
}


@dataclass
class Machine:
    """A virtual machine; ``tags`` is None where it has none, which the API leaves out."""

    name: str
    group: str
    location: str
    size: str
    tags: dict[str, str] | None
    power: str
    created: float
    vm_id: str
    provisioning: str = "Succeeded"
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass
class Operation:
    """Something that takes a while.

    Attributes:
        id: by which it is asked for.
        started: when.
        ends: when it will be done.
        machine: what it is about; None once that is gone.
        power: the power state that it leads to; empty where it leads to none.
        deletes: whether the machine is gone in the end.
        error: code and message where it fails.
    """

    id: str
    location: str
    started: float
    ends: float
    machine: Machine | None = None
    power: str = ""
    deletes: bool = False
    error: tuple[str, str] | None = None
    settled: bool = False
