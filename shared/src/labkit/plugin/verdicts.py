"""From an exception to a verdict in the learner's words."""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from labkit.checks.failure import CheckFailed
from labkit.errors import EnvironmentMissing
from labkit.plugin.code import MissingName

#: The text of a skeleton's ``NotImplementedError``.
TODO = re.compile(r"task \d+")
_LONGEST_MESSAGE = 2_000
_SYNTAX_HELP = {
    "'return' outside function": "this line is not indented, so it is outside of the function above it",
    "'yield' outside function": "this line is not indented, so it is outside of the function above it",
}


@dataclass
class Verdict:
    """How one test ended. The words are those of ``docs/result.schema.json``."""

    verdict: str
    reason: str = ""
    message: str = ""
    called: str = ""
    expected: str = ""
    came: str = ""
    look: str = ""
    where: str = ""
    excerpt: list[str] = field(default_factory=list)


class Left(Exception):
    """The code raised what pytest takes as an order to itself: a skip, an exit, an interrupt."""

    def __init__(self, order: BaseException) -> None:
        self.order = order
        super().__init__(str(order))


def judge(error: BaseException, when: str, code: Path, module_files: tuple[str, ...] = ()) -> Verdict:
    """The verdict of a test that ended in ``error``.

    Args:
        error: what was raised.
        when: pytest's phase: setup, call or teardown.
        code: the folder the learner's code comes from.
        module_files: the declared files of the lab, to tell a missing file from a missing library.
    """
    frames = _learner_frames(error.__traceback__, code)
    if isinstance(error, Left):
        return _exception(error.order, when, frames)
    if isinstance(error, NotImplementedError) and TODO.search(str(error)):
        name = frames[-1].name if frames else ""
        return Verdict("todo", message=f"{name}() is not written yet" if name else "not written yet")
    if isinstance(error, EnvironmentMissing):
        return Verdict("environment", "missing", error.why, look=error.install)
    if isinstance(error, SyntaxError) and _inside(error.filename, code):
        return _syntax(error)
    if isinstance(error, MissingName):
        near = f" It has {error.near!r}: rename it." if error.near else ""
        file = Path(error.file).name
        return Verdict("failed", "missing name", f"{file} has no {error.name!r}.{near}", where=file)
    if isinstance(error, CheckFailed):
        return Verdict(
            "failed", "assertion", "", error.called, error.expected, error.came, error.look, _where(frames)
        )
    if isinstance(error, AssertionError) and not _raised_by_learner(error, code):
        return Verdict("failed", "assertion", _bounded(str(error) or "the test's assertion did not hold"))
    if isinstance(error, ImportError) and not frames and _declares(error.name, module_files):
        file = next((f for f in module_files if f.startswith(str(error.name))), f"{error.name}.py")
        return Verdict(
            "failed", "import", f"{file} is not there.", look="reset the lab to get it back", where=file
        )
    if frames and frames[0].name == "<module>":
        return _loading(error, frames)
    return _exception(error, when, frames)


def _syntax(error: SyntaxError) -> Verdict:
    line = (error.text or "").rstrip("\n")
    body = line.lstrip()
    column = max((error.offset or 1) - 1 - (len(line) - len(body)), 0)
    return Verdict(
        "failed",
        "syntax",
        error.msg,
        look=_SYNTAX_HELP.get(error.msg, ""),
        where=f"{Path(str(error.filename)).name}:{error.lineno}",
        excerpt=[body, " " * column + "^"] if body else [],
    )


def _loading(error: BaseException, frames: list[traceback.FrameSummary]) -> Verdict:
    """The file broke off while Python loaded it: no task in it can run."""
    look = ""
    if isinstance(error, EOFError):
        look = "input() gets nothing here: the tests call your functions with arguments"
    message = _bounded(f"{type(error).__name__}: {error}")
    return Verdict("failed", "import", message, look=look, where=_where(frames), excerpt=_source(frames))


def _exception(error: BaseException, when: str, frames: list[traceback.FrameSummary]) -> Verdict:
    message = _bounded(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    called = str(getattr(error, "labkit_called", ""))
    if frames:
        return Verdict("failed", "exception", message, called, where=_where(frames), excerpt=_source(frames))
    if when != "call":
        place = traceback.extract_tb(error.__traceback__)[-1:]
        return Verdict(
            "environment",
            "internal",
            message,
            look="this is not about your code: the lab's own set-up failed",
            where=f"{Path(place[0].filename).name}:{place[0].lineno}" if place else "",
        )
    look = ""
    if isinstance(error, TypeError) and re.search(r"\w\(\) (takes|missing|got)", str(error)):
        look = "the function's parameters differ from the README's"
    look = look or "raised while the test used what your code returned"
    return Verdict("failed", "exception", message, called, look=look)


def passed_learner(error: BaseException, code: Path) -> bool:
    """Whether ``error`` came up through the learner's code."""
    return bool(_learner_frames(error.__traceback__, code))


def _learner_frames(trace: TracebackType | None, code: Path) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(trace) if _inside(frame.filename, code)]


def _raised_by_learner(error: BaseException, code: Path) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and _inside(frames[-1].filename, code)


def _inside(file: str | None, code: Path) -> bool:
    """In the code folder, but not in its tests or an environment that a learner keeps there."""
    if not file:
        return False
    try:
        parts = Path(file).relative_to(code).parts
    except ValueError:
        return False
    return parts[0] not in ("tests", ".lab", "vendor") and "site-packages" not in parts


def _declares(name: str | None, files: tuple[str, ...]) -> bool:
    return any(Path(file).parts[0].removesuffix(".py") == name for file in files)


def _where(frames: list[traceback.FrameSummary]) -> str:
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}, in {frames[-1].name}" if frames else ""


def _source(frames: list[traceback.FrameSummary]) -> list[str]:
    return [frames[-1].line] if frames and frames[-1].line else []


def _bounded(text: str) -> str:
    if len(text) <= _LONGEST_MESSAGE:
        return text
    return f"{text[:_LONGEST_MESSAGE]} [... {len(text) - _LONGEST_MESSAGE} more characters]"
