import intake_report
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("text", "port"), [("80", 80), ("1", 1), ("65535", 65535), (" 443 ", 443), ("8080\n", 8080), ("0022", 22)]
)
def test_ports(text, port):
    """A number from 1 to 65535 is a port, both ends included."""
    call(intake_report.parse_port, text).returns(port)


@pytest.mark.parametrize("text", ["0", "65536", "99999", "000", "123456789012345678901234567890"])
def test_out_of_range(text):
    """A number outside of 1 to 65535 raises ValueError with the text and the range."""
    call_raises(ValueError, intake_report.parse_port, text, saying=[repr(text), "1", "65535"])


@pytest.mark.parametrize(
    "text", ["", "  ", "http", "80.0", "8 0", "0x50", "1e3", "80,443", "80/tcp", "8,080"]
)
def test_texts_that_are_no_port(text):
    """A text that is no whole number raises ValueError with that text."""
    call_raises(ValueError, intake_report.parse_port, text, saying=repr(text))


@pytest.mark.parametrize("text", ["+80", "-80", "8_080", "٨٠", "\uff18\uff10", "²"])
def test_what_int_accepts_and_we_do_not(text):
    """Signs, underscores and digits of other scripts are accepted by int, and refused here."""
    call_raises(
        ValueError,
        intake_report.parse_port,
        text,
        saying=repr(text),
        look="only the digits 0 to 9: ask before int() does",
    )
