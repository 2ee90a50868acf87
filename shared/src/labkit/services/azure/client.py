"""How the real SDK reaches the simulated Resource Manager.

The SDK sends tokens over https alone, so its requests stay addressed to management.azure.com, and a transport
carries them to loopback instead. The rest of the SDK is as it is: paging, retries, pollers, credentials.
"""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport

#: Where the SDK believes that it is.
HOST: Final = "management.azure.com"


class LoopbackTransport(RequestsTransport):  # type: ignore[misc] # it has no types
    """Carries requests to another address; the host that they name stays in the header.

    Args:
        url: where they go, ``http://127.0.0.1:PORT``.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: Any, **kwargs: Any) -> Any:
        """Send a request.

        Raises:
            ValueError: it is for another host than Resource Manager's, and must not leave this machine.
        """
        parts = urlsplit(request.url)
        if parts.hostname != HOST:
            raise ValueError(f"{request.url} does not lead to {HOST}")
        request.headers["Host"] = HOST
        request.url = self._url + parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            return super().send(request, **kwargs)
        finally:
            # A retry sends the same request again.
            request.url = parts.geturl()


class Credential:
    """A credential whose token is known.

    Args:
        token: what it gives.
    """

    def __init__(self, token: str) -> None:
        self.token = token

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Return the token, good for an hour."""
        return AccessToken(self.token, int(time.time()) + 3600)
