"""Containers: list, create, look, change, remove."""

from __future__ import annotations

from typing import Final

from labkit.engine import containerviews, creating, hostconfig
from labkit.engine.api.routing import Answer, Call, Route, atoi
from labkit.engine.commands import not_running
from labkit.engine.container import STATUSES, Container
from labkit.engine.filters import Filters
from labkit.engine.lifecycle import update as change
from labkit.engine.lists import listed
from labkit.engine.problems import EngineError, bad, internal
from labkit.engine.signals import named
from labkit.engine.times import moment
from labkit.http.wire import Response

_LIST_FILTERS: Final = listed(
    "ancestor before exited expose health id is-task isolation label label! name network publish since "
    "status volume"
)
_HEALTH: Final = ("starting", "healthy", "unhealthy", "none")


def list_all(call: Call) -> Answer:
    daemon = call.daemon
    filters = call.filters(*_LIST_FILTERS)
    limit = call.number("limit", 0) or 0
    for status in filters["status"]:
        if status not in STATUSES:
            raise bad(f"Invalid filter 'status={status}'")
    for word in filters["health"]:
        if word not in _HEALTH:
            raise bad(f"Unrecognised filter value for health: {word}")
    _ = [atoi(text) for text in filters["exited"]]
    everything = call.flag("all") or limit > 0 or "status" in filters
    before, since = (_found(call, filters, name) for name in ("before", "since"))
    daemon.clock.now()
    found = []
    for container in sorted(daemon.containers.values(), key=lambda one: one.created, reverse=True):
        if not everything and not container.running and container.status != "restarting":
            continue
        if before is not None and container.created >= before.created:
            continue
        if since is not None and container.created <= since.created:
            continue
        if _passes(container, filters):
            found.append(containerviews.summary(container, size=call.flag("size")))
    return found[:limit] if limit > 0 else found


def _found(call: Call, filters: Filters, name: str) -> Container | None:
    if name not in filters:
        return None
    try:
        return call.daemon.find(filters[name][0])
    except EngineError:
        raise internal(f"no such container {filters[name][0]}") from None


def _passes(container: Container, filters: Filters) -> bool:
    codes = [atoi(text) for text in filters["exited"]]
    if codes and (container.exit_code not in codes or container.running or container.started is None):
        return False
    health = container.health.status if container.health is not None else "none"
    networks = [word for name, one in container.networks.items() for word in (name, one.network)]
    volumes = [word for one in container.mounts for word in (one.source, one.target)]
    return (
        filters.exact("status", container.status)
        and filters.exact("health", health)
        and filters.labels(container.labels)
        and filters.matches("name", container.name, f"/{container.name}")
        and filters.prefixes("id", container.id)
        and ("network" not in filters or any(value in networks for value in filters["network"]))
        and ("volume" not in filters or any(value in volumes for value in filters["volume"]))
        and _of_image(container, filters)
        and _with_port(container, filters)
    )


def _of_image(container: Container, filters: Filters) -> bool:
    if "ancestor" not in filters:
        return True
    images = container.daemon.images
    wanted = set()
    for text in filters["ancestor"]:
        try:
            found = images.look_up(text)
        except ValueError:
            found = None
        if found is not None:
            wanted.add(found.id)
    line, image = set(), container.image
    while image.id not in line:
        line.add(image.id)
        image = images.all.get(image.parent, image)
    return bool(line & wanted)


def _with_port(container: Container, filters: Filters) -> bool:
    exposed = {port.partition("/")[0] for port in container.config.get("ExposedPorts") or {}}
    published = {str(port.port) for port in container.published}
    return _any_port("expose", exposed, filters) and _any_port("publish", published, filters)


def _any_port(name: str, ports: set[str], filters: Filters) -> bool:
    return name not in filters or any(value.partition("/")[0] in ports for value in filters[name])


def create(call: Call) -> Answer:
    body = call.body()
    if not isinstance(body, dict):
        raise internal("json: cannot unmarshal into Go value of type runconfig.ContainerConfigWrapper")
    container = creating.create(call.daemon, body, call.request.get("name") or None)
    return 201, {"Id": container.id, "Warnings": []}


def inspect(call: Call) -> Answer:
    call.daemon.find(call.words[0])
    call.daemon.clock.now()
    return containerviews.inspect(call.daemon.find(call.words[0]), size=call.flag("size"))


