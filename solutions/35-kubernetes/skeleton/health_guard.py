"""Watch a namespace, and save the logs of containers that crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Incident:
    """A container that crashed.

    pod, uid: name and uid of its pod.
    container: its name.
    reason: why a run of it ended, as Kubernetes says it: "Error", "OOMKilled" ...
    exit_code: status with which that run ended.
    """

    pod: str
    uid: str
    container: str
    reason: str
    exit_code: int


def guard(
    namespace: str,
    folder: Path,
    *,
    until: Callable[[], bool],
    sleep: Callable[[float], object] = time.sleep,
) -> list[Incident]:
    """Save the logs of each container of a namespace that crashes, once, until ``until()`` is true.

    >>> guard("shop", Path("incidents"), until=ctrl_c_was_pressed)
    [Incident(pod='payments-7d4', uid='0b1e...', container='app', reason='Error', exit_code=2)]
    """
    raise NotImplementedError("task 7")
