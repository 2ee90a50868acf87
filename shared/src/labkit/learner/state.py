"""What must last between runs: JSON objects in ``.lab/state``, each under a lock, replaced as a whole."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def kept(file: Path) -> Iterator[dict[str, Any]]:
    """The object in ``file``, locked against other processes; written back when the block changed it.

    A reader or a crash sees the old file or the new one, never half of one. What is no JSON object is set
    aside under another name, so that a person can look at it, and an empty object takes its place.

    Args:
        file: need not exist, nor its folder.

    Raises:
        OSError: the state cannot be read, locked or written; the file is as it was then.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with (file.parent / f"{file.stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = _read(file)
        before = json.dumps(state, sort_keys=True)
        yield state
        if json.dumps(state, sort_keys=True) != before:
            _replace(file, state)


def glance(file: Path) -> dict[str, Any]:
    """The object in ``file`` as it is now; empty when there is none, or none that can be read."""
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        text = ""
    with contextlib.suppress(ValueError):
        state = json.loads(text)
        if isinstance(state, dict):
            return state
    number = 1
    while (aside := file.with_name(f"{file.name}.broken-{number}")).exists():
        number += 1
    file.rename(aside)
    return {}


def _replace(file: Path, state: dict[str, Any]) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(state, stream, indent=1, ensure_ascii=False)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
