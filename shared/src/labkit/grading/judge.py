"""Judge one submission of one lab."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from pathlib import Path

from labkit.catalog import load
from labkit.grading.judgement import Judgement
from labkit.grading.unit import Unit
from labkit.runner import run


def judge(root: Path, unit: Unit, *, stop: threading.Event | None = None) -> Judgement:
    """Judge ``unit`` in a fresh place.

    Args:
        root: the repository, whose pristine tests and skeletons count.
        unit: whose work on which lab.
        stop: when it is set, the run ends soon and its judgement is not to be used.

    Returns:
        The judgement; nothing that the learner's code does makes this function raise.

    Raises:
        UsageError: the lab is not in the catalogue.
        EnvironmentMissing: this machine cannot judge (no folder can be made, no engine answers).
    """
    began = time.monotonic()
    lab = load(root).resolve(unit.lab)
    with tempfile.TemporaryDirectory(prefix="ops-labs-grade-") as place:
        handed_in = dict(unit.files)
        for name in lab.files:
            target = Path(place, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(handed_in.get(name, lab.skeleton / name), target)
        result = run(lab, code=Path(place), every=True)
    return Judgement(
        learner=unit.learner,
        lab=lab.id,
        sandbox=unit.sandbox,
        tasks=result.tasks,
        seconds=time.monotonic() - began,
        problem=result.problem,
        blocked_attempts=result.blocked_attempts,
        versions=result.versions,
    )
