"""Objects of the services over a connection: values are copied, what lives stays where it is.

A message is a pickle behind its length. An object of the services (a repository, a clock, a list of faults)
goes as a number, and the other side has a stand-in for it; texts, numbers, moments, faults and containers of
them go as they are. The two ends are this project's own program, which knows the other's token.
"""

from __future__ import annotations

import dataclasses
import io
import pickle
import struct
from collections.abc import Callable
from typing import Any, BinaryIO, Final

_LENGTH: Final = struct.Struct("!Q")
#: Of the service's own process, and taken down as they were when they were asked for.
_SNAPSHOTS: Final = ("ServiceRequest",)


def is_live(thing: Any) -> bool:
    """Whether an object has to stay where it is: it changes, or does something."""
    kind = type(thing)
    if hasattr(thing, "__enter__") and not isinstance(thing, type):
        return True
    if not kind.__module__.startswith("labkit.") or isinstance(thing, BaseException | tuple | str):
        return False
    parameters = getattr(kind, "__dataclass_params__", None)
    return not (dataclasses.is_dataclass(thing) and parameters is not None and parameters.frozen) and (
        kind.__name__ not in _SNAPSHOTS
    )


def dump(thing: Any, number_of: Callable[[Any], Any]) -> bytes:
    """Pack a value.

    Args:
        thing: the value.
        number_of: gives what stands for an object, or None for one that is copied.
    """

    class Packer(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return number_of(obj)

    packed = io.BytesIO()
    Packer(packed, protocol=5).dump(thing)
    return packed.getvalue()


def load(data: bytes, found: Callable[[Any], Any]) -> Any:
    """Unpack a value; ``found`` gives the object that a number stands for."""

    class Unpacker(pickle.Unpickler):
        def persistent_load(self, pid: Any) -> Any:
            return found(pid)

    return Unpacker(io.BytesIO(data)).load()


def send(pipe: BinaryIO, data: bytes) -> None:
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes:
    """The next message.

    Raises:
        EOFError: the other side has gone.
    """
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data
