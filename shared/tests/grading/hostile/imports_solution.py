"""Imports the reference solution as a package of the checkout, by the place the harness wrote in below."""
# expect: failed
# checkout: yes

import importlib.util

_FILE = "@CHECKOUT@/solutions/08-disks/disk_figures.py"


def _solution():
    spec = importlib.util.spec_from_file_location("reference", _FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mark(figures):
    return _solution().mark(figures)


def total(figures):
    return _solution().total(figures)
