"""How values and differences are put into words."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.checks.describe import LONGEST, difference, show

ROOM_FOR_WORDS = 60


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Plain:
    pass


class Shouting:
    def __repr__(self) -> str:
        return "!" * 10_000


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10_000,
        "\n" * 10_000,
        ["x" * 10_000] * 3,
        list(range(10_000)),
        {n: n for n in range(10_000)},
        set(range(10_000)),
        Shouting(),
        [Shouting()] * 50,
        10**3_000,
        b"x" * 10_000,
        [[[[[[[[[[1]]]]]]]]]],
    ],
    ids=lambda value: type(value).__name__,
)
def test_show_is_bounded_and_on_one_line(value: Any) -> None:
    """Whatever the value, a short text on one line."""
    text = show(value)
    assert len(text) <= LONGEST + ROOM_FOR_WORDS
    assert "\n" not in text


def test_show_never_raises() -> None:
    """An object whose repr raises is named by its type, alone and within a container."""
    assert "Broken" in show(Broken())
    assert "Broken" in show([Broken()])


def test_show_survives_a_list_in_itself() -> None:
    """A container that holds itself ends."""
    loop: list[Any] = []
    loop.append(loop)
    assert len(show(loop)) <= LONGEST


@pytest.mark.parametrize("value", [Plain(), [Plain()], (n for n in ()), filter(None, []), print])
def test_show_leaves_out_addresses(value: Any) -> None:
    """No memory address: it differs in each run and says nothing."""
    assert "0x" not in show(value)


def test_show_keeps_addresses_in_texts() -> None:
    """A text that holds an address is shown as it is."""
    assert show("<a at 0x7f>") == "'<a at 0x7f>'"


def test_show_keeps_the_order_of_keys() -> None:
    """A dictionary is shown in its own order: the order may be the point."""
    assert show({"b": 1, "a": [2]}) == "{'b': 1, 'a': [2]}"


def test_cut_is_said_in_words() -> None:
    """A cut text is closed by its quote first, so that the mark cannot be taken for its content."""
    assert show("x" * (LONGEST + 7)) == f"'{'x' * LONGEST}' [... 7 more characters]"
    assert "[... more]" in show(list(range(100)))


@pytest.mark.parametrize(
    ("expected", "came", "words"),
    [
        (5, "5", "a text came where an int was expected"),
        ("5", 5, "an int came where a text was expected"),
        (80, 80.0, "it is a float, not an int"),
        (1, True, "it is a bool, not an int"),
        ([1], (1,), "expected a list, but a tuple came"),
        ([1], (n for n in [1]), "expected a list, but a generator came"),
        ([1], None, "expected a list, but None came"),
        ("ana", " ana\n", "only white space"),
        ("ana", "Ana", "only upper and lower case"),
        ([1, 2, 3], [1, 3, 2], "their order is not: index 1 should hold 2"),
        ([1, 2, 3], [1, 3], "2 is missing"),
        ([1, 2, 3, 4], [4], "1 is missing (and 2 more)"),
        ([1, 2], [1, 9, 2], "9 should not be there"),
        ([1], [1, 2, 3], "2 should not be there (and 1 more)"),
        ([1, 2], [1, 2, 2], "2 should be there only once"),
        ([1, 1], [1], "1 should be there twice"),
        ([1, 2], [1, 5], "index 1: expected 2, came 5"),
        ([1, 2], [1, "2"], "index 1: expected 2, came '2' (a text came"),
        ([1], [], "it is empty"),
        ([1, None], [1, 3], "index 1: expected None, came 3"),
        ({"a": 1}, {}, "key 'a' is missing"),
        ({}, {"a": 1}, "key 'a' should not be there"),
        ({"a": 1}, {"a": 2}, "key 'a': expected 1, came 2"),
        ({"a": 1}, {"a": None}, "key 'a': expected 1, came None"),
        ({"a": [1, 2]}, {"a": [1]}, "(2 is missing)"),
        ({1, 2}, {2, 3}, "1 is missing, 3 should not be there"),
        ("a" * 50 + "b", "a" * 50 + "c", "first difference at character 50"),
        ("one\ntwo\nthree", "one\ntwo\nThree!", "line 3, character 8"),
    ],
)
def test_first_difference_in_words(expected: Any, came: Any, words: str) -> None:
    """The sentence names the slip or the first difference."""
    assert words in difference(expected, came)


def test_inner_none_is_not_blamed_on_return() -> None:
    """A None inside a list says nothing about a missing return."""
    assert "return" not in difference([1, 2], [1, None])


@pytest.mark.parametrize("came", [[Broken()], [[1], {}], [Plain(), Plain(), 3]])
def test_difference_survives_strange_items(came: list[Any]) -> None:
    """Items that cannot be hashed or shown do not break the sentence."""
    assert difference([1, 2], came)


def test_difference_is_bounded() -> None:
    """Two long values that differ make a short sentence."""
    assert len(difference(["x" * 9_000], ["y" * 9_000])) < 4 * LONGEST
    assert len(difference("x" * 9_000, "x" * 8_999 + "y")) < LONGEST