def top(call: Call) -> Answer:
    container = call.daemon.find(call.words[0])
    if container.status == "restarting":
        raise EngineError(409, f"Container {container.id} is restarting, wait until the container is running")
    if not container.running:
        raise not_running(container)
    import time

    began = time.strftime("%H:%M", time.gmtime(container.started or 0))
    rows = [[container.pid, " ".join(container.argv)]]
    rows += [
        [one.pid, " ".join(one.argv)]
        for one in call.daemon.execs.all.values()
        if one.running and one.container is container
    ]
    user = container.config["User"].partition(":")[0] or "root"
    titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    shown = [
        [user, str(pid), str(container.pid - 1), "0", began, "?", "00:00:00", command]
        for pid, command in rows
    ]
    if "aux" in call.request.get("ps_args"):
        titles = ["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND"]
        shown = [
            [user, str(pid), "0.0", "0.0", "4096", "1024", "?", "Ss", began, "0:00", command]
            for pid, command in rows
        ]
    return {"Processes": shown, "Titles": titles}


def changes(call: Call) -> Answer:
    container = call.daemon.find(call.words[0])
    if not container.has_files:
        return Response(200, b"null\n")
    from labkit.engine.rootfs import changed_paths

    found = changed_paths(container)
    return [{"Path": path, "Kind": kind} for path, kind in found] if found else Response(200, b"null\n")


def start(call: Call) -> Answer:
    return 204 if call.daemon.lifecycle.start(call.daemon.find(call.words[0])) else 304


def stop(call: Call) -> Answer:
    seconds = call.number("t")
    container = call.daemon.find(call.words[0])
    return 204 if call.daemon.lifecycle.stop(container, seconds) else 304


def restart(call: Call) -> Answer:
    seconds = call.number("t")
    call.daemon.lifecycle.restart(call.daemon.find(call.words[0]), seconds)
    return 204


def kill(call: Call) -> Answer:
    text = call.words[0]
    signal = named(call.request.get("signal") or "SIGKILL")
    try:
        container = call.daemon.find(text)
    except EngineError as error:
        raise EngineError(error.status, f"Cannot kill container: {text}: {error.message}") from None
    call.daemon.lifecycle.kill(container, text, signal)
    return 204


def pause(call: Call) -> Answer:
    call.daemon.lifecycle.pause(call.daemon.find(call.words[0]))
    return 204


def unpause(call: Call) -> Answer:
    call.daemon.lifecycle.unpause(call.daemon.find(call.words[0]))
    return 204


def rename(call: Call) -> Answer:
    call.daemon.lifecycle.rename(call.daemon.find(call.words[0]), call.request.get("name"))
    return 204


def update(call: Call) -> Answer:
    body = call.body()
    container = call.daemon.find(call.words[0])
    hostconfig.check_policy(body.get("RestartPolicy") or {})
    hostconfig.check_resources(body, call.daemon.cpus)
    change(container, {name: value for name, value in body.items() if name in container.host})
    call.daemon.happened(container, "update")
    return {"Warnings": None}


def remove(call: Call) -> Answer:
    container = call.daemon.find(call.words[0])
    if call.flag("link"):
        raise internal("Conflict, cannot remove the default link name of the container")
    call.daemon.lifecycle.remove(container, force=call.flag("force"), volumes=call.flag("v"))
    return 204


def prune(call: Call) -> Answer:
    daemon = call.daemon
    filters = call.filters("label", "label!", "until")
    until = moment(filters["until"][0], daemon.timeline.now) if "until" in filters else None
    deleted, space = [], 0
    for container in list(daemon.containers.values()):
        if container.running or container.status == "restarting" or not filters.labels(container.labels):
            continue
        if until is None or container.created < until:
            space += containerviews.sizes(container)[0]
            daemon.forget(container, volumes=False)
            deleted.append(container.id)
    daemon.happened_to("container", "prune", "", reclaimed=str(space))
    return {"ContainersDeleted": deleted or None, "SpaceReclaimed": space}


def resize(call: Call) -> Answer:
    for name in ("h", "w"):
        try:
            call.number(name, 0)
        except EngineError as error:
            raise bad(error.message) from None
    container = call.daemon.find(call.words[0])
    if not container.running:
        raise not_running(container)
    return 200


ROUTES: Final[list[Route]] = [
    ("GET", "/containers/json", list_all),
    ("POST", "/containers/create", create),
    ("POST", "/containers/prune", prune),
    ("GET", "/containers/{}/json", inspect),
    ("GET", "/containers/{}/top", top),
    ("GET", "/containers/{}/changes", changes),
    ("POST", "/containers/{}/start", start),
    ("POST", "/containers/{}/stop", stop),
    ("POST", "/containers/{}/restart", restart),
    ("POST", "/containers/{}/kill", kill),
    ("POST", "/containers/{}/pause", pause),
    ("POST", "/containers/{}/unpause", unpause),
    ("POST", "/containers/{}/rename", rename),
    ("POST", "/containers/{}/update", update),
    ("POST", "/containers/{}/resize", resize),
    ("DELETE", "/containers/{}", remove),
]
