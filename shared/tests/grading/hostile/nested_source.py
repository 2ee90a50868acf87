"""Source that brings a compiler down: made and compiled when it is called."""
# expect: failed, crashed


def mark(figures):
    return eval("(" * 100_000 + ")" * 100_000)


def total(figures):
    return compile("-" * 500_000 + "1", "x", "eval")
