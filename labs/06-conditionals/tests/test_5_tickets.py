import health_monitor
import pytest

from labkit.checks import call, call_raises

BANDS = [
    (0, 0),
    (3, 0),
    (4, 600),
    (12, 600),
    (13, 900),
    (17, 900),
    (18, 1200),
    (64, 1200),
    (65, 800),
    (130, 800),
]


@pytest.mark.parametrize(("age", "price"), BANDS)
def test_bands_of_age(age, price):
    """The price depends on the age; both ends of a band belong to it."""
    call(health_monitor.ticket_price, age, "Monday").returns(price, look="look at the ends of the bands")


@pytest.mark.parametrize(("age", "price"), [(2, 0), (8, 450), (15, 675), (40, 900), (70, 600)])
def test_wednesdays(age, price):
    """On Wednesdays a quarter is taken off, in every band."""
    call(health_monitor.ticket_price, age, "Wednesday").returns(price)


@pytest.mark.parametrize("weekday", ["wednesday", "WEDNESDAY", "wEdNeSdAy"])
def test_weekdays_in_any_case(weekday):
    """Weekdays are known in upper and lower case."""
    call(health_monitor.ticket_price, 40, weekday).returns(900)


@pytest.mark.parametrize("weekday", ["Monday", "tuesday", "Thursday", "FRIDAY", "saturday", "Sunday"])
def test_other_days(weekday):
    """On all other days the price is the full one."""
    call(health_monitor.ticket_price, 40, weekday).returns(1200)


@pytest.mark.parametrize("weekday", ["", "Wed", "Mittwoch", "someday", " Monday"])
def test_unknown_days(weekday):
    """A weekday that is none raises ValueError with its name."""
    call_raises(ValueError, health_monitor.ticket_price, 40, weekday, saying=repr(weekday))


@pytest.mark.parametrize("age", [-1, 131, 1000])
def test_ages_that_are_none(age):
    """An age below 0 or above 130 raises ValueError with the age."""
    call_raises(ValueError, health_monitor.ticket_price, age, "Monday", saying=str(age))
