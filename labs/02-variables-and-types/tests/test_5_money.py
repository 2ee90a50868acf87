from decimal import Decimal

import pytest
import resource_report

from labkit.checks import Stream, call, call_raises


def total(prices, expected, look="", slips=()):
    call(resource_report.invoice_total, prices).returns(Decimal(expected), look=look, slips=slips)


def test_ten_and_twenty_cents():
    """0.10 and 0.20 are 0.30, exactly."""
    total(
        ["0.10", "0.20"],
        "0.30",
        slips=[
            (0.3, "a Decimal is wanted: a float cannot hold 0.30"),
            (0.1 + 0.2, "floats were added: 0.1 + 0.2 is not 0.3"),
            (Decimal("0.3"), "round to the cent: 0.30 has two decimals"),
            (Decimal(0.1) + Decimal(0.2), "a Decimal made of a float inherits its error"),  # noqa: RUF032
        ],
    )


def test_two_decimals_always():
    """The result has two decimals, also where there are none to show."""
    call(lambda prices: str(resource_report.invoice_total(prices)), ["5"]).returns("5.00")
    call(lambda prices: str(resource_report.invoice_total(prices)), []).returns("0.00")


def test_many_small_prices():
    """A thousand prices of 0.001 are 1.00: the sum is rounded, not each price."""
    total(["0.001"] * 1000, "1.00", look="round once, at the end")


@pytest.mark.parametrize(
    ("price", "expected"), [("0.005", "0.01"), ("0.015", "0.02"), ("0.025", "0.03"), ("1.0049", "1.00")]
)
def test_half_a_cent_is_rounded_up(price, expected):
    """Half a cent is rounded up."""
    total(
        [price], expected, look="the usual way of quantize is banker's rounding: a half goes to the even cent"
    )


def test_credits():
    """Negative prices count as well; half a cent is rounded away from zero."""
    total(["10.00", "-2.50"], "7.50")
    total(["-0.005"], "-0.01")


def test_large_sums():
    """Large sums keep their cents."""
    total(["90071992547409.93", "0.02"], "90071992547409.95")


def test_prices_are_read_once():
    """The prices may come from anything that can be looped over once."""
    total(Stream(["1.10", "2.20"]), "3.30")


@pytest.mark.parametrize("price", [0.1, 1, None, Decimal(1)])
def test_only_texts(price):
    """A price that is no text raises TypeError: a float has lost its cents already."""
    call_raises(TypeError, resource_report.invoice_total, ["1.00", price])


@pytest.mark.parametrize("price", ["", "free", "1,50", "NaN", "Infinity", "-inf", "sNaN"])
def test_texts_that_are_no_price(price):
    """A text that is no price raises ValueError with that text."""
    call_raises(
        ValueError,
        resource_report.invoice_total,
        ["1.00", price],
        saying=repr(price),
        look="Decimal has an error of its own (InvalidOperation), and accepts NaN",
    )
