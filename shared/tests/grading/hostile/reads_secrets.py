"""Prints what it finds of others' secrets: password hashes, keys, environments of other processes."""
# expect: failed
# checkout: yes

import glob
import os
import pwd

_home = pwd.getpwuid(os.getuid()).pw_dir
for _pattern in ("/etc/shadow", f"{_home}/.ssh/*", "/proc/[0-9]*/environ", "@OUTSIDE@/secret"):
    for _name in glob.glob(_pattern):
        try:
            with open(_name, "rb") as _file:
                print(_name, _file.read(4096))
        except OSError:
            pass


def mark(figures):
    return figures


def total(figures):
    return 0
