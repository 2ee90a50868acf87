"""Overwrites the tests, the canaries and the conftest, in its own run and in the checkout."""
# expect: failed
# checkout: yes

import glob
import os
import sys

_tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/labs/*/tests"
for _place in [*glob.glob(_tests), sys.argv[-1], "@CHECKOUT@/labs/08-disks/tests"]:
    for _name in [*(os.listdir(_place) if os.path.isdir(_place) else []), "conftest.py"]:
        try:
            with open(os.path.join(_place, _name), "w") as _file:
                _file.write("def test_above():\n    pass\n")
        except OSError:
            pass


def mark(figures):
    return figures


def total(figures):
    return 0
