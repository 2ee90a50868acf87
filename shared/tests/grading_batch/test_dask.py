"""The same units of work on a Dask cluster of two workers on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import Catalog
from labkit.errors import EnvironmentMissing
from labkit.grading import journal
from labkit.grading.batch import Batch, Step, grade
from labkit.grading.discovery import discover
from labkit.grading.engines import Dask

from .conftest import SOLUTION, WRONG


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Any]:
    """A scheduler and two workers in processes of their own, on loopback; a worker that dies is replaced."""
    import dask
    import distributed

    with (
        dask.config.set({"temporary-directory": str(tmp_path / "dask")}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as cluster,
    ):
        yield cluster


def run(
    catalog: Catalog, folder: Path, out: Path, address: str, timeout: float = 60, **options: Any
) -> Batch:
    with journal.opened(out) as book:
        return grade(discover(catalog, folder), book, Dask(catalog.root, address, timeout), **options)


def test_killed_worker_loses_nothing(
    catalog: Catalog, hand_in: Callable[..., Path], cluster: Any, tmp_path: Path
) -> None:
    """With a worker killed in the middle, each learner gets the verdict of their own code all the same."""
    for number in range(6):
        hand_in(f"good{number}/disk_figures.py", SOLUTION)
        hand_in(f"wrong{number}/disk_figures.py", WRONG)
    killed: list[int] = []

    def kill(step: Step) -> None:
        if step.done == 2:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    batch = run(catalog, hand_in(), tmp_path / "out", cluster.scheduler_address, progress=kill)
    assert killed
    assert batch.problems == {}
    verdicts = {name: judgement.verdict for (name, _), judgement in batch.judgements.items()}
    assert verdicts == {f"good{n}": "passed" for n in range(6)} | {f"wrong{n}": "open" for n in range(6)}
    again = run(catalog, hand_in(), tmp_path / "out", cluster.scheduler_address)
    assert (again.kept, again.judgements) == (12, batch.judgements)


def test_nobody_answers(catalog: Catalog, hand_in: Callable[..., Path], tmp_path: Path) -> None:
    """A scheduler that is not there is told with its address; nothing is judged."""
    hand_in("ada/disk_figures.py", SOLUTION)
    with pytest.raises(EnvironmentMissing, match=r"tcp://127\.0\.0\.1:9"):
        run(catalog, hand_in(), tmp_path / "out", "tcp://127.0.0.1:9", timeout=1)
