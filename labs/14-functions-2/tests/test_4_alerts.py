import pytest
import telemetry_pipeline

from labkit.checks import Stream, call, expect


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (80, [True, False, False]),
        (95, [True, True, True]),
        (70, [False, False, False]),
        (80.5, [True, True, False]),
    ],
)
def test_each_has_its_limit(value, expected):
    """Each function tells whether a value is above its own limit; the limit itself is not above."""
    alerts = call(telemetry_pipeline.make_alerts, [70, 80, 90]).value
    expect([alert(value) for alert in alerts], f"alerts of the limits 70, 80, 90 for {value}").equals(
        expected,
        look="a loop variable is looked up when the function is called, not when it is made",
    )


def test_no_limits():
    """Without limits there are no functions."""
    call(telemetry_pipeline.make_alerts, []).returns([])


def test_one_argument():
    """A function takes the value by position, and nothing else is needed."""
    (alert,) = call(telemetry_pipeline.make_alerts, Stream([1])).value
    expect(alert(2), "the alert of the limit 1 for 2").equals(True)
