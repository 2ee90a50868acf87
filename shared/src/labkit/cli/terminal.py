"""Colour, width and plain words for a terminal, without a library: `lab run` has no time for one."""

from __future__ import annotations

import io
import os
import shutil
import textwrap
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34"}


class Terminal:
    """Writes to one stream. Colours only where somebody sees them: NO_COLOR and pipes get plain text."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.is_terminal = stream.isatty()
        wanted = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self.colour = bool(os.environ.get("FORCE_COLOR")) or (self.is_terminal and wanted)
        self.width = min(shutil.get_terminal_size((80, 24)).columns, 100)
        if isinstance(stream, io.TextIOWrapper):
            # A C locale must not make a verdict crash on a name with umlauts.
            stream.reconfigure(errors="replace")

    def style(self, text: str, *styles: str) -> str:
        if not self.colour or not styles:
            return text
        return f"\033[{';'.join(_CODES[style] for style in styles)}m{text}\033[0m"

    def line(self, text: str = "") -> None:
        self.stream.write(text + "\n")
        self.stream.flush()

    def update(self, text: str) -> None:
        """Replace the last line of progress; nothing on a pipe."""
        if self.is_terminal:
            self.stream.write("\r\033[K" + text[: self.width - 1])
            self.stream.flush()

    def field(self, label: str, text: str, *styles: str, whole: bool = False) -> None:
        """A label and a text beside it, wrapped; line ends of the text are kept.

        ``whole`` leaves the lines as they are: names and commands are there to be copied.
        """
        margin = 12
        lines: list[str] = []
        for part in text.splitlines() or [""]:
            if whole:
                lines.append(part)
                continue
            lines += textwrap.wrap(part, max(self.width - margin, 30), break_on_hyphens=False) or [""]
        for number, part in enumerate(lines):
            head = (
                f"  {label}{':' if label[-1:].isalpha() else ''}".ljust(margin)
                if number == 0
                else " " * margin
            )
            self.line(self.style(head, "dim") + self.style(part, *styles))
