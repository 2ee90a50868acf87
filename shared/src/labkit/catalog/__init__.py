"""Find, read and validate labs. The only place that knows how folders are named.

Standard library only, and cheap to import: the entry script uses it before anything is installed.
"""

from __future__ import annotations

from labkit.catalog.index import Catalog, load
from labkit.catalog.model import TRACKS, Lab, Task
from labkit.catalog.places import (
    SKELETONS,
    find_root,
    is_repository,
    is_starter,
    lab_of,
    need_solutions,
    state_folder,
)
from labkit.catalog.reading import CatalogError, read_lab

__all__ = [
    "SKELETONS",
    "TRACKS",
    "Catalog",
    "CatalogError",
    "Lab",
    "Task",
    "find_root",
    "is_repository",
    "is_starter",
    "lab_of",
    "load",
    "need_solutions",
    "read_lab",
    "state_folder",
]
