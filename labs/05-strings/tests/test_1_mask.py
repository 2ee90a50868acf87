import log_normaliser
import pytest

from labkit.checks import call


@pytest.mark.parametrize(
    ("name", "masked"),
    [("web-7", "w***7"), ("abc", "a*c"), ("db.example.net", "d************t"), ("aaaa", "a**a")],
)
def test_the_middle_is_masked(name, masked):
    """Each character between the first and the last one becomes a star."""
    call(log_normaliser.mask_hostname, name).returns(
        masked, slips=[(f"{name[0]}***{name[-1]}", "always three stars: there is one for each character")]
    )


@pytest.mark.parametrize("name", ["", "a", "ab"])
def test_nothing_in_the_middle(name):
    """A name of two characters, of one or of none has nothing to mask."""
    call(log_normaliser.mask_hostname, name).returns(
        name, look="with one character, the first one is the last one as well"
    )


def test_characters_of_any_language():
    """Any character counts as one."""
    call(log_normaliser.mask_hostname, "größe").returns("g***e")
    call(log_normaliser.mask_hostname, "東京都").returns("東*都")


def test_the_same_character_again():
    """A character that is also the first or the last one is masked in the middle."""
    call(log_normaliser.mask_hostname, "level").returns("l***l")
    call(log_normaliser.mask_hostname, "a-a-a").returns(
        "a***a", look="go by position, not by which character it is"
    )
