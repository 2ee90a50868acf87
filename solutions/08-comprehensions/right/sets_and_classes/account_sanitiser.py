"""Sets, slices, a class that iterates, and pattern matching."""

from collections.abc import Iterator

LIMIT = 80
TEN_PERCENT = 10


def mark_full_disks(figures):
    marked = list(figures)
    for index, figure in enumerate(marked):
        if not figure <= LIMIT:
            marked[index] = "CRITICAL"
    return marked


def code_points(text):
    return {letter: int.from_bytes(letter.encode("utf-32-be")) for letter in set(text)}


def clashing_minutes(first=3, second=5, end=101):
    return sorted({*range(first, end, first)} & {*range(second, end, second)})


def discount_prices(prices):
    def reduced(price):
        if price > 200:
            return round(price - price * TEN_PERCENT / 100, 2)
        return price

    return {**prices, **{name: reduced(prices[name]) for name in reversed(prices)}}


class readable_sizes(Iterator):  # noqa: N801 - a class is callable too
    def __init__(self, sizes):
        self.sizes = sizes
        self.started = None

    def __next__(self):
        if self.started is None:
            self.started = iter(self.sizes)
        while (size := next(self.started)) < 0:
            pass
        return size


def total_size(sizes):
    return sum(size * (size > 0) for size in sizes)


def failing_checks(fleet):
    def broken(region, host, checks):
        raise ValueError(f"{host} ({region}) has {type(checks).__name__} instead of text")

    return [
        f"{region}/{host}: {check}"
        for region in sorted(fleet)
        if region != "test"
        for host in fleet[region]
        if (checks := fleet[region][host])
        for raw in (checks if isinstance(checks, str) else broken(region, host, checks)).lower().split(",")
        if (check := raw.strip()) and not check.startswith("#")
    ]


def clean_accounts(names):
    result = []
    for name in names:
        match name.strip().lower():
            case "":
                pass
            case bot if bot.startswith("svc-") or bot.endswith("-bot"):
                pass
            case person:
                account = ("unix-" if not person[8:] else "corp-") + person
                if account not in result:
                    result.append(account)
    return result
