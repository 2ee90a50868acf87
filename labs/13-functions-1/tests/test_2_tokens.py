import cost_calculator
import pytest

from labkit.checks import call


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("0123456789abcdef", True),
        ("0123456789abcde", False),
        ("0123456789abcdefg", False),
        ("                ", True),
        ("", False),
        (None, False),
        (1234567890123456, False),
        (["a"] * 16, False),
    ],
)
def test_tokens(token, expected):
    """A text of exactly 16 characters is a token, nothing else is."""
    call(cost_calculator.is_token, token).returns(expected)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("0123456789abcdef", True),
        ("ABCDEFGHIJKLMNO1", True),
        ("000000000000000Z", True),
        ("0123456789abcde", False),
        ("0123456789abcdef0", False),
        ("abcdefghijklmnop", False),
        ("0123456789012345", False),
        ("0123456789abcde-", False),
        ("0123456789abcde ", False),
        ("0123456789abcdé0", False),
        ("abcdefghijklmno٣", False),
        (None, False),
        (["a", "1"] * 8, False),
    ],
)
def test_strict_tokens(token, expected):
    """A strict token has 16 English letters and digits, at least one of each."""
    call(cost_calculator.is_strict_token, token).returns(expected)
