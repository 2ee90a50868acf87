"""Change deployments: scale one and wait for it, restart one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime


def scale_and_wait(
    namespace: str,
    name: str,
    replicas: int,
    *,
    timeout: float = 120.0,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Scale a deployment, and return when it really has so many replicas.

    >>> scale_and_wait("shop", "web", 5)
    """
    raise NotImplementedError("task 3")


def restart_deployment(namespace: str, name: str, now: datetime) -> str:
    """Restart a deployment as ``kubectl rollout restart`` does, and return the time that was noted.

    >>> restart_deployment("shop", "web", datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    '2026-03-02T10:00:00+00:00'
    """
    raise NotImplementedError("task 5")
