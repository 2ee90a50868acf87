from datetime import UTC, datetime, timedelta, timezone

import bucket_upkeep
from botocore.exceptions import ClientError

from labkit.checks import call, call_raises, expect
from labkit.faults import Refuse

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def ago(days, **more):
    return NOW - timedelta(days=days, **more)


def left(aws):
    """Keys that still have versions, and keys that still have delete markers, repeated as often."""
    page = aws.client("s3").list_object_versions(Bucket="builds")
    return [item["Key"] for part in ("Versions", "DeleteMarkers") for item in page.get(part, [])]


def test_old_versions_are_gone_for_good(aws):
    """Versions that are older than so many days are deleted, current or not; younger ones stay."""
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", ["a", "a", "b"], modified=ago(40))
    aws.account.objects("builds", ["a", "c"], modified=ago(5))
    call(bucket_upkeep.purge_versions, "builds", 30, NOW).returns(3)
    expect(left(aws), "what is left").equals(
        ["a", "c"], look="deleting without a VersionId adds a delete marker; with it, the version is gone"
    )


def test_old_delete_markers_are_gone_too(aws):
    """Delete markers that are older are deleted, and counted, like versions; younger ones stay."""
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", ["a", "b"], modified=ago(50))
    aws.account.delete_markers("builds", ["a"], modified=ago(40))
    aws.account.delete_markers("builds", ["b"], modified=ago(3))
    call(bucket_upkeep.purge_versions, "builds", 30, NOW).returns(
        3, slips=[(2, "delete markers are a list of their own in each page")]
    )
    expect(left(aws), "what is left").equals(["b"])


def test_exactly_that_age_stays(aws):
    """A version of exactly so many days is not older; one second more is."""
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", ["same"], modified=ago(30))
    aws.account.objects("builds", ["older"], modified=ago(30, seconds=1))
    call(bucket_upkeep.purge_versions, "builds", 30, NOW).returns(
        1,
        slips=[
            (2, "exactly 30 days is not older than 30 days"),
            (0, "whole days were compared: 30 days and a second are older than 30 days"),
        ],
    )
    expect(left(aws), "what is left").equals(["same"])


def test_now_may_be_in_any_time_zone(aws):
    """The time zone of now does not matter: what counts is the moment."""
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", ["a"], modified=ago(1, hours=1))
    aws.account.objects("builds", ["b"], modified=ago(0, hours=23))
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    call(bucket_upkeep.purge_versions, "builds", 1, tokyo).returns(1)
    expect(left(aws), "what is left").equals(["b"])


def test_nothing_old(aws):
    """Where nothing is old enough, 0 is returned and no delete is sent; an empty bucket is fine."""
    aws.account.bucket("builds", versioned=True)
    call(bucket_upkeep.purge_versions, "builds", 30, NOW).returns(0)
    aws.account.objects("builds", ["a"], modified=ago(1))
    call(bucket_upkeep.purge_versions, "builds", 30, NOW).returns(0)
    sent = [request.operation for request in aws.requests.changing]
    expect(sent, "requests that change something").equals([], look="S3 refuses a delete without any keys")


def test_pages_without_anything_old(aws):
    """After a page on which nothing is old enough, the pages that follow are purged as well."""
    aws.largest_page = 2
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", ["a", "b", "y", "z"], modified=ago(1))
    aws.account.objects("builds", ["m", "n", "o"], modified=ago(40))
    call(bucket_upkeep.purge_versions, "builds", 30, NOW).returns(3)
    expect(left(aws), "what is left").equals(["a", "b", "y", "z"])


def test_thousands_page_by_page(aws):
    """Of 1,200 versions all are deleted, with 50 deletes at most, the first before the last page is read."""
    aws.largest_page = 120
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", [f"{number % 400:03}" for number in range(1200)], modified=ago(40))
    call(bucket_upkeep.purge_versions, "builds", 30, NOW).returns(1200)
    expect(left(aws), "what is left").equals([])
    sent = ["delete" if request.name.startswith("Delete") else "list" for request in aws.requests]
    expect(sent.count("delete"), "deletes").at_most(
        50, look="DeleteObjects takes up to 1,000 versions at once"
    )
    last_page = len(sent) - 1 - sent[::-1].index("list")
    expect(sent.index("delete") < last_page, "the first delete came before the last page was read").is_true(
        "deletes between the pages",
        look="all versions were collected first: with millions of them memory is full before any is deleted",
    )


def test_what_is_locked_is_told(aws):
    """DeleteObjects succeeds as a whole and lists what it could not do: then PurgeIncomplete is raised."""
    aws.largest_page = 2
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", ["a", "b", "c", "d"], modified=ago(40))
    locked = aws.backend("s3").get_bucket("builds").keys.getlist("a")[0]
    locked.lock_mode, locked.lock_until = "COMPLIANCE", "2099-01-01T00:00:00Z"
    raised = call_raises(
        bucket_upkeep.PurgeIncomplete,
        bucket_upkeep.purge_versions,
        "builds",
        30,
        NOW,
        look="the answer of DeleteObjects has a list of Errors, although its HTTP status is 200",
    )
    expect(raised.failed, "failed").equals(["a"])
    expect(raised.purged, "purged").equals(3, look="go on with the other pages, and tell at the end")
    expect(left(aws), "what is left").equals(["a"])


def test_a_refused_delete_goes_on(aws):
    """When AWS refuses the delete itself, its ClientError goes on to the caller."""
    aws.account.bucket("builds", versioned=True)
    aws.account.objects("builds", ["a"], modified=ago(40))
    aws.faults.inject(Refuse(match="s3.Delete"))
    call_raises(ClientError, bucket_upkeep.purge_versions, "builds", 30, NOW, saying="AccessDenied")
