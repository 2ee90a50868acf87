"""Linters, type checker and tox, run from the project's environment on the whole repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from labkit.bootstrap import fast

#: The lines of each command: a module of the environment and its arguments.
_LINES: dict[str, tuple[tuple[str, ...], ...]] = {
    "lint": (("ruff", "check", "."), ("ruff", "format", "--check", ".")),
    "format": (("ruff", "check", "--select", "I", "--fix", "--quiet", "."), ("ruff", "format", ".")),
    "types": (("mypy",),),
    "tox": (("tox",),),
}


def run(root: Path, name: str, arguments: Sequence[str]) -> int:
    """Run the lines of ``name``; ``arguments`` go to the last one. 0 when all end well, 1 otherwise."""
    python = Path(fast.python_of(fast.environment(str(root))))
    uv = root / ".lab" / "tools" / "uv" / python.parent.name
    variables = dict(os.environ)
    variables["PATH"] = os.pathsep.join([str(python.parent), str(uv), variables.get("PATH", os.defpath)])
    # tox makes its environments with uv as well, from the Pythons that are here
    variables.setdefault("UV_PYTHON_DOWNLOADS", "never")
    variables.setdefault("UV_CACHE_DIR", str(root / ".lab" / "cache" / "uv"))
    lines = [list(line) for line in _LINES[name]]
    lines[-1] += arguments
    commands = [[str(python), "-P", "-m", *line] for line in lines]
    statuses = [subprocess.run(each, cwd=root, env=variables, check=False).returncode for each in commands]
    return 1 if any(statuses) else 0
