"""The folder of a run and the process that cleans up when the run is killed. Standard library only."""

from __future__ import annotations

from labkit.runs.folder import guarded_folder, run_folder, served_folder, sweep
from labkit.runs.watchdog import end_group

__all__ = ["end_group", "guarded_folder", "run_folder", "served_folder", "sweep"]
