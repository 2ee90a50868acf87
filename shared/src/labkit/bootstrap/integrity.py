"""Find packages that an interrupted installation left half-written.

Installers copy a package's files first and its RECORD last, and trust whatever has a ``.dist-info`` folder
the next time. A package whose RECORD is missing, or names files that are missing or of another size, is
forgotten here, so that the installer puts it there again.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path


def forget_broken(environment: Path) -> list[str]:
    """Remove the ``.dist-info`` folders of half-written packages; the names of what was removed."""
    broken = [folder for folder in _distributions(environment) if not _is_whole(folder)]
    for folder in broken:
        shutil.rmtree(folder)
    return [folder.name.removesuffix(".dist-info") for folder in broken]


def _distributions(environment: Path) -> list[Path]:
    return sorted({*environment.glob("lib/python3*/site-packages/*.dist-info"),
                   *environment.glob("Lib/site-packages/*.dist-info")})  # fmt: skip


def _is_whole(folder: Path) -> bool:
    try:
        with (folder / "RECORD").open(encoding="utf-8", newline="") as file:
            return all(_is_there(folder.parent / row[0], row[2]) for row in csv.reader(file) if row)
    except (OSError, UnicodeDecodeError, IndexError, csv.Error):
        return False


def _is_there(path: Path, size: str) -> bool:
    try:
        found = path.stat().st_size
    except OSError:
        return False
    return not size or found == int(size)
