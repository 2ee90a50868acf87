"""A new release in a learner's clone, with nothing of theirs lost: three-way merges, a copy of all, and undo.

What happens to git: the branch moves to the new release. A learner who has committed gets one merge commit on
top of their own; one who has not gets exactly the release. What was not committed is not committed by this
either: it is merged into the new files, and shows up in ``git status`` as before. Nothing is pushed, no
branch is made, no remote is changed.
"""

from __future__ import annotations

from labkit.learner.upgrade.applying import Journal, apply, undo, unfinished
from labkit.learner.upgrade.planning import Change, Upgrade, plan_upgrade

__all__ = ["Change", "Journal", "Upgrade", "apply", "plan_upgrade", "undo", "unfinished"]
