"""Call a learner's function and judge what it returns, prints, raises and changes."""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from labkit.checks.describe import difference, name_of, show, show_call, wrong_kind
from labkit.checks.failure import CheckFailed
from labkit.checks.sameness import same
from labkit.checks.values import Expectation

T = TypeVar("T")
#: Pairs of a wrong result that people really get, and the sentence that helps them.
Slips = Sequence[tuple[Any, str]]
_KEEP_PRINTED = 1_000_000
#: How many items beyond the expected ones are taken from a result that yields.
_FURTHER = 5


class Returned(Generic[T]):
    """What a call gave back. ``value`` is the result itself, for checks of one's own."""

    def __init__(self, called: str, value: T, printed: str, changed: str) -> None:
        self.called, self.value, self.printed, self._changed = called, value, printed, changed

    def returns(self, expected: T, look: str = "", slips: Slips = ()) -> T:
        """The result equals ``expected``, is of the same type, and no argument was changed.

        Args:
            expected: the value; True and 1, or a list and a tuple, are not the same.
            look: what to tell the learner when it differs, instead of the difference found. Say only
                what is true of any wrong result; nothing returned and a wrong type are told apart first.
            slips: pairs of a wrong result that people really get, and what to tell them when it is
                exactly that.
        """
        if not same(self.value, expected):
            raise CheckFailed(
                called=self.called,
                expected=show(expected),
                came=show(self.value) + self._printed_instead(),
                look=self._look(expected, self.value, look, slips),
            )
        self.changes_nothing()
        return self.value

    def yields(self, expected: Sequence[Any], look: str = "", slips: Slips = ()) -> list[Any]:
        """Looping over the result gives these items, in this order, and then ends.

        For results that are iterators, generators or any other container. Takes a few items more than
        expected at most, so that an endless result fails instead of hanging.
        """
        wanted = list(expected)
        try:
            iterator = iter(cast(Iterable[Any], self.value))
        except TypeError:
            raise CheckFailed(
                called=self.called,
                expected=f"something to loop over, that gives {show(wanted)}",
                came=show(self.value) + self._printed_instead(),
                look=self._look(wanted, self.value, "", slips),
            ) from None
        came = list(itertools.islice(iterator, len(wanted) + _FURTHER))
        if not same(came, wanted):
            raise CheckFailed(
                called=self.called,
                expected=f"to yield {show(wanted)}",
                came=f"it yields {show(came)}",
                look=self._look(wanted, came, look, slips),
            )
        return came

    def changes_nothing(self) -> None:
        """No argument was changed by the call."""
        if self._changed:
            raise CheckFailed(
                called=self.called,
                expected="the arguments as they were",
                came=self._changed,
                look="the caller still uses the object it passed in: build a new one instead of changing it",
            )

    def prints(self, expected: str, look: str = "") -> None:
        """What the call printed equals ``expected``."""
        if self.printed != expected:
            returned = f" (it returned {show(self.value)})" if self.value is not None else ""
            raise CheckFailed(
                called=self.called,
                expected=f"printed {show(expected)}",
                came=f"printed {show(self.printed)}{returned}",
                look=look or difference(expected, self.printed),
            )

    def expect(self, value: Any, what: str) -> Expectation:
        """Judge a part of the result; a failure still names the call."""
        return Expectation(value, what, self.called)

    def _printed_instead(self) -> str:
        return f", and it printed {show(self.printed)}" if self.value is None and self.printed else ""

    def _look(self, expected: Any, came: Any, look: str, slips: Slips) -> str:
        for wrong, told in slips:
            if same(came, wrong):
                return told
        if came is None and self.printed.strip():
            return "the function prints its answer; the caller needs it back by `return`"
        if came is None:
            return "the function returned None: is there a `return` on every path?"
        return wrong_kind(expected, came) or look or difference(expected, came)


def call(function: Callable[..., T], *args: Any, **kwargs: Any) -> Returned[T]:
    """Call ``function``; what it raises goes on to the test as it is.

    The arguments are compared with a copy of themselves afterwards where they can be copied cheaply
    (built-in containers).
    """
    return call_inside(contextlib.nullcontext(), function, args, kwargs)


