"""The learner's files beside those of the reference solution."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from labkit.catalog import Lab, need_solutions
from labkit.errors import UsageError


@dataclass(frozen=True)
class FilePair:
    """One editable file of a lab, yours and the solution's, as lines without their ends.

    A file that is missing has no lines, and ``missing`` says on which side.
    """

    name: str
    yours: tuple[str, ...]
    solution: tuple[str, ...]
    missing: str = ""

    @property
    def same(self) -> bool:
        return self.yours == self.solution and not self.missing

    def unified(self, context: int = 3) -> list[str]:
        """A unified diff from yours to the solution, without line ends."""
        return list(
            difflib.unified_diff(
                self.yours,
                self.solution,
                f"yours/{self.name}",
                f"solution/{self.name}",
                lineterm="",
                n=context,
            )
        )


def pairs(lab: Lab, code: Path | None = None) -> list[FilePair]:
    """The editable files of ``lab``, in task order.

    Args:
        lab: the lab.
        code: where the learner's files are; the lab's own folder by default.

    Raises:
        EnvironmentMissing: this copy comes without solutions.
        UsageError: the lab has none yet, or there is no such folder.
    """
    need_solutions(lab.root)
    if not lab.solution.is_dir():
        raise UsageError(f"Lab {lab.id} has no solution yet: {lab.solution} is missing.")
    code = code or lab.path
    if not code.is_dir():
        raise UsageError(f"There is no folder {code}.")
    return [_pair(name, code / name, lab.solution / name) for name in lab.files]


def _pair(name: str, yours: Path, solution: Path) -> FilePair:
    missing = "yours" if not yours.is_file() else "solution" if not solution.is_file() else ""
    return FilePair(name, _lines(yours), _lines(solution), missing)


def _lines(file: Path) -> tuple[str, ...]:
    if not file.is_file():
        return ()
    return tuple(file.read_text(encoding="utf-8", errors="replace").splitlines())
