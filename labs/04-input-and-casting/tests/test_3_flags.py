import intake_report
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize("text", ["yes", "true", "on", "YES", "True", "oN", " yes ", "\ttrue\n"])
def test_words_for_yes(text):
    """The words yes, true and on are True, in any case and with blanks around."""
    call(intake_report.parse_flag, text).returns(True)


@pytest.mark.parametrize("text", ["no", "false", "off", "NO", "False", "oFF", " no ", "\toff\n"])
def test_words_for_no(text):
    """The words no, false and off are False, in any case and with blanks around."""
    call(intake_report.parse_flag, text).returns(
        False, slips=[(True, "bool() of a text only says whether it is empty")]
    )


@pytest.mark.parametrize(
    "text", ["", "   ", "maybe", "yess", "y", "n", "1", "0", "not", "o", "es", "truefalse", "yes no"]
)
def test_other_words(text):
    """Any other text raises ValueError with that text."""
    call_raises(
        ValueError,
        intake_report.parse_flag,
        text,
        saying=repr(text),
        look="only these six words, and whole ones",
    )


def test_the_message_helps():
    """The message says which words would do."""
    call_raises(
        ValueError, intake_report.parse_flag, "maybe", saying=["yes", "no", "true", "false", "on", "off"]
    )
