"""What this machine has beside Python: found by trying, told with the line that brings what is missing.

The table of capabilities is the data file ``table.toml`` beside this module.
"""

from __future__ import annotations

from labkit.capabilities.finding import Finding, find, find_all
from labkit.capabilities.table import Capability, named, table

__all__ = ["Capability", "Finding", "find", "find_all", "named", "table"]
