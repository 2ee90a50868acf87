"""Files that appear whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_whole(path: Path, text: str) -> None:
    """Write a file under another name first, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_stamp(path: Path, values: Mapping[str, Any]) -> None:
    """Write a stamp: the last act of each step."""
    write_whole(path, json.dumps(values, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def remove(folder: Path) -> None:
    """Remove a folder; under another name first, so that a half-removed one is never taken for whole."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old-"))
        folder.replace(aside / folder.name)
    for left in folder.parent.glob(f".{folder.name}.old-*"):  # an earlier removal may have been interrupted
        shutil.rmtree(left)
