import json

import weekend_saver
from botocore.exceptions import BotoCoreError

from labkit.checks import call, call_raises, expect
from labkit.faults import Drop, Refuse, Throttle

HERE, THERE = "eu-central-1", "us-east-1"
MEANWHILE = (
    "one instance that cannot be stopped any more spoils the request: the others are still to be stopped"
)


def reported(result):
    return sorted(instance.id for instance in result.value.instances)


def stop(site, regions=(HERE,), **more):
    return _report(call(weekend_saver.stop_for_weekend, list(regions), site.ledger, **more))


def start(site, **more):
    return _report(call(weekend_saver.start_on_monday, site.ledger, **more))


def _report(result):
    result.expect(result.value, "the result").is_a(weekend_saver.Report)
    return result


# Friday: which


def test_running_dev_instances_are_stopped(site):
    """Running instances tagged Env = Dev are stopped and reported, with region, id and type."""
    [instance] = site.dev(instance_type="m5.large")
    result = stop(site)
    result.expect(result.value.instances, "instances").equals(
        [weekend_saver.Instance(HERE, instance, "m5.large")]
    )
    result.expect(result.value.failed, "failed").equals({})
    site.are("stopped", [instance])


def test_other_instances_are_left_alone(site):
    """Instances with another value or another spelling, with another key, or without tags, keep running."""
    others = [
        *site.aws.account.instances(1),
        *site.dev(tags={"Env": "Prod"}),
        *site.dev(tags={"Env": "dev"}),
        *site.dev(tags={"Env": "Development"}),
        *site.dev(tags={"env": "Dev"}),
        *site.dev(tags={"Name": "Dev"}),
    ]
    dev = site.dev()
    result = stop(site)
    look = "only the tag Env with exactly the value Dev means a development machine"
    site.are("running", others, look=look)
    expect(reported(result), "reported").equals(dev)


def test_protected_instances_keep_running(site):
    """An instance with the tag DoNotStop keeps running, whatever the value of that tag."""
    protected = site.dev(tags={"Env": "Dev", "DoNotStop": "until the demo"})
    protected += site.dev(tags={"Env": "Dev", "DoNotStop": ""})
    protected += site.dev(tags={"Env": "Dev", "DoNotStop": "false"})
    dev = site.dev()
    result = stop(site)
    site.are("running", protected, look="the tag DoNotStop protects by being there: its value says nothing")
    expect(reported(result), "reported").equals(dev)


def test_only_running_instances_count(site):
    """What is stopped already, or is no more, is neither reported nor noted."""
    for state in ("stopped", "stopping", "terminated"):
        site.dev(state=state)
    dev = site.dev()
    expect(reported(stop(site)), "reported").equals(dev)
    site.ledger_holds(dev, look="on Monday exactly those are started that this run has stopped")


def test_all_pages_are_stopped(site):
    """Instances on every page are stopped."""
    site.aws.largest_page = 2
    dev = site.dev(5)
    result = stop(site)
    site.are("stopped", dev, look="instances on later pages keep running: read all pages")
    expect(reported(result), "reported").equals(sorted(dev))


def test_aws_does_the_filtering(site):
    """The lists of instances are filtered by AWS: every one asks for tag:Env."""
    site.dev()
    stop(site)
    lists = [r for r in site.aws.requests.of("ec2.DescribeInstances") if "InstanceIds" not in r.parameters]
    for request in lists:
        names = [each.get("Name") for each in request.parameters.get("Filters", [])]
        expect(names, "names of the filters of DescribeInstances").contains(
            "tag:Env", look="do not carry a whole account over the network to throw most of it away"
        )


def test_regions_that_are_named(site):
    """The regions that are named are worked on, and no other."""
    here, there, elsewhere = site.dev(), site.dev(region=THERE), site.dev(region="eu-west-1")
    result = stop(site, [HERE, THERE])
    result.expect([each.region for each in result.value.instances], "regions").equals([HERE, THERE])
    site.are("stopped", here)
    site.are("stopped", there, THERE)
    site.are("running", elsewhere, "eu-west-1")
    site.ledger_holds(here + there)


def test_all_regions(site):
    """With None for the regions, all regions of the account are worked on."""
    regions = (HERE, "ap-southeast-2", "sa-east-1")
    dev = [each for region in regions for each in site.dev(region=region)]
    result = _report(call(weekend_saver.stop_for_weekend, None, site.ledger))
    expect(reported(result), "reported").equals(
        sorted(dev), look="describe_regions of EC2 lists the regions of the account"
    )


