"""Lay out a run's folder and start a worker in it, confined before its first instruction of Python."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.grading.walls import landlock, limits, privileges
from labkit.protocol import EVENTS_VARIABLE, Plan

if TYPE_CHECKING:
    from labkit.grading.keeper.serving import Settings

#: What programs need of the system (hier(7)). Not /etc as a whole: root's own secrets are there.
_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/opt",
    "/proc",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/dev/urandom",
    "/dev/random",
)
_ETC = (
    "alternatives ca-certificates gai.conf group host.conf hostname hosts ld.so.cache ld.so.conf ld.so.conf.d"
    " locale.alias localtime mime.types nsswitch.conf os-release passwd pki protocols python3 resolv.conf"
    " services ssl/certs ssl/openssl.cnf terminfo timezone"
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/shm", "/dev/pts", "/dev/ptmx", "/dev/tty")  # noqa: S108


@dataclass
class Worker:
    """A worker that runs: its process, and the keeper's ends of its channel and of its output."""

    pid: int
    events: int
    output: int

    def close(self) -> None:
        for descriptor in (self.events, self.output):
            with contextlib.suppress(OSError):
                os.close(descriptor)


def prepare(settings: Settings, walls: Sequence[str]) -> list[str]:
    """Words for what will hold in each worker besides ``walls``."""
    if not settings.means:
        return []
    version = landlock.version() if "landlock" in settings.means else 0
    found = ["no privileges"]
    if version:
        found.append(f"Landlock {version}")
        if "own network" not in walls and version >= 4:
            found.append("ephemeral ports only")
    return found


def lay(place: Path, files: dict[str, bytes]) -> None:
    """Fill the run's folder anew; nothing stays of what was in it.

    Raises:
        OSError: it cannot be written.
    """
    for entry in list(place.iterdir()) if place.is_dir() else []:
        if entry.name != "lock":  # that is the run's mark of being alive
            _clear(entry)
    for name, data in files.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (place / "box" / "work").mkdir(parents=True)


def start(settings: Settings, asked: dict[str, Any], walls: Sequence[str], groups: Sequence[int]) -> Worker:
    """Start a worker.

    Args:
        settings: the run's.
        asked: of the grader's ``start``.
        walls: words for the walls that stand.
        groups: descriptors of control groups to join.

    Raises:
        OSError: it cannot be started.
    """
    from labkit.runner.run import worker_environment
    from labkit.runner.worker import pytest_command

    place = Path(settings.place)
    box, lab, code = place / "box", place / "labs" / asked["lab"], place / "code"
    environment = worker_environment(box, asked["seed"])
    Plan(
        **{
            **asked["plan"],
            "done": tuple(asked["plan"]["done"]),
            "given_up": tuple(asked["plan"]["given_up"]),
        }
    ).write(box / "plan.json")
    ours, theirs = socket.socketpair()
    output, printing = os.pipe()
    ours.sendall(bytes.fromhex(asked["key"]))
    environment |= {
        EVENTS_VARIABLE: str(theirs.fileno()),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        # Each thread's own heap reserves 64 MB of address space, which is limited here (mallopt(3)).
        "MALLOC_ARENA_MAX": "4",
    }
    options = [f"--code={code}", f"--seed={asked['seed']}", f"--lab-plan={box / 'plan.json'}"]
    command = pytest_command(lab, ["-p", "labkit.grading.inside", *options])
    confine = _Confinement(settings, walls, groups)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=printing,
            stderr=printing,
            cwd=box / "work",
            env=environment,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            preexec_fn=confine,
        )
    except BaseException:
        ours.close()
        os.close(output)
        raise
    finally:
        theirs.close()
        os.close(printing)
    process.returncode = 0  # the keeper collects its children by itself
    return Worker(process.pid, ours.detach(), output)


class _Confinement:
    """What a worker does to itself between fork and exec."""

    def __init__(self, settings: Settings, walls: Sequence[str], groups: Sequence[int]) -> None:
        self._settings, self._walls, self._groups = settings, walls, groups
        self._machine = platform.machine()
        place = settings.place
        self._read = (
            *_SYSTEM,
            *(f"/etc/{name}" for name in _ETC.split()),
            *_python(),
            *(f"{place}/{name}" for name in ("labs", "code")),
        )
        self._write = (f"{place}/box", *_DEVICES)

    def __call__(self) -> None:
        inside = "a container" in self._walls
        own_processes = "own processes" in self._walls
        for descriptor in self._groups:
            with contextlib.suppress(OSError):  # somebody removed the group: then the keeper counts
                os.write(descriptor, b"0")
        with contextlib.suppress(OSError):
            # Where memory runs out, the worker goes first and the keeper stays.
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
        # The engine counts a container's processes; the user's number is that of all containers together.
        counted: limits.Counted = (
            "nobody" if inside else "own" if own_processes and os.geteuid() != 0 else "all"
        )
        limits.apply(self._settings.limits, counted)
        if not self._settings.means:
            return
        if not own_processes:
            privileges.die_with_parent()
        privileges.drop(self._machine)
        if "landlock" in self._settings.means:
            ephemeral = "own network" not in self._walls
            landlock.restrict(landlock.Allowed(self._read, self._write, ephemeral_ports=ephemeral))


def _python() -> tuple[str, ...]:
    """Where this interpreter, its packages and labkit are."""
    import labkit

    # The folder above labkit as well: an import lists it.
    above = str(Path(labkit.__path__[0]).parent)
    places = {sys.prefix, sys.base_prefix, sys.exec_prefix, above}
    places |= {entry for entry in sys.path if "site-packages" in entry or "dist-packages" in entry}
    return tuple(sorted(places))


def _clear(entry: Path) -> None:
    """Remove what a worker may have made unremovable."""
    if entry.is_symlink() or not entry.is_dir():
        entry.unlink(missing_ok=True)
        return
    shutil.rmtree(entry, ignore_errors=True)
    if entry.exists():
        for place, _, _ in os.walk(entry):
            with contextlib.suppress(OSError):
                os.chmod(place, 0o700)  # noqa: PTH101
        shutil.rmtree(entry)
