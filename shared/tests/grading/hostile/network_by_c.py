"""Calls the harness's own port on loopback past Python's sockets, where no guard of the process sees it."""
# expect: failed
# checkout: yes

import ctypes
import struct

_libc = ctypes.CDLL(None)
for _kind in (1, 2):
    _socket = _libc.socket(2, _kind, 0)
    _address = struct.pack("=H", 2) + struct.pack("!H4s8x", int("@PORT@"), bytes([127, 0, 0, 1]))
    _libc.connect(_socket, _address, 16)
    _libc.send(_socket, b"hello", 5, 0x4000)
    _libc.close(_socket)


def mark(figures):
    return figures


def total(figures):
    return 0
