"""Start, first call and memory of the embedded form of a fixture beside its container form, in turns."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from container_pairs import PAIRS, Pair
from measuring import Row, milliseconds

from labkit import capabilities
from labkit.containers.labels import RUN
from labkit.containers.session import broker
from labkit.errors import EnvironmentMissing


def rows(*, quick: bool) -> Iterator[Row]:
    times = 3 if quick else 5
    [docker] = capabilities.named(["docker"])
    finding = capabilities.find(docker)
    if not finding.present:
        for pair in PAIRS:
            yield from _alone(pair, times, finding.why)
        return
    with broker("container") as variables:
        os.environ.update(variables)
        try:
            for pair in PAIRS:
                yield from _beside(pair, times)
        finally:
            for name in variables:
                del os.environ[name]


def _beside(pair: Pair, times: int) -> Iterator[Row]:
    """Both forms; or the embedded one alone, where the container form cannot be had."""
    try:
        starts, calls, memory = _measured([pair.embedded, pair.container], pair.call, times)
    except EnvironmentMissing as missing:
        yield from _alone(pair, times, missing.why)
        return
    for what, (ours, theirs) in (("start", starts), ("first call", calls)):
        yield Row(
            f"fixture `{pair.name}`: {what}",
            milliseconds(ours),
            f"container {milliseconds(theirs)}",
            ours / theirs,
        )
    if memory:
        yield Row(f"memory of the container of `{pair.name}`", f"{memory / 2**20:.0f} MB", "-")


def _alone(pair: Pair, times: int, why: str) -> Iterator[Row]:
    # The engine's own words after the colon are about this machine's network.
    told = f"container: not run ({why.partition(': ')[0]})"
    try:
        starts, calls, _ = _measured([pair.embedded], pair.call, times)
    except EnvironmentMissing as missing:
        yield Row(f"fixture `{pair.name}`", f"not run ({missing.why})", told)
        return
    yield Row(f"fixture `{pair.name}`: start", milliseconds(starts[0]), told)
    yield Row(f"fixture `{pair.name}`: first call", milliseconds(calls[0]), told)


def _measured(
    forms: list[Callable[[], AbstractContextManager[Any]]], call: Callable[[Any], None], times: int
) -> tuple[list[float], list[float], float]:
    """Medians of the start and of the first call of each form; and bytes of memory of a container."""
    starts: list[list[float]] = [[] for _ in forms]
    calls: list[list[float]] = [[] for _ in forms]
    memory = 0.0
    # The first round is not counted: imports, images that are built, caches.
    for turn in range(times + 1):
        for place, form in enumerate(forms):
            began = time.perf_counter()
            with form() as made:
                ready = time.perf_counter()
                call(made)
                ended = time.perf_counter()
                if place and turn == times:
                    memory = _memory()
            if turn:
                starts[place].append(ready - began)
                calls[place].append(ended - ready)
    return [statistics.median(each) for each in starts], [statistics.median(each) for each in calls], memory


def _memory() -> float:
    """Bytes that the containers of this run use now, per container."""
    import docker

    used = []
    with contextlib.closing(docker.from_env()) as client:
        for found in client.containers.list(filters={"label": RUN}):
            with contextlib.suppress(ValueError, KeyError, docker.errors.APIError):  # it has just gone
                used.append(float(found.stats(stream=False)["memory_stats"]["usage"]))
    return statistics.mean(used) if used else 0.0
