"""The test process's end of the broker: host, port, and a command in a container; nothing of the engine."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from labkit.errors import EnvironmentMissing

#: Where the broker listens: ``PORT:TOKEN``.
VARIABLE = "LABKIT_BROKER"


def ask(act: str, **fields: Any) -> Any:
    """Have the broker do something.

    Args:
        act: an act of :class:`labkit.containers.broker.Broker`.
        fields: the method's arguments.

    Returns:
        What it answers.

    Raises:
        EnvironmentMissing: there is no broker, or it could not do it.
    """
    address = os.environ.get(VARIABLE, "")
    if not address:
        raise EnvironmentMissing(
            "container", "no broker of containers belongs to this run", "run it by ./lab run"
        )
    return ask_at(address, act, **fields)


def ask_at(address: str, act: str, **fields: Any) -> Any:
    """As :func:`ask`, for who knows the broker's address: ``PORT:TOKEN``.

    Raises:
        EnvironmentMissing: nobody answers there, or it could not do it.
    """
    port, _, token = address.partition(":")
    try:
        with socket.create_connection(("127.0.0.1", int(port))) as sock, sock.makefile("rwb") as pipe:
            pipe.write(json.dumps({"token": token, "act": act, **fields}).encode() + b"\n")
            pipe.flush()
            line = pipe.readline()
    except OSError as problem:
        raise EnvironmentMissing(
            "container", f"the broker of containers does not answer: {problem}"
        ) from None
    if not line:
        raise EnvironmentMissing("container", "the broker of containers ended")
    answer = json.loads(line)
    if "problem" in answer:
        raise EnvironmentMissing("container", answer["problem"], answer.get("mend", ""))
    return answer["result"]
