"""What the quick commands parse: argparse with our words and exit statuses."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import NoReturn

from labkit.catalog import Catalog, Lab, find_root, is_repository, is_starter, load
from labkit.errors import UsageError

#: The entry script says here which checkout it belongs to.
_ROOT = "LABKIT_ROOT"


class Parser(argparse.ArgumentParser):
    """Raises :class:`UsageError` instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().strip()}")


def project_root() -> Path:
    """The checkout or starter the command works on: that of the entry script, or where the user stands.

    Raises:
        UsageError: there is neither.
    """
    told = os.environ.get(_ROOT)
    if told and (is_repository(Path(told)) or is_starter(Path(told))):
        return Path(told)
    return find_root()


def lab_named(text: str | None, catalog: Catalog | None = None) -> Lab:
    """The lab of that id, or the one the current folder belongs to.

    Raises:
        UsageError: there is no such lab, or none is named where there are several.
    """
    catalog = catalog or load(project_root())
    if text:
        return catalog.resolve(text)
    here = Path.cwd().resolve()
    for lab in catalog.labs:
        if len(catalog.labs) == 1 or here.is_relative_to(lab.path):
            return lab
    raise UsageError("Which lab? For instance: lab run 08. `lab list` shows them all.")
