from datetime import UTC, datetime, timedelta, timezone

import bucket_census

from labkit.checks import call

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def ages(result):
    result.expect(result.value, "the result").is_a(list)
    return [(age.name, age.days) for age in result.value]


def create(aws, name, days, **more):
    aws.account.bucket(name, created=NOW - timedelta(days=days, **more))


def test_buckets_with_their_age(aws):
    """Each bucket is there with its age in days, as BucketAge, the oldest first."""
    create(aws, "young", 3)
    create(aws, "eldest", 700)
    create(aws, "middle", 40)
    result = call(bucket_census.bucket_ages, NOW)
    result.returns(
        [bucket_census.BucketAge(*each) for each in [("eldest", 700), ("middle", 40), ("young", 3)]],
    )


def test_whole_days(aws):
    """Only whole days count: 47 hours are one day."""
    create(aws, "a-1d-23h", 1, hours=23)
    create(aws, "b-1d", 1)
    create(aws, "c-23h", 0, hours=23)
    result = call(bucket_census.bucket_ages, NOW)
    result.expect(ages(result), "names and days").equals(
        [("a-1d-23h", 1), ("b-1d", 1), ("c-23h", 0)],
        look="no rounding, and no counting of midnights: whole days",
    )


def test_the_moment_counts_not_the_day(aws):
    """Among buckets of the same number of days the older one comes first; at the same moment, by name."""
    create(aws, "zulu", 5)
    create(aws, "able", 5)
    create(aws, "late", 5, hours=1)
    result = call(bucket_census.bucket_ages, NOW)
    result.expect(ages(result), "names and days").equals([("late", 5), ("able", 5), ("zulu", 5)])


def test_now_may_be_in_any_time_zone(aws):
    """The time zone of now does not matter: AWS tells moments in UTC, and the difference is the same."""
    create(aws, "builds", 1, hours=1)
    for hours in (-8, 9):
        here = NOW.astimezone(timezone(timedelta(hours=hours)))
        result = call(bucket_census.bucket_ages, here)
        result.expect(ages(result), "names and days").equals(
            [("builds", 1)], look="a time zone was thrown away: subtract two aware moments"
        )


def test_no_buckets(aws):
    """Without buckets the list is empty."""
    call(bucket_census.bucket_ages, NOW).returns([])
