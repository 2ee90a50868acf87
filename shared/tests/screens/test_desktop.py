"""The display that labs get: PyAutoGUI moves a real pointer and types into a real window that nobody sees."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

pytestmark = pytest.mark.skipif(
    not shutil.which("Xvfb") or importlib.util.find_spec("tkinter") is None, reason="no Xvfb, or no tkinter"
)

WINDOW = """
import sys
import tkinter

root = tkinter.Tk()
root.geometry("300x120+40+30")
entry = tkinter.Entry(root)
entry.pack()
button = tkinter.Button(root, text="Save", command=lambda: (print(entry.get(), flush=True), root.destroy()))
button.pack()
root.update()
entry.focus_force()
root.update()


def centre(widget):
    x, y = widget.winfo_rootx(), widget.winfo_rooty()
    return x + widget.winfo_width() // 2, y + widget.winfo_height() // 2


print(*centre(entry), *centre(button), flush=True)
root.after(20000, lambda: sys.exit(1))
root.mainloop()
"""
TESTS = '''
import subprocess
import sys

import disk_figures

WINDOW = @WINDOW@


def test_a_form(desktop):
    """A robot clicks into a field, types, and presses the button."""
    import pyautogui

    assert disk_figures.mark([]) == []
    with subprocess.Popen([sys.executable, "-c", WINDOW], stdout=subprocess.PIPE, text=True) as window:
        entry_x, entry_y, button_x, button_y = map(int, window.stdout.readline().split())
        pyautogui.click(entry_x, entry_y)
        pyautogui.write("disk 91")
        pyautogui.click(button_x, button_y)
        assert window.stdout.readline() == "disk 91\\n"
    assert window.returncode == 0


def test_the_size(desktop):
    """The screen has the size that the fixture names."""
    import pyautogui

    assert tuple(pyautogui.size()) == (desktop.width, desktop.height)
'''


@pytest.fixture
def desktop_lab(checkout: Checkout) -> Any:
    """A solved lab that needs a desktop."""
    made = checkout.lab(tests={1: TESTS.replace("@WINDOW@", repr(WINDOW))}, settings="time_limit = 60")
    file = made.path / "lab.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("needs = []", 'needs = ["desktop"]'), encoding="utf-8"
    )
    return made


def test_a_lab_with_a_desktop(desktop_lab: Any, lab: Callable[..., Said], tmp_path: Path) -> None:
    """PyAutoGUI works in a real run, under the guard, and nothing is left of it."""
    status, said, _ = lab("run", "08", "--code", str(desktop_lab.solution), "--json")
    tests = [test for task in json.loads(said)["tasks"] for test in task["tests"]]
    assert status == 0, [(test["verdict"], test["message"], test["printed"]) for test in tests]
    assert len(tests) == 2
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_machine_without_one(
    desktop_lab: Any, lab: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without Xvfb the verdict is `environment`, with the line that brings it."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    status, said, _ = lab("run", "08", "--code", str(desktop_lab.solution))
    assert status == 3
    assert "Xvfb is not on the PATH" in said


def test_displays_side_by_side() -> None:
    """Two displays at once have names of their own."""
    from labkit.screens.display import VirtualDisplay

    with VirtualDisplay() as one, VirtualDisplay(640, 480) as two:
        assert one.name != two.name