# Friday: how


def test_it_waits_until_they_are_stopped(site):
    """When the function returns, every instance is stopped; none is still stopping."""
    site.aws.looks_until_settled = 2
    dev = site.dev(2)
    stop(site)
    site.are("stopped", dev, look="StopInstances returns at once: wait until they have stopped")


def test_dry_run(site):
    """A dry run reports what would be stopped, and changes nothing: no request, no ledger."""
    dev, there = site.dev(2), site.dev(region=THERE)
    expect(reported(stop(site, [HERE, THERE], dry_run=True)), "reported").equals(sorted(dev + there))
    site.are("running", dev)
    site.nothing_changed()
    expect(site.ledger.exists(), "there is a ledger").is_false("no ledger after a dry run")


def test_the_ledger(site):
    """The ledger is a JSON list of objects with region, id and type."""
    [instance] = site.dev()
    stop(site)
    expect(json.loads(site.ledger.read_text()), "the ledger").equals(
        [{"region": HERE, "id": instance, "type": "t3.micro"}]
    )


def test_a_second_run_keeps_the_ledger(site):
    """A second run adds to the ledger what it stops, and loses nothing that is in it."""
    friday = site.dev(2)
    stop(site)
    saturday = site.dev()
    result = stop(site)
    site.ledger_holds(friday + saturday, look="the second run wrote over what the first one had noted")
    expect(reported(result), "reported").equals(saturday)
    stop(site)
    site.ledger_holds(friday + saturday)


def test_stopped_again(site):
    """An instance that somebody has started again meanwhile is stopped, reported, and noted only once."""
    dev = site.dev(2)
    stop(site)
    site.aws.account.set_instance_state(dev[0], "running")
    expect(reported(stop(site)), "reported").equals(dev[:1])
    site.ledger_holds(dev, look="the ledger has one object for each instance")


def test_nothing_to_stop(site):
    """Where nothing is to be stopped nothing is sent that changes anything, and nothing has failed."""
    result = stop(site)
    result.expect(result.value.failed, "failed").equals({})
    site.nothing_changed(look="StopInstances wants at least one instance")


def test_a_ledger_that_cannot_be_read(site):
    """A ledger that is not JSON is a ValueError that names the file, before anything is stopped."""
    dev = site.dev()
    site.ledger.write_text('[{"region": "eu-c')
    look = "without the ledger nobody knows on Monday what to start: read it before stopping anything"
    call_raises(
        ValueError, weekend_saver.stop_for_weekend, [HERE], site.ledger, saying="ledger.json", look=look
    )
    site.are("running", dev, look=look)


# Friday: trouble


def test_terminated_between_list_and_stop(site):
    """An instance that is terminated just before it would be stopped is left out; all others are stopped."""
    dev = site.dev(4)
    site.aws.before(
        "ec2.StopInstances", lambda request: site.aws.account.set_instance_state(dev[1], "terminated")
    )
    rest = [dev[0], dev[2], dev[3]]
    result = stop(site)
    site.are("stopped", rest, look=MEANWHILE)
    expect(reported(result), "reported").equals(sorted(rest))
    site.ledger_holds(rest)
    result.expect(result.value.failed, "failed").equals(
        {}, look="an instance that is gone is no failure of its region"
    )


def test_unknown_between_list_and_stop(site):
    """An instance that AWS does not know any more when it would be stopped is left out, likewise."""
    dev = site.dev(2)
    site.aws.before("ec2.StopInstances", lambda request: site.aws.account.forget_instance(dev[0]))
    result = stop(site)
    site.are("stopped", dev[1:], look=MEANWHILE)
    expect(reported(result), "reported").equals(dev[1:])


def test_stopped_by_somebody_else_meanwhile(site):
    """An instance that somebody else has stopped just before is not ours to start on Monday."""
    dev = site.dev(2)
    site.aws.before("ec2.StopInstances", lambda request: _by_hand(site, dev))
    result = stop(site)
    ours = [each for each in dev if each != dev[0]]
    site.ledger_holds(
        ours,
        look="StopInstances accepts a stopped instance; its answer has the state from before: PreviousState",
    )
    expect(reported(result), "reported").equals(ours)


def _by_hand(site, dev):
    site.aws.account.set_instance_state(dev[0], "stopped")


