"""What each fixture costs in memory once it has started, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from measuring import ROOT, Failed, Row, python

from labkit.fixtures.catalogue import OFFERS

#: Prints which modules a fixture loads.
_SCOUT = """
import json, sys
from labkit.fixtures.catalogue import serve

with serve(sys.argv[1], 1):
    print(json.dumps([name for name in sys.modules if name != "__main__"]))
"""
#: Loads these modules first, so that what the fixture itself needs can be told from them.
_CHILD = """
import contextlib, gc, importlib, json, sys, tracemalloc
import psutil
from labkit.fixtures.catalogue import serve

for module in json.loads(sys.argv[3]):
    with contextlib.suppress(Exception):
        importlib.import_module(module)
process = psutil.Process().memory_full_info().uss
gc.collect()
tracemalloc.start()
with serve(sys.argv[1], int(sys.argv[2]) or None):
    gc.collect()
    own = tracemalloc.get_traced_memory()[0]
    print(json.dumps({"own": own / 2**20, "imports": process / 2**20}))
"""
#: Sizes worth knowing besides the usual one.
_SIZES = {"ssh": (0, 50), "netdev": (0, 50)}


def rows(*, quick: bool) -> Iterator[Row]:
    for name in OFFERS:
        for size in _SIZES.get(name, (0,)):
            what = f"memory of fixture `{name}`" + (f", size {size}" if size else "")
            try:
                modules = python(["-P", "-c", _SCOUT, name], ROOT)
                told = json.loads(python(["-P", "-c", _CHILD, name, str(size), modules], ROOT))
            except Failed as why:
                yield Row(what, f"not measured: {why}")
                continue
            yield Row(what, f"{told['own']:.2f} MB", f"a process with its imports {told['imports']:.0f} MB")
