"""Names of folders that say nothing to a learner."""

from __future__ import annotations

import re

#: The folder that pytest makes for one test, whatever stands before it.
_FOLDER_OF_A_TEST = re.compile(r"/[^\s'\"]*/pytest-of-[^/\s]+/pytest-\d+/(popen-\w+/)?[^/\s'\"]+")


def shortened(text: str) -> str:
    """The text with ``TMP`` for the folder of a test: its real name is long and differs from run to run."""
    return _FOLDER_OF_A_TEST.sub("TMP", text) if "/pytest-of-" in text else text
