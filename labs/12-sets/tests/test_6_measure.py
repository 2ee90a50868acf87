import math

import log_deduplicator

from labkit.checks import Stream, call, expect


class Clock:
    """Gives one reading after the other, and counts them."""

    def __init__(self, *readings):
        self.readings, self.asked = list(readings), 0

    def __call__(self):
        self.asked += 1
        return self.readings.pop(0) if self.readings else 1000.0

    def __repr__(self):
        return "timer"


def test_the_ratio():
    """The ratio is the time of the lookups in the list, divided by that of the lookups in the set."""
    timer = Clock(10.0, 18.0, 20.0, 22.0)
    call(log_deduplicator.membership_ratio, ["a"], ["b"], timer).returns(
        4.0, slips=[(0.25, "the list is above the line, the set below it")]
    )
    expect(timer.asked, "how often the timer was read").equals(4)


def test_no_time_at_all():
    """If the set took no measurable time, the ratio is infinity."""
    call(log_deduplicator.membership_ratio, ["a"], ["b"], Clock(1.0, 2.0, 2.0, 2.0)).returns(math.inf)


def test_items_are_read_once():
    """Items, and what is looked for, may come from anything that can be looped over once."""
    timer = Clock(0.0, 3.0, 4.0, 6.0)
    call(log_deduplicator.membership_ratio, Stream(["a", "b"]), Stream(["c"]), timer).returns(1.5)


class Host:
    """A name whose comparison and whose hash take one second each on the clock of the test."""

    now = 0.0

    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        Host.now += 1
        return isinstance(other, Host) and self.name == other.name

    def __hash__(self):
        Host.now += 1
        return hash(self.name)

    def __repr__(self):
        return f"Host({self.name})"


def test_only_lookups_are_measured():
    """Only the lookups are measured, not the making of list and set; each name is looked up once."""
    Host.now = 0.0
    hosts = [Host(number) for number in range(20)]
    asked = [*(Host(-number) for number in range(1000, 1030)), Host(0)]
    # 30 names are compared with all 20 hosts, the last one with the first host; each name is hashed once.
    result = call(log_deduplicator.membership_ratio, hosts, Stream(asked), lambda: Host.now)
    result.expect(result.value, "the ratio").equals(
        601 / 32,
        look="making list and set takes time, too: do it before the first reading; look up each name once",
    )


def test_a_real_measurement():
    """With the real timer, which is the default, a list of 3,000 is more than three times slower."""
    result = call(log_deduplicator.membership_ratio, range(3000), range(3000, 3300))
    result.expect(result.value, "the ratio").at_least(3)
