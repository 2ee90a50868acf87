"""A terminal's line discipline: what happens to typed characters before a program reads them (termios(3))."""

from __future__ import annotations

from typing import Protocol

from labkit.hosts.ssh.pipes import Inlet

_ERASE = b"\x7f\x08"
_KILL_LINE = 0x15
_INTERRUPT = 0x03
_END = 0x04


class Echo(Protocol):
    """Writes what the terminal shows."""

    def __call__(self, data: bytes, /) -> None: ...


class Terminal:
    """Cooked mode: input arrives by lines, is echoed, and can be edited and ended from the keyboard.

    Args:
        inlet: where finished lines go.
        echo: shows what was typed, unless the program turned ``inlet.echo`` off.
        interrupt: called for Ctrl-C.
    """

    def __init__(self, inlet: Inlet, echo: Echo, interrupt: object) -> None:
        self._inlet = inlet
        self._show = echo
        self._interrupt = interrupt
        self._line = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what the client sent."""
        for code in data.replace(b"\r", b"\n"):
            self._type(code)

    def _type(self, code: int) -> None:
        if code == _INTERRUPT:
            self._line.clear()
            self._show(b"^C\n")
            if callable(self._interrupt):
                self._interrupt()
        elif code == _END:
            if self._line:
                self._deliver()
            else:
                self._inlet.end()
        elif code in _ERASE:
            if self._line:
                self._line.pop()
                self._echo(b"\b \b")
        elif code == _KILL_LINE:
            self._echo(b"\b \b" * len(self._line))
            self._line.clear()
        else:
            self._line.append(code)
            self._echo(bytes([code]))
            if code == 0x0A:
                self._deliver()

    def _echo(self, data: bytes) -> None:
        # ECHONL is set while a password is typed, as getpass and sudo do not: nothing shows at all.
        if self._inlet.echo:
            self._show(data)

    def _deliver(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        self._inlet.feed(line)
