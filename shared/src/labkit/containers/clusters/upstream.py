"""The API server behind the proxy, with the credentials of one context of a kubeconfig."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from labkit.errors import EnvironmentMissing
from labkit.http.wire import JSON, Response

_PIECE = 65_536
#: Seconds for everything but streams.
_PATIENCE = 30.0


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
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Send a request with the user's credentials.

        Raises:
            OSError: nobody answers.
        """
        connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        connection.sock = socket.create_connection((self._host, self._port), timeout=timeout)
        if self._context is not None:
            name = getattr(self._configuration, "tls_server_name", None) or self._host
            connection.sock = self._context.wrap_socket(connection.sock, server_hostname=name)
        sent = {"Accept": JSON, "Connection": "close", **(headers or {})}
        # The hook of the library renews a token whose time is over.
        for setting in self._configuration.auth_settings().values():
            if setting["in"] == "header":
                sent[setting["key"].title()] = setting["value"]
        try:
            connection.request(method, self._base + target, body or None, sent)
            return connection, connection.getresponse()
        except http.client.HTTPException as problem:
            raise OSError(f"{type(problem).__name__}: {problem}") from None

    def data(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        """Ask for something the broker itself wants to know: status and JSON.

        Raises:
            OSError: nobody answers.
        """
        content = b"" if body is None else json.dumps(body).encode()
        connection, answer = self.ask(method, target, content, {"Content-Type": JSON} if content else {})
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
        connection, answer = self.ask(method, target, body, headers, timeout=timeout)
        kind = answer.headers.get("Content-Type", JSON)
        kept = {
            name: answer.headers[name]
            for name in ("Retry-After", "Warning", "Audit-Id")
            if answer.headers.get(name)
        }
        if stream and answer.status == http.client.OK:
            return Response(answer.status, _pieces(connection, answer), kind, kept)
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


def _pieces(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    with contextlib.closing(connection), answer, contextlib.suppress(OSError, http.client.HTTPException):
        while piece := answer.read1(_PIECE):
            yield piece
