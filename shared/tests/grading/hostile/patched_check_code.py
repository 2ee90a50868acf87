"""Changes the body of a check, so that its name stays bound to the same function; then changes it back."""
# expect: tampered
# note: __code__ was replaced

import labkit.checks.calls

_kept = labkit.checks.calls.same.__code__


def _same(came, expected):
    return True


def mark(figures):
    labkit.checks.calls.same.__code__ = _same.__code__
    return figures


def total(figures):
    return 0
