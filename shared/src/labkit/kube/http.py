"""The API server on a socket."""

from __future__ import annotations

from labkit.http import server
from labkit.kube.app import App


class Server(server.Server):
    """Serves an app on a port of the loopback interface; a context manager.

    Args:
        app: what answers.
        port: 0 takes a free one.
    """

    def __init__(self, app: App, port: int = 0) -> None:
        super().__init__(app, port, name="kube-api")
        self.app = app

    def stop(self) -> None:
        """End all watches, close all connections and stop; the port is kept for the next start."""
        self.app.store.interrupt_watches("cut")
        super().stop()
