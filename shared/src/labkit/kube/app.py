"""The API server without its network: a request in, an answer out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from labkit.kube import (
    decode,
    definitions,
    discovery,
    reading,
    routes,
    strategy,
    streaming,
    writing,
)
from labkit.kube.model import Object, Resource
from labkit.kube.query import list_options
from labkit.kube.registry import Registry
from labkit.kube.routes import Route
from labkit.kube.status import ApiError, BadRequest, MethodNotAllowed, NoSuchPath
from labkit.kube.store import Store
from labkit.kube.wire import Call, Request, Response, answer, not_served, refusal

Before = Callable[[Request], Response | None]
Stream = Callable[[Request, Iterator[bytes]], Iterator[bytes]]
After = Callable[[Request, Response], None]
Handler = Callable[[Call], Response | Object | tuple[int, Object]]

#: The largest body that is read, as in the real server.
LARGEST_BODY: Final = 3 * 1024 * 1024


class App:
    """Answers requests from a store.

    What not every client asks for (patches, deletion, scales, OpenAPI) is loaded when somebody does:
    a server is to be ready in the time of a few imports.

    Args:
        store: the objects.
        registry: the kinds.
        token: the bearer token that requests must carry; None lets everybody in.

    Attributes:
        before: asked in turn before a request is handled; the first answer is sent instead.
        stream: each wraps the pieces of a streamed answer (watches, followed logs).
        after: told about every request and its answer, before it is sent.
    """

    def __init__(self, store: Store, registry: Registry, token: str | None = None) -> None:
        self.store = store
        self.registry = registry
        self.token = token
        self.before: list[Before] = []
        self.stream: list[Stream] = []
        self.after: list[After] = []
        strategy.install(store, registry)
        definitions.install(store, registry)
        self._handlers: dict[tuple[tuple[str, str], str, str], Handler] = {}

    def subresource(
        self, resource: Resource, name: str, handler: Handler, methods: tuple[str, ...] = ("GET",)
    ) -> None:
        """Serve a subresource that the server itself does not know, such as ``log`` of pods.

        Args:
            resource: the kind.
            name: the subresource.
            handler: called without the store's lock, after the object was found.
            methods: HTTP methods it serves.
        """
        for method in methods:
            self._handlers[resource.storage, name, method] = handler

    def handle(self, request: Request) -> Response:
        """Answer a request; errors of the API become answers, others a 500."""
        response = self._refused_before(request)
        if response is None:
            try:
                response = self._authorised(request)
            except ApiError as error:
                response = refusal(error)
        if not isinstance(response.body, bytes):
            for wrap in self.stream:
                response.body = wrap(request, response.body)
        for told in self.after:
            told(request, response)
        return response

    def malformed(self, problem: str) -> Response:
        """Return the answer to bytes that are no request."""
        return refusal(BadRequest(f"malformed HTTP request: {problem}"))

    def broken(self, error: Exception) -> Response:
        """Return the 500 that a client gets for an error of this server."""
        message = f"Internal error occurred: {type(error).__name__}: {error}"
        return refusal(ApiError(500, "InternalError", message, {"causes": [{"message": str(error)}]}))

    def _refused_before(self, request: Request) -> Response | None:
        for hook in self.before:
            response = hook(request)
            if response is not None:
                return response
        return None

    def _authorised(self, request: Request) -> Response:
        if self.token is not None and request.headers.get("authorization") != f"Bearer {self.token}":
            raise ApiError(401, "Unauthorized", "Unauthorized")
        if len(request.body) > LARGEST_BODY:
            message = f"Request entity too large: limit is {LARGEST_BODY}"
            raise ApiError(413, "RequestEntityTooLarge", message, {})
        found = self._about_itself(request) if request.method in ("GET", "HEAD") else None
        if found is not None:
            return found
        route = routes.find(request.path, self.registry)
        if route is None:
            return not_served()
        if route.subresource:
            return self._on_subresource(request, route)
        if route.name and not route.watch:
            return self._on_object(request, route)
        return self._on_collection(request, route)

    def _about_itself(self, request: Request) -> Response | None:
        if request.path.startswith("/openapi/"):
            from labkit.kube import openapi

            return openapi.serve(request, self.registry)
        return discovery.serve(request, self.registry)

    def _on_collection(self, request: Request, route: Route) -> Response:
        resource, namespace = route.resource, route.namespace
        if request.method == "GET":
            options = list_options(request, watch=route.watch)
            self.store.refresh()
            if options.watch:
                return streaming.watch(request, resource, namespace, options, self.store, route.name)
            with self.store.lock:
                return reading.list_page(request, resource, namespace, options, self.store)
        if route.watch or (resource.namespaced and namespace is None):
            raise MethodNotAllowed
        if request.method == "POST":
            return writing.create(self._target(request, route), self._body(request))
        if request.method == "DELETE" and "deletecollection" in resource.verbs:
            from labkit.kube import deleting

            return deleting.delete_collection(request, resource, namespace, self._body(request), self.store)
        raise MethodNotAllowed

    def _on_object(self, request: Request, route: Route) -> Response:
        resource, namespace, name = route.resource, route.namespace, route.name
        if request.method == "GET":
            if request.flag("watch"):
                options = list_options(request, watch=True)
                return streaming.watch(request, resource, namespace, options, self.store, name)
            self.store.refresh()
            return reading.get(request, resource, namespace, name, self.store)
        if request.method == "PUT":
            return writing.replace(self._target(request, route), self._body(request))
        if request.method == "PATCH":
            return self._patch(request, route)
        if request.method == "DELETE":
            from labkit.kube import deleting

            return deleting.delete(request, resource, namespace, name, self._body(request), self.store)
        raise MethodNotAllowed

    def _patch(self, request: Request, route: Route) -> Response:
        from labkit.kube import patching

        return patching.patch(self._target(request, route))

    def _on_subresource(self, request: Request, route: Route) -> Response:
        resource, name = route.resource, route.subresource
        handler = self._handlers.get((resource.storage, name, request.method))
        if name not in resource.subresources:
            raise NoSuchPath
        if handler is not None:
            return self._call(handler, request, route)
        if name == "scale":
            from labkit.kube import scale

            return scale.serve(self._target(request, route))
        if name == "status":
            return self._on_status(request, route)
        if any(key[:2] == (resource.storage, name) for key in self._handlers):
            raise MethodNotAllowed
        raise discovery.not_offered(f"{resource.plural}/{name} is", "left out on purpose")

    def _on_status(self, request: Request, route: Route) -> Response:
        if request.method == "GET":
            self.store.refresh()
            return reading.get(request, route.resource, route.namespace, route.name, self.store)
        if request.method == "PUT":
            return writing.replace(self._target(request, route), self._body(request))
        if request.method == "PATCH":
            return self._patch(request, route)
        raise MethodNotAllowed

    def _call(self, handler: Handler, request: Request, route: Route) -> Response:
        self.store.refresh()
        found = self.store.get(route.resource, route.namespace, route.name)
        body = self._body(request) if request.method in ("POST", "PUT") else None
        result = handler(Call(request, route.resource, found, route.namespace, route.name, body))
        if isinstance(result, Response):
            return result
        status, shown = result if isinstance(result, tuple) else (200, result)
        return answer(shown, status)

    def _body(self, request: Request) -> Any:
        if not request.body and request.method in ("DELETE", "GET", "POST"):
            return None
        return decode.load(request.body, request.headers.get("content-type", ""))

    def _target(self, request: Request, route: Route) -> writing.Target:
        return writing.Target(
            request,
            route.resource,
            route.namespace,
            route.name,
            route.subresource,
            self.store,
            self.registry,
        )
