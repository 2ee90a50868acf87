import cloud_bill

from labkit.checks import call


def test_a_high_reading():
    """The last reading above the limit is high, whatever came before."""
    call(cloud_bill.latest_is_high, [3.0, 9.5], 8).returns(True)
    call(cloud_bill.latest_is_high, [9], 8).returns(True)


def test_a_low_reading():
    """The last reading below the limit is not high, whatever came before."""
    call(cloud_bill.latest_is_high, [9.5, 3.0], 8).returns(
        False, slips=[(True, "the last reading counts, not the first or the highest")]
    )


def test_exactly_the_limit():
    """A reading of exactly the limit is not above it."""
    call(cloud_bill.latest_is_high, [8], 8).returns(False)


def test_no_readings():
    """Without readings nothing is high: False, and no error."""
    for nothing in ([], ()):
        call(cloud_bill.latest_is_high, nothing, 8).returns(
            False,
            slips=[
                (
                    [],
                    "`and` gives back the value that decided, here the empty list: make the left side a bool",
                ),
                ((), "`and` gives back the value that decided: make the left side a bool"),
                (0, "`and` gives back the value that decided, here the length: compare it with 0"),
            ],
        )


def test_a_reading_of_zero():
    """A single reading of 0 is a reading: above a limit of -1."""
    call(cloud_bill.latest_is_high, [0], -1).returns(
        True, slips=[(False, "0 is a reading: ask whether there are readings, not whether one is true")]
    )
