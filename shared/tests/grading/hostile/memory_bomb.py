"""Takes memory until there is no more; 2 GB at most."""
# expect: failed, crashed

_kept = []


def mark(figures):
    for _ in range(20):
        _kept.append(b"x" * 100_000_000)
    return figures


total = mark
