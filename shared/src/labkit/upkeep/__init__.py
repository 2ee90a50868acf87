"""What keeps the repository going: newer packages, and releases."""

from __future__ import annotations

from labkit.upkeep.packages import update
from labkit.upkeep.release import Release, prepare

__all__ = ["Release", "prepare", "update"]
