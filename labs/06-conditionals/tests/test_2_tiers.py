import health_monitor
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("tier", "used", "expected"),
    [
        ("FREE", 10, False),
        ("FREE", 50, False),
        ("FREE", 50.1, True),
        ("FREE", 51, True),
        ("TEAM", 51, False),
        ("TEAM", 500, False),
        ("TEAM", 500.5, True),
        ("ENTERPRISE", 501, False),
        ("ENTERPRISE", 10**9, False),
        ("FREE", 0, False),
    ],
)
def test_limits(tier, used, expected):
    """Above the limit of the tier a customer is slowed down; exactly the limit is not above it."""
    call(health_monitor.is_throttled, tier, used).returns(
        expected, slips=[(not expected, "look at the limit of this tier, and at what is exactly the limit")]
    )


@pytest.mark.parametrize("tier", ["free", "PREMIUM", "", "FREE ", "TEAMS"])
def test_unknown_tiers(tier):
    """A tier that is not known raises ValueError with its name, whatever was used."""
    for used in (1, 10_000):
        call_raises(
            ValueError,
            health_monitor.is_throttled,
            tier,
            used,
            saying=repr(tier),
            look="an else for unknown tiers",
        )


@pytest.mark.parametrize("tier", ["FREE", "TEAM", "ENTERPRISE"])
def test_negative_use(tier):
    """A negative use raises ValueError, for every tier."""
    call_raises(ValueError, health_monitor.is_throttled, tier, -0.1)
