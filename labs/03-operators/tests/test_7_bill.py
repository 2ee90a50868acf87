from decimal import Decimal

import cloud_bill
import pytest

from labkit.checks import Stream, call, call_raises


def usage(name="compute", quantity="1", price="1"):
    return cloud_bill.Usage(name, Decimal(quantity), Decimal(price))


def part(result, name, expected, look=""):
    came = getattr(result.value, name)
    expected = Decimal(expected) if isinstance(expected, str) else expected
    result.expect(came, name).equals(expected, look=look)


def month():
    return [
        usage("compute", "740", "1.00"),
        usage("storage", "1020", "0.023"),
        usage("network", "10", "0.09"),
    ]


def test_the_amounts_of_a_bill():
    """A bill has an amount per line, their sum, 18 percent tax and the total."""
    result = call(cloud_bill.make_bill, month())
    part(
        result,
        "lines",
        [("compute", Decimal("740.00")), ("storage", Decimal("23.46")), ("network", Decimal("0.90"))],
    )
    part(result, "subtotal", "764.36")
    part(result, "tax_rate", "0.18")
    part(result, "tax", "137.58")
    part(result, "total", "901.94")
    part(result, "limit", None)
    part(result, "alert", False)


def test_each_line_is_rounded():
    """Each line is rounded to the cent, half a cent up, and the rounded lines are added."""
    result = call(cloud_bill.make_bill, [usage(price="0.005"), usage(price="0.005"), usage(price="0.005")])
    part(result, "subtotal", "0.03", look="what is printed must add up: round each line, then add")


def test_half_a_cent_goes_up():
    """Half a cent is rounded up, in lines and in the tax."""
    result = call(cloud_bill.make_bill, [usage(price="0.125")], Decimal("0.5"))
    part(result, "subtotal", "0.13", look="the usual way of quantize rounds a half to the even cent")
    part(result, "tax", "0.07", look="the usual way of quantize rounds a half to the even cent")
    part(result, "total", "0.20")


def test_amounts_have_two_decimals():
    """Every amount has two decimals, as text, too."""
    bill = call(cloud_bill.make_bill, [usage(quantity="3", price="1")], Decimal("0.1")).value
    result = call(lambda bill: [str(value) for value in (bill.subtotal, bill.tax, bill.total)], bill)
    result.returns(["3.00", "0.30", "3.30"])


def test_another_rate():
    """The rate of the tax is a parameter, and 0 is a rate, too."""
    part(call(cloud_bill.make_bill, [usage(price="10")], Decimal("0.075")), "tax", "0.75")
    part(call(cloud_bill.make_bill, [usage(price="10")], Decimal(0)), "tax", "0.00")


def test_tax_is_rounded_once():
    """The tax is that of the subtotal, rounded once, not the sum of rounded taxes."""
    result = call(cloud_bill.make_bill, [usage(price="0.10")] * 3, Decimal("0.05"))
    part(result, "tax", "0.02", look="5 percent of 0.30 is 0.015: do not round the tax of each line")


def test_nothing_used():
    """Without usage all amounts are 0.00."""
    result = call(cloud_bill.make_bill, [])
    part(result, "lines", [])
    for name in ("subtotal", "tax", "total"):
        part(result, name, "0.00")


def test_usage_is_read_once():
    """Usage may come from anything that can be looped over once."""
    part(call(cloud_bill.make_bill, Stream(month())), "total", "901.94")


@pytest.mark.parametrize(("limit", "alert"), [("901.93", True), ("901.94", False), ("901.95", False)])
def test_the_alert(limit, alert):
    """The alert is on when the total, tax included, is above the limit; exactly the limit is not above."""
    result = call(cloud_bill.make_bill, month(), limit=Decimal(limit))
    part(result, "alert", alert)
    part(result, "limit", limit)


def test_usage_of_zero():
    """A quantity of 0 and a price of 0 are allowed, and cost 0.00."""
    for nothing in (usage(quantity="0"), usage(price="0")):
        part(call(cloud_bill.make_bill, [nothing]), "lines", [("compute", Decimal("0.00"))])


def test_a_limit_of_zero():
    """A limit of 0 is a limit."""
    part(call(cloud_bill.make_bill, month(), limit=Decimal(0)), "alert", True, look="0 is not None")


