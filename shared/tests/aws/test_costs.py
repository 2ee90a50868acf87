"""Cost Explorer by boto3: periods, groups, filters, pages, forecasts."""

from __future__ import annotations

from datetime import date
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from labkit.aws import AwsServer

FEBRUARY = {"Start": "2026-02-01", "End": "2026-03-01"}
EC2, S3 = "Amazon Elastic Compute Cloud - Compute", "Amazon Simple Storage Service"


def asked(**other: Any) -> dict[str, Any]:
    return {"TimePeriod": FEBRUARY, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"], **other}


def amounts(answer: dict[str, Any], metric: str = "UnblendedCost") -> list[float]:
    return [float(each["Total"][metric]["Amount"]) for each in answer["ResultsByTime"]]


def groups(answer: dict[str, Any], metric: str = "UnblendedCost") -> list[dict[tuple[str, ...], float]]:
    return [
        {tuple(group["Keys"]): float(group["Metrics"][metric]["Amount"]) for group in each["Groups"]}
        for each in answer["ResultsByTime"]
    ]


@pytest.fixture
def bill(aws: AwsServer) -> AwsServer:
    """Two services over two months, in two regions, with tags."""
    aws.costs.today = date(2026, 3, 1)
    aws.costs.add(EC2, 10.0, start=date(2026, 1, 1), days=59, amortized=12.0, tags={"Env": "Prod"})
    aws.costs.add(EC2, 2.0, start=date(2026, 2, 1), days=28, tags={"Env": "Dev"}, region="us-east-1")
    aws.costs.add(S3, lambda day: day.day / 10, start=date(2026, 2, 1), days=28, usage=100.0)
    return aws


@mock_aws
def test_the_gap_in_moto() -> None:
    """Bare moto knows no costs and checks nothing that it is asked."""
    client = boto3.client("ce", region_name="us-east-1")
    assert client.get_cost_and_usage(**asked(Metrics=["Money"]))["ResultsByTime"] == []


def test_months_and_days(bill: AwsServer) -> None:
    """Sums by calendar month or day, the end excluded; part of a month is its part."""
    client = boto3.client("ce")
    assert amounts(client.get_cost_and_usage(**asked())) == pytest.approx([28 * 12 + 40.6])
    period = {"Start": "2026-01-30", "End": "2026-02-03"}
    daily = client.get_cost_and_usage(**asked(TimePeriod=period, Granularity="DAILY"))
    assert amounts(daily) == pytest.approx([10.0, 10.0, 12.1, 12.2])
    monthly = client.get_cost_and_usage(**asked(TimePeriod=period))
    assert amounts(monthly) == pytest.approx([20.0, 24.3])
    assert [each["TimePeriod"] for each in monthly["ResultsByTime"]] == [
        {"Start": "2026-01-30", "End": "2026-02-01"},
        {"Start": "2026-02-01", "End": "2026-02-03"},
    ]


def test_amounts_are_texts(bill: AwsServer) -> None:
    """As on AWS, an amount is a text in a currency; a quantity has no unit."""
    answer = boto3.client("ce").get_cost_and_usage(**asked(Metrics=["AmortizedCost", "UsageQuantity"]))
    [found] = answer["ResultsByTime"]
    assert found["Total"]["AmortizedCost"] == {"Amount": f"{28 * 14 + 40.6:.10f}", "Unit": "USD"}
    assert found["Total"]["UsageQuantity"] == {"Amount": "2800.0000000000", "Unit": "N/A"}


def test_what_is_estimated(bill: AwsServer) -> None:
    """Costs of the last two days may still change."""
    period = {"Start": "2026-02-25", "End": "2026-03-01"}
    answer = boto3.client("ce").get_cost_and_usage(**asked(TimePeriod=period, Granularity="DAILY"))
    assert [each["Estimated"] for each in answer["ResultsByTime"]] == [False, False, True, True]


def test_groups(bill: AwsServer) -> None:
    """By service, by tag (what has none has an empty value), by two at once; the total is then empty."""
    client = boto3.client("ce")
    by_service = [{"Type": "DIMENSION", "Key": "SERVICE"}]
    by_tag = [{"Type": "TAG", "Key": "Env"}]
    found = client.get_cost_and_usage(**asked(GroupBy=by_service))
    assert groups(found) == [{(EC2,): 336.0, (S3,): 40.6}]
    assert found["ResultsByTime"][0]["Total"] == {}
    assert found["GroupDefinitions"] == by_service
    assert groups(client.get_cost_and_usage(**asked(GroupBy=by_tag))) == [
        {("Env$",): 40.6, ("Env$Dev",): 56.0, ("Env$Prod",): 280.0}
    ]
    both = groups(client.get_cost_and_usage(**asked(GroupBy=by_service + by_tag)))
    assert both == [{(EC2, "Env$Dev"): 56.0, (EC2, "Env$Prod"): 280.0, (S3, "Env$"): 40.6}]


@pytest.mark.parametrize(
    ("wanted", "amount"),
    [
        ({"Dimensions": {"Key": "SERVICE", "Values": [S3]}}, 40.6),
        ({"Tags": {"Key": "Env", "Values": ["Dev", "Prod"]}}, 336.0),
        ({"Tags": {"Key": "Env", "MatchOptions": ["ABSENT"]}}, 40.6),
        ({"Not": {"Dimensions": {"Key": "REGION", "Values": ["us-east-1"]}}}, 320.6),
        (
            {
                "And": [
                    {
                        "Dimensions": {
                            "Key": "SERVICE",
                            "Values": ["Amazon E"],
                            "MatchOptions": ["STARTS_WITH"],
                        }
                    },
                    {"Not": {"Tags": {"Key": "Env", "Values": ["Dev"]}}},
                ]
            },
            280.0,
        ),
        (
            {
                "Or": [
                    {"Dimensions": {"Key": "SERVICE", "Values": [S3]}},
                    {"Tags": {"Key": "Env", "Values": ["Dev"]}},
                ]
            },
            96.6,
        ),
    ],
)
def test_filters(bill: AwsServer, wanted: dict[str, Any], amount: float) -> None:
    """Only what passes the filter is summed up."""
    assert amounts(boto3.client("ce").get_cost_and_usage(**asked(Filter=wanted))) == pytest.approx([amount])


def test_pages(bill: AwsServer) -> None:
    """A long answer comes in pages, which a program must ask for by hand: boto3 has no paginator for it."""
    bill.largest_page = 10
    client = boto3.client("ce")
    answer = client.get_cost_and_usage(**asked(Granularity="DAILY"))
    found = amounts(answer)
    pages = 1
    while token := answer.get("NextPageToken"):
        answer = client.get_cost_and_usage(**asked(Granularity="DAILY", NextPageToken=token))
        found += amounts(answer)
        pages += 1
    assert (pages, len(found)) == (3, 28)
    assert sum(found) == pytest.approx(28 * 12 + 40.6)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"Metrics": []}, "Metrics parameter"),
        ({"Metrics": ["Money"]}, "Invalid metric Money"),
        ({"TimePeriod": {"Start": "2026-03-01", "End": "2026-03-01"}}, "before end date"),
        ({"TimePeriod": {"Start": "2026-02-30", "End": "2026-03-01"}}, "Invalid date format"),
        ({"GroupBy": [{"Type": "TAG", "Key": key} for key in "abc"]}, "Only up to 2"),
        ({"GroupBy": [{"Type": "DIMENSION", "Key": "AZ"}]}, "not simulated"),
        ({"Filter": {"Dimensions": {"Key": "AZ", "Values": ["a"]}}}, "AZ"),
    ],
)
def test_requests_that_are_refused(bill: AwsServer, other: dict[str, Any], words: str) -> None:
    """What Cost Explorer does not accept is a ValidationException with words."""
    with pytest.raises(ClientError, match=words) as caught:
        boto3.client("ce").get_cost_and_usage(**asked(**other))
    assert caught.value.response["Error"]["Code"] == "ValidationException"


