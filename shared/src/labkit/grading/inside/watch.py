"""An audit hook (PEP 578) that sees code change what judges it. Python has no way to remove such a hook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

#: Attributes of a function that make it another function.
_BODY = frozenset({"__code__", "__defaults__", "__kwdefaults__", "__closure__"})
#: Packages whose objects must not become objects of another class.
_JUDGING = ("_pytest", "pluggy", "labkit")
#: Events of getting at what an object holds.
_HANDS = frozenset({"object.__getattr__", "gc.get_referents", "gc.get_referrers"})
#: Events of looking into the interpreter, and what an instructor reads. Legitimate code does it at times, so
#: it is told and not punished.
_LOOKS = {
    "sys._getframe": "frames of its callers",
    "sys._current_frames": "frames of its callers",
    "sys.settrace": "sys.settrace",
    "sys.setprofile": "sys.setprofile",
    "gc.get_objects": "gc.get_objects",
    "gc.get_referrers": "gc.get_referrers",
    "gc.get_referents": "gc.get_referents",
    "ctypes.dlopen": "ctypes",
    "ctypes.dlsym": "ctypes",
}
_MOST_LOOKS = 20


_Hook = Callable[[str, tuple[Any, ...]], None]


class Watch:
    """What was seen so far.

    Args:
        code: the folder of the learner's code.

    Attributes:
        protect: these functions must not change from now on; once.
        keep_secret: these objects must not be looked into from now on; once.
        report_to, report_looks_to: who is told at once of changes, and of what was looked into.
    """

    def __init__(self, code: str) -> None:
        changed: list[str] = []
        report: list[Callable[[str], None]] = []
        report_looks: list[Callable[[str], None]] = []

        def note(text: str) -> None:
            changed.append(text)
            for tell in report:
                tell(text)

        def note_look(text: str) -> None:
            for tell in report_looks:
                tell(text)

        def seen() -> str:
            """The first change that was seen, or an empty text."""
            return changed[0] if changed else ""

        self.seen = seen
        self.report_to, self.report_looks_to = report.append, report_looks.append
        self.protect, changes = _changes(note)
        self.keep_secret, hands = _hands(note)
        looks = _looks(str(Path(code).resolve()), note_look)

        def hook(event: str, args: tuple[Any, ...]) -> None:
            if event == "object.__setattr__":
                changes(event, args)
            elif event in _HANDS:
                hands(event, args)
            if event in _LOOKS:
                looks(event)

        sys.addaudithook(hook)


def _changes(note: Callable[[str], None]) -> tuple[Callable[[Iterable[FunctionType]], None], _Hook]:
    """Note changes of functions' bodies and of objects' classes. Returns how to protect, and the hook."""
    protected: dict[int, object] = {}

    def protect(functions: Iterable[FunctionType]) -> None:
        if not protected:
            protected.update((id(function), function) for function in functions)

    def hear(event: str, args: tuple[Any, ...]) -> None:
        target, name = args[0], args[1]
        other_class = name == "__class__" and type(target).__module__.startswith(_JUDGING)
        if other_class or (name in _BODY and id(target) in protected):
            note(f"{_name(target)}.{name} was replaced")

    return protect, hear


def _hands(note: Callable[[str], None]) -> tuple[Callable[[Iterable[object]], None], _Hook]:
    """Note hands on the grader's secrets. Returns how to name these, and the hook."""
    secret: dict[int, object] = {}

    def keep_secret(values: Iterable[object]) -> None:
        if not secret:
            secret.update((id(value), value) for value in values)

    def hear(event: str, args: tuple[Any, ...]) -> None:
        asked = args[:1] if event == "object.__getattr__" else args[0]
        if any(id(value) in secret for value in asked):
            note("it took hold of what seals the verdicts")

    return keep_secret, hear


def _looks(folder: str, note: Callable[[str], None]) -> Callable[[str], None]:
    """Note who looks into the interpreter, each line once. Returns the hook.

    Args:
        folder: of the learner's code.
        note: called with each.
    """
    looked: set[str] = set()
    busy = False

    def hear(event: str) -> None:
        nonlocal busy
        if busy or len(looked) >= _MOST_LOOKS:  # busy: it is this function that asks for a frame
            return
        busy = True
        try:
            frame: FrameType | None = sys._getframe(2)
            # Libraries ask for their caller's frame on behalf of anybody: only the learner's own asking
            # counts.
            for _ in range(1 if event == "sys._getframe" else 4):
                place = _place(frame, folder)
                text = f"{_LOOKS[event]} ({place})"
                if place and text not in looked:
                    looked.add(text)
                    note(text)
                    return
                frame = frame.f_back if frame else None
        finally:
            busy = False

    return hear


def _name(target: object) -> str:
    named = target if isinstance(target, FunctionType) else type(target)
    return f"{named.__module__}.{named.__qualname__}"


def _place(frame: FrameType | None, folder: str) -> str:
    """The learner's line when ``frame`` is theirs, or that of code made from text."""
    if frame is None:
        return ""
    file = frame.f_code.co_filename
    return f"{Path(file).name}:{frame.f_lineno}" if file.startswith((folder, "<string")) else ""
