"""A virtual display, on a number that the server picks, without a network and without a window manager."""

from __future__ import annotations

import os
import shutil
import subprocess
from types import TracebackType

from labkit.capabilities import named
from labkit.errors import EnvironmentMissing

_PATIENCE = 30.0
#: Two servers that start at the same moment may pick the same number: then one tries again.
_TRIES = 5


class VirtualDisplay:
    """An X server in memory.

    Args:
        width, height: of its screen, in pixels.

    Attributes:
        name: what DISPLAY has to be, such as ``:99``.

    Raises:
        EnvironmentMissing: Xvfb is not installed, or does not start.
    """

    def __init__(self, width: int = 1024, height: int = 768) -> None:
        self.width, self.height = width, height
        self.name = ""

    @property
    def socket(self) -> str:
        """The path of the socket that clients connect to."""
        return f"/tmp/.X11-unix/X{self.name.removeprefix(':')}"  # noqa: S108 - where X has it

    def __enter__(self) -> VirtualDisplay:
        if shutil.which("Xvfb") is None:
            (capability,) = named(["xvfb"])
            raise EnvironmentMissing("desktop", "Xvfb is not on the PATH", capability.install_line())
        for _ in range(_TRIES):
            number = self._start()
            if number:
                self.name = f":{number}"
                return self
            self._stop()
        raise EnvironmentMissing("desktop", "Xvfb ended before it was ready", "")

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start(self) -> str:
        reading, writing = os.pipe()
        screen = f"{self.width}x{self.height}x24"
        words = ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-screen", "0", screen, "-noreset"]
        try:
            self._process = subprocess.Popen(
                words,
                pass_fds=[writing],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(writing)
        with os.fdopen(reading, encoding="ascii") as answer:
            return answer.readline().strip()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
