"""The scripts whose behaviour was recorded from a real Debian 12, and how to record them anew.

``python recording.py`` (where bash 5.2 and the GNU tools are) rewrites ``recorded.json`` from
``scripts.txt``; scripts stand between lines of ``%%``.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/home/ops",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "USER": "ops",
}


def scripts() -> list[str]:
    return [text for text in (HERE / "scripts.txt").read_text().split("\n%%\n") if text.strip()]


def recorded() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((HERE / "recorded.json").read_text())
    return found


def run_for_real(script: str) -> dict[str, Any]:
    """What the bash of this machine makes of a script, in an empty folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
    return {
        "script": script,
        "stdout": done.stdout.decode("utf-8", "surrogateescape"),
        "stderr": done.stderr.decode("utf-8", "surrogateescape"),
        "status": done.returncode,
    }


if __name__ == "__main__":
    rows = [run_for_real(script) for script in scripts()]
    (HERE / "recorded.json").write_text(json.dumps(rows, indent=1, ensure_ascii=True) + "\n")