def test_forecast(bill: AwsServer) -> None:
    """A forecast goes on as the last 30 days went; it cannot begin in the past, nor without a past."""
    client = boto3.client("ce")
    march = {"Start": "2026-03-01", "End": "2026-04-01"}
    told = client.get_cost_forecast(TimePeriod=march, Metric="UNBLENDED_COST", Granularity="MONTHLY")
    daily = (28 * 12 + 40.6 + 2 * 10) / 30
    assert float(told["Total"]["Amount"]) == pytest.approx(31 * daily)
    [each] = told["ForecastResultsByTime"]
    assert float(each["PredictionIntervalLowerBound"]) < float(each["MeanValue"])
    with pytest.raises(ClientError, match="current date"):
        client.get_cost_forecast(TimePeriod=FEBRUARY, Metric="UNBLENDED_COST", Granularity="MONTHLY")
    bill.costs.today = date(2027, 3, 1)
    later = {"Start": "2027-03-01", "End": "2027-04-01"}
    with pytest.raises(ClientError, match="historical data"):
        client.get_cost_forecast(TimePeriod=later, Metric="UNBLENDED_COST", Granularity="MONTHLY")


def test_values_of_dimensions_and_tags(bill: AwsServer) -> None:
    """Which services and which tags there were in a time."""
    client = boto3.client("ce")
    found = client.get_dimension_values(TimePeriod=FEBRUARY, Dimension="SERVICE")
    assert [each["Value"] for each in found["DimensionValues"]] == [EC2, S3]
    assert client.get_tags(TimePeriod=FEBRUARY)["Tags"] == ["Env"]
    assert client.get_tags(TimePeriod=FEBRUARY, TagKey="Env")["Tags"] == ["", "Dev", "Prod"]


def test_a_reset_forgets_costs(bill: AwsServer) -> None:
    """After a reset nothing was ever paid."""
    bill.reset()
    assert amounts(boto3.client("ce").get_cost_and_usage(**asked())) == [0.0]
