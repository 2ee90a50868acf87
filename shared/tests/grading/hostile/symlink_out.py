"""Writes through links that it makes in its own folder."""
# expect: failed
# checkout: yes

import os
import tempfile

for _number, _target in enumerate(("@OUTSIDE@/victim", "@CHECKOUT@/labs/08-disks/lab.toml", "/etc/passwd")):
    _link = os.path.join(tempfile.gettempdir(), f"link{_number}")
    try:
        os.symlink(_target, _link)
        with open(_link, "a") as _file:
            _file.write("was here\n")
    except OSError:
        pass
    try:
        os.link(_target, _link + "hard")
    except OSError:
        pass


def mark(figures):
    return figures


def total(figures):
    return 0
