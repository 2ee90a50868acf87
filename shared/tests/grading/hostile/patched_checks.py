"""Everything is the same to the checks."""
# expect: tampered
# note: labkit.checks.calls.same

import labkit.checks.calls

labkit.checks.calls.same = lambda came, expected: True


def mark(figures):
    return figures


def total(figures):
    return 0
