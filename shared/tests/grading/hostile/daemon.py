"""A daemon in a session of its own, without an environment, that outlives the run and writes when it is over."""
# expect: failed
# note: outlived
# checkout: yes

import os
import sys
import time


def mark(figures):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            code = (
                "import time\n"
                "end = time.monotonic() + 50\n"
                "while time.monotonic() < end:\n"
                "    time.sleep(0.2)\n"
                "    try: open('@OUTSIDE@/ops-labs-hostile-mark', 'w').write('still here')\n"
                "    except OSError: pass\n"
            )
            os.closerange(0, 256)
            os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", code], {})
        os._exit(0)
    time.sleep(0.3)
    return figures


def total(figures):
    return 0
