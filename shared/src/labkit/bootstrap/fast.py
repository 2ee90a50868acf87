"""The way of every command once the environment is made: a few stat calls, then exec.

What a command needs is told by a short key: ``base``, ``lab:22``, ``serve:ssh``, ``extra:site``, ``all``;
``+containers`` at the end asks for the container back end as well. The stamp in the environment lists the
keys that are ready, each with the files it depends on and their time and size. Anything unusual (no stamp, a
changed file, an unknown key) means "not ready"; the slow path finds out why.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # no typing import here: it costs as much as the rest of this module
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

#: Raise it when the meaning of the stamp changes: an environment of another format is looked at afresh.
STAMP_FORMAT = 1

_OF_A_LAB = frozenset({"run", "solution", "watch"})
_OF_ALL = frozenset({"test", "verify", "bench", "mutants", "grade", "lint", "types", "format", "tox"})

#: Commands that need one extra of labkit beside the base.
_OF_AN_EXTRA = {"docs": "site"}

#: Commands that the bootstrap carries out itself, see ``command``.
OWN_COMMANDS = frozenset({"bundle", "clean", "constraints", "format", "lint", "setup", "tox", "types"})

#: Options of ``run``, ``solution``, ``watch`` and ``serve`` that take a value as a word of its own.
_WITH_VALUE = frozenset({"--backend", "--code", "--junit", "--seed", "--shuffle", "--size", "--task"})


def command_of(argv: Sequence[str]) -> str:
    """The command of a command line, empty when it has none."""
    return next(iter(positional(argv)), "")


def key_of(argv: Sequence[str]) -> str:
    """What the command line needs."""
    words = positional(argv)
    command = words[0] if words else ""
    key = "base"
    if "--help" in argv or "-h" in argv:
        pass
    elif command in _OF_ALL:
        key = "all"
    elif command in _OF_A_LAB:
        lab = words[1] if len(words) > 1 else _lab_here()
        key = f"lab:{lab}" if lab else "base"
    elif command == "serve" and len(words) > 1:
        key = f"serve:{words[1]}"
    elif command in _OF_AN_EXTRA:
        key = f"extra:{_OF_AN_EXTRA[command]}"
    return key + "+containers" if _backend(argv) == "container" and key != "base" else key


def positional(argv: Sequence[str]) -> list[str]:
    """The words of a command line that are neither options nor their values."""
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        if word == "--":
            words.extend(rest)
        elif word in _WITH_VALUE:
            next(rest, None)
        elif not word.startswith("-"):
            words.append(word)
    return words


def _backend(argv: Sequence[str]) -> str:
    for place, word in enumerate(argv):
        if word.startswith("--backend="):
            return word.partition("=")[2]
        if word == "--backend" and place + 1 < len(argv):
            return argv[place + 1]
    return os.environ.get("BACKEND", "")


def _lab_here() -> str:
    """The name of the lab's folder that the user stands in, empty when there is none."""
    folder = os.getcwd()
    while True:
        if os.path.exists(os.path.join(folder, "lab.toml")):
            return os.path.basename(folder)
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


def environment(root: str) -> str:
    """The folder of the project's environment."""
    return os.path.join(root, ".lab", "envs", "main")


def python_of(environment: str) -> str:
    """The interpreter of an environment."""
    parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(environment, *parts)


def stamp_file(root: str) -> str:
    return os.path.join(environment(root), "labkit-stamp.json")


def read_stamp(root: str) -> dict[str, Any] | None:
    """What the environment says about itself; None when it says nothing that can be used."""
    import json

    try:
        with open(stamp_file(root), encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return None
    if not isinstance(stamp, dict) or stamp.get("format") != STAMP_FORMAT:
        return None
    kinds = {"root": str, "python": dict, "ready": dict, "requirements": list}
    return stamp if all(isinstance(stamp.get(name, kind()), kind) for name, kind in kinds.items()) else None


def mark_of(path: str) -> list[int]:
    """Time (ns) and size of a file; zeroes when there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return [0, 0]
    return [status.st_mtime_ns, status.st_size]


def is_ready(root: str, key: str) -> bool:
    """Whether the environment holds what ``key`` needs, as far as times and sizes tell."""
    stamp = read_stamp(root)
    if stamp is None or stamp.get("busy") or stamp.get("root") != root:
        return False
    try:
        return interpreter_unchanged(stamp) and files_unchanged(root, stamp["ready"][key])
    except (KeyError, TypeError):
        return False


def interpreter_unchanged(stamp: Mapping[str, Any]) -> bool:
    """Whether the environment still stands on the Python it was made with, and on the one asked for."""
    python = stamp["python"]
    return bool(not another_python_is_asked_for(python["path"]) and mark_of(python["path"]) == python["mark"])


def another_python_is_asked_for(path: str) -> bool:
    """Whether ``PYTHON=`` names another interpreter than ``path``; an environment else keeps its own."""
    if not os.environ.get("PYTHON"):
        return False
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable) != path


def files_unchanged(root: str, files: Mapping[str, list[int]]) -> bool:
    return all(mark_of(os.path.join(root, name)) == mark for name, mark in files.items())


def hand_over(root: str, argv: Sequence[str]) -> int:
    """Become ``python -m labkit`` of the environment. Returns only where there is no exec (Windows)."""
    python = python_of(environment(root))
    # -P: a file of the learner in the current folder must not stand in for a module of the tools.
    arguments = [python, "-P", "-m", "labkit", *argv]
    os.environ["LABKIT_ROOT"] = root
    os.environ.pop("PYTHONHOME", None)
    os.environ.pop("__PYVENV_LAUNCHER__", None)  # macOS: would send the environment's Python elsewhere
    if os.name == "nt":
        import subprocess

        return subprocess.call(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    return os.execv(python, arguments)
