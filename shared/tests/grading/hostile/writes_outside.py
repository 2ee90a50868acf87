"""Writes small files wherever it may: temporary folders, the real home, the checkout, /etc."""
# expect: failed
# checkout: yes

import os
import pwd

for _folder in (
    "@CHECKOUT@",
    "@OUTSIDE@",
    "/tmp",
    "/var/tmp",
    "/etc",
    "/usr/local/bin",
    pwd.getpwuid(os.getuid()).pw_dir,
    os.path.dirname(os.path.abspath(__file__)),
):
    try:
        with open(os.path.join(_folder, "ops-labs-hostile-mark"), "w") as _file:
            _file.write("was here")
    except OSError:
        pass


def mark(figures):
    return figures


def total(figures):
    return 0
