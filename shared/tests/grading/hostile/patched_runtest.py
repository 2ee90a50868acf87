"""Tests of pytest do nothing any more."""
# expect: tampered
# note: runtest

import _pytest.python

_pytest.python.Function.runtest = lambda self: None
