"""Keys by which a client makes a repeated request harmless.

Source: "The Idempotency-Key HTTP Header Field" (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.http.wire import Response
from labkit.services.base.answers import Problem, encoded
from labkit.services.base.call import Call


class IdempotencyKeys:
    """The keys that were used, each with its request and what it was answered.

    Args:
        reused: the error for a key that comes again with another request.
    """

    def __init__(self, reused: Callable[[], Problem]) -> None:
        self._reused = reused
        self._answers: dict[str, tuple[bytes, int, bytes]] = {}

    def once(self, call: Call, do: Callable[[], tuple[int, Any]]) -> Response:
        """Carry a request out, or repeat the answer that its key got before.

        Args:
            call: the request; without a key it is carried out each time.
            do: carries it out; gives status and data.

        Raises:
            Problem: the key belongs to another request.
        """
        key, request = call.header("idempotency-key").strip('"'), call.request.body
        if key in self._answers:
            body, status, answer = self._answers[key]
            if body != request:
                raise self._reused()
            return Response(status, answer, headers={"Idempotency-Replayed": "true"})
        status, data = do()
        answer = encoded(data)
        if key:
            self._answers[key] = (request, status, answer)
        return Response(status, answer)
