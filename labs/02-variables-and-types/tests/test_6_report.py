import pytest
import resource_report

from labkit.checks import call, call_raises


def report(host="web-7", uptime=12, cpu=63.5, healthy=True):
    return call(resource_report.resource_report, host, uptime, cpu, healthy)


def test_four_lines_in_columns():
    """Each fact has a line with name, value and type, in columns."""
    report().returns("host     web-7  str\nuptime   12     int\ncpu      63.5   float\nhealthy  True   bool")


def test_the_columns_grow_with_the_values():
    """The longest value decides where the third column begins."""
    report(host="db-primary.example.net", cpu=5).returns(
        "host     db-primary.example.net  str\n"
        "uptime   12                      int\n"
        "cpu      5                       int\n"
        "healthy  True                    bool",
        look="make all values texts first, then take the longest",
    )


def test_short_values():
    """With short values the third column comes closer."""
    report(host="a", uptime=0, cpu=0, healthy=True).returns(
        "host     a     str\nuptime   0     int\ncpu      0     int\nhealthy  True  bool"
    )


def test_facts_that_are_not_known():
    """A fact of None is shown as unknown, with its type NoneType."""
    report(host=None, uptime=None, cpu=None, healthy=None).returns(
        "host     unknown  NoneType\n"
        "uptime   unknown  NoneType\n"
        "cpu      unknown  NoneType\n"
        "healthy  unknown  NoneType"
    )


def test_zero_and_false_are_known():
    """0, 0.0 and False are values, not unknown."""
    report(uptime=0, cpu=0.0, healthy=False).returns(
        "host     web-7  str\nuptime   0      int\ncpu      0.0    float\nhealthy  False  bool",
        look="`if not value` is true for 0 and False, too: compare with `is None`",
    )


def test_hosts_of_any_language():
    """Columns are counted in characters, whatever the language."""
    report(host="größe-1").returns(
        "host     größe-1  str\nuptime   12       int\ncpu      63.5     float\nhealthy  True     bool"
    )


@pytest.mark.parametrize("cpu", [0, 100, 0.0, 100.0, 99.9])
def test_the_limits_of_cpu(cpu):
    """0 and 100 percent are allowed, whole or not."""
    report(cpu=cpu).expect(str(cpu) in report(cpu=cpu).value, f"{cpu} in the report").equals(True)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("host", 7),
        ("host", ["web-7"]),
        ("uptime", True),
        ("uptime", 12.0),
        ("uptime", "12"),
        ("cpu", False),
        ("cpu", "63.5"),
        ("healthy", 1),
        ("healthy", 0),
        ("healthy", "True"),
    ],
)
def test_a_fact_of_the_wrong_type(fact, value):
    """A value of the wrong type raises TypeError with the name of the fact; a bool is no number."""
    call_raises(
        TypeError,
        resource_report.resource_report,
        **{"host": "web-7", "uptime": 12, "cpu": 63.5, "healthy": True, fact: value},
        saying=fact,
        look="check the type first; a bool is a kind of int and has to be refused by itself",
    )


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("host", ""),
        ("host", "   "),
        ("uptime", -1),
        ("cpu", -0.1),
        ("cpu", 100.1),
        ("cpu", 101),
        ("cpu", float("nan")),
        ("cpu", float("inf")),
    ],
)
def test_a_fact_that_cannot_be(fact, value):
    """A value that cannot be raises ValueError with the name of the fact."""
    call_raises(
        ValueError,
        resource_report.resource_report,
        **{"host": "web-7", "uptime": 12, "cpu": 63.5, "healthy": True, fact: value},
        saying=fact,
        look="write the comparison so that NaN fails it: what must hold, not what must not",
    )
