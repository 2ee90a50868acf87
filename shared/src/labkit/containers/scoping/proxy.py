"""The rules: which requests reach the engine, and as what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from labkit.containers.labels import SCOPE
from labkit.containers.scoping import bodies, build
from labkit.containers.scoping.refusals import Refused, not_allowed
from labkit.containers.scoping.sight import Sight
from labkit.containers.scoping.upstream import Upstream
from labkit.http.wire import Request, Response

Answer = Callable[[Request, "re.Match[str]"], Response]
_JSON = {"Content-Type": "application/json"}
#: What may be asked of a container of the scope, as (method, rest of the path).
_OF_CONTAINER = re.compile(
    "GET (json|top|logs|changes|export|stats|archive)|HEAD archive|PUT archive"
    "|POST (start|stop|restart|kill|rename|pause|unpause|wait|resize|attach)"
)
_BUILT_IN_NETWORKS = ("bridge", "none")


class ScopingProxy:
    """An application that shows the engine of ``upstream`` as if only one scope were on it.

    Args:
        upstream: the real engine.
        labels: what everything of this scope carries; :data:`labkit.containers.labels.SCOPE` among them.
        shared: references of images that every scope sees and nobody can remove or tag over.
    """

    def __init__(self, upstream: Upstream, labels: Mapping[str, str], shared: frozenset[str]) -> None:
        self._up, self._labels = upstream, dict(labels)
        self.sight = Sight(upstream, labels[SCOPE], shared)
        image, name = r"/images/(?P<name>.+)", r"(?P<name>[A-Za-z0-9][\w.-]*)"
        self._routes: list[tuple[re.Pattern[str], Answer]] = [
            (re.compile(rule), answer)
            for rule, answer in (
                ("(GET|HEAD) /_ping|GET /version", self._as_it_is),
                ("GET /info", self._info),
                ("GET /system/df", self._usage),
                ("GET /events", self._filtered),
                ("GET /(containers/json|volumes)", self._filtered),
                ("POST /(containers|images|networks|volumes)/prune", self._filtered),
                ("POST /containers/create", self._create),
                (f"POST /containers/{name}/exec", self._new_exec),
                (f"POST /containers/{name}/update", self._update),
                (f"(?P<method>[A-Z]+) /containers/{name}/(?P<rest>[a-z]+)", self._container),
                (f"DELETE /containers/{name}", self._container),
                (r"(POST|GET) /exec/(?P<name>[0-9a-f]+)/(?P<rest>start|resize|json)", self._exec),
                ("GET /images/json", self._images),
                ("POST /images/create", self._pull),
                (f"GET {image}/(?P<rest>json|history)", self._image),
                (f"POST {image}/tag", self._tag),
                (f"DELETE {image}", self._remove_image),
                ("POST /commit", self._commit),
                ("POST /build", self._build),
                ("GET /networks", self._networks),
                ("POST /networks/create", self._create_network),
                (f"POST /networks/{name}/(?P<rest>connect|disconnect)", self._connect),
                (f"(GET|DELETE) /networks/{name}", self._network),
                ("POST /volumes/create", self._create_volume),
                (f"(GET|DELETE) /volumes/{name}", self._volume),
            )
        ]
        self._owned = bodies.Owned(self.sight.container, self.sight.network, self._volume_of_binding)

    def handle(self, request: Request) -> Response:
        """Forward what the rules allow, refuse everything else."""
        path = re.sub(r"^/v[0-9]+\.[0-9]+(?=/)", "", unquote(request.target.partition("?")[0]))
        try:
            for pattern, answer in self._routes:
                found = pattern.fullmatch(f"{request.method} {path}")
                if found:
                    return answer(request, found)
            raise not_allowed(f"{request.method} {path}")
        except Refused as refusal:
            return refusal.response()

    def malformed(self, problem: str) -> Response:
        return Refused(problem, 400).response()

    def broken(self, error: Exception) -> Response:
        return Refused(f"the engine's proxy failed: {type(error).__name__}: {error}", 500).response()

    # Passing on

    def _pass(
        self, request: Request, path: str, body: bytes | Any = b"", query: Mapping[str, Any] | None = None
    ) -> Response:
        """Send a request on, with its own query or the given one; data as a body goes as JSON."""
        headers = {}
        if not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), dict(_JSON)
        elif body:
            headers["Content-Type"] = request.headers.get("content-type", "application/octet-stream")
        if request.headers.get("upgrade"):
            headers |= {"Connection": "Upgrade", "Upgrade": "tcp"}
        return self._up.forward(
            request.method, path, request.query if query is None else query, body, headers
        )

    def _as_it_is(self, request: Request, found: re.Match[str]) -> Response:
        return self._pass(request, found[0].partition(" ")[2])

    def _filtered(self, request: Request, found: re.Match[str]) -> Response:
        return self._pass(request, found[0].partition(" ")[2], query=self._with_scope(request))

    def _with_scope(self, request: Request) -> dict[str, Any]:
        """The query with a filter for the scope's label; the engine wants all labels of a filter at once."""
        try:
            told = json.loads(request.get("filters") or "{}")
        except ValueError:
            raise Refused("invalid filter", 400) from None
        if not isinstance(told, dict):
            raise Refused("invalid filter", 400)
        filters = {
            str(key): [
                str(v) for v in ([k for k, on in value.items() if on] if isinstance(value, dict) else value)
            ]
            for key, value in told.items()
        }
        filters["label"] = [*filters.get("label", ()), f"{SCOPE}={self._labels[SCOPE]}"]
        return {**request.query, "filters": json.dumps(filters)}

    # The engine as a whole

    def _info(self, request: Request, found: re.Match[str]) -> Response:
        told = self._up.data("GET", "/info")[1]
        mine = self.sight.containers()
        states = [thing.get("State") for thing in mine]
        told |= {
            "Containers": len(mine),
            "ContainersRunning": states.count("running"),
            "ContainersPaused": states.count("paused"),
            "ContainersStopped": len(mine) - states.count("running") - states.count("paused"),
            "Images": len(self.sight.images()),
        }
        # Where the engine keeps its things, its registries, proxies and swarm are nobody's business here.
        for name in (
            "DockerRootDir",
            "RegistryConfig",
            "Swarm",
            "HttpProxy",
            "HttpsProxy",
            "NoProxy",
            "Labels",
        ):
            told.pop(name, None)
        return Response(200, json.dumps(told).encode())

    def _usage(self, request: Request, found: re.Match[str]) -> Response:
        told = self._up.data("GET", "/system/df")[1]
        images = {image["Id"]: image for image in self.sight.images()}
        shown = {
            "LayersSize": sum(image["Size"] for image in images.values()),
            "Images": [{**i, **images[i["Id"]]} for i in told.get("Images") or () if i["Id"] in images],
            "Containers": [c for c in told.get("Containers") or () if self.sight.mine(c.get("Labels"))],
            "Volumes": [v for v in told.get("Volumes") or () if self.sight.mine(v.get("Labels"))],
            "BuildCache": [],
        }
        return Response(200, json.dumps(shown).encode())

    # Containers

    def _create(self, request: Request, found: re.Match[str]) -> Response:
        told = bodies.read(request.body)
        made = bodies.container(told, self._labels, self._owned)
        image = self.sight.image(str(made.get("Image", "")))
        host = made["HostConfig"]
        if host.pop("PublishAllPorts", False):
            exposed = {**(image["Config"].get("ExposedPorts") or {}), **(made.get("ExposedPorts") or {})}
            for port in exposed:
                # On loopback, which the engine's own way of publishing all ports does not know.
                host["PortBindings"].setdefault(port, [{"HostIp": "127.0.0.1", "HostPort": ""}])
        query = {name: request.get(name) for name in ("name", "platform") if request.get(name)}
        return _without_ids(self._pass(request, "/containers/create", made, query))

    def _container(self, request: Request, found: re.Match[str]) -> Response:
        rest = found.groupdict().get("rest") or ""
        if request.method != "DELETE" and not _OF_CONTAINER.fullmatch(f"{request.method} {rest}"):
            raise not_allowed(found[0])
        name = self.sight.container(found["name"])
        body = request.body if rest == "archive" else b""
        return _without_ids(self._pass(request, f"/containers/{name}" + (f"/{rest}" if rest else ""), body))

    def _update(self, request: Request, found: re.Match[str]) -> Response:
        name = self.sight.container(found["name"])
        return self._pass(request, f"/containers/{name}/update", bodies.update(bodies.read(request.body)))

    def _new_exec(self, request: Request, found: re.Match[str]) -> Response:
        name = self.sight.container(found["name"])
        return self._pass(request, f"/containers/{name}/exec", bodies.new_exec(bodies.read(request.body)))

    def _exec(self, request: Request, found: re.Match[str]) -> Response:
        self.sight.exec(found["name"])
        told = bodies.read(request.body)
        body = {name: bool(told.get(name)) for name in ("Detach", "Tty")} if found["rest"] == "start" else b""
        return self._pass(request, f"/exec/{found['name']}/{found['rest']}", body)

    # Images

    def _images(self, request: Request, found: re.Match[str]) -> Response:
        status, told = self._up.data("GET", "/images/json", request.query)
        if status == 200:
            shown = {image["Id"]: image for image in self.sight.images()}
            tags = {name: shown[name].get("RepoTags") for name in shown}
            told = [
                {**one, "RepoTags": tags[one["Id"]], "Containers": -1} for one in told if one["Id"] in shown
            ]
        return Response(status, json.dumps(told).encode())

    def _pull(self, request: Request, found: re.Match[str]) -> Response:
        name, tag = request.get("fromImage"), request.get("tag")
        reference = name + ("" if not tag else f"@{tag}" if ":" in tag else f":{tag}")
        if request.get("fromSrc") or not name:
            raise not_allowed("importing an image")
        if reference not in self.sight.shared:
            raise Refused(
                f"pull access denied for {name}: a lab has what it builds, and "
                f"{', '.join(sorted(self.sight.shared))}",
                404,
            )
        told = json.dumps({"status": f"Status: Image is up to date for {reference}"})
        return Response(200, f"{told}\r\n".encode())

    def _image(self, request: Request, found: re.Match[str]) -> Response:
        image = self.sight.image(found["name"])
        if found["rest"] == "history":
            return self._pass(request, f"/images/{image['Id']}/history")
        told = {**image, "RepoTags": self.sight.tags(image), "RepoDigests": []}
        return Response(200, json.dumps(told).encode())

    def _tag(self, request: Request, found: re.Match[str]) -> Response:
        image = self.sight.image(found["name"])
        if not self.sight.mine(image["Config"].get("Labels")):
            # A tag carries no labels, so it would outlive its run.
            raise not_allowed(f"another name for {found['name']}, which all labs share")
        reference = self.sight.free_tag(f"{request.get('repo')}:{request.get('tag') or 'latest'}")
        answer = self._pass(request, f"/images/{image['Id']}/tag")
        if answer.status == 201:
            self.sight.own_tags.add(reference)
        return answer

    def _remove_image(self, request: Request, found: re.Match[str]) -> Response:
        image = self.sight.image(found["name"])
        full = self.sight.full(found["name"])
        if full not in self.sight.own_tags and not self.sight.mine(image["Config"].get("Labels")):
            raise not_allowed(f"removing the image {found['name']}, which all labs share")
        query = {name: request.get(name) for name in ("force", "noprune") if request.get(name)}
        answer = self._pass(request, f"/images/{quote(found['name'], safe=':/@')}", query=query)
        if answer.status == 200:
            self.sight.own_tags.discard(full)
        return answer

    def _commit(self, request: Request, found: re.Match[str]) -> Response:
        name = self.sight.container(request.get("container"))
        changes = request.all("changes")
        if any(re.search(r"(?i)\bONBUILD\b", change) or "\n" in change for change in changes):
            raise not_allowed("ONBUILD in a commit")
        # The container's own labels come with it, those of the scope among them.
        if any(SCOPE in change for change in changes):
            raise not_allowed("changing the labels of labs")
        query = {
            name: request.get(name)
            for name in ("comment", "author", "pause", "repo", "tag")
            if request.get(name)
        }
        if query.get("repo"):
            self.sight.own_tags.add(self.sight.free_tag(f"{query['repo']}:{query.get('tag') or 'latest'}"))
        return self._pass(request, "/commit", query={**query, "container": name, "changes": changes})

    def _build(self, request: Request, found: re.Match[str]) -> Response:
        query = build.parameters(request.query)
        arguments, labels = _object(request.get("buildargs")), _object(request.get("labels"))
        context, dockerfile = build.context(
            request.body, request.get("dockerfile"), arguments, self._labels, self.sight.image
        )
        tags = [self.sight.free_tag(tag) for tag in request.all("t") if tag]
        query |= {"t": tags, "dockerfile": dockerfile, "buildargs": json.dumps(arguments)}
        query["labels"] = json.dumps({**labels, **self._labels})
        answer = self._up.forward("POST", "/build", query, context, {"Content-Type": "application/x-tar"})
        self.sight.own_tags.update(tags)
        return answer

    # Networks and volumes

    def _networks(self, request: Request, found: re.Match[str]) -> Response:
        status, told = self._up.data("GET", "/networks", request.query)
        if status == 200:
            shown = [n for n in told if self.sight.mine(n.get("Labels")) or n["Name"] in _BUILT_IN_NETWORKS]
            told = [self.sight.network_view(one) for one in shown]
        return Response(status, json.dumps(told).encode())

    def _create_network(self, request: Request, found: re.Match[str]) -> Response:
        return self._pass(
            request, "/networks/create", bodies.network(bodies.read(request.body), self._labels)
        )

    def _network(self, request: Request, found: re.Match[str]) -> Response:
        if request.method == "GET" and found["name"] in _BUILT_IN_NETWORKS:
            name = found["name"]
        else:
            name = self.sight.network(found["name"])
        if request.method == "DELETE":
            return self._pass(request, f"/networks/{name}")
        status, told = self._up.data("GET", f"/networks/{name}", request.query)
        return Response(status, json.dumps(self.sight.network_view(told) if status == 200 else told).encode())

    def _connect(self, request: Request, found: re.Match[str]) -> Response:
        name = self.sight.network(found["name"])
        told = bodies.connection(bodies.read(request.body), self._owned)
        return self._pass(request, f"/networks/{name}/{found['rest']}", told)

    def _create_volume(self, request: Request, found: re.Match[str]) -> Response:
        made = bodies.volume(bodies.read(request.body), self._labels)
        if made.get("Name"):
            self.sight.free_volume(str(made["Name"]))
        return self._pass(request, "/volumes/create", made)

    def _volume(self, request: Request, found: re.Match[str]) -> Response:
        return self._pass(request, f"/volumes/{self.sight.volume(found['name'])}")

    def _volume_of_binding(self, name: str) -> None:
        """A volume that a new container names: one of the scope, or one that is made for it now."""
        if self.sight.free_volume(name):
            made = json.dumps({"Name": name, "Labels": self._labels}).encode()
            self._up.forward("POST", "/volumes/create", {}, made, _JSON)


def _object(text: str) -> dict[str, str]:
    try:
        told = json.loads(text or "{}") or {}
    except ValueError:
        raise Refused("a parameter is no JSON", 400) from None
    if not isinstance(told, dict):
        raise Refused("a parameter is no JSON object", 400)
    return {str(name): str(value) for name, value in told.items() if value is not None}


def _without_ids(answer: Response) -> Response:
    """A conflict of names must not tell whose container has it."""
    if answer.status == 409 and isinstance(answer.body, bytes):
        answer.body = re.sub(rb"[0-9a-f]{64}", b"of another", answer.body)
    return answer
