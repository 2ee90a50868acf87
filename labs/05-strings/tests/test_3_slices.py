import log_normaliser
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("text", "expected"), [("abc", "cba"), ("a", "a"), ("", ""), ("größe", "eßörg"), ("a b", "b a")]
)
def test_reverse(text, expected):
    """The last character comes first."""
    call(log_normaliser.reverse, text).returns(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a1b2c3", "abc"), ("abcde", "ace"), ("a", "a"), ("ab", "a"), ("", ""), ("äöü", "äü")],
)
def test_every_second(text, expected):
    """The first character counts, then every second one."""
    call(log_normaliser.every_second, text).returns(
        expected, slips=[(text[1::2], "it begins with the second character: begin with the first one")]
    )


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("abcd", 3, ["abc", "bcd"]),
        ("abcd", 1, ["a", "b", "c", "d"]),
        ("abcd", 4, ["abcd"]),
        ("abcd", 2, ["ab", "bc", "cd"]),
        ("aaa", 2, ["aa", "aa"]),
        ("größe", 4, ["größ", "röße"]),
    ],
)
def test_windows(text, size, expected):
    """Windows begin at each character from which so many are left, and overlap."""
    call(log_normaliser.windows, text, size).returns(
        expected,
        slips=[
            (expected[:-1], "the last window is missing: it ends with the last character"),
            ([text[i : i + size] for i in range(len(text))], "the last windows are too short: stop earlier"),
            (
                [text[i : i + size] for i in range(0, len(text), size)],
                "windows overlap: each begins one further on",
            ),
        ],
    )


def test_windows_longer_than_the_text():
    """A window that is longer than the text does not fit: an empty list."""
    for text in ("ab", ""):
        call(log_normaliser.windows, text, 3).returns([])


@pytest.mark.parametrize("size", [0, -1])
def test_windows_of_no_size(size):
    """A window of less than one character raises ValueError."""
    call_raises(ValueError, log_normaliser.windows, "abc", size)
