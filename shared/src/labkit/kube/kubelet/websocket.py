"""The little of RFC 6455 that ``exec`` needs: the handshake, whole frames in both directions, the end."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from labkit.kube.status import BadRequest
from labkit.kube.wire import Request

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
#: No frame from a client may be larger; nobody pastes more into a pod.
LARGEST: Final = 16 * 1024 * 1024


def accept(request: Request, protocols: tuple[str, ...]) -> dict[str, str]:
    """Return the headers that answer a handshake.

    Args:
        request: the client's request.
        protocols: what the server speaks, the best first.

    Raises:
        BadRequest: it is no handshake, or no protocol is common.
    """
    key = request.headers.get("sec-websocket-key")
    if request.headers.get("upgrade", "").lower() != "websocket" or not key:
        raise BadRequest("Upgrade request required")
    wanted = [one.strip() for one in request.headers.get("sec-websocket-protocol", "").split(",")]
    common = [one for one in protocols if one in wanted]
    if not common and any(wanted):
        raise BadRequest(f"none of the protocols is supported: {', '.join(wanted)}")
    digest = hashlib.sha1(key.encode() + _GUID).digest()  # noqa: S324 - RFC 6455 has it so
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": base64.b64encode(digest).decode(),
    }
    if common:
        headers["Sec-WebSocket-Protocol"] = common[0]
    return headers


@dataclass(frozen=True)
class Frame:
    """One message: its kind and its content."""

    kind: int
    payload: bytes


class Connection:
    """A websocket after the handshake.

    Args:
        incoming: from the client.
        outgoing: to the client.
    """

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def send(self, payload: bytes, kind: int = BINARY) -> None:
        """Send one message in one frame.

        Raises:
            OSError: the client has gone.
        """
        size = len(payload)
        if size < 126:
            head = struct.pack(">BB", 0x80 | kind, size)
        elif size < 65536:
            head = struct.pack(">BBH", 0x80 | kind, 126, size)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 127, size)
        self._outgoing.write(head + payload)
        self._outgoing.flush()

    def receive(self) -> Frame | None:
        """Return the next message, None when the client has gone or closes; pings are answered."""
        kind, content = 0, b""
        while True:
            frame = self._read_frame()
            if frame is None:
                return None
            last, opcode, payload = frame
            if opcode == CLOSE:
                return None
            if opcode == PING:
                self.send(payload, PONG)
            elif opcode != PONG:
                kind, content = kind or opcode, content + payload
                if last:
                    return Frame(kind, content)

    def _read_frame(self) -> tuple[bool, int, bytes] | None:
        head = self._exactly(2)
        if head is None:
            return None
        size = head[1] & 0x7F
        if size >= 126:
            longer = self._exactly(2 if size == 126 else 8)
            if longer is None:
                return None
            size = int.from_bytes(longer, "big")
        mask = self._exactly(4) if head[1] & 0x80 else b"\0\0\0\0"
        if mask is None or size > LARGEST:
            return None
        payload = self._exactly(size)
        if payload is None:
            return None
        plain = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        return bool(head[0] & 0x80), head[0] & 0x0F, plain

    def _exactly(self, size: int) -> bytes | None:
        content = self._incoming.read(size)
        return content if content is not None and len(content) == size else None

    def close(self, code: int = 1000) -> None:
        """Say goodbye."""
        self.send(struct.pack(">H", code), CLOSE)