def test_terminated_while_it_stops(site):
    """An instance that is terminated while it stops needs no more waiting, and is no failure."""
    site.aws.looks_until_settled = 2
    dev = site.dev(2)

    def terminate(request):
        site.aws.account.set_instance_state(dev[0], "terminated")

    site.aws.before("ec2.StopInstances", lambda request: site.aws.before("ec2.Describe", terminate))
    result = stop(site)
    result.expect(result.value.failed, "failed").equals(
        {},
        look="the waiter gives up (WaiterError) when an instance is terminated: for us it has come to rest",
    )
    site.are("stopped", dev[1:], look="after the terminated instance nobody waited for the other one")


def test_a_region_that_is_refused(site):
    """A region that AWS refuses is in failed with its error code; the other regions are worked on."""
    here, there, west = site.dev(), site.dev(region=THERE), site.dev(region="eu-west-1")
    site.aws.faults.inject(Refuse(match=f"ec2.* {THERE} "))
    result = stop(site, [HERE, THERE, "eu-west-1"])
    result.expect(result.value.failed, "failed").equals({THERE: "UnauthorizedOperation"})
    site.are("stopped", here)
    site.are("running", there, THERE)
    site.are("stopped", west, "eu-west-1", look="the regions after the refused one were not worked on")
    site.ledger_holds(here + west)


def test_stopping_is_refused(site):
    """Where only the stop is refused, the region is in failed, and nothing of it is in the ledger."""
    site.dev(2)
    site.aws.faults.inject(Refuse(match="ec2.StopInstances"))
    result = stop(site)
    result.expect(result.value.failed, "failed").equals({HERE: "UnauthorizedOperation"})
    expect(reported(result), "reported").equals([])
    site.ledger_holds([], look="what was not stopped must not be in the ledger")


def test_the_waiting_is_refused(site):
    """What was stopped is in the ledger and in the report, also when AWS refuses every look afterwards."""
    dev = site.dev(2)

    def refuse(request):
        site.aws.faults.inject(Refuse(match="ec2.Describe"))

    site.aws.before("ec2.StopInstances", refuse)
    result = stop(site)
    site.ledger_holds(dev, look="the ledger was to be written after the waiting, and that came to nothing")
    expect(reported(result), "reported").equals(sorted(dev))
    result.expect(list(result.value.failed), "regions in failed").equals([HERE])


def test_the_waiter_gives_up(site):
    """When an instance does not come to rest, its region is in failed; it is stopping, so it is noted."""
    site.aws.looks_until_settled = 1000
    dev = site.dev()
    result = stop(site)
    result.expect(list(result.value.failed), "regions in failed").equals([HERE])
    result.expect(result.value.failed[HERE], "why it failed").is_a(str)
    site.ledger_holds(dev)


def test_a_connection_that_is_cut(site):
    """A connection that is cut ends the run with botocore's exception; what was stopped before is noted."""
    here, there = site.dev(), site.dev(region=THERE)
    for operation in ("DescribeInstances", "StopInstances"):
        site.aws.faults.inject(Drop(match=f"ec2.{operation} {THERE} "))
        call_raises(BotoCoreError, weekend_saver.stop_for_weekend, [HERE, THERE], site.ledger)
        site.aws.faults.clear()
        site.ledger_holds(here, look="the ledger is to be written before the next region is worked on")
    site.are("running", there, THERE)


# Monday


def test_monday_starts_what_friday_stopped(site):
    """Monday's run starts exactly what the ledger holds, reports it, and leaves an empty ledger."""
    dev = site.dev(2) + site.dev(tags={"Env": "Dev"}, instance_type="m5.large")
    there = site.dev(region=THERE)
    asleep = site.dev(state="stopped")
    stop(site, [HERE, THERE])
    result = start(site)
    site.are("running", dev)
    site.are("running", there, THERE)
    site.are("stopped", asleep, look="what was stopped before Friday stays stopped")
    expect(reported(result), "reported").equals(sorted(dev + there))
    types = sorted(each.type for each in result.value.instances)
    result.expect(types, "their types").equals(["m5.large", "t3.micro", "t3.micro", "t3.micro"])
    site.ledger_holds([], look="a second run on Tuesday would start them again")


def test_monday_without_a_ledger(site):
    """Without a ledger, and with an empty one, there is nothing to start."""
    site.dev(state="stopped")
    for _ in range(2):
        expect(reported(start(site)), "reported").equals([])
        site.ledger.write_text("[]")
    site.nothing_changed()


