import bucket_upkeep
from botocore.exceptions import BotoCoreError, ClientError

from labkit.checks import call, call_raises, expect
from labkit.faults import Drop, Refuse


def rule(name="old-logs", days=30, prefix="logs/"):
    return {
        "ID": name,
        "Filter": {"Prefix": prefix},
        "Status": "Enabled",
        "Expiration": {"Days": days},
    }


def put(aws, *rules):
    aws.client("s3").put_bucket_lifecycle_configuration(
        Bucket="builds", LifecycleConfiguration={"Rules": list(rules)}
    )


def rules(aws):
    found = aws.client("s3").get_bucket_lifecycle_configuration(Bucket="builds")["Rules"]
    return sorted(found, key=lambda each: each["ID"])


def test_a_bucket_without_rules_gets_it(aws):
    """A bucket that has no rules (an error code of AWS) gets the rule, and the result is True."""
    aws.account.bucket("builds")
    call(bucket_upkeep.ensure_lifecycle, "builds", rule()).returns(True)
    expect(rules(aws), "the rules of the bucket").equals([rule()])


def test_the_same_rule_is_not_applied_again(aws):
    """When the rule is there already the result is False, and nothing is sent that changes anything."""
    aws.account.bucket("builds")
    put(aws, rule("other", 5), rule())
    call(bucket_upkeep.ensure_lifecycle, "builds", rule()).returns(False)
    sent = [request.operation for request in aws.requests.changing]
    expect(sent, "requests that change something").equals(
        [], look="the bucket has this very rule: compare before you put"
    )


def test_twice_in_a_row(aws):
    """The second of two equal calls changes nothing."""
    aws.account.bucket("builds")
    call(bucket_upkeep.ensure_lifecycle, "builds", rule()).returns(True)
    call(bucket_upkeep.ensure_lifecycle, "builds", rule()).returns(False)
    expect(len(aws.requests.changing), "requests that change something").equals(1)


def test_a_different_rule_of_that_name_is_replaced(aws):
    """A rule with the same ID that differs in anything is replaced, and the result is True."""
    for differing in (rule(days=31), rule(prefix="log/"), {**rule(), "Status": "Disabled"}):
        aws.reset()
        aws.account.bucket("builds")
        put(aws, differing)
        call(bucket_upkeep.ensure_lifecycle, "builds", rule()).returns(True)
        expect(rules(aws), "the rules of the bucket").equals(
            [rule()], look="a rule is known by its ID, and all of its parts must be right"
        )


def test_other_rules_stay(aws):
    """Rules with other IDs stay as they are."""
    aws.account.bucket("builds")
    put(aws, rule("a", 1), rule("old-logs", 99), rule("z", 2))
    call(bucket_upkeep.ensure_lifecycle, "builds", rule()).returns(True)
    expect(rules(aws), "the rules of the bucket").equals(
        [rule("a", 1), rule(), rule("z", 2)],
        look="S3 replaces the whole configuration: send the other rules along",
    )


def test_the_given_rule_stays(aws):
    """The rule that is passed in is not changed."""
    aws.account.bucket("builds")
    call(bucket_upkeep.ensure_lifecycle, "builds", rule()).changes_nothing()


def test_rules_that_nobody_may_read_are_not_overwritten(aws):
    """When AWS refuses to show the rules, its ClientError goes on, and nothing is written."""
    aws.account.bucket("builds")
    put(aws, rule("keep", 7))
    aws.faults.inject(Refuse(match="s3.GetBucketLifecycle"))
    look = "not being allowed to look is not the same as having no rules: the others would be lost"
    call_raises(
        ClientError, bucket_upkeep.ensure_lifecycle, "builds", rule(), saying="AccessDenied", look=look
    )
    expect(rules(aws), "the rules of the bucket").equals([rule("keep", 7)], look=look)


def test_a_connection_that_is_cut(aws):
    """When the connection is cut, the exception of botocore goes on, and nothing is written."""
    aws.account.bucket("builds")
    put(aws, rule("keep", 7))
    aws.faults.inject(Drop(match="s3.GetBucketLifecycle"))
    call_raises(BotoCoreError, bucket_upkeep.ensure_lifecycle, "builds", rule())
    aws.faults.clear()
    expect(rules(aws), "the rules of the bucket").equals([rule("keep", 7)])
