"""Leaves shared memory and semaphores behind; 50 MB."""
# expect: failed

import mmap
from multiprocessing import shared_memory

_block = shared_memory.SharedMemory("ops-labs-hostile-mark", create=True, size=50_000_000)
_block.buf[:10_000_000] = b"x" * 10_000_000


def mark(figures):
    return figures


def total(figures):
    return mmap.PAGESIZE and 0
