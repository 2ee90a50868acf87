"""labkit as a wheel, for starters that leave the repository."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from labkit.bootstrap import lock, system
from labkit.bootstrap.installer import Installer, base_python
from labkit.bootstrap.progress import Progress
from labkit.bootstrap.requirements import Project
from labkit.errors import UsageError


def build_wheel(root: Path, dest: Path) -> Path:
    """Build labkit's wheel from ``shared/`` into ``dest``. The same source gives the same bytes.

    In an exported starter the wheel that it brought is copied.

    Args:
        root: the repository or a starter.
        dest: a folder, made when absent.

    Returns:
        The wheel's path.

    Raises:
        SetupError: it cannot be built or written.
    """
    project = Project(root)
    try:
        dest.mkdir(parents=True, exist_ok=True)
        if not project.is_repository:
            if project.wheel is None:
                raise UsageError(f"{root} has neither shared/ nor vendor/labkit-*.whl.")
            return Path(shutil.copy2(project.wheel, dest))
        with (
            lock.held(root, waiting=lambda line: print(line, file=sys.stderr, flush=True)) as descriptor,
            tempfile.TemporaryDirectory(prefix=".labkit-", dir=dest) as scratch,
        ):
            built = _build(project, Path(scratch), descriptor)
            return built.replace(dest / built.name)
    except OSError as problem:
        raise system.explain(problem, root) from problem


def _build(project: Project, scratch: Path, descriptor: int) -> Path:
    progress = Progress(1)
    installer = Installer(project, progress, descriptor)
    if installer.program() is None:
        with progress.step(f"Install {installer.pinned.replace('==', ' ')}, the installer"):
            installer.install()
    outcome = installer.uv(
        "build", "--wheel", "shared", "--out-dir", scratch, "--no-create-gitignore",
        "--python", base_python(), "--build-constraints", project.constraints,
    )  # fmt: skip
    installer.need(outcome, "the wheel of labkit")
    return next(scratch.glob("labkit-*.whl"))
