"""A health monitor: decisions, from a status code to a list of machines that need somebody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Health:
    """The judgement of one server; ``priority`` is None where nobody has to act."""

    server: str
    status: str
    priority: str | None


def classify_status(code):
    if code >= 100 and code <= 599:
        if code >= 500:
            return "server error"
        elif code >= 400:
            return "client error"
        elif code >= 300:
            return "redirect"
        elif code >= 200:
            return "success"
        else:
            return "informational"
    raise ValueError("there is no code " + str(code))


def is_throttled(tier, used_gb):
    if used_gb < 0:
        raise ValueError("less than nothing")
    match tier:
        case "FREE":
            return used_gb > 50
        case "TEAM":
            return used_gb > 500
        case "ENTERPRISE":
            return False
        case _:
            raise ValueError("no such tier: " + repr(tier))


def is_leap_year(year):
    if year % 400 == 0:
        return True
    if year % 100 == 0:
        return False
    return year % 4 == 0


def describe_number(number):
    match number > 0, number < 0, number % 2 == 0:
        case True, _, True:
            return "positive even"
        case True, _, False:
            return "positive odd"
        case _, True, True:
            return "negative even"
        case _, True, False:
            return "negative odd"
    return "zero"


def ticket_price(age, weekday):
    match weekday.upper():
        case "WEDNESDAY":
            quarters = 3
        case "MONDAY" | "TUESDAY" | "THURSDAY" | "FRIDAY" | "SATURDAY" | "SUNDAY":
            quarters = 4
        case _:
            raise ValueError("not a weekday: " + repr(weekday))
    if age < 0 or age > 130:
        raise ValueError("not an age: " + str(age))
    if age <= 3:
        return 0
    if age <= 12:
        return 150 * quarters
    if age <= 17:
        return 225 * quarters
    if age <= 64:
        return 300 * quarters
    return 200 * quarters


ROUTES: dict[tuple[str, bool, bool], str] = {
    ("critical", True, True): "phone the account manager",
    ("critical", True, False): "page the team",
    ("critical", False, True): "page the on-call",
    ("critical", False, False): "page the on-call",
    ("major", True, True): "page the team",
    ("major", True, False): "page the team",
    ("major", False, True): "page the on-call",
    ("major", False, False): "open a ticket",
    ("minor", True, True): "page the team",
    ("minor", True, False): "open a ticket",
    ("minor", False, True): "open a ticket",
    ("minor", False, False): "open a ticket",
}


def route_alert(severity, office_hours, premium):
    for (known, hours, customer), route in ROUTES.items():
        if known == severity and hours == office_hours and customer == premium:
            return route
    raise ValueError("who shall hear of " + repr(severity) + "?")


def usable(value):
    match value:
        case bool():
            return TypeError
        case int() | float():
            return None if value >= 0 and value <= 100 else ValueError
        case _:
            return TypeError


def check_server(server, cpu, disk):
    if not server or server.isspace():
        raise ValueError("a name is wanted")
    problem = usable(cpu) or usable(disk)
    if problem:
        raise problem(server + " reports " + repr((cpu, disk)))
    if cpu < 90 and disk < 95:
        if cpu < 75 and disk < 80:
            return Health(server, "HEALTHY", None)
        return Health(server, "WARNING", "P2")
    return Health(server, "CRITICAL", "P1")


def monitor(readings):
    first, second, third, bad = [], [], [], []
    for server, cpu, disk in readings:
        try:
            health = check_server(server, cpu, disk)
        except Exception:
            bad += [server]
            continue
        if health.status == "CRITICAL":
            first.append(health)
        elif health.status == "WARNING":
            second.append(health)
        else:
            third.append(health)
    return first + second + third, bad
