"""Calling a learner's function: what it returns, prints, raises and changes."""

from __future__ import annotations

import sys
from collections import OrderedDict, defaultdict
from typing import Any

import pytest

from labkit.checks import CheckFailed, call, call_raises


def failure(check: Any, *args: Any, **kwargs: Any) -> CheckFailed:
    """What the check fails with; the test fails when it does not."""
    with pytest.raises(CheckFailed) as caught:
        check(*args, **kwargs)
    return caught.value


def echo(value: Any) -> Any:
    return value


def test_equal_result_passes_and_is_handed_on() -> None:
    """A right result passes, and the test gets it back."""
    assert call(echo, [1, "a"]).returns([1, "a"]) == [1, "a"]


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (80.0, 80),
        (80, 80.0),
        (True, 1),
        (1, True),
        ("1", 1),
        ((1, 2), [1, 2]),
        ([1, 2], (1, 2)),
        ([1, [2, 3.0]], [1, [2, 3]]),
        ({"a": True}, {"a": 1}),
        ({"a": [1]}, {"a": (1,)}),
        ({1}, frozenset({1})),
        (b"a", "a"),
        (None, 0),
        ("", None),
    ],
)
def test_other_kind_fails(came: Any, expected: Any) -> None:
    """A value that is equal at best, but of another kind, does not pass, at any depth."""
    assert failure(call(echo, came).returns, expected).expected


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (defaultdict(int, a=1), {"a": 1}),
        (OrderedDict(b=1, a=2), {"a": 2, "b": 1}),
        (float("nan"), float("nan")),
        ([float("nan")], [float("nan")]),
        (0.1, 0.1),
        (None, None),
    ],
)
def test_same_kind_passes(came: Any, expected: Any) -> None:
    """A subclass of a container, another order of keys and NaN for NaN pass."""
    call(echo, came).returns(expected)


class _Anything:
    """Equal to everything, and it claims to be a list."""

    __class__ = property(lambda self: list)  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter([1])


class _Number(int):
    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        return True


class _Text(str):
    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True


class _Row(dict[str, int]):
    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> int:
        return 1

    def __len__(self) -> int:
        return 1


class _Items(list[int]):
    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Any:
        return iter([1])


@pytest.mark.parametrize(
    ("came", "expected"),
    [
        (_Anything(), [1]),
        (_Number(2), 1),
        ([_Number(2)], [1]),
        (_Text("no"), "yes"),
        (_Row({}), {"a": 1}),
        (_Items(), [1]),
        ({"a": _Text("no")}, {"a": "yes"}),
    ],
)
def test_a_value_is_not_its_own_judge(came: Any, expected: Any) -> None:
    """An object that says it equals everything, or that it holds what is wanted, does not pass by that."""
    failure(call(echo, came).returns, expected)


def test_failure_names_the_call() -> None:
    """A failure shows the call as one would type it, with arguments by name."""

    def price(item: str, *, tax: float) -> float:
        return 1.0

    assert failure(call(price, "disk", tax=0.2).returns, 2.0).called.endswith("price('disk', tax=0.2)")


def test_nothing_returned() -> None:
    """A function without a return statement is told so."""
    failed = failure(call(echo, None).returns, [1])
    assert failed.came == "None"
    assert "is there a `return`" in failed.look


def test_printed_instead_of_returned() -> None:
    """A function that prints its answer is told to return it, and sees what it printed."""
    failed = failure(call(print, 5).returns, 5)
    assert "printed '5\\n'" in failed.came
    assert "needs it back by `return`" in failed.look


def test_printing_beside_a_right_result_is_no_fault() -> None:
    """A print left over from debugging does not fail a right result."""

    def chatty() -> int:
        sys.stdout.write("here")
        return 3

    call(chatty).returns(3)


def test_prints_compares_exactly() -> None:
    """What is printed is compared to the last line end; the difference is named."""
    call(print, "a").prints("a\n")
    failed = failure(call(print, "a").prints, "a")
    assert "white space" in failed.look


