"""``python -I -m labkit.grading.keeper JSON``: enter the strongest walls there are, then keep.

Three processes: the one that was started waits for the others; the second leaves the namespaces; the third
is the first process of the new ones, so that the kernel ends everything in them together with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from labkit.grading.keeper.serving import Keeper, Settings
from labkit.grading.walls import cgroups, limits

#: What the third process says when the walls stand, and the status it ends with when they do not.
_STANDS, _FELL = b"+", 77


def main(words: list[str]) -> int:
    fields: dict[str, Any] = json.loads(words[0])
    bounds = limits.Limits(**fields["limits"])
    settings = Settings(
        fields["place"], bounds, tuple(fields["hidden"]), tuple(fields["means"]), tuple(fields["holds"])
    )
    # The grader's end is all that these two are for: a child of a worker must not hold them.
    control, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    group = cgroups.Group()
    if "a container" in settings.holds:
        group = cgroups.around()
    elif "control groups" in settings.means:
        group = cgroups.make(Path(settings.place), bounds.processes, bounds.memory)
    try:
        return _behind_walls(settings, group, control, answers)
    finally:
        group.remove()


def _behind_walls(settings: Settings, group: cgroups.Group, control: int, answers: int) -> int:
    if "namespaces" in settings.means:
        for network in (True, False):
            status = _attempt(settings, group, control, answers, network=network)
            if status is not None:
                return status
    first = os.getpid() == 1
    Keeper(settings, group, control, answers, list(settings.holds), first=first).serve()
    return 0


def _attempt(
    settings: Settings, group: cgroups.Group, control: int, answers: int, *, network: bool
) -> int | None:
    """The status of a keeper in namespaces of its own; None when these cannot be had."""
    from labkit.grading.walls import namespaces, privileges

    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = _FELL
        with contextlib.suppress(OSError):
            privileges.die_with_parent()
            namespaces.enter(network=network)
            first = os.fork()
            if first == 0:
                _first(settings, group, control, answers, writing, network=network)
            os.close(writing)
            os.close(control)
            os.close(answers)
            _, ended = os.waitpid(first, 0)
            status = os.waitstatus_to_exitcode(ended) & 0xFF
        os._exit(status)
    os.close(writing)
    stands = os.read(reading, 1) == _STANDS
    os.close(reading)
    if stands:
        # Only the keeper may hold these: their end tells each side that the other is gone.
        os.close(control)
        os.close(answers)
    _, ended = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(ended) & 0xFF if stands else None


def _first(
    settings: Settings, group: cgroups.Group, control: int, answers: int, writing: int, *, network: bool
) -> None:
    """The first process of the new namespaces. Never returns."""
    from labkit import linux
    from labkit.grading.walls import namespaces, privileges

    status = _FELL
    try:
        privileges.die_with_parent()
        holds = ["own processes"]
        if network:
            linux.raise_loopback()
            holds.append("own network")
        holds += namespaces.furnish(settings.place, settings.limits.disk, settings.hidden)
        os.write(writing, _STANDS)
        os.close(writing)
        Keeper(settings, group, control, answers, holds, first=True).serve()
        status = 0
    except OSError:
        pass
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
