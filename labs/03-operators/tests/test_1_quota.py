import cloud_bill
import pytest

from labkit.checks import call, call_raises


def quota(total, used, percent, left, alert, look="", slips=()):
    expected = cloud_bill.Quota(percent, left, alert)
    wrong = [(cloud_bill.Quota(*values), told) for values, told in slips]
    call(cloud_bill.disk_quota, total, used).returns(expected, look=look, slips=wrong)


def test_a_disk_with_room():
    """A disk that is three quarters full needs no alert."""
    quota(200, 150, 75.0, 50, False)


def test_a_small_disk():
    """A disk of 1 GB is a disk."""
    quota(1, 0, 0.0, 1, True)


def test_a_full_percentage():
    """Above 85 percent there is an alert, however much is left."""
    quota(1000, 900, 90.0, 100, True, look="one of the two conditions is enough: or, not and")


def test_little_room_left():
    """Below 5 GB left there is an alert, however small the percentage."""
    quota(10, 6, 60.0, 4, True, look="one of the two conditions is enough: or, not and")


def test_exactly_85_percent():
    """Exactly 85 percent is not above 85."""
    quota(200, 170, 85.0, 30, False, slips=[((85.0, 30, True), "85 itself is not above 85")])


def test_exactly_5_gigabytes():
    """Exactly 5 GB left is not below 5."""
    quota(20, 15, 75.0, 5, False, slips=[((75.0, 5, True), "5 itself is not below 5")])


def test_a_little_above_85_percent():
    """The exact percentage decides, not the rounded one."""
    quota(
        10_000,
        8_504,
        85.0,
        1_496,
        True,
        slips=[((85.0, 1_496, False), "85.04 is above 85: decide before you round")],
    )


def test_the_percentage_is_rounded():
    """The percentage has one decimal."""
    quota(300, 100, 33.3, 200, False)
    quota(300, 200, 66.7, 100, False)


def test_an_empty_disk():
    """A disk that nothing is on is 0 percent used."""
    quota(100, 0, 0.0, 100, False)


def test_a_full_disk():
    """A disk that is full is 100 percent used, and nothing is left."""
    quota(100, 100, 100.0, 0, True)


def test_used_above_total():
    """A thin disk can hold more than it has: above 100 percent, a negative rest, an alert."""
    quota(100, 110, 110.0, -10, True)


@pytest.mark.parametrize(("total", "used"), [(0, 0), (0, 10), (-5, 1), (-5, 0), (100, -1)])
def test_what_cannot_be(total, used):
    """A total of 0 or less and a negative use raise ValueError."""
    call_raises(
        ValueError,
        cloud_bill.disk_quota,
        total,
        used,
        look="refuse it before dividing: total above 0, used not below",
    )
