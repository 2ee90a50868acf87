import health_monitor
import pytest

from labkit.checks import call

LOOK = "every fourth year is one, every hundredth is none, every four hundredth is one"


@pytest.mark.parametrize("year", [2024, 2020, 1996, 4, 2400, 2000, 1600, 400])
def test_leap_years(year):
    """Years that 4 divides are leap years, and so are those that 400 divides."""
    call(health_monitor.is_leap_year, year).returns(True, slips=[(False, LOOK)])


@pytest.mark.parametrize("year", [2023, 2025, 2026, 1, 1900, 2100, 2200, 100])
def test_other_years(year):
    """Years that 4 does not divide are none, and neither are those that 100 divides and 400 does not."""
    call(health_monitor.is_leap_year, year).returns(False, slips=[(True, LOOK)])
