"""A terminal's line discipline: what happens to typed characters before a program reads them (termios(3))."""

from __future__ import annotations

from collections.abc import Callable

from labkit.hosts.ssh.pipes import Inlet, Outlet

_ERASE = b"\x7f\x08"
_KILL_LINE = 0x15
_INTERRUPT = 0x03
_END = 0x04


class Terminal:
    """Cooked mode: input arrives by lines, is echoed, and can be edited and ended from the keyboard.

    Args:
        inlet: where finished lines go.
        outlet: shows what was typed, unless the program turned ``inlet.echo`` off or asks for a password.
        interrupt: called for Ctrl-C.
    """

    def __init__(self, inlet: Inlet, outlet: Outlet, interrupt: Callable[[], None]) -> None:
        self._inlet = inlet
        self._outlet = outlet
        self._interrupt = interrupt
        self._line = bytearray()

    def feed(self, data: bytes) -> None:
        """Take what the client sent."""
        for code in data.replace(b"\r", b"\n"):
            self._type(code)

    def _type(self, code: int) -> None:
        if code == _INTERRUPT:
            self._line.clear()
            self._outlet.echo(b"^C\n")
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
        if self._inlet.echo and not self._outlet.asks_for_secret:
            self._outlet.echo(data)

    def _deliver(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        self._inlet.feed(line)