def test_large_amounts_are_exact():
    """Large amounts keep their cents."""
    result = call(cloud_bill.make_bill, [usage(quantity="90071992547409.93", price="1")], Decimal(0))
    part(result, "total", "90071992547409.93")


@pytest.mark.parametrize(
    ("quantity", "price"), [("-1", "1"), ("1", "-0.01"), ("NaN", "1"), ("1", "Infinity")]
)
def test_amounts_that_cannot_be(quantity, price):
    """Negative, infinite and NaN quantities or prices raise ValueError with the name of the line."""
    call_raises(ValueError, cloud_bill.make_bill, [usage("archive", quantity, price)], saying="archive")


@pytest.mark.parametrize(
    ("quantity", "price"), [(1.5, Decimal(1)), (Decimal(1), 0.1), ("1", Decimal(1)), (True, Decimal(1))]
)
def test_only_decimals(quantity, price):
    """A quantity or price that is no Decimal raises TypeError with the name of the line."""
    call_raises(
        TypeError, cloud_bill.make_bill, [cloud_bill.Usage("archive", quantity, price)], saying="archive"
    )


@pytest.mark.parametrize("rate", ["-0.01", "NaN"])
def test_a_rate_that_cannot_be(rate):
    """A negative rate, or one that is no number, raises ValueError."""
    call_raises(ValueError, cloud_bill.make_bill, month(), Decimal(rate))


def rendered(bill, *lines, look=""):
    call(cloud_bill.render_bill, bill).returns("\n".join(lines), look=look)


def bill(lines, subtotal, rate, tax, total, limit=None, alert=False):
    amounts = [(name, Decimal(amount)) for name, amount in lines]
    limit = None if limit is None else Decimal(limit)
    return cloud_bill.Bill(
        amounts, Decimal(subtotal), Decimal(rate), Decimal(tax), Decimal(total), limit, alert
    )


def test_a_bill_as_text():
    """Names stand at the left, amounts at the right."""
    rendered(
        bill(
            [("compute", "740.00"), ("storage", "23.46"), ("network", "0.90")],
            "764.36",
            "0.18",
            "137.58",
            "901.94",
        ),
        "compute   740.00",
        "storage    23.46",
        "network     0.90",
        "subtotal  764.36",
        "tax 18%   137.58",
        "total     901.94",
    )


def test_the_columns_grow():
    """The longest name and the longest amount decide how wide the columns are."""
    rendered(
        bill([("network egress", "1.00"), ("x", "1234567.00")], "1234568.00", "0", "0.00", "1234568.00"),
        "network egress        1.00",
        "x               1234567.00",
        "subtotal        1234568.00",
        "tax 0%                0.00",
        "total           1234568.00",
    )


@pytest.mark.parametrize(
    ("rate", "shown"), [("0.075", "7.5"), ("0.10", "10"), ("0.180", "18"), ("1", "100"), ("0.00125", "0.125")]
)
def test_the_rate_in_percent(rate, shown):
    """The rate is shown in percent, with only those decimals that it needs."""
    lines = call(cloud_bill.render_bill, bill([("a", "1.00")], "1.00", rate, "0.00", "1.00")).value.split(
        "\n"
    )
    row = call(lambda lines: lines[2].split()[1], lines)
    row.returns(f"{shown}%", look="Decimal keeps zeros at the end, and writes 1E+1 after normalize")


def test_a_bill_without_lines():
    """Without lines only the sums are there."""
    rendered(bill([], "0.00", "0.18", "0.00", "0.00"), "subtotal  0.00", "tax 18%   0.00", "total     0.00")


def test_an_alert_as_text():
    """An alert is a last line that says the limit, with two decimals."""
    rendered(
        bill([("a", "9.00")], "9.00", "0", "0.00", "9.00", "8.5", True),
        "a         9.00",
        "subtotal  9.00",
        "tax 0%    0.00",
        "total     9.00",
        "ALERT: the total is above 8.50",
    )


def test_a_limit_without_an_alert():
    """A limit that is not exceeded is not mentioned."""
    rendered(
        bill([], "0.00", "0", "0.00", "0.00", "8.50", False),
        "subtotal  0.00",
        "tax 0%    0.00",
        "total     0.00",
    )
