"""An engine to explore by hand: it keeps the real time and can pull a few images."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from labkit.engine.hub import IMAGES, offer_all
from labkit.engine.programs import Exits, Leaks, Writes
from labkit.engine.server import DockerEngine

_HOUR, _DAY, _MIB = 3600.0, 86_400.0, 1 << 20
_JOBS: Final = [f"job {number} done" for number in range(1, 10)]


@contextmanager
def live_engine() -> Iterator[DockerEngine]:
    """An engine in the real time, with images that can be pulled."""
    with DockerEngine(real_time=True, start=time.time()) as engine:
        offer_all(engine)
        yield engine


def fill(engine: DockerEngine) -> None:
    """Put a small fleet into an engine: what works, restarts, has ended, is used no more."""
    for tag in ("nginx:1.27", "redis:7", "python:3.12-slim"):
        engine.image(tag, **IMAGES[tag])
    team = {"team": "shop"}
    engine.image("shop/api:1.4", ports=[8080], size=210 * _MIB, age=9 * _DAY, labels=team)
    engine.image("shop/api:1.3", ports=[8080], size=209 * _MIB, age=30 * _DAY, labels=team)
    engine.image(size=180 * _MIB, age=45 * _DAY)
    engine.network("shop")
    engine.volume("shop-cache")
    engine.volume("old-data")
    in_shop: dict[str, Any] = {"labels": team, "network": "shop"}
    check = {"test": "curl -f http://localhost/", "interval": 10}
    engine.container(
        "nginx:1.27", name="web", ports={80: None}, age=3 * _DAY, restart="always", health=check, **in_shop
    )
    engine.container("redis:7", name="cache", age=3 * _DAY, volumes=["shop-cache:/data"], **in_shop)
    engine.container(
        "shop/api:1.4",
        ["serve"],
        name="api",
        age=2 * _HOUR,
        memory=64 * _MIB,
        cpus=0.5,
        restart="on-failure:5",
        program=Leaks(per_second=256 << 10, start=20 * _MIB),
        **in_shop,
    )
    jobs = Writes(_JOBS, 5, again=True)
    engine.container("shop/api:1.4", ["work"], name="worker", age=_HOUR, labels=team, program=jobs)
    engine.container(
        "shop/api:1.3",
        ["migrate"],
        name="migrate",
        status="exited",
        age=30 * _DAY,
        ended=30 * _DAY,
        exit_code=1,
        labels=team,
        program=Exits(1),
        logs=["migration 0042 failed: relation exists"],
    )
