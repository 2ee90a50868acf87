import account_sanitiser

from labkit.checks import call


def test_a_price_above_200_gets_10_percent_off():
    """A price above 200 gets 10 percent off."""
    call(account_sanitiser.discount_prices, {"backup": 250, "search": 1000}).returns(
        {"backup": 225.0, "search": 900.0},
        slips=[({"backup": 25.0, "search": 100.0}, "that is the discount itself: take it off the price")],
    )


def test_other_prices_stay_in_the_bill():
    """A price that is not above 200 stays in the result, as it is."""
    call(account_sanitiser.discount_prices, {"mail": 120, "backup": 250, "wiki": 0}).returns(
        {"mail": 120, "backup": 225.0, "wiki": 0},
        slips=[
            ({"backup": 225.0}, "the other prices were left out: choose a price for each, filter none"),
            (
                {"mail": 108.0, "backup": 225.0, "wiki": 0.0},
                "all prices were reduced: only those above 200 are",
            ),
        ],
    )


def test_exactly_200_stays():
    """Exactly 200 is not above 200: no discount."""
    call(account_sanitiser.discount_prices, {"chat": 200}).returns(
        {"chat": 200}, slips=[({"chat": 180.0}, "200 itself was reduced: only larger prices are above 200")]
    )


def test_a_discounted_price_is_rounded():
    """A discounted price has two decimals: 333.33 becomes 300.0."""
    call(account_sanitiser.discount_prices, {"search": 333.33, "logs": 249.99}).returns(
        {"search": 300.0, "logs": 224.99},
        slips=[
            (
                {"search": 333.33 * 0.9, "logs": 249.99 * 0.9},
                "the discounted prices are not rounded to two decimals",
            ),
            (
                {"search": 300, "logs": 225},
                "the discounted prices are rounded to whole numbers, not to two decimals",
            ),
        ],
    )


def test_one_cent_more_is_above():
    """200.01 is above 200: discounted to 180.01."""
    call(account_sanitiser.discount_prices, {"chat": 200.01}).returns({"chat": 180.01})


def test_a_small_price_is_not_rounded():
    """A price that is not above 200 is not rounded either."""
    call(account_sanitiser.discount_prices, {"sms": 0.0375}).returns({"sms": 0.0375})


def test_credits_stay():
    """A credit, a negative price, stays as it is."""
    call(account_sanitiser.discount_prices, {"refund": -300}).returns({"refund": -300})


def test_no_licences():
    """An empty dictionary gives an empty dictionary."""
    call(account_sanitiser.discount_prices, {}).returns({})


def test_the_given_bill_keeps_its_prices():
    """The dictionary that is passed in keeps its prices."""
    call(account_sanitiser.discount_prices, {"mail": 120, "backup": 250}).changes_nothing()


def test_any_bill(rng):
    """Any bill: the large prices are reduced, the others are as before."""
    for _ in range(30):
        dear = [(tens / 10, round(tens * 9 / 100, 2)) for tens in rng.sample(range(2001, 9000), 3)]
        cheap = [(price, price) for price in rng.choices(range(201), k=3)]
        lines = rng.sample(dear + cheap, 6)
        bill = {f"item{number}": before for number, (before, _) in enumerate(lines)}
        wanted = {f"item{number}": after for number, (_, after) in enumerate(lines)}
        call(account_sanitiser.discount_prices, bill).returns(wanted)
