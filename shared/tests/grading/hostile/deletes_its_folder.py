"""Deletes what it can of its own run: folder, home, temporary files, code; and locks what it cannot."""
# expect: failed

import os
import shutil

_home = os.environ["HOME"]
for _folder in (os.getcwd(), _home, os.environ["TMPDIR"], os.path.dirname(os.path.abspath(__file__))):
    shutil.rmtree(_folder, ignore_errors=True)
os.makedirs(os.path.join(os.path.dirname(_home), "locked", "inside"), exist_ok=True)
os.chmod(os.path.join(os.path.dirname(_home), "locked"), 0)


def mark(figures):
    return figures


def total(figures):
    return 0
