"""What the server says about itself: versions, groups, resources, health."""

from __future__ import annotations

from typing import Final

from labkit.kube.model import Object, Resource
from labkit.kube.registry import Registry
from labkit.kube.status import ApiError
from labkit.kube.wire import Request, Response, answer, text

#: The release whose behaviour the server follows.
VERSION: Final = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": "2026-06-10T00:00:00Z",
    "goVersion": "go1.26.0",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_SUBRESOURCE_KINDS: Final = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "", "Binding"),
    "exec": ("", "", "PodExecOptions"),
    "attach": ("", "", "PodAttachOptions"),
    "portforward": ("", "", "PodPortForwardOptions"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
}
_SUBRESOURCE_VERBS: Final = {
    "exec": ["create", "get"],
    "attach": ["create", "get"],
    "portforward": ["create", "get"],
    "proxy": ["create", "delete", "get", "patch", "update"],
    "log": ["get"],
    "eviction": ["create"],
    "binding": ["create"],
    "token": ["create"],
    "finalize": ["update"],
}


def serve(request: Request, registry: Registry) -> Response | None:
    """Answer a path of discovery, None when it is another path."""
    path = request.path.rstrip("/") or "/"
    if path in ("/healthz", "/readyz", "/livez"):
        return text("ok")
    if path == "/version":
        return answer(VERSION)
    if path == "/":
        return answer({"paths": _paths(registry)})
    if path == "/api":
        return answer(_api_versions(request))
    if path == "/apis":
        groups = [_group(name, versions) for name, versions in registry.groups().items() if name]
        return answer({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    return _group_or_resources(path, registry)


def not_offered(what: str, hint: str) -> ApiError:
    """Return the refusal of something that this server leaves out on purpose."""
    return ApiError(404, "NotFound", f"{what} not offered by this embedded server ({hint})", {})


def _group_or_resources(path: str, registry: Registry) -> Response | None:
    parts = path.strip("/").split("/")
    groups = registry.groups()
    if parts[0] == "apis" and len(parts) == 2 and parts[1] in groups:
        return answer({"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], groups[parts[1]])})
    if parts[0] == "api" and len(parts) == 2:
        group, version = "", parts[1]
    elif parts[0] == "apis" and len(parts) == 3:
        group, version = parts[1], parts[2]
    else:
        return None
    if version not in groups.get(group, ()):
        return None
    found = [one for one in registry if (one.group, one.version) == (group, version)]
    return answer(
        {
            "kind": "APIResourceList",
            "apiVersion": "v1",
            "groupVersion": f"{group}/{version}" if group else version,
            "resources": [entry for resource in found for entry in _entries(resource)],
        }
    )


def _paths(registry: Registry) -> list[str]:
    paths = ["/api", "/api/v1", "/apis"]
    for name, versions in registry.groups().items():
        if name:
            paths += [f"/apis/{name}", *(f"/apis/{name}/{version}" for version in versions)]
    return [*paths, "/healthz", "/livez", "/readyz", "/version"]


def _api_versions(request: Request) -> Object:
    address = {"clientCIDR": "0.0.0.0/0", "serverAddress": request.headers.get("host", "127.0.0.1")}
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}


def _group(name: str, versions: list[str]) -> Object:
    listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _entries(resource: Resource) -> list[Object]:
    entry: Object = {
        "name": resource.plural,
        "singularName": resource.singular or resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    entry["storageVersionHash"] = "AAAAAAAAAAA="
    return [entry, *(_subresource(resource, name) for name in resource.subresources)]


def _subresource(resource: Resource, name: str) -> Object:
    entry: Object = {
        "name": f"{resource.plural}/{name}",
        "singularName": "",
        "namespaced": resource.namespaced,
    }
    group, version, kind = _SUBRESOURCE_KINDS.get(name, ("", "", resource.kind))
    if version:
        entry["group"], entry["version"] = group, version
    entry["kind"] = kind
    entry["verbs"] = _SUBRESOURCE_VERBS.get(name, ["get", "patch", "update"])
    return entry
