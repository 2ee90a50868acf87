"""Keep the starter files of a lab as its pristine skeleton."""

from __future__ import annotations

from pathlib import Path

from labkit.catalog import Lab
from labkit.errors import UsageError
from labkit.proofs.lint.skeleton import open_tasks


def freeze(lab: Lab) -> list[Path]:
    """Copy the editable files of ``lab`` to its solution's ``skeleton`` folder; nothing else stays there.

    Returns:
        The files that changed, in the skeleton's folder; empty when it was up to date.

    Raises:
        UsageError: the files are no skeleton (a learner has worked in them); says where and why.
    """
    problems = list(open_tasks(lab, lab.path))
    if problems:
        listing = "\n".join(f"  - {problem}" for problem in problems[:10])
        raise UsageError(
            f"The files of lab {lab.id} are no starter, so they are not taken as its skeleton:\n{listing}\n"
            f"To get the starter back: make reset LAB={lab.id}"
        )
    changed = []
    for name in lab.files:
        source, target = lab.path / name, lab.skeleton / name
        content = source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            changed.append(target)
    for file in sorted(lab.skeleton.rglob("*")):
        name = file.relative_to(lab.skeleton).as_posix()
        if file.is_file() and name not in lab.files:
            file.unlink()
            if "__pycache__" not in name:
                changed.append(file)
    return changed
