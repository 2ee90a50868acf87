import config_registry
import pytest

from labkit.checks import call


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Disk full. Disk slow!", {"disk": 2, "full": 1, "slow": 1}),
        ("", {}),
        (" \t\n ", {}),
        ("one\ttwo\n\none", {"one": 2, "two": 1}),
        ("web-1 isn't up, web-1 is down", {"web-1": 2, "down": 1, "is": 1, "isn't": 1, "up": 1}),
        ("- ...", {"-": 1}),
        ("10.0.0.1: 10.0.0.1;", {"10.0.0.1": 2}),
    ],
)
def test_words(text, expected):
    """Words are counted in lower case, without signs at their ends."""
    call(config_registry.word_counts, text).returns(
        expected,
        slips=[({**expected, "": 1}, "a word of nothing but signs is no word")],
    )


@pytest.mark.parametrize("sign", list(".,;:!?()[]\"'"))
def test_signs(sign):
    """Each of the signs is taken away at both ends, however many there are, and stays inside a word."""
    call(config_registry.word_counts, f"{sign}{sign}a{sign}b{sign} c{sign}").returns({f"a{sign}b": 1, "c": 1})


def test_order():
    """The most frequent word comes first; words with equal counts are in alphabetical order."""
    result = call(config_registry.word_counts, "pear fig kiwi fig pear fig apple")
    result.expect(list(result.value.items()), "the entries, in order").equals(
        [("fig", 3), ("pear", 2), ("apple", 1), ("kiwi", 1)]
    )
