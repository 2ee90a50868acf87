"""Replaces what runs a test's function, and puts it back as soon as that was used once."""
# expect: tampered

import _pytest.python

_kept = _pytest.python.Function.runtest


def _nothing(self):
    _pytest.python.Function.runtest = _kept


_pytest.python.Function.runtest = _nothing


def mark(figures):
    return figures


def total(figures):
    return 0
