"""Commands of the repository, one after the other, each on the terminal."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from labkit.errors import LabkitError


class StepFailed(LabkitError):
    """A step ended with a status that is not 0; what came before it stands."""

    exit_status = 1


def step(root: Path, words: Sequence[str], *, advice: str) -> None:
    """Run a command in the repository, as its user would type it.

    Args:
        root: the repository.
        words: the command.
        advice: what to do when it fails.

    Raises:
        StepFailed: with the advice.
    """
    print(f"== {' '.join(words)}", flush=True)  # noqa: T201 - a heading above what the command prints
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LABKIT_")}
    status = subprocess.run(words, cwd=root, env=environment, check=False).returncode
    if status != 0:
        raise StepFailed(f"{' '.join(words)} ended with status {status}. {advice}")