#: Told of each call before it is made, so that a run which never comes back can be explained.
on_call: Callable[[str], None] | None = None


def _begin(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], aside: str = ""
) -> str:
    called = show_call(name_of(function), args, kwargs) + aside
    announce(called)
    return called


def announce(called: str) -> None:
    """Tell whoever watches the run what begins now."""
    if on_call is not None:
        on_call(called)


def name_call(raised: BaseException, called: str) -> None:
    """Write down on an exception which call it came from, for the verdict."""
    with contextlib.suppress(AttributeError):
        raised.labkit_called = called  # type: ignore[attr-defined]


def called_of(raised: BaseException) -> str:
    """The call that :func:`name_call` wrote down, or an empty text."""
    return str(getattr(raised, "labkit_called", ""))


def call_inside(
    around: contextlib.AbstractContextManager[object],
    function: Callable[..., T],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    aside: str = "",
) -> Returned[T]:
    """As :func:`call`, with ``around`` entered for the time of the call alone.

    ``aside`` stands behind the call where it is shown: what else the function was given.
    """
    called = _begin(function, args, kwargs, aside)
    before = [_copy(value) for value in (*args, *kwargs.values())]
    printed = _Bounded()
    try:
        with contextlib.redirect_stdout(printed), around:
            value = function(*args, **kwargs)
    except BaseException as raised:
        name_call(raised, called)
        raise
    return Returned(called, value, printed.getvalue(), _changed(args, kwargs, before))


def call_raises(
    error: type[BaseException] | tuple[type[BaseException], ...],
    function: Callable[..., Any],
    *args: Any,
    saying: str | Sequence[str] = (),
    look: str = "",
    **kwargs: Any,
) -> BaseException:
    """The call raises ``error``, and its message holds each text of ``saying`` (upper or lower case).

    ``look`` is what to tell the learner when it does not.

    Returns:
        The exception, for further checks.
    """
    called = _begin(function, args, kwargs)
    kinds = error if isinstance(error, tuple) else (error,)
    wanted = " or ".join(kind.__name__ for kind in kinds)
    try:
        value = function(*args, **kwargs)
    except kinds as raised:
        if isinstance(raised, NotImplementedError) and NotImplementedError not in kinds:
            raise  # a skeleton's NotImplementedError is a RuntimeError: it must stay "not written yet"
        for text in [saying] if isinstance(saying, str) else saying:
            if text.casefold() not in str(raised).casefold():
                raise CheckFailed(
                    called=called,
                    expected=f"{type(raised).__name__} with a message that says {text!r}",
                    came=f"{type(raised).__name__}: {show(str(raised))}",
                    look=look,
                ) from raised
        return raised
    except NotImplementedError:
        raise
    except Exception as raised:
        raise CheckFailed(
            called=called,
            expected=f"raises {wanted}",
            came=f"raises {type(raised).__name__}: {show(str(raised))}",
            look=look,
        ) from raised
    raise CheckFailed(
        called=called,
        expected=f"raises {wanted}",
        came=f"no exception; it returned {show(value)}",
        look=look,
    )


class _Bounded(io.StringIO):
    """Keeps the first part of what is printed: an endless loop must end in its deadline, not in memory."""

    def write(self, text: str) -> int:
        if self.tell() < _KEEP_PRINTED:
            super().write(text)
        return len(text)


def _copy(value: Any) -> Any:
    if isinstance(value, list | dict | set | bytearray):
        with contextlib.suppress(Exception):
            return copy.deepcopy(value)
    return value


def _changed(args: Sequence[Any], kwargs: Mapping[str, Any], before: Sequence[Any]) -> str:
    for place, (now, then) in enumerate(zip((*args, *kwargs.values()), before, strict=True)):
        if now is not then and now != then:
            which = f"argument {place + 1}" if place < len(args) else list(kwargs)[place - len(args)]
            return f"{which} was changed from {show(then)} to {show(now)}"
    return ""
