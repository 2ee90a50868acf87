import math

import account_sanitiser

from labkit.checks import call


def test_both_jobs_must_start():
    """A minute in which only one of the two jobs starts is no clash."""
    call(account_sanitiser.clashing_minutes, 2, 3, 10).returns(
        [6],
        slips=[
            ([2, 3, 4, 6, 8, 9], "minutes with one of the two jobs were listed: both must start"),
            ([0, 6], "minute 0 was counted: counting starts at minute 1"),
        ],
    )


def test_multiples_of_3_and_5_below_101():
    """Without arguments: the multiples of both 3 and 5 below 101."""
    call(account_sanitiser.clashing_minutes).returns(
        [15, 30, 45, 60, 75, 90],
        slips=[
            ([0, 15, 30, 45, 60, 75, 90], "minute 0 was counted: counting starts at minute 1"),
            ([15, 30, 45, 60, 75], "90 was left out: it is below 101"),
        ],
    )


def test_the_end_is_not_included():
    """The end itself is not included, even when both jobs would start in it."""
    call(account_sanitiser.clashing_minutes, 3, 5, 15).returns(
        [], slips=[([15], "the end itself was counted: minutes go up to the one before")]
    )


def test_the_last_minute_before_the_end_counts():
    """The minute just before the end is included."""
    call(account_sanitiser.clashing_minutes, 3, 5, 16).returns(
        [15], slips=[([], "minute 15 was left out: it is the last one before the end 16")]
    )


def test_a_shared_factor_brings_clashes_closer():
    """Jobs that run every 4 and every 6 minutes clash in minute 12 already, not only in 24."""
    call(account_sanitiser.clashing_minutes, 4, 6, 25).returns(
        [12, 24],
        slips=[
            ([24], "minute 12 was left out: it is a multiple of 4 and of 6, their product is not the first")
        ],
    )


def test_counting_starts_at_minute_1():
    """Minute 1 is the first that may clash; minute 0 never does."""
    call(account_sanitiser.clashing_minutes, 1, 1, 4).returns([1, 2, 3])


def test_minute_100_is_below_101():
    """When no end is given, minute 100 is the last one that counts."""
    call(account_sanitiser.clashing_minutes, 20, 50).returns(
        [100], slips=[([], "minute 100 was left out: it is below 101, the end when none is given")]
    )


def test_minute_101_is_not_below_101():
    """When no end is given, minute 101 does not count."""
    call(account_sanitiser.clashing_minutes, 101, 101).returns([])


def test_end_can_be_given_by_name():
    """The three numbers can be given by name."""
    call(account_sanitiser.clashing_minutes, end=31, second=10, first=6).returns([30])


def test_nothing_before_the_first_minute():
    """With an end of 1 or 0 there is no minute to look at."""
    call(account_sanitiser.clashing_minutes, 1, 1, 1).returns([])
    call(account_sanitiser.clashing_minutes, 1, 1, 0).returns([])


def test_any_pair_of_jobs(rng):
    """Any two numbers, in any order."""
    for _ in range(30):
        shared, one, other = rng.randint(1, 5), rng.randint(1, 9), rng.randint(1, 9)
        step = shared * one * other // math.gcd(one, other)
        wanted = [step, 2 * step, 3 * step]
        call(account_sanitiser.clashing_minutes, shared * one, shared * other, 4 * step).returns(wanted)
