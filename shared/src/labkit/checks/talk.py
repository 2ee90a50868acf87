"""Judge a function that asks its user: ``input()`` is answered from a script."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Generic, TypeVar

from labkit.checks.calls import Returned, call_inside, called_of
from labkit.checks.describe import difference, show
from labkit.checks.failure import CheckFailed
from labkit.checks.values import Expectation

T = TypeVar("T")
#: What a user types: a line, or the key that interrupts. After the last answer, input has ended.
Answer = str | type[KeyboardInterrupt]
#: Whoever asks so often after the end of input will never stop asking.
_PATIENCE = 25


class Talked(Generic[T]):
    """What came of a conversation.

    Attributes:
        returned: what the function returned, as :func:`labkit.checks.call` gives it.
        prompts: what was printed before each answer was read, the last one without an answer included.
        answered: how many of the answers were read.
    """

    def __init__(self, returned: Returned[T], prompts: list[str], given: Sequence[Answer], read: int) -> None:
        self.returned, self.prompts, self.answered = returned, prompts, min(read, len(given))
        self._given = given

    @property
    def value(self) -> T:
        """The result of the call."""
        return self.returned.value

    @property
    def printed(self) -> str:
        """All that was printed, prompts included. What the user types is not in it."""
        return self.returned.printed

    def returns(self, expected: T, look: str = "", slips: Sequence[tuple[Any, str]] = ()) -> T:
        """As :meth:`labkit.checks.Returned.returns`."""
        return self.returned.returns(expected, look, slips)

    def says(self, *parts: str, look: str = "") -> None:
        """What was printed holds each of these texts, in this order, in upper or lower case."""
        rest = self.printed.casefold()
        for part in parts:
            _, found, rest = rest.partition(part.casefold())
            if not found:
                there = part.casefold() in self.printed.casefold()
                raise CheckFailed(
                    called=self.returned.called,
                    expected=f"to print {show(part)}" + (" after what comes before it" if there else ""),
                    came=f"it printed {show(self.printed)}",
                    look=look or ("the parts are there, their order is not" if there else ""),
                )

    def lacks(self, part: str, look: str = "") -> None:
        """What was printed does not hold this text, in upper or lower case."""
        if part.casefold() in self.printed.casefold():
            raise CheckFailed(
                called=self.returned.called,
                expected=f"not to print {show(part)}",
                came=f"it printed {show(self.printed)}",
                look=look,
            )

    def prints(self, expected: str, look: str = "") -> None:
        """All that was printed equals ``expected``."""
        if self.printed != expected:
            raise CheckFailed(
                called=self.returned.called,
                expected=f"to print {show(expected)}",
                came=f"it printed {show(self.printed)}",
                look=look or difference(expected, self.printed),
            )

    def asks(self, times: int, look: str = "") -> None:
        """Input was asked for so often."""
        asked = len(self.prompts)
        if asked != times:
            raise CheckFailed(
                called=self.returned.called,
                expected=f"to ask {_times(times)}",
                came=f"it asked {_times(asked)}",
                look=look or ("it stopped asking too early" if asked < times else "it asked on and on"),
            )

    def expect(self, value: Any, what: str) -> Expectation:
        """Judge a part of the result; a failure still names the call."""
        return Expectation(value, what, self.returned.called)


def call_with_answers(
    answers: Sequence[Answer], function: Callable[..., T], *args: Any, **kwargs: Any
) -> Talked[T]:
    """Call ``function`` while a user types ``answers``, one line for each time it asks.

    Everything that reads standard input gets them: ``input()``, ``sys.stdin``. ``KeyboardInterrupt`` among
    the answers is Ctrl-C at that prompt. After the last answer input has ended, as after Ctrl-D:
    ``input()`` raises EOFError.

    Raises:
        CheckFailed: the function kept asking after the end of input.
    """
    typist = _Typist(answers)
    aside = f" while the user types {_shown(answers)}"
    try:
        returned = call_inside(typist, function, args, kwargs, aside)
    except _GivenUp as end:
        raise _endless(called_of(end)) from None
    if typist.given_up:
        raise _endless(returned.called)
    return Talked(returned, typist.prompts, answers, typist.read_so_far)


def _endless(called: str) -> CheckFailed:
    return CheckFailed(
        called=called,
        expected="to stop asking when input has ended (EOFError)",
        came=f"it asked {_PATIENCE} times more",
        look="a loop that asks again must end when there is nobody to answer",
    )


def _shown(answers: Sequence[Answer]) -> str:
    words = [show(answer) if isinstance(answer, str) else "Ctrl-C" for answer in answers]
    return ", ".join(words) if words else "nothing"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


class _GivenUp(BaseException):
    """Ends a loop that asks for ever; no ``except Exception`` of the learner swallows it."""


class _Typist(io.TextIOBase):
    """Standard input with somebody at the keyboard; entered, it stands in for ``sys.stdin``."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._rest = list(answers)
        self._after_the_end = 0
        self._seen = 0
        self.prompts: list[str] = []
        self.read_so_far = 0
        self.given_up = False

    def __enter__(self) -> _Typist:
        self._stdin, self._printed = sys.stdin, sys.stdout
        sys.stdin = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.stdin = self._stdin

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        printed = self._printed.getvalue() if isinstance(self._printed, io.StringIO) else ""
        self.prompts.append(printed[self._seen :])
        self._seen = len(printed)
        if not self._rest:
            self._after_the_end += 1
            if self._after_the_end > _PATIENCE:
                self.given_up = True
                raise _GivenUp
            return ""
        answer = self._rest.pop(0)
        self.read_so_far += 1
        if not isinstance(answer, str):
            raise answer
        return answer + "\n"

    def read(self, size: int | None = -1, /) -> str:
        lines = []
        while line := self.readline():
            lines.append(line)
        return "".join(lines)
