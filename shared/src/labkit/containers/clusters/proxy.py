"""What a lab may ask of a cluster that others use: its own namespaces, and to read a little around them.

Answers are Kubernetes's own Status objects ("Kubernetes API Reference": Status), worded as by its authorizer.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from labkit.containers.clusters.namespaces import LABEL, Namespaces
from labkit.containers.clusters.upstream import ClusterApi
from labkit.http.wire import JSON, Request, Response

#: Of the cluster as a whole, and harmless to read.
_READABLE: Final = frozenset(
    {
        "customresourcedefinitions",
        "ingressclasses",
        "nodes",
        "priorityclasses",
        "runtimeclasses",
        "storageclasses",
    }
)
#: Need a connection of their own in both directions, or lead around the API server.
_REFUSED_PARTS: Final = frozenset({"attach", "exec", "portforward", "proxy"})
#: Slashes in the path of one object of the cluster as a whole, without a subresource.
_DEEPEST: Final = {"/api/": 4, "/apis": 5}
_SEGMENT: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9])?")
_OPEN: Final = re.compile(
    r"/(?:version|healthz|livez|readyz|api|api/v1|apis(?:/[^/]+){0,2}|openapi/v[23](?:/.*)?)/?"
)
_RESOURCE: Final = re.compile(
    r"(?P<group>/api/v1|/apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+))?"
    r"(?:/(?P<plural>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<part>.+))?)?)?"
)
#: Before the place where the next page of a list over several namespaces begins.
_NEXT: Final = "lab-"
#: What of a client's head goes on: never its credentials, nor whom it would like to be.
_PASSED: Final = ("accept", "content-type", "if-match", "if-none-match", "user-agent")


class Refused(Exception):
    """A request that is not passed on."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason

    def response(self) -> Response:
        told = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": str(self),
            "reason": self.reason,
            "code": self.status,
        }
        return Response(self.status, json.dumps(told).encode())


