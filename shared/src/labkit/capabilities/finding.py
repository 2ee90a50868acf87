"""Is it there, and which version?"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from labkit.capabilities import probes
from labkit.capabilities.table import Capability

#: Seconds for a program to tell its version. A browser's first start on a slow disk takes a while.
_PATIENCE = 20.0


@dataclass(frozen=True)
class Finding:
    """A capability on this machine.

    Attributes:
        capability: which one.
        version: as the program tells it; empty when the capability is missing.
        why: what is wrong, empty when it is there.
    """

    capability: Capability
    version: str
    why: str = ""

    @property
    def present(self) -> bool:
        return not self.why


def find_all(capabilities: Iterable[Capability], root: Path | None = None) -> list[Finding]:
    """Look for all of them at once; each waits for a program of its own."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda capability: find(capability, root), capabilities))


def find(capability: Capability, root: Path | None = None) -> Finding:
    """Look for one capability.

    Args:
        capability: which one.
        root: the checkout, whose own tools count.
    """
    if capability.probe:
        probe = getattr(probes, capability.probe)
        version, why = probe(root)
        return Finding(capability, version, why)
    for program in capability.programs:
        path = shutil.which(program)
        if path:
            return _ask(capability, path)
    return Finding(capability, "", f"no {' or '.join(map(_short, capability.programs))} on the PATH")


def _ask(capability: Capability, path: str) -> Finding:
    try:
        done = subprocess.run(
            [path, *capability.version],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Finding(capability, "", f"{path} does not start: {problem}")
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    found = re.search(r"\d+(\.\d+)+\w*", told)
    return Finding(capability, found[0] if found else "yes")


def _short(program: str) -> str:
    return Path(program).name if program.startswith("/") else program
