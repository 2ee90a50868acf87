"""The embedded Docker Engine: from nothing to ready, run and list by the docker SDK, beside a real engine."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from typing import Any

import docker
from measuring import ROOT, Row, alternating, median, milliseconds, python, timed

from labkit.engine.server import DockerEngine

_MOST_READY, _MOST_RUN, _CONTAINERS = 0.050, 0.005, 50
_START = """
import time
began = time.perf_counter()
from labkit.engine.server import DockerEngine
engine = DockerEngine().start()
print(time.perf_counter() - began)
engine.stop()
"""
_MEMORY = """
import psutil
before = psutil.Process().memory_info().rss
from labkit.engine.server import DockerEngine
with DockerEngine() as engine:
    engine.image("busybox", cmd=["sh"])
    for number in range(500):
        engine.container("busybox", ["sleep", "600"], name=f"c{number}")
    print(psutil.Process().memory_info().rss - before)
"""


def rows(*, quick: bool) -> Iterator[Row]:
    times = 5 if quick else 15
    yield _ready(times)
    with DockerEngine() as engine:
        engine.image("probe/base:1", cmd=["sh"])
        client = engine.client()
        yield _run(
            client, times * 3, "run a container in the background, and remove it", _detached, _MOST_RUN
        )
        yield _run(client, times * 3, "run a command in a container to its end", _to_its_end)
        for number in range(_CONTAINERS):
            engine.container("probe/base:1", ["sleep", "600"], name=f"web-{number}")
        yield Row(f"list {_CONTAINERS} containers", milliseconds(median(client.containers.list, times)))
        engine.reset()
        client.close()
        yield Row("empty the Docker Engine for the next test", milliseconds(_emptied(engine, times)))
    found = int(python(["-c", _MEMORY], ROOT))
    yield Row("memory of a Docker Engine with 500 containers", f"{found / 2**20:.0f} MB")


def _emptied(engine: DockerEngine, times: int) -> float:
    found = []
    for _ in range(times):
        for number in range(_CONTAINERS):
            engine.container("probe/base:1", ["sleep", "600"], name=f"web-{number}")
        found.append(timed(engine.reset))
        engine.image("probe/base:1", cmd=["sh"])
    return statistics.median(found)


def _ready(times: int) -> Row:
    found = statistics.median(float(python(["-c", _START], ROOT)) for _ in range(times))
    return Row(
        "Docker Engine ready, imports included",
        milliseconds(found),
        promise=f"under {_MOST_READY * 1000:.0f} ms",
        kept=found < _MOST_READY,
    )


def _detached(client: Any) -> None:
    client.containers.run("probe/base:1", ["sleep", "600"], detach=True, name="probe-bench").remove(
        force=True
    )


def _to_its_end(client: Any) -> None:
    client.containers.run("probe/base:1", ["echo", "hello"], name="probe-bench", remove=True)


def _run(client: Any, times: int, what: str, call: Any, most: float | None = None) -> Row:
    """One call, in turns with a real engine where ``LABKIT_PROBED_ENGINE`` names one."""
    address = os.environ.get("LABKIT_PROBED_ENGINE")
    promise = "" if most is None else f"under {most * 1000:.0f} ms"
    if not address:
        mine = median(lambda: call(client), times)
        kept = None if most is None else mine < most
        return Row(what, milliseconds(mine), promise=promise, kept=kept)
    real = docker.DockerClient(base_url=address)
    mine, other = alternating(lambda: call(client), lambda: call(real), min(times, 15))
    real.close()
    compared = f"a real engine {milliseconds(other)}"
    kept = None if most is None else mine < most
    return Row(what, milliseconds(mine), compared, mine / other, promise, kept)
