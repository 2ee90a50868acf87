"""An audit hook (PEP 578) that sees code change what judges it. Python has no way to remove such a hook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

#: Attributes of a function that make it another function.
_BODY = frozenset({"__code__", "__defaults__", "__kwdefaults__", "__closure__"})
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


class Watch:
    """What was seen so far.

    Args:
        code: the folder of the learner's code.
    """

    def __init__(self, code: str) -> None:
        folder = str(Path(code).resolve())
        protected: dict[int, object] = {}
        changed: list[str] = []
        looked: dict[str, None] = {}
        report: list[Callable[[str], None]] = []
        busy = False

        def note_change(target: object, name: object) -> None:
            if name in _BODY and id(target) in protected:
                text = f"{_name(target)}.{name} was replaced"
                changed.append(text)
                for tell in report:
                    tell(text)

        def note_look(event: str) -> None:
            frame: FrameType | None = sys._getframe(2)
            # Libraries ask for their caller's frame on behalf of anybody: only the learner's own asking counts.
            for _ in range(1 if event == "sys._getframe" else 4):
                place = _place(frame, folder)
                if place and len(looked) < _MOST_LOOKS:
                    looked[f"{_LOOKS[event]} ({place})"] = None
                    return
                frame = frame.f_back if frame else None

        def hook(event: str, args: tuple[Any, ...]) -> None:
            nonlocal busy
            if event == "object.__setattr__":
                note_change(args[0], args[1])
            elif event in _LOOKS and not busy:
                busy = True
                try:
                    note_look(event)
                finally:
                    busy = False

        self.seen = lambda: changed[0] if changed else ""
        self.looked = lambda: list(looked)
        self.report_to = report.append
        self._protect = protected
        sys.addaudithook(hook)

    def protect(self, functions: Iterable[FunctionType]) -> None:
        """From now on a change of one of these is tampering."""
        protected = self.__dict__.pop("_protect")
        protected.update((id(function), function) for function in functions)


def _name(target: object) -> str:
    return f"{getattr(target, '__module__', '')}.{getattr(target, '__qualname__', '')}"


def _place(frame: FrameType | None, folder: str) -> str:
    """The learner's line when the innermost frame is theirs, or that of code made from text."""
    if frame is None:
        return ""
    file = frame.f_code.co_filename
    if file.startswith(folder) or file.startswith("<string"):
        return f"{Path(file).name}:{frame.f_lineno}"
    return ""
