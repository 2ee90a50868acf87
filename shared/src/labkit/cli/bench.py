"""``lab bench``: the repository's benchmarks, which stand in ``shared/bench``."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from labkit.catalog import is_repository
from labkit.cli.arguments import project_root
from labkit.errors import UsageError


def bench(quick: Annotated[bool, typer.Option("--quick", help="Few repetitions.")] = False) -> int:
    """Measure what the documentation says about speed, and write docs/benchmarks.md.

    Exit status 0, or 1 when a promise is not kept on this machine.
    """
    root = project_root()
    if not is_repository(root):
        raise UsageError("`lab bench` works in the repository; this is an exported starter.")
    words = [sys.executable, str(root / "shared" / "bench"), *(["--quick"] if quick else [])]
    return subprocess.run(words, cwd=root, check=False).returncode
