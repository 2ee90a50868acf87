import bucket_census
from botocore.exceptions import BotoCoreError, ClientError

from labkit.checks import call, call_raises
from labkit.faults import Drop, Refuse, Throttle


def judged(result, missing, unreadable=(), look=""):
    """The audit that came, part by part, so that a failure names the part."""
    result.expect(result.value, "the result").is_a(bucket_census.TagAudit)
    result.expect(result.value.missing, "missing").equals(list(missing), look=look)
    result.expect(result.value.unreadable, "unreadable").equals(list(unreadable), look=look)


def test_buckets_without_the_tag(aws):
    """Buckets that have other tags, but not this one, are missing it."""
    aws.account.bucket("billed", tags={"CostCenter": "4711", "Owner": "ana"})
    aws.account.bucket("wild", tags={"Owner": "ana"})
    judged(call(bucket_census.buckets_without_tag, "CostCenter"), ["wild"])


def test_no_tags_at_all(aws):
    """A bucket without any tags is missing it; AWS says so with an error, NoSuchTagSet."""
    aws.account.bucket("bare")
    aws.account.bucket("billed", tags={"CostCenter": "4711"})
    judged(call(bucket_census.buckets_without_tag), ["bare"])


def test_an_empty_value_is_no_cost_center(aws):
    """A tag with an empty value counts as missing."""
    aws.account.bucket("blank", tags={"CostCenter": ""})
    judged(
        call(bucket_census.buckets_without_tag), ["blank"], look="the tag is there, but its value is empty"
    )


def test_keys_of_tags_are_spelt_exactly(aws):
    """The key costcenter is another one than CostCenter, and a value of that text is no key."""
    aws.account.bucket("first", tags={"costcenter": "1"})
    aws.account.bucket("second", tags={"Note": "CostCenter"})
    aws.account.bucket("third", tags={"CostCenter2": "1"})
    judged(call(bucket_census.buckets_without_tag), ["first", "second", "third"])


def test_another_tag_in_order(aws):
    """Any tag can be asked for; the names come in alphabetical order."""
    for name in ("zeta", "alpha", "midway"):
        aws.account.bucket(name, tags={"CostCenter": "1"})
    judged(call(bucket_census.buckets_without_tag, "Owner"), ["alpha", "midway", "zeta"])


def test_a_bucket_that_nobody_may_look_at(aws):
    """A bucket whose tags AWS refuses to show is unreadable, not missing; the audit goes on, in order."""
    for name in ("secret", "bare", "payroll"):
        aws.account.bucket(name)
    aws.account.bucket("billed", tags={"CostCenter": "1"})
    aws.faults.inject(Refuse(match="s3.GetBucketTagging .*/(payroll|secret)"))
    judged(
        call(bucket_census.buckets_without_tag),
        ["bare"],
        ["payroll", "secret"],
        look="AccessDenied says nothing about the tags: only NoSuchTagSet means that there are none",
    )


def test_a_bucket_that_is_deleted_meanwhile(aws):
    """A bucket that is gone by the time it is looked at is left out."""
    aws.account.bucket("gone")
    aws.account.bucket("stays")
    aws.before("s3.GetBucketTagging .*/gone", lambda request: aws.backend("s3").delete_bucket("gone"))
    judged(
        call(bucket_census.buckets_without_tag),
        ["stays"],
        look="between the list and the look at it, the bucket was deleted: NoSuchBucket",
    )


def test_other_errors_go_on(aws):
    """Any other error of AWS goes on to the caller."""
    aws.account.bucket("bare")
    aws.faults.inject(Throttle(match="s3.GetBucketTagging"))
    call_raises(
        ClientError,
        bucket_census.buckets_without_tag,
        saying="SlowDown",
        look="an error that says nothing about this bucket was taken for a finding",
    )


def test_a_connection_that_is_cut(aws):
    """When the connection is cut, the exception of botocore goes on to the caller."""
    aws.account.bucket("bare")
    aws.faults.inject(Drop(match="s3.GetBucketTagging"))
    call_raises(BotoCoreError, bucket_census.buckets_without_tag)
