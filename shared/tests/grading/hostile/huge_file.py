"""One file of 190 MB, and one that only looks like a terabyte."""
# expect: failed, crashed


def mark(figures):
    with open("sparse", "wb") as file:
        file.truncate(1 << 40)
    return figures


def total(figures):
    with open("huge", "wb") as file:
        for _ in range(19):
            file.write(b"x" * 10_000_000)
    return 0
