import doctest
import io

import cost_calculator
import pytest

from labkit.checks import call, expect


@pytest.mark.parametrize(
    ("percentage", "days", "minutes"),
    [(99.9, 30, 43.2), (99, 7, 100.8), (99.99, 365, 52.6), (100, 30, 0.0), (0, 1, 1440.0), (99.5, 31, 223.2)],
)
def test_minutes(percentage, days, minutes):
    """The minutes that may be down are given, rounded to one digit."""
    call(cost_calculator.allowed_downtime, percentage, days).returns(minutes)


def test_days_left_out():
    """Without days it is a month of 30 days; days can be given by name."""
    call(cost_calculator.allowed_downtime, 99.9).returns(43.2)
    call(cost_calculator.allowed_downtime, 99.9, days=10).returns(14.4)


def examples():
    """The examples in the docstring of the function."""
    function = cost_calculator.allowed_downtime
    function(100)
    return doctest.DocTestParser().get_doctest(
        function.__doc__ or "", {"allowed_downtime": function}, "allowed_downtime", None, 0
    )


def test_two_examples():
    """The docstring has at least two examples that call the function."""
    calls = [example.source for example in examples().examples if "allowed_downtime(" in example.source]
    expect(len(calls), "examples in the docstring that call allowed_downtime").at_least(2)


def test_the_examples_hold():
    """What the examples say is what comes, as doctest finds by running them."""
    output = io.StringIO()
    found = doctest.DocTestRunner(verbose=False).run(examples(), out=output.write)
    expect(output.getvalue(), "what doctest says").equals("")
    expect(found.failed, "examples that fail").equals(0)


def test_the_examples_judge():
    """An example says what comes: with another result of the function, at least two examples fail."""
    wrong = examples()
    wrong.globs["allowed_downtime"] = lambda *args, **kwargs: -1.0
    found = doctest.DocTestRunner(verbose=False).run(wrong, out=lambda text: None)
    expect(found.failed, "examples that fail when the function returns -1.0").at_least(2)