@pytest.mark.parametrize(
    ("change", "argument", "after"),
    [
        (lambda value: value.append(2), [1], "[1, 2]"),
        (lambda value: value.update(a=2), {"a": 1}, "{'a': 2}"),
        (lambda value: value.add(2), {1}, "{1, 2}"),
        (lambda value: value[0].append(2), [[1]], "[[1, 2]]"),
        (lambda value: value["a"].clear(), {"a": [1]}, "{'a': []}"),
        (lambda value: value.extend(b"x"), bytearray(b""), "bytearray(b'x')"),
    ],
)
def test_changed_argument_fails(change: Any, argument: Any, after: str) -> None:
    """A changed argument fails, at any depth, and shows before and after."""
    failed = failure(call(change, argument).changes_nothing)
    assert failed.came.startswith("argument 1 was changed from ")
    assert failed.came.endswith(f"to {after}")


def test_changed_argument_fails_a_right_result() -> None:
    """A right result does not excuse a changed argument, and one given by name is named."""

    def last(values: list[int]) -> int:
        return values.pop()

    assert failure(call(last, values=[1, 2]).returns, 2).came.startswith("values was changed")


def test_argument_that_cannot_be_copied_is_left_alone() -> None:
    """A container whose items refuse to be copied is not compared, and does no harm."""

    class Stubborn:
        def __deepcopy__(self, memo: Any) -> Any:
            raise RuntimeError("no")

    call(len, [Stubborn()]).returns(1)


def test_slip_is_told_when_it_is_exactly_that() -> None:
    """The sentence for a known slip comes for that wrong result only."""
    slips = [([81], "80 was left out"), (["80"], "numbers, not texts")]
    assert failure(call(echo, [81]).returns, [80, 81], slips=slips).look == "80 was left out"
    assert failure(call(echo, [99]).returns, [80, 81], slips=slips).look != "80 was left out"


def test_slip_is_matched_by_kind_as_well() -> None:
    """A slip of 0 does not match False."""
    assert failure(call(echo, False).returns, 5, slips=[(0, "zero")]).look != "zero"


@pytest.mark.parametrize(
    ("came", "words"), [(None, "None"), ("[1]", "its type is not"), ((1,), "but a tuple came")]
)
def test_look_gives_way_to_a_wrong_kind(came: Any, words: str) -> None:
    """The test's own advice is kept for values of the right kind: it would mislead for others."""
    failed = failure(call(echo, came).returns, [1], look="look at the threshold")
    assert words in failed.look


def test_look_replaces_the_difference() -> None:
    """For a value of the right kind the test's advice is shown."""
    assert failure(call(echo, [2]).returns, [1], look="look at the threshold").look == "look at the threshold"


def test_exception_goes_on_as_it_is() -> None:
    """What the function raises reaches the runner, which shows where it was raised."""
    with pytest.raises(ZeroDivisionError):
        call(lambda: 1 / 0)


def test_yields_takes_any_iterable() -> None:
    """A generator, an iterator and a list that yield the expected items pass."""
    for result in ((n for n in (1, 2)), iter([1, 2]), [1, 2]):
        assert call(echo, result).yields([1, 2]) == [1, 2]


def test_yields_ends_on_an_endless_result() -> None:
    """An endless generator fails instead of hanging."""

    def endless() -> Any:
        while True:
            yield 1

    assert "1 should be there only twice" in failure(call(endless).yields, [1, 1]).look


@pytest.mark.parametrize("came", [None, 5])
def test_yields_says_that_nothing_can_be_looped_over(came: Any) -> None:
    """None or a number instead of something to loop over is said, not raised."""
    assert "to loop over" in failure(call(echo, came).yields, [1]).expected


def test_raises_hands_the_exception_on() -> None:
    """The expected exception passes, with each text in its message in any case of letters."""
    assert call_raises(ValueError, int, "x", saying=["INVALID", "'x'"]).args


def test_raises_shows_what_came_instead() -> None:
    """Nothing raised, another exception and another message are three different failures."""
    assert "it returned 5" in failure(call_raises, ValueError, int, "5", look="refuse it").came
    assert failure(call_raises, KeyError, int, "x", look="refuse it").came.startswith("raises ValueError")
    failed = failure(call_raises, ValueError, int, "x", saying="port", look="refuse it")
    assert "says 'port'" in failed.expected
    assert failed.look == "refuse it"


def test_todo_is_never_an_expected_exception() -> None:
    """A skeleton's NotImplementedError stays what it is, although it is a RuntimeError and an Exception."""

    def skeleton() -> None:
        raise NotImplementedError("task 1")

    for kind in (RuntimeError, Exception, ValueError, (KeyError, RuntimeError)):
        with pytest.raises(NotImplementedError):
            call_raises(kind, skeleton)
