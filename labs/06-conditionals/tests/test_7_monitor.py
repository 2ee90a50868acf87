import health_monitor
import pytest

from labkit.checks import Stream, call, call_raises


@pytest.mark.parametrize(
    ("cpu", "disk", "status", "priority"),
    [
        (10, 10, "HEALTHY", None),
        (74.9, 79.9, "HEALTHY", None),
        (75, 10, "WARNING", "P2"),
        (10, 80, "WARNING", "P2"),
        (89.9, 94.9, "WARNING", "P2"),
        (90, 10, "CRITICAL", "P1"),
        (10, 95, "CRITICAL", "P1"),
        (90, 80, "CRITICAL", "P1"),
        (75, 95, "CRITICAL", "P1"),
        (0, 0, "HEALTHY", None),
        (100, 100, "CRITICAL", "P1"),
        (90.0, 94.99, "CRITICAL", "P1"),
    ],
)
def test_thresholds(cpu, disk, status, priority):
    """CPU from 90 or disk from 95 on is P1, CPU from 75 or disk from 80 on is P2, all else is healthy."""
    call(health_monitor.check_server, "web-7", cpu, disk).returns(
        health_monitor.Health("web-7", status, priority),
        look="the thresholds themselves count, either of the two is enough, and the most urgent one wins",
    )


@pytest.mark.parametrize(
    ("cpu", "disk"),
    [
        (-0.1, 10),
        (100.1, 10),
        (10, -1),
        (10, 101),
        (float("nan"), 10),
        (10, float("nan")),
        (float("inf"), 10),
    ],
)
def test_telemetry_that_cannot_be(cpu, disk):
    """Figures outside of 0 to 100 and NaN raise ValueError with the name of the server."""
    call_raises(
        ValueError,
        health_monitor.check_server,
        "web-7",
        cpu,
        disk,
        saying="web-7",
        look="ask for what must hold, 0 <= x <= 100: NaN fails that",
    )


@pytest.mark.parametrize(("cpu", "disk"), [(True, 10), (10, False), ("91", 10), (10, None), ([90], 10)])
def test_telemetry_of_the_wrong_type(cpu, disk):
    """A figure that is no number, a bool included, raises TypeError with the name of the server."""
    call_raises(TypeError, health_monitor.check_server, "web-7", cpu, disk, saying="web-7")


@pytest.mark.parametrize("server", ["", "   "])
def test_a_server_without_a_name(server):
    """A blank name raises ValueError."""
    call_raises(ValueError, health_monitor.check_server, server, 10, 10)


def judged(*rows):
    return [health_monitor.Health(*row) for row in rows]


def test_the_most_urgent_first():
    """Critical servers come first, then warnings, then healthy ones; each group in the given order."""
    readings = [("a", 10, 10), ("b", 80, 10), ("c", 95, 10), ("d", 10, 99), ("e", 10, 85), ("f", 1, 1)]
    call(health_monitor.monitor, readings).returns(
        (
            judged(
                ("c", "CRITICAL", "P1"),
                ("d", "CRITICAL", "P1"),
                ("b", "WARNING", "P2"),
                ("e", "WARNING", "P2"),
                ("a", "HEALTHY", None),
                ("f", "HEALTHY", None),
            ),
            [],
        )
    )


def test_bad_telemetry_is_set_apart():
    """Servers with telemetry that cannot be used are listed by name, in order, and stop nobody."""
    readings = [("a", 10, 10), ("b", -5, 10), ("c", "high", 10), ("d", float("nan"), 1), ("e", 95, 1)]
    call(health_monitor.monitor, readings).returns(
        (judged(("e", "CRITICAL", "P1"), ("a", "HEALTHY", None)), ["b", "c", "d"])
    )


def test_names_do_not_decide():
    """The order within a group is the given one, not that of the names."""
    readings = [("z", 95, 1), ("a", 96, 1), ("m", 97, 1)]
    call(health_monitor.monitor, readings).returns(
        (judged(("z", "CRITICAL", "P1"), ("a", "CRITICAL", "P1"), ("m", "CRITICAL", "P1")), [])
    )


def test_which_figure_is_which():
    """A reading is the server, its CPU and its disk, in this order."""
    readings = [("web-1", 92, 10), ("web-2", 10, 92)]
    call(health_monitor.monitor, readings).returns(
        (judged(("web-1", "CRITICAL", "P1"), ("web-2", "WARNING", "P2")), [])
    )


def test_no_servers():
    """Without readings both lists are empty."""
    call(health_monitor.monitor, []).returns(([], []))


def test_readings_are_read_once():
    """The readings may come from anything that can be looped over once."""
    call(health_monitor.monitor, Stream([("a", 10, 10)])).returns((judged(("a", "HEALTHY", None)), []))
