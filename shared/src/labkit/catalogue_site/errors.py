"""What can be wrong with the texts a site is made of."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.errors import LabkitError


class SiteError(LabkitError):
    """Links in the repository's texts that lead nowhere: one line for each, with the file it stands in."""

    exit_status = 1

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        listing = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"the site was not written; mend these first:\n{listing}")
