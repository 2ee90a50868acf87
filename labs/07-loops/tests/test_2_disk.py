import patient_connection
import pytest

from labkit.checks import call_with_answers

PROMPT = "Percent used: "


def watch(*answers):
    return call_with_answers(list(answers), patient_connection.watch_disk)


def lines(result):
    """What was printed, without the prompts, line by line."""
    return result.printed.replace(PROMPT, "").splitlines()


def printed(result, *expected, look=""):
    result.expect(lines(result), "printed lines, without the prompts").equals(list(expected), look=look)


def test_an_average_at_the_end():
    """After 0 the average of all readings is printed, with one decimal."""
    result = watch("50", "60", "75", "0")
    printed(result, "average: 61.7")
    result.returns(None)


def test_the_prompt():
    """Each reading is asked for with the same prompt."""
    result = watch("50", "0")
    result.expect(result.prompts, "the prompts").equals([PROMPT, PROMPT])


def test_a_warning():
    """A reading above 90 is warned about at once, before the next one is asked for."""
    result = watch("50", "93", "20", "0")
    printed(result, "warning: 93 percent", "average: 54.3")
    result.says("warning: 93 percent", "Percent used", "average")


def test_exactly_90():
    """Exactly 90 is not above 90."""
    printed(watch("90", "0"), "average: 90.0", look="90 itself is not above 90")


def test_fractions():
    """Readings may have a fraction, and are shown in a warning as they were typed."""
    printed(watch("90.5", "0.5", "0"), "warning: 90.5 percent", "average: 45.5")


def test_blanks_around_a_reading():
    """White space around a reading is not shown in the warning."""
    printed(watch(" 95\t", "0"), "warning: 95 percent", "average: 95.0")


def test_exactly_100():
    """100 is a reading like others."""
    printed(watch("100", "0"), "warning: 100 percent", "average: 100.0", look="100 is the end of the range")


def test_every_warning():
    """Each reading above 90 has a warning of its own, and counts for the average."""
    printed(watch("91", "99", "0"), "warning: 91 percent", "warning: 99 percent", "average: 95.0")


def test_no_readings():
    """When 0 comes at once there is no average to compute."""
    printed(watch("0"), "no readings", look="dividing by the number of readings fails when there are none")


@pytest.mark.parametrize("zero", ["0.0", " 0 ", "00", "-0"])
def test_other_ways_to_write_zero(zero):
    """0 may be written in other ways."""
    printed(watch("50", zero), "average: 50.0")


@pytest.mark.parametrize("answer", ["full", "", "50%", "nan", "inf", "-5", "101"])
def test_answers_that_are_no_reading(answer):
    """An answer that is no number from 0 to 100 is complained about, and does not count."""
    printed(watch("50", answer, "60", "0"), f"not a reading: {answer!r}", "average: 55.0")


@pytest.mark.parametrize(
    ("answers", "last"), [([], "no readings"), (["50", "60"], "average: 55.0"), (["x"], "no readings")]
)
def test_the_end_of_input(answers, last):
    """The end of input ends the readings as 0 does."""
    result = watch(*answers)
    result.expect(lines(result)[-1:], "the last line").equals([last], look="catch EOFError")


def test_ctrl_c_is_not_swallowed():
    """Ctrl-C goes through."""
    with pytest.raises(KeyboardInterrupt):
        watch("50", KeyboardInterrupt)
