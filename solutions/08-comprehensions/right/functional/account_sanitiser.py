"""map, filter, itertools and regular expressions instead of comprehensions."""

import itertools
import math
import re
from functools import partial
from operator import le


def mark_full_disks(figures):
    return list(map(lambda figure: figure if figure <= 80 else "CRITICAL", figures))


def code_points(text):
    return dict(zip(text, map(ord, text)))


def clashing_minutes(first=3, second=5, end=101):
    step = math.lcm(first, second)
    return list(range(step, end, step))


def discount_prices(prices):
    large = dict(filter(lambda item: item[1] > 200, prices.items()))
    return prices | dict(zip(large, map(lambda price: round(price * 90 / 100, 2), large.values())))


def readable_sizes(sizes):
    return filter(partial(le, 0), sizes)


def total_size(sizes):
    return sum(itertools.filterfalse(lambda size: size < 0, sizes))


def failing_checks(fleet):
    regions = sorted(set(fleet) - {"test"})
    return list(itertools.chain.from_iterable(_region(region, fleet[region]) for region in regions))


def _region(region, hosts):
    for host, checks in filter(lambda item: item[1], hosts.items()):
        try:
            names = [check.strip().lower() for check in str.split(checks, ",")]
        except TypeError as problem:
            raise ValueError(f"host {host}, region {region}: {problem}") from problem
        yield from (f"{region}/{host}: {name}" for name in names if re.match("[^#]", name))


def clean_accounts(names):
    cleaned = map(str.lower, map(str.strip, names))
    people = itertools.filterfalse(re.compile(r"svc-.*|.*-bot|", re.DOTALL).fullmatch, cleaned)
    first = {name: None for name in people}
    return list(map(lambda name: ("corp-", "unix-")[len(name) < 9] + name, first))
