"""Imports files that lie beside it in the submission and are none of the lab's: a json.py and a conftest.py."""
# expect: failed
# beside: json.py conftest.py tests/test_1_disk_figures.py helper.py

import json


def mark(figures):
    import helper

    return helper.mark(figures)


def total(figures):
    return json.HOSTILE
