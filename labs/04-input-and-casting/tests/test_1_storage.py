import intake_report
import pytest

from labkit.checks import call, call_raises


def storage(text, mb, tb, mib, tib, look=""):
    call(intake_report.convert_storage, text).returns({"MB": mb, "TB": tb, "MiB": mib, "TiB": tib}, look=look)


def test_a_disk_of_250_gigabytes():
    """250 GB are 250,000 MB and 0.25 TB, and somewhat fewer MiB and TiB."""
    storage("250", 250_000.0, 0.25, 238_418.58, 0.23)


def test_one_gigabyte():
    """1 GB are 1000 MB, and 953.67 MiB: the binary units are larger."""
    storage("1", 1000.0, 0.0, 953.67, 0.0, look="MB and TB go by 1000, MiB and TiB by 1024")


def test_fractions():
    """Fractions of a gigabyte count."""
    storage("0.5", 500.0, 0.0, 476.84, 0.0)
    storage("1536.25", 1_536_250.0, 1.54, 1_465_082.17, 1.4)


def test_a_large_store():
    """A million GB are 1000 TB, and 909.49 TiB."""
    storage("1000000", 1_000_000_000.0, 1000.0, 953_674_316.41, 909.49)


def test_zero():
    """0 GB are 0 of everything."""
    storage("0", 0.0, 0.0, 0.0, 0.0)


def test_blanks_and_exponents():
    """Blanks around the number do not count, and 1e3 is a thousand."""
    storage("  1e3\n", 1_000_000.0, 1.0, 953_674.32, 0.91)
    storage("+2.5E1", 25_000.0, 0.03, 23_841.86, 0.02)


@pytest.mark.parametrize("text", ["", "   ", "abc", "12 GB", "1,000", "1.000,5", "0x10", "--5", "1 000"])
def test_texts_that_are_no_number(text):
    """A text that is no number raises ValueError with that text."""
    call_raises(ValueError, intake_report.convert_storage, text, saying=repr(text))


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "Infinity", "1_000"])
def test_what_float_accepts_and_we_do_not(text):
    """The texts nan and inf, and underscores, are accepted by float, and refused here."""
    call_raises(
        ValueError,
        intake_report.convert_storage,
        text,
        saying=repr(text),
        look="float() accepts it: check by yourself",
    )


@pytest.mark.parametrize("text", ["-1", "-0.5", "-1e3"])
def test_less_than_nothing(text):
    """A negative size raises ValueError with its text."""
    call_raises(ValueError, intake_report.convert_storage, text, saying=repr(text))
