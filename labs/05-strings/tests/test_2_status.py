import log_normaliser
import pytest

from labkit.checks import call


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("10:15,web-7,ok,disk 40%", "OK"),
        ("10:15, web-7 ,  Failed\t, disk 99%", "FAILED"),
        ("10:15,web-7,OK", "OK"),
        ("10:15,web-7,needs restart,x", "NEEDS RESTART"),
        (",,up,", "UP"),
        ("a,b,straße", "STRASSE"),
    ],
)
def test_the_third_field(line, status):
    """The third field counts, without white space around, in upper case."""
    call(log_normaliser.status_column, line).returns(
        status, slips=[(line.split(",")[2], "not trimmed, or not in upper case")]
    )


@pytest.mark.parametrize("line", ["", "10:15", "10:15,web-7", "10:15;web-7;ok"])
def test_too_few_fields(line):
    """A line without a third field gives None."""
    call(log_normaliser.status_column, line).returns(
        None, look="ask how many fields there are before you take one"
    )


@pytest.mark.parametrize("line", ["10:15,web-7,", "10:15,web-7,,x", "10:15,web-7,   ,x", "a,b,\t\n"])
def test_an_empty_field(line):
    """An empty third field, or one of white space alone, gives None."""
    call(log_normaliser.status_column, line).returns(
        None, slips=[("", "an empty field gives None, not an empty text")]
    )


def test_line_ends():
    """The line end is white space, of either kind."""
    call(log_normaliser.status_column, "a,b,ok\r\n").returns("OK")
