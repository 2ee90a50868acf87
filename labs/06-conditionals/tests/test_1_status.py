import health_monitor
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (100, "informational"),
        (101, "informational"),
        (199, "informational"),
        (200, "success"),
        (204, "success"),
        (299, "success"),
        (300, "redirect"),
        (399, "redirect"),
        (400, "client error"),
        (404, "client error"),
        (499, "client error"),
        (500, "server error"),
        (503, "server error"),
        (599, "server error"),
    ],
)
def test_five_classes(code, expected):
    """Each hundred is a class, both of its ends included."""
    call(health_monitor.classify_status, code).returns(expected)


@pytest.mark.parametrize("code", [99, 600, 0, -200, 1000])
def test_codes_that_are_none(code):
    """A code outside of 100 to 599 raises ValueError with the code."""
    call_raises(ValueError, health_monitor.classify_status, code, saying=str(code))
