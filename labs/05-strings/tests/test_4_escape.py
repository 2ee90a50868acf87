import log_normaliser
import pytest

from labkit.checks import call, call_raises

PAIRS = [
    ("plain text", "plain text"),
    ("", ""),
    ("two\nlines", "two\\nlines"),
    ("a\tb\r\n", "a\\tb\\r\\n"),
    ('say "no"', 'say \\"no\\"'),
    ("C:\\new", "C:\\\\new"),
    ("\\n is no line end", "\\\\n is no line end"),
    ("it's größe 東京", "it's größe 東京"),
    ("bell\x07 esc\x1b[0m", "bell\\x07 esc\\x1b[0m"),
    ("\x00\x7f", "\\x00\\x7f"),
    ("\\\\\n", "\\\\\\\\\\n"),
]


@pytest.mark.parametrize(("value", "text"), PAIRS)
def test_escape(value, text):
    """Line ends, tabs, quotation marks, backslashes and control characters get a backslash."""
    call(log_normaliser.escape, value).returns(text)


@pytest.mark.parametrize(("value", "text"), PAIRS)
def test_unescape(value, text):
    """What was escaped comes back as it was."""
    call(log_normaliser.unescape, text).returns(
        value,
        look="a backslash and what follows belong together: go from left to right, and never look twice",
    )


def test_both_cases_of_hexadecimal_digits():
    """Hexadecimal digits may be written in upper case, too."""
    call(log_normaliser.unescape, "\\x1B\\x0a").returns("\x1b\n")


@pytest.mark.parametrize(
    "text",
    [
        "\\",
        "end\\",
        "\\q",
        "\\N",
        "\\x",
        "\\x1",
        "\\xg0",
        "\\x+1",
        "\\x 1",
        "\\x1_",
        "\\u0041",
        "\\'",
        "\\\\\\",
    ],
)
def test_bad_escapes(text):
    """A backslash with nothing known behind it raises ValueError."""
    call_raises(ValueError, log_normaliser.unescape, text)


def test_escaped_texts_stay_on_one_line(rng):
    """Whatever the text, its escaped form has no control character in it, and comes back as it was."""
    for _ in range(40):
        value = "".join(rng.choices('ab\\"nrtx0 \n\t\r\x00\x1f\x7fé', k=12))
        escaped = call(log_normaliser.escape, value)
        escaped.expect(
            [c for c in escaped.value if c < " " or c == "\x7f"], "control characters in it"
        ).equals([])
        call(log_normaliser.unescape, escaped.value).returns(value)
