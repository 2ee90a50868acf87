"""What the proxy answers in the engine's place."""

from __future__ import annotations

import json

from labkit.http.wire import Response


class Refused(Exception):
    """The request is not forwarded.

    Args:
        message: what the client reads.
        status: 403 for what is not allowed, 404 for what is not there for this client.
    """

    def __init__(self, message: str, status: int = 403) -> None:
        self.status = status
        super().__init__(message)

    def response(self) -> Response:
        """The answer, in the engine's form."""
        return Response(self.status, json.dumps({"message": str(self)}).encode())


def not_allowed(what: str) -> Refused:
    """A refusal by the rules of labs."""
    return Refused(f"not allowed in a lab: {what}")
