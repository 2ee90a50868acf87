"""The slow path of a command: set up what is missing, then carry the command out or hand it over."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from labkit.bootstrap import environment, fast
from labkit.errors import UsageError


def run(argv: Sequence[str], root: str, key: str) -> int:
    """Carry out a command line whose environment may not be ready.

    Args:
        argv: the command line without the program's name.
        root: the repository, or the folder of an exported starter.
        key: what it needs, from :func:`labkit.bootstrap.fast.key_of`.
    """
    own = _OWN.get(fast.command_of(argv))
    if own is not None:
        arguments = list(argv)
        arguments.remove(fast.command_of(argv))
        return own(Path(root), arguments)
    environment.ensure(Path(root), key)
    return fast.hand_over(root, argv)


def _set_up(root: Path, arguments: Sequence[str]) -> int:
    """``./lab setup [LAB ...] [--track TRACK] [--all]``: make the environment, say before going offline."""
    words = list(arguments)
    tracks = []
    while "--track" in words:
        place = words.index("--track")
        tracks += words[place + 1 : place + 2]
        del words[place : place + 2]
    unknown = [word for word in words if word.startswith("-") and word != "--all"]
    if unknown:
        raise UsageError(
            f"There is no option {unknown[0]}. Usage: ./lab setup [LAB ...] [--track TRACK] [--all]"
        )
    keys = ["all"] if "--all" in words else [f"lab:{lab}" for lab in words]
    if tracks:
        from labkit.bootstrap.bundle import keys_of

        keys += keys_of(root, [], tracks)
    keys = keys or ["base"]
    for key in keys:
        if not fast.is_ready(str(root), key):
            environment.ensure(root, key)
    print("Ready.", file=sys.stderr)
    return 0


def _clean(root: Path, arguments: Sequence[str]) -> int:
    from labkit.bootstrap import cleaning

    return cleaning.clean(root, arguments)


def _constraints(root: Path, arguments: Sequence[str]) -> int:
    from labkit.bootstrap import constraints

    return constraints.regenerate(root, arguments)


def _bundle(root: Path, arguments: Sequence[str]) -> int:
    from labkit.bootstrap import bundle

    return bundle.bundle(root, arguments)


def _tool(name: str) -> Callable[[Path, Sequence[str]], int]:
    def act(root: Path, arguments: Sequence[str]) -> int:
        from labkit.bootstrap import devtools

        if not fast.is_ready(str(root), "all"):
            environment.ensure(root, "all")
        return devtools.run(root, name, arguments)

    return act


_OWN: dict[str, Callable[[Path, Sequence[str]], int]] = {
    "bundle": _bundle,
    "clean": _clean,
    "constraints": _constraints,
    "setup": _set_up,
    **{name: _tool(name) for name in ("format", "lint", "tox", "types")},
}
