"""Make docs/run.svg, the README's picture, from what a terminal really shows.

    .lab/envs/main/bin/python docs/picture.py

Stages lab 08 with its first task solved and the usual slip in the second, runs `lab run` on that, and draws
the output with rich. The font is the reader's own monospace: a picture must not load anything.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

DOCS = Path(__file__).parent
ROOT = DOCS.parent
WIDTH = 92


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder))
        output = subprocess.run(
            [sys.executable, "-m", "labkit", "run", "08", "--code", folder],
            cwd=ROOT,
            env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)},
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text("$ make lab LAB=08", style="bold"))
    console.print(Text.from_ansi(output.rstrip()))
    svg = console.export_svg(title="ops-labs", unique_id="run")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    (DOCS / "run.svg").write_text(svg.replace("Fira Code, monospace", "monospace"), encoding="utf-8")


def stage(folder: Path) -> None:
    """The first task from the reference, the second one wrong, the rest open."""
    from labkit.catalog import load
    from labkit.proofs.staging import prefix

    lab = load(ROOT).resolve("08")
    (file,) = lab.files
    text = prefix(lab, solved=2)[file]
    right = "{character: ord(character) for character in text}"
    assert right in text, "the reference solution changed: choose another slip"
    (folder / file).write_text(text.replace(right, "{c: text.count(c) for c in text}"), encoding="utf-8")


if __name__ == "__main__":
    main()
