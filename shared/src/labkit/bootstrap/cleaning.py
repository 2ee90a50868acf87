"""``./lab clean``: remove what can be made again, never what the user made."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from labkit.bootstrap import lock, system
from labkit.bootstrap.files import remove
from labkit.errors import UsageError

#: Kept in ``.lab``: progress and backups, and the lock that is held meanwhile.
_KEPT = frozenset({"state", "lock"})
_CACHES = (".mypy_cache", ".pytest_cache", ".ruff_cache")


def clean(root: Path, arguments: Sequence[str] = ()) -> int:
    """Remove environments, tools and caches. ``.lab/state`` (progress, backups) stays."""
    if arguments:
        raise UsageError("Usage: ./lab clean")
    folder = root / ".lab"
    try:
        with lock.held(root, waiting=lambda line: print(line, file=sys.stderr, flush=True)):
            for entry in sorted(folder.iterdir()):
                if entry.name not in _KEPT:
                    remove(entry)
            for name in _CACHES:
                remove(root / name)
    except OSError as problem:
        raise system.explain(problem, root) from problem
    print("Removed environments, tools and caches. What .lab/state holds is kept.", file=sys.stderr)
    return 0