def test_monday_dry_run(site):
    """A dry run on Monday reports what would be started, and changes nothing, not even the ledger."""
    dev = site.dev(2, state="stopped")
    site.write(dev)
    expect(reported(start(site, dry_run=True)), "reported").equals(sorted(dev))
    site.nothing_changed()
    site.ledger_holds(dev)


def test_monday_after_a_busy_weekend(site):
    """What is terminated, about to be, or unknown on Monday leaves the ledger; all others are started."""
    dev = site.dev(5, state="stopped")
    site.write(dev)
    site.aws.account.set_instance_state(dev[0], "terminated")
    site.aws.account.forget_instance(dev[1])
    site.aws.account.set_instance_state(dev[2], "shutting-down")
    result = start(site)
    site.are("running", dev[3:], look="one instance that is gone refuses the whole request: start the others")
    expect(reported(result), "reported").equals(sorted(dev[3:]))
    result.expect(result.value.failed, "failed").equals({})
    site.ledger_holds([], look="what is gone will be gone next Monday as well")


def test_monday_in_a_region_that_is_refused(site):
    """What could not be started because AWS refused its region stays in the ledger for the next run."""
    here, there = site.dev(state="stopped"), site.dev(region=THERE, state="stopped")
    site.write(there, THERE)
    site.write(here)
    site.aws.faults.inject(Refuse(match=f"ec2.* {THERE} ", times=None))
    result = start(site)
    result.expect(result.value.failed, "failed").equals({THERE: "UnauthorizedOperation"})
    site.are("running", here)
    site.ledger_holds(there, look="what was not started is still to be started: keep it in the ledger")
    site.aws.faults.clear()
    expect(reported(start(site)), "reported by the next run").equals(there)
    site.are("running", there, THERE)


def test_a_connection_that_is_cut_on_monday(site):
    """A connection that is cut ends the run with botocore's exception; what was not started stays noted."""
    dev = site.dev(2, state="stopped")
    site.write(dev)
    site.aws.faults.inject(Drop(match="ec2.", times=None))
    call_raises(BotoCoreError, weekend_saver.start_on_monday, site.ledger)
    site.ledger_holds(dev)


def test_throttled_now_and_then(site):
    """A request that is throttled once is sent again; the weekend goes on as planned."""
    dev = site.dev(2)
    for operation in ("DescribeInstances", "StopInstances", "StartInstances"):
        site.aws.faults.inject(Throttle(times=1, match=f"ec2.{operation}"))
    stop(site)
    site.are("stopped", dev)
    start(site)
    site.are("running", dev)


# The bill


def test_savings_by_region_and_in_total():
    """Each region has the sum of price times hours, and so has the total, rounded to two decimals."""
    machines = [
        weekend_saver.Instance(HERE, "i-1", "t3.micro"),
        weekend_saver.Instance(HERE, "i-2", "m5.large"),
        weekend_saver.Instance(THERE, "i-3", "t3.micro"),
    ]
    prices = {"t3.micro": 0.012, "m5.large": 0.115}
    call(weekend_saver.savings, machines, prices, 10).returns({HERE: 1.27, THERE: 0.12, "total": 1.39})


def test_a_weekend_has_62_hours():
    """Without a number of hours, 62 are counted: Friday 18:00 to Monday 8:00."""
    machines = [weekend_saver.Instance(HERE, "i-1", "t3.micro")]
    call(weekend_saver.savings, machines, {"t3.micro": 0.5}).returns({HERE: 31.0, "total": 31.0})


def test_the_total_is_rounded_once():
    """The total is the rounded sum, not a sum of rounded figures."""
    machines = [weekend_saver.Instance(region, "i-1", "t3.nano") for region in (HERE, THERE, "eu-west-1")]
    call(weekend_saver.savings, machines, {"t3.nano": 0.004}, 1).returns(
        {HERE: 0.0, THERE: 0.0, "eu-west-1": 0.0, "total": 0.01},
        slips=[
            (
                {HERE: 0.0, THERE: 0.0, "eu-west-1": 0.0, "total": 0.0},
                "the rounded figures were added up: add first, round last",
            )
        ],
    )


def test_types_without_a_price():
    """A type without a price counts nothing; without instances the total is 0."""
    machines = [weekend_saver.Instance(HERE, "i-1", "x9.huge")]
    call(weekend_saver.savings, machines, {"t3.micro": 1.0}).returns({HERE: 0.0, "total": 0.0})
    call(weekend_saver.savings, [], {"t3.micro": 1.0}).returns({"total": 0.0})
