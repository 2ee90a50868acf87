"""Prints results as the worker tells them, to every descriptor there is, and ends."""
# expect: tampered, crashed

import json
import os

_LINES = "".join(
    json.dumps({"event": event, "id": name, "verdict": "passed", "reason": "", "seconds": 0.1}) + "\n"
    for name in (
        "tests/test_1_disk_figures.py::test_above",
        "tests/test_1_disk_figures.py::test_empty",
        "tests/test_2_disk_figures.py::test_total",
    )
    for event in ("started", "verdict")
)
print("3 passed in 0.01s")
for _descriptor in range(1, 64):
    try:
        os.write(_descriptor, _LINES.encode() + b'{"event": "finished", "status": 0}\n')
    except OSError:
        pass
os._exit(0)
