"""Alarms that are evaluated when a test says so, and that act.

moto's never change by themselves, and are OK as soon as they are made, where AWS says INSUFFICIENT_DATA.
Sources: "Amazon CloudWatch User Guide", "Alarm evaluation" and "Configuring how CloudWatch alarms treat
missing data"; the message of an alarm over SNS as AWS sends it.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from labkit.aws.backends import backend
from labkit.aws.cloudwatch.metrics import Metrics
from labkit.aws.cloudwatch.series import Key, moment
from labkit.aws.environment import ACCOUNT, REGION
from labkit.aws.instances import set_state

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"

_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
#: How many periods CloudWatch looks back beyond those that an alarm asks for, when some of them are missing.
_LOOK_BACK = 2
#: ``arn:aws:automate:REGION:ec2:ACTION``, and the state that an instance is in afterwards.
_INSTANCE_ACTIONS = {"stop": "stopped", "terminate": "terminated", "reboot": "running", "recover": "running"}


class Alarms:
    """The alarms of the account.

    Args:
        metrics: where they read.
        region: where, unless a call says otherwise.
    """

    def __init__(self, metrics: Metrics, region: str = REGION) -> None:
        self._metrics, self._region = metrics, region
        self._patches: ExitStack | None = None

    def evaluate(self, at: datetime | None = None, region: str | None = None) -> dict[str, str]:
        """Look at every alarm on metrics once, as CloudWatch does each period, and act on changes of state.

        Args:
            at: the moment; the periods before it count. Now by default.
            region: whose alarms.

        Returns:
            The state of each alarm by its name. Composite alarms stay as they are.

        Raises:
            ValueError: an alarm's statistic or expression is not simulated.
        """
        place = region or self._region
        now = (at or datetime.now(UTC)).timestamp()
        found = {}
        for alarm in list(backend("cloudwatch", place).alarms.values()):
            if not alarm.rule:
                before = alarm.state_value
                state, reason = self._judge(alarm, now, place)
                if state != before:
                    _change(alarm, state, reason, now, place)
            found[str(alarm.name)] = str(alarm.state_value)
        return found

    def start(self) -> None:
        """Have new alarms begin with INSUFFICIENT_DATA, and changed ones keep their state, from now on."""
        if self._patches is not None:
            return
        from moto.cloudwatch.models import CloudWatchBackend

        put: Callable[..., Any] = CloudWatchBackend.put_metric_alarm

        def put_metric_alarm(model: Any, name: str, *arguments: Any, **options: Any) -> Any:
            known = model.alarms.get(name)
            made = put(model, name, *arguments, **options)
            if known is None:
                made.state_value = INSUFFICIENT
            else:
                for word in (
                    "state_value",
                    "state_reason",
                    "state_reason_data",
                    "state_updated_timestamp",
                    "history",
                ):
                    setattr(made, word, getattr(known, word))
            return made

        self._patches = ExitStack()
        self._patches.enter_context(
            mock.patch.object(CloudWatchBackend, "put_metric_alarm", put_metric_alarm)
        )

    def stop(self) -> None:
        if self._patches is not None:
            self._patches.close()
        self._patches = None

    def _judge(self, alarm: Any, now: float, region: str) -> tuple[str, str]:
        """The state that an alarm ought to have, and why."""
        wanted = int(alarm.evaluation_periods)
        needed = int(alarm.datapoints_to_alarm or wanted)
        breaches, word = _COMPARISONS[alarm.comparison_operator]
        period = _period(alarm)
        end = now // period * period
        looked = wanted + _LOOK_BACK
        values = self._values(alarm, end - looked * period, end, period, region)
        # Newest first: its age in periods, and what was measured. An older one stands in for a missing one.
        there = [
            (age, values[end - age * period]) for age in range(1, looked + 1) if end - age * period in values
        ][:wanted]
        bad = [age for age, value in there if breaches(value, float(alarm.threshold))]
        good, missing = len(there) - len(bad), wanted - len(there)
        treatment = alarm.treat_missing_data or "missing"
        told = ", ".join(
            f"{value:g} ({moment(end - age * period):%d/%m/%y %H:%M:%S})" for age, value in there
        )
        reason = f"Threshold Crossed: {len(bad)} out of the last {wanted} datapoints [{told}] "
        limit = f"{word} the threshold ({alarm.threshold})"
        if len(bad) + (missing if treatment == "breaching" else 0) >= needed:
            verb = "was" if len(bad) == 1 else "were"
            return ALARM, f"{reason}{verb} {limit} (minimum {needed} datapoint for OK -> ALARM transition)."
        fine = OK, f"{reason}were not {limit} (minimum 1 datapoint for ALARM -> OK transition)."
        if not there and treatment == "missing":
            return INSUFFICIENT, f"Insufficient Data: {wanted} datapoints were unknown."
        if treatment in ("breaching", "notBreaching") or good or not missing:
            return fine
        if treatment == "missing" and bad and max(bad) >= needed:
            # Everything that there is breaches, for as long as was asked for.
            return ALARM, f"{reason}was {limit} (minimum {needed} datapoint for OK -> ALARM transition)."
        return alarm.state_value, alarm.state_reason

    def _values(self, alarm: Any, start: float, end: float, period: float, region: str) -> dict[float, float]:
        if alarm.metric_data_queries:
            queries = [_query(each) for each in alarm.metric_data_queries]
            [shown] = [query["Id"] for query in queries if query.get("ReturnData", True)]
            return self._metrics.queried(queries, start, end, region)[shown]
        pairs = frozenset((each.name, each.value) for each in alarm.dimensions)
        key = Key(alarm.namespace, alarm.metric_name, pairs)
        stat = alarm.extended_statistic or alarm.statistic
        return self._metrics.read(key, stat, start, end, period, start, region)


def _period(alarm: Any) -> int:
    if alarm.period:
        return int(alarm.period)
    periods = [each.metric_stat.period for each in alarm.metric_data_queries if each.metric_stat]
    return int(periods[0]) if periods else 60


def _query(query: Any) -> dict[str, Any]:
    """One of moto's queries as GetMetricData takes them."""
    told: dict[str, Any] = {"Id": query.id, "ReturnData": str(query.return_data).lower() != "false"}
    if query.metric_stat is None:
        return told | {"Expression": query.expression}
    metric = query.metric_stat.metric
    return told | {
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.metric_name,
                "Dimensions": [{"Name": each.name, "Value": each.value} for each in metric.dimensions],
            },
            "Period": query.metric_stat.period,
            "Stat": query.metric_stat.stat,
        }
    }


