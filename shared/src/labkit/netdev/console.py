"""A device's terminal: it echoes, edits, asks and pages by itself, byte by byte."""

from __future__ import annotations

import threading

from labkit.hosts.streams import Reader, Sink

_MORE = " --More-- "
_UNDO_MORE = "\b" * 9 + " " * 9 + "\b" * 9


class Gone(Exception):
    """The client has left."""


class Terminal:
    """Reads lines and writes pages.

    Args:
        length: lines on a page; 0 for no paging.
        echo: whether typed characters are shown.
    """

    def __init__(self, stdin: Reader, stdout: Sink, cancelled: threading.Event, *, length: int = 24) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._typed = b""
        self._after_return = False
        self.cancelled = cancelled
        self.length = length

    def write(self, text: str) -> None:
        """Write text; lines end with carriage return and line feed."""
        self._stdout.write(text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace"))

    def _byte(self) -> int:
        while not self._typed:
            self._typed = self._stdin.read(4096)
            if not self._typed:
                raise Gone
        code, self._typed = self._typed[0], self._typed[1:]
        # A line ends with CR, LF or both.
        if code == 0x0A and self._after_return:
            self._after_return = False
            return self._byte()
        self._after_return = code == 0x0D
        return code

    def line(self, prompt: str, *, hidden: bool = False, help_for: object = None) -> str | None:
        """Ask for a line.

        Args:
            prompt: shown first.
            hidden: no echo, for passwords.
            help_for: called with the line so far when ``?`` is typed; returns what to show.

        Returns:
            The line; None for Ctrl-Z and Ctrl-C.

        Raises:
            Gone: the client has left.
        """
        self.write(prompt)
        line = bytearray()
        echoed = bytearray()
        while True:
            if echoed and not self._typed:
                self._stdout.write(bytes(echoed))
                echoed.clear()
            code = self._byte()
            if code in (0x0D, 0x0A):
                self._stdout.write(bytes(echoed) + b"\r\n")
                return line.decode("utf-8", "replace")
            if code in (0x03, 0x1A):
                self._stdout.write(bytes(echoed) + (b"^Z" if code == 0x1A else b"^C") + b"\r\n")
                return None
            if code in (0x7F, 0x08):
                if line:
                    line.pop()
                    echoed += b"" if hidden else b"\b \b"
            elif code == 0x15:
                echoed += b"" if hidden else b"\b \b" * len(line)
                line.clear()
            elif code == 0x3F and not hidden and callable(help_for):
                self._stdout.write(bytes(echoed) + b"?\r\n")
                echoed.clear()
                text = line.decode("utf-8", "replace")
                self.write(f"{help_for(text)}\n{prompt}{text}")
            elif code >= 0x20 or code == 0x09:
                line.append(code)
                echoed += b"" if hidden else bytes([code])

    def page(self, text: str) -> None:
        """Write output, and stop at each full page until a key is pressed: space, return, or q to end it."""
        if not text:
            return
        lines = text.rstrip("\n").split("\n")
        room = self.length - 1
        if not self.length or len(lines) <= room:
            self.write("\n".join(lines) + "\n")
            return
        start = 0
        while start < len(lines):
            self.write("\n".join(lines[start : start + room]) + "\n")
            start += room
            if start >= len(lines):
                return
            self.write(_MORE)
            key = chr(self._byte())
            self.write(_UNDO_MORE)
            if key in "qQ":
                return
            room = 1 if key in "\r\n" else self.length - 1
