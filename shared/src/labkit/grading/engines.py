"""Where units of work are judged: on the cores of this machine, or on a Dask cluster."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Protocol

from labkit.errors import EnvironmentMissing, LabkitError
from labkit.grading.judgement import Judgement
from labkit.grading.parcel import Parcel, judge_json, judge_parcel

ENGINES = ("local", "dask")

Outcome = Judgement | Exception


class Engine(Protocol):
    """Judges parcels, many at a time."""

    def outcomes(self, parcels: Sequence[Parcel]) -> Generator[tuple[Parcel, Outcome], None, None]:
        """Each parcel with its judgement, or with what kept it from being judged, as they are done.

        Leaving the iteration early stops what still runs.
        """


class Local:
    """Judges on this machine.

    Args:
        root: the repository.
        jobs: how many at a time; as many as there are cores by default.
        judge: what judges.
    """

    def __init__(
        self, root: Path, jobs: int | None = None, judge: Callable[..., Judgement] = judge_parcel
    ) -> None:
        self._root, self._judge = root, judge
        self.jobs = jobs or cores()

    def outcomes(self, parcels: Sequence[Parcel]) -> Generator[tuple[Parcel, Outcome], None, None]:
        """See :class:`Engine`."""
        stop = threading.Event()
        rest = iter(parcels)
        running: dict[Future[Judgement], Parcel] = {}
        with ThreadPoolExecutor(self.jobs, "grade") as pool:

            def start() -> None:
                parcel = next(rest, None)
                if parcel is not None:
                    running[pool.submit(self._judge, self._root, parcel, stop=stop)] = parcel

            try:
                for _ in range(self.jobs):
                    start()
                while running:
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        start()
                        yield running.pop(future), _outcome(future)
            finally:
                stop.set()


class Dask:
    """Judges on a Dask cluster.

    Args:
        root: the repository; a worker that has it elsewhere says so in ``LABKIT_ROOT``.
        scheduler: its address, such as ``tcp://192.0.2.1:8786``.
        timeout: how long the scheduler may take to answer, in seconds.
    """

    def __init__(self, root: Path, scheduler: str, timeout: float = 20) -> None:
        self._root, self._scheduler, self._timeout = root, scheduler, timeout

    def outcomes(self, parcels: Sequence[Parcel]) -> Generator[tuple[Parcel, Outcome], None, None]:
        """See :class:`Engine`.

        Raises:
            EnvironmentMissing: Dask is not installed, or no scheduler answers there.
        """
        try:
            import distributed
        except ImportError:
            raise EnvironmentMissing("dask", "it is not installed", "pip install 'labkit[dask]'") from None
        try:
            dask: Any = distributed
            client = dask.Client(self._scheduler, timeout=self._timeout, set_as_default=False)
        except (OSError, ValueError) as problem:
            raise EnvironmentMissing(
                "dask", f"no scheduler answers at {self._scheduler}: {problem}", "dask scheduler"
            ) from None
        completed = dask.as_completed
        with client:
            sent: dict[Any, Parcel] = {}
            for parcel in parcels:
                future = client.submit(
                    judge_json,
                    str(self._root),
                    parcel.to_json(),
                    pure=False,
                    key=f"grade-{parcel.key}-{id(self)}",
                )
                sent[future] = parcel
            try:
                for future in completed(list(sent), loop=client.loop):
                    yield sent.pop(future), _remote_outcome(future)
                    future.release()
            finally:
                with contextlib.suppress(Exception):  # the cluster may be what has gone
                    client.cancel(list(sent), force=True)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _outcome(future: Future[Judgement]) -> Outcome:
    try:
        return future.result()
    except Exception as problem:
        return problem


def _remote_outcome(future: Any) -> Outcome:
    try:
        told = future.result()
        if "missing" in told:
            return EnvironmentMissing(*told["missing"])
        return Judgement.from_json(told["judgement"])
    except Exception as problem:
        return LabkitError(f"{type(problem).__name__}: {problem}")
