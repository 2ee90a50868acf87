# ruff: noqa: RET505 - the nested decision stands here as the README shows it
import itertools

import health_monitor
import pytest

from labkit.checks import call, call_raises, expect

SEVERITIES = ("critical", "major", "minor")


def nested(severity, office_hours, premium):
    """The decision from the README: what it says is right by definition."""
    if severity == "critical":
        if office_hours:
            if premium:
                return "phone the account manager"
            else:
                return "page the team"
        else:
            return "page the on-call"
    else:
        if premium:
            if office_hours:
                return "page the team"
            else:
                if severity == "major":
                    return "page the on-call"
                else:
                    return "open a ticket"
        else:
            if severity == "major" and office_hours:
                return "page the team"
            return "open a ticket"


ALL = list(itertools.product(SEVERITIES, (True, False), (True, False)))


@pytest.mark.parametrize(("severity", "office_hours", "premium"), ALL)
def test_the_same_decisions(severity, office_hours, premium):
    """Each combination leads to where the nested decision leads."""
    call(health_monitor.route_alert, severity, office_hours, premium).returns(
        nested(severity, office_hours, premium)
    )


def test_the_table_is_complete():
    """The table has a row for each of the twelve combinations, and no others."""
    expect(set(health_monitor.ROUTES) == set(ALL), "ROUTES has exactly the twelve keys").equals(
        True, look="keys are tuples of severity, office hours, premium"
    )


@pytest.mark.parametrize(("severity", "office_hours", "premium"), ALL)
def test_the_rows_of_the_table(severity, office_hours, premium):
    """Each row of the table holds where the nested decision leads."""
    key = (severity, office_hours, premium)
    expect(health_monitor.ROUTES.get(key), f"ROUTES[{key}]").equals(nested(*key))


def test_the_table_decides(monkeypatch):
    """Whoever changes the table changes the decision."""
    monkeypatch.setitem(health_monitor.ROUTES, ("minor", False, False), "do nothing")
    call(health_monitor.route_alert, "minor", False, False).returns(
        "do nothing", look="the function looks up ROUTES, and holds no decision of its own"
    )


@pytest.mark.parametrize("severity", ["", "Critical", "blocker"])
def test_unknown_severities(severity):
    """A severity that the table does not have raises ValueError with its name."""
    call_raises(ValueError, health_monitor.route_alert, severity, True, False, saying=repr(severity))
