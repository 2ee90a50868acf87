import pytest
import resource_report

from labkit.checks import call, call_raises


def test_a_request_that_went_well():
    """The line has path, time with one decimal, and ok."""
    call(resource_report.log_summary, "/health", 12.34, False).returns("/health 12.3 ms ok")


def test_a_request_that_failed():
    """An error is written as ERROR."""
    call(resource_report.log_summary, "/login", 250.06, True).returns("/login 250.1 ms ERROR")


def test_whole_milliseconds():
    """A whole number is shown with one decimal, too."""
    call(resource_report.log_summary, "/", 7, False).returns(
        "/ 7.0 ms ok", slips=[("/ 7 ms ok", "one decimal, also where there is none to show")]
    )


def test_no_time_at_all():
    """0 is a time like any other."""
    call(resource_report.log_summary, "/x", 0, True).returns("/x 0.0 ms ERROR")


def test_an_unknown_path():
    """A path of None is written as a hyphen; an empty one stays empty."""
    call(resource_report.log_summary, None, 1.0, False).returns("- 1.0 ms ok")
    call(resource_report.log_summary, "", 1.0, False).returns(
        " 1.0 ms ok", look="an empty text is not None: compare with `is None`"
    )


def test_paths_of_any_language():
    """The path is shown as it is."""
    call(resource_report.log_summary, "/größe/東京?q=1", 3.0, False).returns("/größe/東京?q=1 3.0 ms ok")


@pytest.mark.parametrize("flag", [True, False])
def test_a_bool_is_no_time(flag):
    """A bool where the time should be raises TypeError, although it is a kind of int."""
    call_raises(
        TypeError,
        resource_report.log_summary,
        "/",
        flag,
        False,
        saying="milliseconds",
        look="isinstance(True, int) is True: ask for bool first",
    )


@pytest.mark.parametrize("value", ["12", None, [1]])
def test_a_time_is_a_number(value):
    """A time that is no number raises TypeError that names milliseconds."""
    call_raises(TypeError, resource_report.log_summary, "/", value, False, saying="milliseconds")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, -0.1])
def test_a_time_that_cannot_be(value):
    """NaN, infinite and negative times raise ValueError that names milliseconds."""
    call_raises(
        ValueError,
        resource_report.log_summary,
        "/",
        value,
        False,
        saying="milliseconds",
        look="NaN < 0 is False, and so is NaN >= 0: ask whether it is finite",
    )


@pytest.mark.parametrize("value", [0, 1, "false", None])
def test_a_flag_is_a_bool(value):
    """An error flag that is no bool raises TypeError that names is_error."""
    call_raises(TypeError, resource_report.log_summary, "/", 1.0, value, saying="is_error")