class ScopingProxy:
    """An application that passes on what concerns the run's own namespaces.

    Args:
        api: the cluster.
        namespaces: the run's.
    """

    def __init__(self, api: ClusterApi, namespaces: Namespaces) -> None:
        self._api, self._namespaces = api, namespaces

    def handle(self, request: Request) -> Response:
        """Pass on what the rules allow, refuse everything else."""
        try:
            return self._routed(request, _checked(request))
        except Refused as refusal:
            return refusal.response()
        except OSError as problem:
            return Refused(503, "ServiceUnavailable", f"the cluster does not answer: {problem}").response()

    def _routed(self, request: Request, path: str) -> Response:
        if _OPEN.fullmatch(path):
            return self._open(request, path)
        found = _RESOURCE.fullmatch(path)
        if found is None:
            raise _forbidden(request, path)
        namespace, plural = found["namespace"], found["plural"]
        if found["group"] == "/api/v1" and (
            plural == "namespaces" or (namespace is not None and plural is None)
        ):
            # ``/api/v1/namespaces/NAME`` reads as a namespace without a resource.
            return self._namespace(request, path, namespace)
        if plural is None or (found["part"] or "").partition("/")[0] in _REFUSED_PARTS:
            raise _forbidden(request, path)
        if found["group"] == "/api/v1" and plural in ("finalize", "status"):
            raise _forbidden(request, path)  # of a namespace
        if namespace is None:
            return self._everywhere(request, path, found["group"], plural, found["name"])
        own = self._namespaces.is_own(namespace)
        if own is None and request.method != "GET":
            raise Refused(404, "NotFound", f'namespaces "{namespace}" not found')
        if own is False:
            raise _forbidden(request, path, f' in the namespace "{namespace}"')
        return self._pass(request, path)

    def malformed(self, problem: str) -> Response:
        return Refused(400, "BadRequest", problem).response()

    def broken(self, error: Exception) -> Response:
        text = f"the cluster's proxy failed: {type(error).__name__}: {error}"
        return Refused(500, "InternalError", text).response()

    def _open(self, request: Request, path: str) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise _forbidden(request, path)
        return self._pass(request, path)

    def _namespace(self, request: Request, path: str, name: str | None) -> Response:
        """Namespaces themselves: made with the label, listed by it, removed when they carry it."""
        if request.method == "POST" and name is None:
            try:
                body = json.loads(request.body)
                marked = self._namespaces.marked(body)
            except (ValueError, AttributeError, TypeError):
                raise Refused(400, "BadRequest", "a namespace is made from a JSON body in a lab") from None
            return self._pass(request, path, json.dumps(marked).encode())
        if request.method == "GET" and name is None:
            mine = f"{LABEL}={self._namespaces.run}"
            wanted = request.get("labelSelector")
            return self._pass(request, path, labelSelector=f"{wanted},{mine}" if wanted else mine)
        if name is not None and request.method in ("GET", "DELETE"):
            if not self._namespaces.is_own(name):
                raise Refused(404, "NotFound", f'namespaces "{name}" not found')
            return self._pass(request, path)
        raise _forbidden(request, path)

    def _everywhere(self, request: Request, path: str, group: str, plural: str, name: str | None) -> Response:
        """A request without a namespace: about the cluster as a whole, or a list over namespaces."""
        if not self._is_namespaced(group, plural):
            if (
                request.method in ("GET", "HEAD")
                and plural in _READABLE
                and path.count("/") <= _DEEPEST[group[:5]]
            ):
                return self._pass(request, path)
            raise _forbidden(request, path, " at the cluster scope")
        if request.method != "GET" or name is not None:
            raise _forbidden(request, path, " at the cluster scope")
        own = sorted(self._namespaces.own())
        if len(own) == 1:
            return self._pass(request, f"{group}/namespaces/{own[0]}/{plural}")
        if request.flag("watch"):
            raise Refused(
                403,
                "Forbidden",
                f"{plural} is forbidden: a lab watches all namespaces only while it has exactly one, "
                f"and it has {len(own)} ({', '.join(own)}); name one",
            )
        return self._joined(request, [f"{group}/namespaces/{each}/{plural}" for each in own])

    def _joined(self, request: Request, paths: list[str]) -> Response:
        """One list of several, in pages if pages are wanted."""
        wanted = {name: values for name, values in request.query.items() if name not in ("limit", "continue")}
        whole: dict[str, Any] | None = None
        part = "items"
        for path in paths:
            answer = self._pass(replace(request, query=wanted), path)
            if answer.status != 200 or not isinstance(answer.body, bytes):
                return answer
            told = json.loads(answer.body)
            # kubectl asks for tables, which have rows.
            part = "rows" if told.get("kind") == "Table" else "items"
            if whole is None:
                whole = {**told, part: told.get(part) or []}
            else:
                whole[part] += told.get(part) or []
        if whole is None:
            raise Refused(404, "NotFound", "a lab has no namespace here")
        at, size = _offset(request.get("continue")), _limit(request.get("limit"))
        if size and len(whole[part]) > at + size:
            left = len(whole[part]) - at - size
            whole["metadata"] |= {"continue": f"{_NEXT}{at + size}", "remainingItemCount": left}
        whole[part] = whole[part][at : at + size if size else None]
        return Response(200, json.dumps(whole).encode())

    @functools.cache  # noqa: B019 - one proxy per run
    def _is_namespaced(self, group: str, plural: str) -> bool:
        status, told = self._api.data("GET", group)
        resources = told.get("resources", ()) if status == 200 else ()
        for each in resources:
            if each["name"] == plural:
                return bool(each["namespaced"])
        raise Refused(404, "NotFound", "the server could not find the requested resource")

    def _pass(self, request: Request, path: str, body: bytes | None = None, **changed: str) -> Response:
        query = {**request.query, **{name: [value] for name, value in changed.items()}}
        target = quote(path, safe="/:._-") + (f"?{urlencode(query, doseq=True)}" if query else "")
        headers = {name.title(): request.headers[name] for name in _PASSED if name in request.headers}
        if body is not None:
            headers["Content-Type"] = JSON
        return self._api.forward(
            request.method,
            target,
            request.body if body is None else body,
            headers,
            stream=request.flag("watch") or request.flag("follow"),
        )


def _limit(text: str) -> int:
    """How many objects a page has at most; 0 for all."""
    if text and not text.isdigit():
        raise Refused(400, "BadRequest", f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text or 0)


def _offset(token: str) -> int:
    """Where a page of a joined list begins."""
    if not token:
        return 0
    number = token.removeprefix(_NEXT)
    if number == token or not number.isdigit():
        raise Refused(400, "BadRequest", "continue key is not valid")
    return int(number)


def _checked(request: Request) -> str:
    """The path, if every part of it is a plain name: nothing that another server might read differently."""
    raw = request.target.partition("?")[0]
    parts = raw.strip("/").split("/")
    if raw.startswith("/openapi/"):
        parts = parts[:2]
    if not all(_SEGMENT.fullmatch(part) for part in parts) or ".." in raw:
        raise Refused(400, "BadRequest", f"the path {raw!r} is not passed on")
    return raw.rstrip("/")


def _forbidden(request: Request, path: str, where: str = "") -> Refused:
    verbs = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    verb = verbs.get(request.method, "get")
    return Refused(
        403,
        "Forbidden",
        f'forbidden: a lab cannot {verb} "{path}"{where}: only namespaces of its own are open to it',
    )
