"""CloudWatch by boto3: metrics over days, aligned periods, pages, metric math, alarms that are evaluated."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from labkit.aws import AwsServer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def cpu_of(client: Any, instance: str, **other: Any) -> list[dict[str, Any]]:
    asked = {
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": instance}],
        "StartTime": NOON - timedelta(days=7),
        "EndTime": NOON,
        "Period": 3600,
        "Statistics": ["Average", "Maximum"],
    }
    given = {name: value for name, value in {**asked, **other}.items() if value is not None}
    found: list[dict[str, Any]] = client.get_metric_statistics(**given)["Datapoints"]
    return found


def query(name: str, instance: str, **other: Any) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": instance}],
    }
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Average"}, **other}


@mock_aws
def test_the_gap_in_moto() -> None:
    """Bare moto measures no CPU, and an alarm on it is OK whatever was measured."""
    ec2 = boto3.client("ec2", region_name="eu-central-1")
    cloudwatch = boto3.client("cloudwatch", region_name="eu-central-1")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    assert cpu_of(cloudwatch, made) == []
    cloudwatch.put_metric_alarm(**alarm(made))
    cloudwatch.put_metric_data(Namespace="AWS/EC2", MetricData=[datum(made, 99.0)])
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"


def test_cpu_over_days(aws: AwsServer) -> None:
    """A week of CPU is there, hour by hour, and tells an idle instance from a busy one."""
    idle, busy = aws.account.instances(2)
    aws.metrics.cpu([idle], 2.5, until=NOON)
    aws.metrics.cpu([busy], lambda when: 90.0 if 8 <= when.hour < 18 else 10.0, until=NOON)
    client = boto3.client("cloudwatch")
    found = cpu_of(client, idle)
    assert len(found) == 7 * 24
    assert {(each["Average"], each["Maximum"], each["Unit"]) for each in found} == {(2.5, 2.5, "Percent")}
    by_hour = {each["Timestamp"]: each["Average"] for each in cpu_of(client, busy)}
    assert by_hour[NOON - timedelta(hours=1)] == 90.0
    assert by_hour[NOON.replace(hour=3)] == 10.0
    assert [each["MetricName"] for each in client.list_metrics(Namespace="AWS/EC2")["Metrics"]] == [
        "CPUUtilization"
    ] * 2


def test_datapoints_come_in_no_order(aws: AwsServer) -> None:
    """As on AWS, a program that takes the first datapoint for the oldest is wrong."""
    [made] = aws.account.instances(1)
    aws.metrics.cpu([made], 5, until=NOON)
    times = [each["Timestamp"] for each in cpu_of(boto3.client("cloudwatch"), made)]
    assert times != sorted(times)
    assert times == [each["Timestamp"] for each in cpu_of(boto3.client("cloudwatch"), made)]


def test_what_is_put_joins_what_was_there(aws: AwsServer) -> None:
    """Figures that a program puts join the older ones; other dimensions are another metric."""
    [made] = aws.account.instances(1)
    aws.metrics.cpu([made], 10, days=1, until=NOON)
    client = boto3.client("cloudwatch")
    statistics = {"SampleCount": 2, "Sum": 180.0, "Minimum": 80.0, "Maximum": 100.0}
    data = [
        datum(made, 40.0, NOON + MINUTE),
        datum(made, 60.0, NOON + 2 * MINUTE),
        {**datum(made, 0, NOON + 6 * MINUTE), "StatisticValues": statistics},
        {**datum(made, 99.0, NOON + MINUTE), "Dimensions": []},
    ]
    del data[2]["Value"]
    client.put_metric_data(Namespace="AWS/EC2", MetricData=data)
    found = cpu_of(client, made, StartTime=NOON - 5 * MINUTE, EndTime=NOON + 10 * MINUTE, Period=300)
    told = sorted((each["Timestamp"], each["Average"], each["Maximum"]) for each in found)
    assert told == [(NOON - 5 * MINUTE, 10, 10), (NOON, 50, 60), (NOON + 5 * MINUTE, 90, 100)]


def test_percentiles(aws: AwsServer) -> None:
    """Extended statistics are worked out from the samples."""
    [made] = aws.account.instances(1)
    client = boto3.client("cloudwatch")
    values = [{**datum(made, 0, NOON), "Values": [float(n) for n in range(101)]}]
    del values[0]["Value"]
    client.put_metric_data(Namespace="AWS/EC2", MetricData=values)
    asked = {"Statistics": None, "ExtendedStatistics": ["p95", "p99.5"]}
    [found] = cpu_of(client, made, EndTime=NOON + MINUTE, Period=60, StartTime=NOON, **asked)
    assert found["ExtendedStatistics"] == {"p95": 95.0, "p99.5": 99.5}


@pytest.mark.parametrize(
    ("other", "code", "words"),
    [
        (
            {"Period": 300},
            "InvalidParameterCombination",
            "2,016 datapoints, which exceeds the limit of 1,440",
        ),
        ({"Period": 90}, "InvalidParameterValue", "multiple of 60"),
        ({"EndTime": NOON - timedelta(days=8)}, "InvalidParameterValue", "less than the parameter EndTime"),
        ({"Statistics": None}, "InvalidParameterCombination", "Statistics or ExtendedStatistics"),
        ({"Statistics": ["Average"], "ExtendedStatistics": ["q3"]}, "InvalidParameterValue", "q3"),
    ],
)
def test_requests_that_are_refused(aws: AwsServer, other: dict[str, Any], code: str, words: str) -> None:
    """More datapoints than one answer has, and parameters that fit nothing, are refused with words."""
    [made] = aws.account.instances(1)
    aws.metrics.cpu([made], 5, until=NOON)
    with pytest.raises(ClientError, match=words) as caught:
        cpu_of(boto3.client("cloudwatch"), made, **other)
    assert caught.value.response["Error"]["Code"].startswith(code)


def test_metric_data_in_pages(aws: AwsServer) -> None:
    """GetMetricData has pages, whose parts belong together by their ids; the newest come first."""
    ids = aws.account.instances(2)
    aws.metrics.cpu([ids[0]], lambda when: when.minute, days=1, until=NOON)
    aws.metrics.cpu([ids[1]], 7, days=1, until=NOON)
    aws.largest_page = 5
    client = boto3.client("cloudwatch")
    asked = {
        "MetricDataQueries": [query("a", ids[0]), query("b", ids[1])],
        "StartTime": NOON - 40 * MINUTE,
        "EndTime": NOON,
    }
    first = client.get_metric_data(**asked)
    assert [(each["Id"], each["StatusCode"], len(each["Values"])) for each in first["MetricDataResults"]] == [
        ("a", "PartialData", 5)
    ]
    whole: dict[str, list[float]] = {"a": [], "b": []}
    for page in client.get_paginator("get_metric_data").paginate(**asked):
        for each in page["MetricDataResults"]:
            whole[each["Id"]] += each["Values"]
    assert whole == {"a": [55, 50, 45, 40, 35, 30, 25, 20], "b": [7] * 8}


def test_periods_are_aligned(aws: AwsServer) -> None:
    """A start between two periods is rounded down to the one that it lies in."""
    [made] = aws.account.instances(1)
    aws.metrics.cpu([made], 7, days=1, every=60, until=NOON)
    [found] = boto3.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query("a", made)],
        StartTime=NOON - 13 * MINUTE,
        EndTime=NOON,
        ScanBy="TimestampAscending",
    )["MetricDataResults"]
    assert found["Timestamps"] == [NOON - number * MINUTE for number in (15, 10, 5)]
    assert found["Label"] == "CPUUtilization"


def test_metric_math(aws: AwsServer) -> None:
    """Arithmetic over series; a period that one of them lacks has no value, unless it is filled."""
    for name, values in (("errors", {0: 2, 5: 3}), ("requests", {0: 100, 5: 60, 10: 50})):
        data = [
            {"MetricName": name, "Value": value, "Timestamp": NOON + minute * MINUTE}
            for minute, value in values.items()
        ]
        boto3.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=data)

    def asked(*expressions: str) -> dict[str, list[float]]:
        queries: list[dict[str, Any]] = [
            {
                "Id": name,
                "MetricStat": {
                    "Metric": {"Namespace": "Shop", "MetricName": name},
                    "Period": 300,
                    "Stat": "Sum",
                },
                "ReturnData": False,
            }
            for name in ("errors", "requests")
        ]
        queries += [{"Id": f"e{number}", "Expression": text} for number, text in enumerate(expressions)]
        told = boto3.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries,
            StartTime=NOON,
            EndTime=NOON + 15 * MINUTE,
            ScanBy="TimestampAscending",
        )
        return {each["Id"]: each["Values"] for each in told["MetricDataResults"]}

    assert asked("e1 * 100", "errors / requests", "FILL(errors, 0) - 1", "requests / MAX(requests)") == {
        "e0": [2.0, 5.0],
        "e1": [0.02, 0.05],
        "e2": [1, 2, -1],
        "e3": [1.0, 0.6, 0.5],
    }
    for text, words in (
        ("errors /", "Syntax error"),
        ("latency * 2", "not defined"),
        ("RATE(errors)", "RATE"),
    ):
        with pytest.raises(ClientError, match=words):
            asked(text)


def datum(instance: str, value: float, when: datetime | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": instance}],
        "Value": value,
        "Unit": "Percent",
    }
    return found if when is None else found | {"Timestamp": when}


def alarm(instance: str, **other: Any) -> dict[str, Any]:
    return {
        "AlarmName": "cpu",
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": instance}],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 3,
        "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **other,
    }


def measured(aws: AwsServer, instance: str, marks: str) -> None:
    """A figure for each mark, oldest first, up to noon: X breaches, 0 does not, - is none."""
    data = [
        datum(instance, 95.0 if mark == "X" else 20.0, NOON - (len(marks) - place) * 5 * MINUTE)
        for place, mark in enumerate(marks)
        if mark != "-"
    ]
    if data:
        aws.client("cloudwatch").put_metric_data(Namespace="AWS/EC2", MetricData=data)


#: The two tables of the User Guide: marks, and what missing, ignore, breaching and notBreaching make of them.
#: "kept" is the state that the alarm was in before.
THREE_OF_THREE = [
    ("0-X-X", "OK", "OK", "OK", "OK"),
    ("----0", "OK", "OK", "OK", "OK"),
    ("-----", "INSUFFICIENT_DATA", "kept", "ALARM", "OK"),
    ("0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("--X--", "ALARM", "kept", "ALARM", "OK"),
]
TWO_OF_THREE = [
    ("0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0-X--", "OK", "OK", "ALARM", "OK"),
    ("----0", "OK", "OK", "ALARM", "OK"),
    ("---X-", "ALARM", "kept", "ALARM", "OK"),
]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    ("needed", "row"), [*((3, row) for row in THREE_OF_THREE), *((2, row) for row in TWO_OF_THREE)]
)
def test_missing_data(aws: AwsServer, needed: int, row: Sequence[str], place: int) -> None:
    """Missing data are treated as the tables of the User Guide say."""
    [made] = aws.account.instances(1)
    treatment = ("missing", "ignore", "breaching", "notBreaching")[place]
    client = boto3.client("cloudwatch")
    client.put_metric_alarm(**alarm(made, DatapointsToAlarm=needed, TreatMissingData=treatment))
    measured(aws, made, row[0])
    wanted = row[1 + place]
    for before in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        client.set_alarm_state(AlarmName="cpu", StateValue=before, StateReason="by hand")
        assert aws.alarms.evaluate(NOON) == {"cpu": before if wanted == "kept" else wanted}


def test_an_alarm_from_its_beginning(aws: AwsServer) -> None:
    """A new alarm has too little data, a changed one keeps its state, and each change has a reason."""
    [made] = aws.account.instances(1)
    client = boto3.client("cloudwatch")
    client.put_metric_alarm(**alarm(made))

    def state() -> str:
        return str(client.describe_alarms(AlarmNames=["cpu"])["MetricAlarms"][0]["StateValue"])

    assert state() == "INSUFFICIENT_DATA"
    measured(aws, made, "XXX")
    assert state() == "INSUFFICIENT_DATA"  # nobody has looked yet
    aws.alarms.evaluate(NOON)
    [told] = client.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert told["StateReason"].startswith(
        "Threshold Crossed: 3 out of the last 3 datapoints [95 (02/03/26 11:55:00)"
    )
    client.put_metric_alarm(**alarm(made, Threshold=99.0))
    assert state() == "ALARM"
    aws.alarms.evaluate(NOON)
    assert state() == "OK"


@pytest.mark.parametrize(
    ("comparison", "wanted"),
    [
        ("GreaterThanThreshold", "OK"),
        ("GreaterThanOrEqualToThreshold", "ALARM"),
        ("LessThanThreshold", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM"),
    ],
)
def test_comparisons_at_the_threshold(aws: AwsServer, comparison: str, wanted: str) -> None:
    """A figure that equals the threshold breaches it only where equality is asked for."""
    [made] = aws.account.instances(1)
    boto3.client("cloudwatch").put_metric_alarm(**alarm(made, Threshold=95.0, ComparisonOperator=comparison))
    measured(aws, made, "XXX")
    assert aws.alarms.evaluate(NOON) == {"cpu": wanted}


def test_an_alarm_over_sns(aws: AwsServer) -> None:
    """An alarm that goes off sends AWS's message to its topic, once; one without actions sends none."""
    [made] = aws.account.instances(1)
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name="ops")["TopicArn"]
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    client = boto3.client("cloudwatch")
    client.put_metric_alarm(**alarm(made, AlarmActions=[topic], AlarmDescription="busy"))
    client.put_metric_alarm(**alarm(made, AlarmName="quiet", AlarmActions=[topic], ActionsEnabled=False))
    measured(aws, made, "XXX")
    for _ in range(2):
        assert aws.alarms.evaluate(NOON) == {"cpu": "ALARM", "quiet": "ALARM"}
    [envelope] = [
        json.loads(each["Body"])
        for each in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    message = json.loads(envelope["Message"])
    assert envelope["Subject"] == 'ALARM: "cpu" in eu-central-1'
    assert (message["NewStateValue"], message["OldStateValue"]) == ("ALARM", "INSUFFICIENT_DATA")
    assert message["Trigger"]["Dimensions"] == [{"value": made, "name": "InstanceId"}]
    assert (message["AlarmDescription"], message["Trigger"]["TreatMissingData"]) == ("busy", "missing")


def test_an_alarm_stops_an_instance(aws: AwsServer) -> None:
    """The action of EC2 stops the instance that the alarm is about, and no other."""
    idle, other = aws.account.instances(2)
    client = boto3.client("cloudwatch")
    action = "arn:aws:automate:eu-central-1:ec2:stop"
    client.put_metric_alarm(
        **alarm(idle, ComparisonOperator="LessThanThreshold", Threshold=5.0, AlarmActions=[action])
    )
    aws.metrics.cpu([idle, other], 1.0, days=1, until=NOON)
    aws.alarms.evaluate(NOON)
    assert aws.account.instance_state(idle) == "stopped"
    assert aws.account.instance_state(other) == "running"


def test_an_alarm_on_metric_math(aws: AwsServer) -> None:
    """An alarm may watch an expression over several metrics."""
    one, two = aws.account.instances(2)
    aws.metrics.cpu([one], 90, days=1, until=NOON)
    aws.metrics.cpu([two], 60, days=1, until=NOON)
    client = boto3.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="fleet",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=2,
        Threshold=70.0,
        Metrics=[
            query("a", one, ReturnData=False),
            query("b", two, ReturnData=False),
            {"Id": "mean", "Expression": "(a + b) / 2"},
        ],
    )
    assert aws.alarms.evaluate(NOON) == {"fleet": "ALARM"}


