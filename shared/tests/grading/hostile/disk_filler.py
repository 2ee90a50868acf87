"""Fills the disk with many files; 200 MB at most."""
# expect: failed, crashed
# note: it wrote more | or No space left

import os


def mark(figures):
    for number in range(20):
        with open(os.path.join(os.environ["TMPDIR"], f"filler{number}"), "wb") as file:
            file.write(b"x" * 10_000_000)
    return figures


total = mark
