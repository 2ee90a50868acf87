"""An engine to explore by hand: it keeps the real time and can pull a few images."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

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
    """Put a small fleet into an engine: what works, what restarts, what has ended, what nobody uses any more."""
    for tag in ("nginx:1.27", "redis:7", "python:3.12-slim"):
        engine.image(tag, **IMAGES[tag])
    engine.image("shop/api:1.4", ports=[8080], size=210 * _MIB, age=9 * _DAY, labels={"team": "shop"})
    engine.image("shop/api:1.3", ports=[8080], size=209 * _MIB, age=30 * _DAY, labels={"team": "shop"})
    engine.image(size=180 * _MIB, age=45 * _DAY)
    engine.network("shop")
    engine.volume("shop-cache")
    engine.volume("old-data")
    labels = {"team": "shop"}
    engine.container(
        "nginx:1.27", name="web", ports={80: None}, age=3 * _DAY, labels=labels, network="shop", restart="always",
        health={"test": "curl -f http://localhost/", "interval": 10},
    )  # fmt: skip
    engine.container(
        "redis:7", name="cache", age=3 * _DAY, labels=labels, network="shop", volumes=["shop-cache:/data"]
    )
    engine.container(
        "shop/api:1.4", ["serve"], name="api", age=2 * _HOUR, labels=labels, network="shop", memory=64 * _MIB,
        cpus=0.5, restart="on-failure:5", program=Leaks(per_second=256 << 10, start=20 * _MIB),
    )  # fmt: skip
    engine.container(
        "shop/api:1.4",
        ["work"],
        name="worker",
        age=_HOUR,
        labels=labels,
        program=Writes(_JOBS, 5, again=True),
    )
    engine.container(
        "shop/api:1.3", ["migrate"], name="migrate", status="exited", age=30 * _DAY, ended=30 * _DAY,
        exit_code=1, labels=labels, program=Exits(1), logs=["migration 0042 failed: relation exists"],
    )  # fmt: skip