def test_a_reset_forgets_metrics(aws: AwsServer) -> None:
    """After a reset nothing was measured, in no region."""
    [made] = aws.account.instances(1)
    aws.metrics.cpu([made], 5, until=NOON)
    aws.reset()
    client = boto3.client("cloudwatch")
    assert cpu_of(client, made) == []
    assert client.list_metrics()["Metrics"] == []


def test_regions_are_apart(aws: AwsServer) -> None:
    """What was measured in one region is not in another."""
    aws.metrics.cpu(["i-1"], 5, until=NOON, region="us-east-1")
    assert cpu_of(boto3.client("cloudwatch"), "i-1") == []
    assert len(cpu_of(boto3.client("cloudwatch", "us-east-1"), "i-1")) == 168


def test_order_of_what_is_put_does_not_matter(aws: AwsServer) -> None:
    """Figures that arrive late are sorted into their periods."""
    times = [NOON - number * MINUTE for number in range(60)]
    random.Random(7).shuffle(times)  # noqa: S311 - no secret
    client = boto3.client("cloudwatch")
    for when in times:
        client.put_metric_data(Namespace="AWS/EC2", MetricData=[datum("i-1", when.minute, when)])
    found = cpu_of(
        client, "i-1", StartTime=NOON - timedelta(hours=1), EndTime=NOON, Statistics=["SampleCount"]
    )
    assert [each["SampleCount"] for each in found] == [59]
