import instance_census
from botocore.exceptions import ClientError

from labkit.checks import call, call_raises
from labkit.faults import Refuse

HERE, THERE = "eu-central-1", "us-east-1"


def test_instances_are_counted_by_state(aws):
    """Each state that occurs is there with the number of its instances."""
    aws.account.instances(3)
    aws.account.instances(2, state="stopped")
    aws.account.instances(1, state="terminated")
    call(instance_census.state_counts, [HERE]).returns({"running": 3, "stopped": 2, "terminated": 1})


def test_regions_are_added_up(aws):
    """The counts of all regions that are named are added up; others are left out."""
    aws.account.instances(1)
    aws.account.instances(2, region=THERE)
    aws.account.instances(1, region=THERE, state="stopping")
    aws.account.instances(5, region="eu-west-1")
    call(instance_census.state_counts, [HERE, THERE]).returns(
        {"running": 3, "stopping": 1},
        slips=[
            ({"running": 2}, "only the default region was asked, twice: a client belongs to one region"),
            (
                {"running": 2, "stopping": 1},
                "the counts of the last region took the place of the first ones: add",
            ),
        ],
    )


def test_all_pages_are_counted(aws):
    """Instances on every page count."""
    aws.largest_page = 2
    aws.account.instances(5)
    call(instance_census.state_counts, [HERE]).returns(
        {"running": 5}, slips=[({"running": 2}, "only the first page was read")]
    )


def test_instances_of_one_reservation(aws):
    """A reservation can hold several instances; instances are counted, not reservations."""
    aws.client("ec2").run_instances(ImageId="ami-0a1b2c3d4e5f60001", MinCount=3, MaxCount=3)
    aws.account.instances(1)
    call(instance_census.state_counts, [HERE]).returns(
        {"running": 4},
        slips=[({"running": 2}, "one instance per reservation was counted: a reservation is a list")],
    )


def test_no_instances(aws):
    """Where there are no instances, and where no region is asked, the result is empty."""
    call(instance_census.state_counts, [HERE]).returns({})
    call(instance_census.state_counts, []).returns({})


def test_regions_that_can_be_read_once(aws):
    """The regions may come from anything that can be looped over once."""
    aws.account.instances(1, region=THERE)
    call(instance_census.state_counts, iter([HERE, THERE])).returns({"running": 1})


def test_a_region_that_is_refused(aws):
    """A region that AWS refuses is an error, as ClientError: its machines are not 'none'."""
    aws.account.instances(1)
    aws.faults.inject(Refuse(match=f"ec2.* {THERE} "))
    call_raises(
        ClientError,
        instance_census.state_counts,
        [HERE, THERE],
        saying="UnauthorizedOperation",
        look="a region was refused and the result looks as if nothing ran there: let the error go on",
    )
