"""The environment of a run: what a process needs, nothing that opens a door."""

from __future__ import annotations

import os
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.guard.addresses import Policy
from labkit.guard.hook import install
from labkit.guard.openssh import write_wrappers
from labkit.guard.settings import VARIABLE, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LONGEST_FOLDER = 60
"""Bytes. A longer run's folder leaves no room for the sockets of multiprocessing in TMPDIR: the path of a
Unix socket has at most 104 bytes on macOS and 108 on Linux (unix(7))."""

# An allow-list: credentials have too many names (CI systems, clouds, package indexes, in-house tools) to
# list them.
# PYTEST_*: set by pytest itself for the tests of one session; it expects to find the first again.
_NEEDED_NAMES = """
    PATH LANG LANGUAGE LC_* TZ TZDIR
    TERM COLORTERM COLUMNS LINES NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE CI
    USER LOGNAME USERNAME SHELL VIRTUAL_ENV LD_LIBRARY_PATH DYLD_*LIBRARY_PATH
    PYTHONHASHSEED PYTHONUTF8 PYTHONIOENCODING PYTHONCOERCECLOCALE PYTHONUNBUFFERED PYTHONWARNINGS
    PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX PYTHONDEVMODE PYTHONASYNCIODEBUG PYTHONFAULTHANDLER
    PYTHONTRACEMALLOC PYTHONMALLOC PYTHON_COLORS PYTHONNOUSERSITE
    PYTEST_CURRENT_TEST PYTEST_VERSION PYTEST_XDIST_*
    SYSTEMROOT SystemRoot SYSTEMDRIVE WINDIR COMSPEC PATHEXT NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE OS
    WSL_DISTRO_NAME
"""
_NEEDED = _NEEDED_NAMES.split()


def environment(
    folder: Path,
    base: Mapping[str, str] | None = None,
    *,
    allow: Sequence[str] = (),
    keep: Sequence[str] = (),
) -> dict[str, str]:
    """The environment for a process of a run; a Python of this project started with it is guarded.

    PATH begins with the wrappers of OpenSSH and the folder of this interpreter, so that ``python`` in a
    child is the guarded one.

    Args:
        folder: the run's folder, created when it is missing; the empty home, XDG folders and TMPDIR are
            made in it and the record of what was blocked is kept there. At most :data:`LONGEST_FOLDER`
            bytes, or multiprocessing's sockets do not fit. Nobody else's: it is made readable to its owner
            only.
        base: the environment to take the harmless variables from; the process's own when None.
        allow: what may be reached, see :class:`labkit.guard.settings.Settings`; empty for all loopback
        addresses.
        keep: names (or patterns such as ``PYTEST_*``) taken over from ``base`` as they are, even against the
            guard's own value, except for ``LABKIT_GUARD``.

    Raises:
        ValueError: an entry of ``allow`` is malformed.
        OSError: the folders cannot be made.
    """
    base = os.environ if base is None else base
    settings = Settings(folder, tuple(allow))
    Policy(settings)  # a malformed allow-list is told here, not in a child
    _make_folders(settings)
    result = {name: value for name, value in base.items() if _matches(name, _NEEDED)}
    path = base.get("PATH") or os.defpath
    wrappers = write_wrappers(settings, path)
    mine = os.path.dirname(os.path.abspath(sys.executable))  # noqa: PTH100, PTH120 - not resolved: a venv's python is a link
    entries = dict.fromkeys([str(wrappers), mine, *path.split(os.pathsep)])
    result |= settings.variables() | {"PATH": os.pathsep.join(entries)}
    result |= {name: value for name, value in base.items() if name != VARIABLE and _matches(name, keep)}
    return result


def protect_this_process(folder: Path) -> None:
    """Guard the current process and its children, for good: its environment changes and the hook stays.

    For plain ``pytest``, where the learner's code runs in the process that pytest was started in.

    Args:
        folder: the run's folder, as for :func:`environment`.
    """
    protected = environment(folder)
    for name in [name for name in os.environ if name not in protected]:
        del os.environ[name]
    os.environ.update(protected)
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None  # forget the folder it found by the old TMPDIR
    install(Settings.from_json(protected[VARIABLE]))


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _make_folders(settings: Settings) -> None:
    root = Path(settings.folder)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    variables = settings.variables()
    for name, value in variables.items():
        if name in ("HOME", "TMPDIR") or name.startswith("XDG_"):
            # 0700 is what the XDG base directory specification demands of XDG_RUNTIME_DIR.
            Path(value).mkdir(mode=0o700, parents=True, exist_ok=True)
