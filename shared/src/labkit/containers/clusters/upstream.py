"""The API server behind the proxy, with the credentials of one context of a kubeconfig."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from labkit.errors import EnvironmentMissing
from labkit.http.wire import JSON, DropConnection, Response

_PIECE = 65_536
#: Seconds for everything but streams.
_PATIENCE = 30.0
#: Seconds without news of a stream after which it is looked whether its client is still there.
_QUIET = 0.25


class ClusterApi:
    """One cluster, as one user.

    Args:
        kubeconfig: the file.
        context: which of its contexts; never the current one for want of a name.

    Attributes:
        server: the address of the API server.

    Raises:
        EnvironmentMissing: the file cannot be read, or has no such context.
    """

    def __init__(self, kubeconfig: Path, context: str) -> None:
        from kubernetes import config
        from kubernetes.config.config_exception import ConfigException

        library: Any = config
        known = contexts(kubeconfig)
        if context not in known:
            raise EnvironmentMissing(
                "kube",
                f"{kubeconfig} has no context called {context!r}; it has {', '.join(known) or 'none'}",
                "name one of them with --kube-context",
            )
        try:
            # The library reads certificates, tokens and credential plugins in all their forms. The file is
            # the user's: a token that is renewed is not written into it.
            client = library.new_client_from_config(str(kubeconfig), context, persist_config=False)
        except (ConfigException, OSError, ValueError, TypeError, AttributeError) as problem:
            raise _unusable(kubeconfig, problem) from None
        self._configuration = client.configuration
        self.server = str(self._configuration.host)
        parts = urlsplit(self.server)
        self._secure, self._host = parts.scheme == "https", parts.hostname or ""
        self._port, self._base = parts.port or (443 if self._secure else 80), parts.path.rstrip("/")
        self._context = self._tls() if self._secure else None

    def _tls(self) -> ssl.SSLContext:
        told = self._configuration
        context = ssl.create_default_context(cafile=told.ssl_ca_cert or None)
        if not told.verify_ssl:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if told.cert_file:
            context.load_cert_chain(told.cert_file, told.key_file)
        return context

    def ask(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float | None = _PATIENCE,
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse, socket.socket]:
        """Send a request with the user's credentials: the connection, its answer, and the socket below, which
        the connection itself forgets.

        Raises:
            OSError: nobody answers.
        """
        connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        sock = socket.create_connection((self._host, self._port), timeout=timeout)
        if self._context is not None:
            name = getattr(self._configuration, "tls_server_name", None) or self._host
            sock = self._context.wrap_socket(sock, server_hostname=name)
        connection.sock = sock
        sent = {"Accept": JSON, "Connection": "close", **(headers or {})}
        # The hook of the library renews a token whose time is over.
        for setting in self._configuration.auth_settings().values():
            if setting["in"] == "header":
                sent[setting["key"].title()] = setting["value"]
        try:
            connection.request(method, self._base + target, body or None, sent)
            return connection, connection.getresponse(), sock
        except http.client.HTTPException as problem:
            raise OSError(f"{type(problem).__name__}: {problem}") from None

    def data(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        """Ask for something the broker itself wants to know: status and JSON.

        Raises:
            OSError: nobody answers.
        """
        content = b"" if body is None else json.dumps(body).encode()
        connection, answer, _ = self.ask(method, target, content, {"Content-Type": JSON} if content else {})
        with contextlib.closing(connection), answer:
            text = answer.read()
        try:
            return answer.status, json.loads(text) if text.strip() else None
        except ValueError:
            return answer.status, text.decode("utf-8", "replace")

    def forward(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str], *, stream: bool
    ) -> Response:
        """Ask the cluster, and give its answer as one of ours; a stream in pieces, as they come.

        Raises:
            OSError: nobody answers.
        """
        timeout = None if stream else _PATIENCE
        connection, answer, sock = self.ask(method, target, body, headers, timeout=timeout)
        kind = answer.headers.get("Content-Type", JSON)
        kept = {
            name: answer.headers[name]
            for name in ("Retry-After", "Warning", "Audit-Id")
            if answer.headers.get(name)
        }
        if stream and answer.status == http.client.OK:
            return Response(answer.status, _pieces(connection, answer, sock), kind, kept)
        with contextlib.closing(connection), answer:
            return Response(answer.status, answer.read(), kind, kept)


def contexts(kubeconfig: Path) -> list[str]:
    """The names of the contexts in a kubeconfig.

    Raises:
        EnvironmentMissing: the file cannot be read.
    """
    import yaml

    try:
        told = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        return sorted(str(each["name"]) for each in told["contexts"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as problem:
        raise _unusable(kubeconfig, problem) from None


def _unusable(kubeconfig: Path, problem: Exception) -> EnvironmentMissing:
    what = " ".join(str(problem).split())
    return EnvironmentMissing(
        "kube",
        f"the kubeconfig {kubeconfig} cannot be used: {type(problem).__name__}: {what}",
        "check it with kubectl --context NAME version",
    )


def _pieces(
    connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, sock: socket.socket
) -> Iterator[bytes]:
    """A stream as it comes; an empty piece now and then while nothing does.

    The server looks at an empty piece whether its client has left. Nobody would see that in a thread that
    waits for the cluster, and a watch may be silent for half an hour.
    """
    found: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(answer, found), name="labkit-cluster-stream", daemon=True)
    reader.start()
    try:
        while True:
            try:
                piece = found.get(timeout=_QUIET)
            except queue.Empty:
                yield b""
                continue
            if piece is None:
                raise DropConnection  # the cluster broke off, so its client is to see the same
            if not piece:
                return
            yield piece
    finally:
        with contextlib.suppress(OSError):  # wakes the reader
            sock.shutdown(socket.SHUT_RDWR)
        reader.join()
        answer.close()
        connection.close()


def _read(answer: http.client.HTTPResponse, found: queue.SimpleQueue[bytes | None]) -> None:
    """Take a stream's pieces; an empty one is its end, None that it broke off."""
    try:
        while piece := answer.read1(_PIECE):
            found.put(piece)
        found.put(b"")
    except (OSError, ValueError, http.client.HTTPException):
        found.put(None)
