"""``./lab constraints``: write constraints.txt anew, one set of versions for all systems and Pythons."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from labkit.bootstrap import lock, system
from labkit.bootstrap.files import write_whole
from labkit.bootstrap.installer import Installer
from labkit.bootstrap.progress import Progress
from labkit.bootstrap.requirements import Project, name_of
from labkit.errors import UsageError

_HEADER = (
    "# Made by `./lab constraints` from shared/pyproject.toml, the groups of pyproject.toml and the labs.\n"
    "# Every installation of this project takes its versions from here, that of uv itself included.\n"
)

_NAMES_SHOWN = 8


def regenerate(root: Path, arguments: Sequence[str] = ()) -> int:
    """Resolve everything the project may install; keep the versions of today unless ``--upgrade`` is given.

    Raises:
        UsageError: another argument, or not a repository.
        SetupError: no network, or requirements that contradict each other.
    """
    project = Project(root)
    if not set(arguments) <= {"--upgrade"}:
        raise UsageError("Usage: ./lab constraints [--upgrade]")
    if not project.is_repository:
        raise UsageError("constraints.txt is made in the repository; a starter brings a copy.")
    lines = sorted({*project.wanted("all").lines, *project.group("setup"), *project.lines_of_labkit()})
    try:
        with lock.held(root, waiting=lambda line: print(line, file=sys.stderr, flush=True)) as descriptor:
            _resolve(project, lines, list(arguments), descriptor)
    except OSError as problem:
        raise system.explain(problem, root) from problem
    return 0


def _resolve(project: Project, lines: Sequence[str], arguments: Sequence[str], descriptor: int) -> None:
    progress = Progress(1)
    installer = Installer(project, progress, descriptor)
    if installer.program() is None:
        progress.steps = 2
        with progress.step(f"Install {installer.pinned.replace('==', ' ')}, the installer"):
            installer.install()
    draft = project.root / ".lab" / "cache" / "constraints.txt"
    old = project.constraints.read_text(encoding="utf-8") if project.constraints.is_file() else ""
    write_whole(draft, old)  # uv keeps the versions it finds in its output file
    with progress.step("Resolve the versions of all packages"):
        outcome = installer.uv(
            "pip", "compile", "-", "--universal", "--python-version", "3.11", "--no-header", "--no-annotate",
            "--no-emit-index-url", "--no-emit-find-links", "--quiet", "--output-file", draft, *arguments,
            given="\n".join(lines) + "\n",
        )  # fmt: skip
        installer.need(outcome, "the versions of all packages")
    new = _HEADER + draft.read_text(encoding="utf-8").replace(_HEADER, "")
    draft.unlink()
    write_whole(project.constraints, new)
    changed = sorted(set(new.splitlines()) ^ set(old.splitlines()))
    names = sorted({name_of(line) for line in changed if not line.startswith("#")})
    progress.say("constraints.txt: " + (f"other versions of {_few(names)}" if names else "as before"))


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= _NAMES_SHOWN else f"{len(names)} packages"
