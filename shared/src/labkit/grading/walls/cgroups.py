"""Control groups: limits on all processes of a run together, root's too (cgroups(7)).

Version 1 has a tree per controller; version 2 has one tree, and a group of processes has no groups below
it, so the run's group is made beside the one that the grader is in.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_PREFIX = "ops-labs-run-"


@dataclass
class Group:
    """The groups of one run.

    Attributes:
        folders: to be removed once the run's processes are gone.
        limits: words for what is limited: ``processes``, ``memory``.
        files: descriptors; a process that writes ``0`` to each joins.
        own: whether the folders were made for this run.
    """

    folders: list[Path] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    own: bool = True

    def exceeded(self) -> dict[str, int]:
        """How often each limit was met so far."""
        return {
            "processes": sum(_number(folder / "pids.events", "max") for folder in self.folders),
            "memory": sum(
                _number(folder / name, "oom_kill")
                for folder in self.folders
                for name in ("memory.events", "memory.oom_control")
            ),
        }

    def holds(self, process: int) -> bool:
        """Whether ``process`` has joined all of them."""
        try:
            lines = Path(f"/proc/{process}/cgroup").read_text(encoding="ascii").splitlines()
        except OSError:
            return False
        return all(any(line.endswith(f"/{folder.name}") for line in lines) for folder in self.folders)

    def remove(self) -> None:
        """Remove the groups; they must be empty."""
        for descriptor in self.files:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        for folder in self.folders if self.own else ():
            with contextlib.suppress(OSError):
                folder.rmdir()


def name_of(place: Path) -> str:
    """The name of a run's group: unique on this machine, and of this place for temporary files."""
    parent = hashlib.sha256(os.fsencode(place.parent)).hexdigest()[:8]
    return f"{place.name}-{parent}"


def make(place: Path, processes: int, memory: int, root: Path = _ROOT) -> Group:
    """Make the groups of a run, as far as this system lets this user.

    Args:
        place: the run's folder.
        processes: the most at a time, threads included.
        memory: in bytes, page cache and memory files included.
        root: where the control groups are mounted.
    """
    group, name = Group(), name_of(place)
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except OSError:
        return group
    for line in lines:
        _, controllers, path = line.split(":", 2)
        inside = path.lstrip("/")
        if "pids" in controllers.split(","):
            _add(group, root / "pids" / inside / name, "processes", {"pids.max": processes})
        elif "memory" in controllers.split(","):
            limits = {"memory.limit_in_bytes": memory, "memory.memsw.limit_in_bytes": memory}
            _add(group, root / "memory" / inside / name, "memory", limits)
        elif not controllers and (root / "cgroup.controllers").exists():
            beside = (root / inside).parent if inside else root
            _add(group, beside / name, "processes", {"pids.max": processes})
            _add(group, beside / name, "memory", {"memory.max": memory, "memory.swap.max": 0})
    return group


def around(root: Path = _ROOT) -> Group:
    """The groups that a container is in, to see what was exceeded; they are the engine's to limit."""
    folders = [folder for folder in (root / "pids", root / "memory", root) if folder.is_dir()]
    return Group(folders, ["processes", "memory"], own=False)


def sweep(temporary: Path, root: Path = _ROOT) -> None:
    """Remove empty groups of runs whose folder in ``temporary`` is gone."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
            _, controllers, path = line.split(":", 2)
            inside = (
                root / controllers / path.lstrip("/") if controllers else (root / path.lstrip("/")).parent
            )
            for folder in inside.glob(f"{_PREFIX}*"):
                place = temporary / folder.name.rpartition("-")[0]
                if folder.name == name_of(place) and not place.exists():
                    with contextlib.suppress(OSError):
                        folder.rmdir()


def _add(group: Group, folder: Path, limit: str, values: dict[str, int]) -> None:
    """Add a limit to a group of processes; a kernel without swap accounting lacks the second file."""
    try:
        folder.mkdir(exist_ok=True)
        for place, (name, value) in enumerate(values.items()):
            try:
                (folder / name).write_text(str(value), encoding="ascii")
            except OSError:
                if place == 0:
                    raise
        if folder not in group.folders:
            group.files.append(os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC))
            group.folders.append(folder)
        group.limits.append(limit)
    except OSError:
        if folder not in group.folders:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _number(file: Path, key: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in file.read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name == key:
                return int(value)
    return 0
