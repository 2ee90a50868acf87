import intake_report
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        (" 8 ", 8),
        ("\t12\n", 12),
        ("007", 7),
        ("1e3", 1000),
        ("2.5e1", 25),
    ],
)
def test_whole_numbers(text, number):
    """A whole number comes back as an int, with or without blanks, sign, zeros in front or an exponent."""
    call(intake_report.whole_number, text).returns(number)


@pytest.mark.parametrize(
    ("text", "number"),
    [("3.2", 3), ("3.9", 3), ("-3.9", -3), ("0.99", 0), ("-0.99", 0), (".5", 0), ("5.", 5)],
)
def test_the_fraction_is_cut_off(text, number):
    """A fraction is cut off, towards zero, and never rounded."""
    call(intake_report.whole_number, text).returns(
        number,
        slips=[
            (number + 1, "it was rounded: the fraction is to be cut off"),
            (number - 1, "it was rounded down: below zero the fraction is cut off, too"),
        ],
    )


def test_many_digits():
    """A text of digits keeps all of them."""
    for number in (2**53 + 1, -(10**30) - 1, 12345678901234567890):
        call(intake_report.whole_number, str(number)).returns(number, look="a float has only 16 digits")
        call(intake_report.whole_number, f" {number} ").returns(number, look="a float has only 16 digits")


@pytest.mark.parametrize("text", ["", "   ", "abc", "0x10", "1,000", "3,5", "12 GB", "1 2", "-", ".", "e3"])
def test_texts_that_are_no_number(text):
    """A text that is no number raises ValueError with that text."""
    call_raises(ValueError, intake_report.whole_number, text, saying=repr(text))


@pytest.mark.parametrize("text", ["nan", "-nan", "inf", "-Infinity", "1e999", "1_000"])
def test_what_float_accepts_and_we_do_not(text):
    """NaN, infinite numbers and underscores raise ValueError with the text."""
    call_raises(
        ValueError,
        intake_report.whole_number,
        text,
        saying=repr(text),
        look="int() of inf raises OverflowError, and float() accepts underscores",
    )