def _change(alarm: Any, state: str, reason: str, now: float, region: str) -> None:
    """The new state, its line in the history, and what is to be done about it."""
    before = alarm.state_value
    data = {"version": "1.0", "queryDate": f"{moment(now):%Y-%m-%dT%H:%M:%S.000+0000}"}
    alarm.update_state(reason, json.dumps(data), state)
    if not alarm.actions_enabled:
        return
    actions = {
        OK: alarm.ok_actions,
        ALARM: alarm.alarm_actions,
        INSUFFICIENT: alarm.insufficient_data_actions,
    }
    for action in actions[state] or ():
        _act(action, alarm, before, now, region)


def _act(action: str, alarm: Any, before: str, now: float, region: str) -> None:
    words = action.split(":")
    if words[2] == "sns":
        topic = backend("sns", words[3]).topics.get(action)
        if topic is not None:  # as on AWS, nobody hears of a topic that is gone
            subject = f'{alarm.state_value}: "{alarm.name}" in {region}'
            topic.publish(json.dumps(_message(alarm, before, now, region)), subject=subject[:100])
    elif words[2] == "automate" and words[-1] in _INSTANCE_ACTIONS:
        instances = {each.name: each.value for each in alarm.dimensions}
        instance = backend("ec2", region).get_instance_by_id(instances.get("InstanceId", ""))
        if instance is not None:
            set_state(instance, _INSTANCE_ACTIONS[words[-1]])


def _message(alarm: Any, before: str, now: float, region: str) -> Mapping[str, Any]:
    configured = f"{alarm.configuration_updated_timestamp:%Y-%m-%dT%H:%M:%S.000+0000}"
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": configured,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": f"{moment(now):%Y-%m-%dT%H:%M:%S.000+0000}",
        "Region": region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "StatisticType": "ExtendedStatistic" if alarm.extended_statistic else "Statistic",
            "Statistic": str(alarm.extended_statistic or alarm.statistic or "").upper(),
            "Unit": alarm.unit,
            "Dimensions": [{"value": each.value, "name": each.name} for each in alarm.dimensions],
            "Period": _period(alarm),
            "EvaluationPeriods": int(alarm.evaluation_periods),
            "DatapointsToAlarm": int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": float(alarm.threshold),
            "TreatMissingData": alarm.treat_missing_data or "missing",
            "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
        },
    }
