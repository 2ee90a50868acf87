"""What can go wrong while the environment is made."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.errors import LabkitError


class SetupError(LabkitError):
    """The environment cannot be made here.

    Args:
        what: what happened, in one or two sentences.
        advice: what to do next, one line each; printed indented.
        output: the last lines of the program that failed.
    """

    exit_status = 3

    def __init__(self, what: str, advice: Sequence[str] = (), output: Sequence[str] = ()) -> None:
        self.what, self.advice, self.output = what, tuple(advice), tuple(output)
        lines = [what, *(f"  {line}" for line in self.advice)]
        if self.output:
            lines += ["", "The last lines of its output:", *(f"  | {line}" for line in self.output)]
        super().__init__("\n".join(lines))
