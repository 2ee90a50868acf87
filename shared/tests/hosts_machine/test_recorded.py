"""The simulated machine against a real Debian 12, as recorded and, where there is one, live."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hosts_machine_recording import recorded, run_for_real, scripts

from labkit.hosts import Machine

_ROWS = recorded()


def _is_debian_12() -> bool:
    release = Path("/etc/os-release")
    if platform.system() != "Linux" or not release.exists() or 'VERSION_ID="12"' not in release.read_text():
        return False
    version = subprocess.run(["/bin/bash", "--version"], capture_output=True, text=True, check=False).stdout
    return "version 5.2" in version and Path("/usr/bin/mawk").exists()


@pytest.mark.parametrize("row", _ROWS, ids=[str(number) for number in range(len(_ROWS))])
def test_script_behaves_as_recorded(row: dict[str, Any]) -> None:
    """A script gives the same output, messages and status as on a real Debian 12."""
    done = Machine().run(row["script"])
    shown = (
        done.stdout.decode("utf-8", "surrogateescape"),
        done.stderr.decode("utf-8", "surrogateescape"),
        done.status,
    )
    assert shown == (row["stdout"], row["stderr"], row["status"]), row["script"]


def test_every_script_is_recorded() -> None:
    """The recording covers exactly the scripts in scripts.txt."""
    assert [row["script"] for row in _ROWS] == scripts()


@pytest.mark.skipif(not _is_debian_12(), reason="compares with bash 5.2 and the tools of Debian 12")
@pytest.mark.parametrize("part", range(4))
def test_recording_is_what_bash_does(part: int) -> None:
    """The recording still is what the real bash of this machine does."""
    for row in _ROWS[part::4]:
        assert run_for_real(row["script"]) == row
