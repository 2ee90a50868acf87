"""Let labkit's editable installation name its source by a relative path.

Python 3.11 reads ``.pth`` files in the encoding of the locale. In a C locale, an absolute path with an umlaut
in it would keep the environment's interpreter from starting at all. A relative path is plain ASCII, and
:mod:`site` resolves it against the folder of the file.
"""

from __future__ import annotations

import os
from pathlib import Path


def make_relative(environment: Path, source: Path) -> None:
    """Rewrite the ``.pth`` file of labkit below ``environment`` where ``source`` is not plain ASCII."""
    if str(source).isascii():
        return
    for file in environment.glob("lib/python3*/site-packages/_editable_impl_labkit.pth"):
        folder = file.parent
        file.write_text(os.path.relpath(source, folder) + "\n", encoding="ascii")
        for record in folder.glob("labkit-*.dist-info/RECORD"):
            lines = record.read_text(encoding="utf-8").splitlines()
            # Without digest and size: what is written here is not what the wheel brought.
            lines = [f"{file.name},," if line.startswith(f"{file.name},") else line for line in lines]
            record.write_text("\n".join(lines) + "\n", encoding="utf-8")
