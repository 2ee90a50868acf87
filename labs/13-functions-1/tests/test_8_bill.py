from decimal import Decimal

import cost_calculator
import pytest

from labkit.checks import Stream, call, call_raises, expect

D = Decimal


@pytest.mark.parametrize(
    ("hours", "percent"),
    [(0, 0), (199, 0), (200, 5), (499, 5), (500, 10), (D("699.99"), 10), (700, 20), (744, 20)],
)
def test_discounts(hours, percent):
    """The discount is that of the highest threshold that is reached."""
    call(cost_calculator.tier_discount, hours).returns(percent)


@pytest.mark.parametrize(
    ("tiers", "percent"),
    [
        ({100: 10, 10: 1, 50: 5}, 5),
        ({50: 5, 10: 1}, 5),
        ({100: 10}, 0),
        ({}, 0),
        ({10: 30, 50: 2, 60: 3}, 3),
        ({0: 7}, 7),
    ],
)
def test_other_tiers(tiers, percent):
    """Other tiers may be given, in any order; the highest threshold counts, not the highest discount."""
    call(cost_calculator.tier_discount, 70, tiers).returns(percent)


@pytest.mark.parametrize(
    ("hours", "rate", "cost"),
    [
        (10, D("0.125"), "1.25"),
        (1, D("0.005"), "0.01"),
        (1, D("0.015"), "0.02"),
        (1, D("0.025"), "0.03"),
        (1, D("0.0249"), "0.02"),
        (0, D("3"), "0.00"),
        (3, 2, "6.00"),
        (D("1.5"), D("1.01"), "1.52"),
        (3, 0, "0.00"),
    ],
)
def test_costs(hours, rate, cost):
    """Hours times rate are rounded to cents, half a cent up, as a Decimal with two digits."""
    result = call(cost_calculator.line_cost, hours, rate)
    result.returns(D(cost))
    result.expect(str(result.value), "the costs as a text").equals(
        cost, look="two digits, also when they are 0"
    )


@pytest.mark.parametrize(
    ("discount", "cost"), [(0, "10.00"), (10, "9.00"), (100, "0.00"), (D("12.5"), "8.75"), (1, "9.90")]
)
def test_costs_with_discount(discount, cost):
    """A discount in percent is taken off, before the rounding."""
    call(cost_calculator.line_cost, 10, 1, discount=discount).returns(D(cost))


def test_rounded_once():
    """The discount is taken off first, and then the result is rounded, once."""
    call(cost_calculator.line_cost, 1, D("0.105"), discount=50).returns(
        D("0.05"), slips=[(D("0.06"), "round once, after the discount")]
    )


def test_discount_by_name_only():
    """The discount can be given by name only."""
    call(cost_calculator.line_cost, 10, 1, discount=5).returns(D("9.50"))
    call_raises(TypeError, cost_calculator.line_cost, 10, 1, 5)


@pytest.mark.parametrize(
    ("numbers", "discount", "name"),
    [
        ((-1, 1), 0, "hours"),
        ((1, D("-0.01")), 0, "rate"),
        ((1, 1), -1, "discount"),
        ((1, 1), 101, "discount"),
    ],
)
def test_numbers_out_of_range(numbers, discount, name):
    """A negative number, or a discount above 100, raises ValueError that begins with the parameter."""
    problem = call_raises(ValueError, cost_calculator.line_cost, *numbers, discount=discount, saying=name)
    expect(str(problem), "the message").matches(rf"^{name}\b")


@pytest.mark.parametrize(
    ("numbers", "discount", "name"),
    [
        ((1, 0.1), 0, "rate"),
        ((1.0, 1), 0, "hours"),
        ((None, 1), 0, "hours"),
        ((1, "1"), 0, "rate"),
        ((1, 1), 0.5, "discount"),
    ],
)
def test_no_exact_numbers(numbers, discount, name):
    """What is neither an int nor a Decimal, a float too, raises TypeError that begins with the parameter."""
    problem = call_raises(TypeError, cost_calculator.line_cost, *numbers, discount=discount, saying=name)
    expect(str(problem), "the message").matches(rf"^{name}\b")


INSTANCES = [("web-1", 744, D("0.0832")), ("web-2", 100, D("0.0832")), ("db-1", 500, D("0.3765"))]


def bill(lines, total):
    return cost_calculator.Bill([(name, D(cost)) for name, cost in lines], D(total))


def test_a_bill():
    """Each instance has its line, with the discount for its hours; the total is their sum."""
    call(cost_calculator.make_bill, INSTANCES).returns(
        bill([("web-1", "49.52"), ("web-2", "8.32"), ("db-1", "169.43")], "227.27")
    )


def test_the_total_of_rounded_lines():
    """The total is the sum of the lines as they are printed."""
    call(
        cost_calculator.make_bill, [("a", 1, D("0.005")), ("b", 1, D("0.005")), ("c", 1, D("0.005"))]
    ).returns(
        bill([("a", "0.01"), ("b", "0.01"), ("c", "0.01")], "0.03"),
        look="a customer adds up what is printed: sum the rounded lines",
    )


def test_other_tiers_for_a_bill():
    """Other tiers can be given by name; without tiers there is no discount."""
    call(cost_calculator.make_bill, INSTANCES[:1], tiers={700: 50}).returns(
        bill([("web-1", "30.95")], "30.95")
    )
    call(cost_calculator.make_bill, INSTANCES[:1], tiers={}).returns(bill([("web-1", "61.90")], "61.90"))


def test_tiers_by_name_only():
    """The tiers can be given by name only."""
    call(cost_calculator.make_bill, [], tiers={}).returns(bill([], "0.00"))
    call_raises(TypeError, cost_calculator.make_bill, INSTANCES, {700: 50})


def test_an_empty_bill():
    """A bill of nothing has no lines, and a total of 0.00."""
    result = call(cost_calculator.make_bill, [])
    result.returns(bill([], "0.00"))
    result.expect(str(result.value.total), "the total as a text").equals("0.00")


def test_instances_are_read_once():
    """The instances may come from anything that can be looped over once."""
    call(cost_calculator.make_bill, Stream([("a", 1, 1), ("b", 2, 1)])).returns(
        bill([("a", "1.00"), ("b", "2.00")], "3.00")
    )


@pytest.mark.parametrize(
    ("line", "kind", "parts"),
    [
        (("db-7", -1, 1), ValueError, ["db-7", "hours"]),
        (("db-7", 1, 0.1), TypeError, ["db-7", "rate"]),
        (("db-7", None, 1), TypeError, ["db-7"]),
    ],
)
def test_errors_name_the_instance(line, kind, parts):
    """An error in a line is of the same kind as in line_cost, and names the instance."""
    call_raises(kind, cost_calculator.make_bill, [("web-1", 1, 1), line], saying=parts)


def test_the_text():
    """The text has a line for each instance and one for the total."""
    call(cost_calculator.bill_text, bill([("web", "1.25"), ("db", "10.00")], "11.25")).returns(
        "web: 1.25 EUR\ndb: 10.00 EUR\ntotal: 11.25 EUR"
    )


def test_another_currency():
    """Another currency can be given by name."""
    call(cost_calculator.bill_text, bill([], "0.00"), currency="CHF").returns("total: 0.00 CHF")
    call_raises(TypeError, cost_calculator.bill_text, bill([], "0.00"), "CHF")
