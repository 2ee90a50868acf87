"""Plain loops from end to end, written from the README and the skeleton alone."""


def mark_full_disks(figures):
    marked = []
    for figure in figures:
        if figure > 80:
            marked.append("CRITICAL")
        else:
            marked.append(figure)
    return marked


def code_points(text):
    points = {}
    for character in text:
        points[character] = ord(character)
    return points


def clashing_minutes(first=3, second=5, end=101):
    minutes = []
    minute = first
    while minute < end:
        if minute % second == 0:
            minutes.append(minute)
        minute += first
    return minutes


def discount_prices(prices):
    discounted = prices.copy()
    for name in discounted:
        if discounted[name] > 200:
            discounted[name] = round(discounted[name] - discounted[name] / 10, 2)
    return discounted


def readable_sizes(sizes):
    for size in sizes:
        if size >= 0:
            yield size


def total_size(sizes):
    total = 0
    for size in sizes:
        if size >= 0:
            total += size
    return total


def failing_checks(fleet):
    lines = []
    for region in sorted(fleet):
        if region == "test":
            continue
        for host, checks in fleet[region].items():
            if not checks:
                continue
            if not isinstance(checks, str):
                raise ValueError(f"checks of {host} in {region} are not text: {checks!r}")
            for check in checks.split(","):
                check = check.strip().lower()
                if check != "" and not check.startswith("#"):
                    lines.append(region + "/" + host + ": " + check)
    return lines


def clean_accounts(names):
    cleaned = []
    seen = set()
    for raw in names:
        name = raw.strip().lower()
        if name == "" or name[:4] == "svc-" or name[-4:] == "-bot" or name in seen:
            continue
        seen.add(name)
        if len(name) <= 8:
            cleaned.append("unix-" + name)
        else:
            cleaned.append("corp-" + name)
    return cleaned
