"""The life of one container as a row of steps in virtual time.

A pure function of a behaviour, a restart policy and the moment at which it begins. The pauses are those of a
recorded kubelet 1.36 (crash loop, image pull, ...): it restarts a failed container at once the first time,
then after 10, 20, 40, 80 and 160 seconds, at most 300, and it writes the status at its leisure: the container
shows as ``terminated`` for about twelve seconds before ``CrashLoopBackOff`` appears.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, Literal

from labkit.kube.behaviour import (
    Behaviour,
    ConfigError,
    Exits,
    ImageNeverPull,
    ImagePull,
    NotReady,
)
from labkit.kube.times import go_duration

#: Seconds after the first failure until the container is started again.
FIRST_RESTART: Final = 0.1
#: Seconds for which a failed container shows as terminated before the status says CrashLoopBackOff.
UNTIL_BACKOFF_SHOWS: Final = 12.0
#: The kubelet's back-off: seconds after the second failure, doubling, and the limit.
FIRST_BACKOFF: Final = 10.0
LONGEST_BACKOFF: Final = 300.0
#: Seconds until a pod whose containers have all ended gets its last phase.
UNTIL_FINAL: Final = 1.1
#: Seconds from the assignment of a pod until its sandbox is there.
SANDBOX: Final = 0.5
#: A pull that fails shows as ErrImagePull for so long ...
PULL_ERROR_SHOWS: Final = 12.0
#: ... and then as ImagePullBackOff for so long, attempt by attempt; the last pause repeats.
PULL_PAUSES: Final = (14.0, 11.0, 44.0, 84.0, 164.0, 300.0)


@dataclass(frozen=True)
class Note:
    """An Event about a container; ``{image}``, ``{name}`` and ``{pod}`` are filled in."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Args:
        run: number of the run, 0 for the first.
        exit_code: its status.
        reason: the kubelet's word for it.
        started: when it started, in seconds since the epoch.
        finished: when it ended.
        message: termination message.
    """

    run: int
    exit_code: int
    reason: str
    started: float
    finished: float
    message: str = ""


@dataclass(frozen=True)
class Step:
    """What the status says about a container from one moment on.

    Args:
        at: the moment, in seconds since the epoch.
        state: the key that ``state`` has.
        reason: reason of a waiting container.
        message: message of a waiting container; ``{name}``, ``{pod}`` and ``{image}`` are filled in.
        ready: whether it counts as ready.
        run: number of the latest run; -1 when there was none.
        restarts: ``restartCount``.
        started: when the latest run started.
        ended: how the latest run ended; set when the state is ``terminated``.
        last: how the run before ended (``lastState``).
        final: nothing more comes from this container.
        sandbox: whether the pod's sandbox is up.
        notes: the events of this step.
    """

    at: float
    state: Literal["waiting", "running", "terminated"] = "waiting"
    reason: str = ""
    message: str = ""
    ready: bool = False
    run: int = -1
    restarts: int = 0
    started: float = 0.0
    ended: Ended | None = None
    last: Ended | None = None
    final: bool = False
    sandbox: bool = True
    notes: tuple[Note, ...] = ()

    @property
    def over(self) -> bool:
        """Whether the container has ended and will not be started again."""
        return self.state == "terminated" and self.final


STARTED: Final = (
    Note(
        "Normal",
        "Pulled",
        'Container image "{image}" already present on machine and can be accessed by the pod',
    ),
    Note("Normal", "Created", "Container created"),
    Note("Normal", "Started", "Container started"),
)
BACKING_OFF: Final = Note("Warning", "BackOff", "Back-off restarting failed container {name} in pod {pod}")
UNHEALTHY: Final = Note("Warning", "Unhealthy", "Readiness probe failed: ")


def timeline(behaviour: Behaviour, policy: str, begin: float, before: Step | None = None) -> Iterator[Step]:
    """Yield the steps of a container, oldest first; endless for those that are restarted for ever.

    Args:
        behaviour: what it does.
        policy: the pod's ``restartPolicy``.
        begin: when its pod came to the node, or when the behaviour changed, in seconds since the epoch.
        before: where the container stood when the behaviour changed; None for a new container.
    """
    if isinstance(behaviour, ImagePull | ImageNeverPull | ConfigError) or before is None or before.run < 0:
        first = Step(begin, reason="ContainerCreating", sandbox=False)
        yield first
        yield replace(first, at=begin + min(SANDBOX, behaviour.start / 2), sandbox=True)
        before = None
    if isinstance(behaviour, ImagePull):
        yield from _pulling(behaviour, begin + behaviour.start)
    elif isinstance(behaviour, ImageNeverPull):
        yield _waiting(
            begin + behaviour.start,
            "ErrImageNeverPull",
            'Container image "{image}" is not present with pull policy of Never',
            Note(
                "Warning",
                "ErrImageNeverPull",
                'Container image "{image}" is not present with pull policy of Never',
            ),
            Note("Warning", "Failed", "Error: ErrImageNeverPull"),
        )
    elif isinstance(behaviour, ConfigError):
        error = Note("Warning", "Failed", f"Error: {behaviour.message}")
        yield _waiting(
            begin + behaviour.start, "CreateContainerConfigError", behaviour.message, STARTED[0], error
        )
    else:
        running = _first_run(begin, behaviour, before)
        if running is not before:
            yield running
        if isinstance(behaviour, Exits):
            yield from _exiting(behaviour, policy, begin, running)
        elif isinstance(behaviour, NotReady):
            yield from _unhealthy(begin, running)
        elif not running.ready:
            yield replace(running, at=begin, ready=True, notes=())


def _waiting(at: float, reason: str, message: str, *notes: Note) -> Step:
    return Step(at, reason=reason, message=message, notes=notes)


def _pulling(behaviour: ImagePull, at: float) -> Iterator[Step]:
    error = behaviour.text("{image}")
    tried = (
        Note("Normal", "Pulling", 'Pulling image "{image}"'),
        Note("Warning", "Failed", 'Failed to pull image "{image}": ' + error),
        Note("Warning", "Failed", "Error: ErrImagePull"),
    )
    paused = (
        Note("Normal", "BackOff", 'Back-off pulling image "{image}"'),
        Note("Warning", "Failed", "Error: ImagePullBackOff"),
    )
    for attempt in count():
        yield _waiting(at, "ErrImagePull", error, *tried)
        at += PULL_ERROR_SHOWS
        message = 'Back-off pulling image "{image}": ErrImagePull: ' + error
        yield _waiting(at, "ImagePullBackOff", message, *paused)
        at += PULL_PAUSES[min(attempt, len(PULL_PAUSES) - 1)]


def _first_run(begin: float, behaviour: Behaviour, before: Step | None) -> Step:
    """The run with which the behaviour begins: a new one, or the one that is going on."""
    ready = not isinstance(behaviour, NotReady)
    if before is None:
        at = begin + behaviour.start
        return Step(at, "running", ready=ready, run=0, started=at, notes=STARTED)
    if before.state == "running":
        return before if before.ready == ready else replace(before, at=begin, ready=ready, notes=())
    return _restarted(begin, before, ready=ready)


def _restarted(at: float, ended: Step, *, ready: bool = True) -> Step:
    """The run after one that has ended (or that waits for its restart)."""
    return Step(
        at,
        "running",
        ready=ready,
        run=ended.run + 1,
        restarts=ended.restarts + 1,
        started=at,
        last=ended.ended or ended.last,
        notes=STARTED,
    )


def _unhealthy(begin: float, running: Step) -> Iterator[Step]:
    yield replace(running, at=max(begin, running.at) + 1, ready=False, notes=(UNHEALTHY,))


def _exiting(behaviour: Exits, policy: str, begin: float, running: Step) -> Iterator[Step]:
    restarts = policy == "Always" or (policy == "OnFailure" and behaviour.exit_code != 0)
    for failure in count():
        finished = max(begin, running.at) + behaviour.runs
        ended = Ended(
            running.run, behaviour.exit_code, behaviour.word, running.started, finished, behaviour.message
        )
        over = replace(
            running, at=finished, state="terminated", ready=False, ended=ended, final=not restarts, notes=()
        )
        if not restarts:
            yield over
            yield replace(over, at=finished + UNTIL_FINAL, sandbox=False)
            return
        if failure == 0:
            yield over
            running = _restarted(finished + FIRST_RESTART, over)
        else:
            yield replace(over, notes=(BACKING_OFF,))
            delay = min(FIRST_BACKOFF * 2 ** (failure - 1), LONGEST_BACKOFF)
            shows = finished + UNTIL_BACKOFF_SHOWS
            # The kubelet looks at its pods now and then: a back-off of ten seconds is over before it shows.
            again = max(finished + delay + 1, shows + 1)
            yield replace(
                over,
                at=shows,
                state="waiting",
                reason="CrashLoopBackOff",
                message=f"back-off {go_duration(delay)} restarting failed container={{name}} pod={{pod}}",
                ended=None,
                last=ended,
                notes=(BACKING_OFF,),
            )
            running = _restarted(again, replace(over, last=ended))
        yield running
