"""Logs of containers: what each run wrote, and the options by which it is read (``PodLogOptions``)."""

from __future__ import annotations

import fnmatch
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from labkit.kube.kubelet.agent import Kubelets
from labkit.kube.kubelet.rules import Rules
from labkit.kube.model import Object
from labkit.kube.status import ApiError, BadRequest, FieldError, Invalid, invalid
from labkit.kube.times import nano_timestamp, seconds
from labkit.kube.wire import Call, Request, Response

#: Seconds of real time between two looks for new lines of a followed log.
_PAUSE: Final = 0.02


@dataclass(frozen=True)
class Line:
    """One line of a log.

    Args:
        at: when it was written, in seconds since the epoch.
        text: with its line end; the last one may have none.
    """

    at: float
    text: str


@dataclass(frozen=True)
class _Written:
    pod: str
    namespace: str
    container: str
    run: int | None
    text: str

    def matches(self, pod: Object, container: str, run: int) -> bool:
        meta = pod["metadata"]
        return (
            fnmatch.fnmatchcase(meta["name"], self.pod)
            and fnmatch.fnmatchcase(meta["namespace"], self.namespace)
            and fnmatch.fnmatchcase(container, self.container)
            and self.run in (None, run)
        )


class Logs:
    """What containers have written: ``kube.logs``.

    Args:
        kubelets: know when each run started.
        rules: behaviours, which may carry a log of their own.
        now: the time, in seconds since the epoch.
    """

    def __init__(self, kubelets: Kubelets, rules: Rules, now: Callable[[], float]) -> None:
        self._kubelets = kubelets
        self._rules = rules
        self._now = now
        self._written: list[_Written] = []
        self._appended: dict[tuple[str, str, int], list[Line]] = {}
        self._lock = threading.Lock()

    def write(
        self, pod: str, text: str, *, namespace: str = "*", container: str = "*", run: int | None = None
    ) -> None:
        """Say what containers write when they start.

        Args:
            pod: pattern for the pods' names, as in a shell.
            text: the whole log of a run.
            namespace: pattern for their namespaces.
            container: pattern for the containers' names.
            run: one run only, 0 for the first; None for all.
        """
        with self._lock:
            self._written.insert(0, _Written(pod, namespace, container, run, text))

    def append(self, pod: Object, text: str, *, container: str = "", run: int | None = None) -> None:
        """Add lines to the log of a running container, with the present time; followers get them.

        Args:
            pod: the pod.
            text: whole lines.
            container: its name, the pod's first when empty.
            run: which run, the present one when None.
        """
        name = container or str(pod["spec"]["containers"][0]["name"])
        number = self._present_run(pod, name) if run is None else run
        now = self._now()
        with self._lock:
            lines = self._appended.setdefault((pod["metadata"]["uid"], name, number), [])
            lines += [Line(now, one) for one in text.splitlines(keepends=True)]

    def _present_run(self, pod: Object, container: str) -> int:
        status = container_status(pod, container)
        return int(status["restartCount"]) if status else 0

    def lines(self, pod: Object, container: str, run: int) -> list[Line]:
        """Return what a run wrote so far."""
        began = self._began(pod, container, run)
        text = self._text(pod, container, run)
        with self._lock:
            more = list(self._appended.get((pod["metadata"]["uid"], container, run), ()))
        written = [
            Line(began + number / 1000, line) for number, line in enumerate(text.splitlines(keepends=True))
        ]
        return written + more

    def _text(self, pod: Object, container: str, run: int) -> str:
        with self._lock:
            for one in self._written:
                if one.matches(pod, container, run):
                    return one.text
        spec = next(one for one in pod["spec"]["containers"] if one["name"] == container)
        log = self._rules.of(pod, spec).log
        return log if isinstance(log, str) else log(run)

    def node_is_lost(self, node: str) -> bool:
        """Whether nobody answers for a node's pods."""
        return node in self._kubelets.nodes.lost

    def _began(self, pod: Object, container: str, run: int) -> float:
        life = self._kubelets.life(pod)
        if life is not None and container in life.containers:
            for step in life.containers[container].history:
                if step.run == run:
                    return step.started
        return self._kubelets.started_at(pod)


def container_status(pod: Object, container: str) -> Object | None:
    """Return the status of one of a pod's containers, None before it has one."""
    listed: list[Object] = (pod.get("status") or {}).get("containerStatuses") or []
    return next((one for one in listed if one["name"] == container), None)


@dataclass(frozen=True)
class Options:
    """How a log is read; see ``PodLogOptions`` of the API reference."""

    container: str
    follow: bool
    previous: bool
    timestamps: bool
    tail: int | None
    limit: int | None
    since: float | None


def options_of(request: Request, pod: Object, now: float) -> Options:
    """Read the query of a log request.

    Raises:
        BadRequest: not a number, not a time.
        Invalid: a number out of range.
    """
    tail, limit = _number(request, "tailLines"), _number(request, "limitBytes")
    since = _number(request, "sinceSeconds")
    errors: list[FieldError] = []
    if tail is not None and tail < 0:
        errors.append(invalid("tailLines", tail, "must be greater than or equal to 0"))
    if limit is not None and limit < 1:
        errors.append(invalid("limitBytes", limit, "must be greater than 0"))
    begin: float | None = None
    if since is not None:
        if request.get("sinceTime"):
            word = "at most one of `sinceTime` or `sinceSeconds` may be specified"
            errors.append(FieldError("", "Forbidden", None, word))
        elif since < 1:
            errors.append(invalid("sinceSeconds", since, "must be greater than 0"))
        begin = now - since
    elif request.get("sinceTime"):
        begin = _time(request.get("sinceTime"))
    if errors:
        raise Invalid("PodLogOptions", "", pod["metadata"]["name"], errors)
    return Options(
        container=_container(pod, request.get("container")),
        follow=request.flag("follow"),
        previous=request.flag("previous"),
        timestamps=request.flag("timestamps"),
        tail=tail,
        limit=limit,
        since=begin,
    )


def _number(request: Request, name: str) -> int | None:
    text = request.get(name)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def _time(text: str) -> float:
    try:
        return seconds(text)
    except ValueError:
        message = f'parsing time "{text}" as "2006-01-02T15:04:05Z07:00": cannot parse "{text}" as "2006"'
        raise BadRequest(message) from None


def _container(pod: Object, name: str) -> str:
    meta, spec = pod["metadata"], pod["spec"]
    names = [one["name"] for one in spec["containers"]]
    if not name:
        default = (meta.get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
        if len(names) > 1:
            choice = " ".join(names)
            raise BadRequest(
                f"a container name must be specified for pod {meta['name']}, choose one of: [{choice}]"
            )
        return str(default if default in names else names[0])
    if name not in [*names, *(one["name"] for one in spec.get("initContainers") or ())]:
        raise BadRequest(f"container {name} is not valid for pod {meta['name']}")
    return name


def run_to_read(pod: Object, options: Options) -> int:
    """Return the number of the run whose log is asked for.

    Raises:
        BadRequest: there is none yet, in the words of the kubelet (``validateContainerLogStatus``).
    """
    name, container = pod["metadata"]["name"], options.container
    status = container_status(pod, container)
    state = (status or {}).get("state") or {}
    last = ((status or {}).get("lastState") or {}).get("terminated")
    restarts = int((status or {}).get("restartCount", 0))
    if options.previous:
        if last is None:
            raise BadRequest(f'previous terminated container "{container}" in pod "{name}" not found')
        return restarts if "waiting" in state else restarts - 1
    if "waiting" in state and last is None:
        reason = state["waiting"].get("reason", "ContainerCreating")
        raise BadRequest(f'container "{container}" in pod "{name}" is waiting to start: {reason}')
    return restarts


class LogHandler:
    """Answers ``GET .../pods/NAME/log``.

    Args:
        logs: what was written.
        find: looks a pod up again, for logs that are followed; None when it is gone.
        now: the time, in seconds since the epoch.
    """

    def __init__(self, logs: Logs, find: Callable[[Object], Object | None], now: Callable[[], float]) -> None:
        self._logs = logs
        self._find = find
        self._now = now
        self._closed = threading.Event()

    def release(self) -> None:
        """End all logs that are followed."""
        self._closed.set()

    def __call__(self, call: Call) -> Response:
        """Answer one request."""
        pod = call.object
        options = options_of(call.request, pod, self._now())
        if not pod["spec"].get("nodeName"):
            return Response(204, b"", "text/plain")
        if self._is_silent(pod):
            raise unreachable(pod)
        if not container_status(pod, options.container) and not options.previous:
            message = (
                f'container "{options.container}" in pod "{call.name}" is waiting to start: ContainerCreating'
            )
            raise BadRequest(message)
        run = run_to_read(pod, options)
        if options.follow:
            return Response(200, self._follow(pod, options, run), "text/plain")
        shown = _cut(self._logs.lines(pod, options.container, run), options)
        return Response(200, "".join(shown).encode()[: options.limit], "text/plain")

    def _is_silent(self, pod: Object) -> bool:
        return self._logs.node_is_lost(pod["spec"]["nodeName"])

    def _follow(self, pod: Object, options: Options, run: int) -> Iterator[bytes]:
        """Give what there is, then each new line, until the run ends."""
        lines = self._logs.lines(pod, options.container, run)
        yield "".join(_cut(lines, options)).encode()
        seen = len(lines)
        while not self._closed.is_set():
            latest = self._find(pod)
            lines = self._logs.lines(pod, options.container, run)
            if lines[seen:]:
                yield "".join(_shown(line, options) for line in lines[seen:]).encode()
                seen = len(lines)
            if latest is None or not _is_running(latest, options.container, run):
                return
            time.sleep(_PAUSE)


def _is_running(pod: Object, container: str, run: int) -> bool:
    status = container_status(pod, container)
    return status is not None and "running" in status["state"] and bool(status["restartCount"] == run)


def _shown(line: Line, options: Options) -> str:
    return f"{nano_timestamp(line.at)} {line.text}" if options.timestamps else line.text


def _cut(lines: list[Line], options: Options) -> list[str]:
    if options.since is not None:
        lines = [line for line in lines if line.at >= options.since]
    if options.tail is not None:
        lines = lines[len(lines) - options.tail :] if options.tail < len(lines) else lines
    return [_shown(line, options) for line in lines]


def unreachable(pod: Object) -> ApiError:
    """Return the error of a request to the kubelet of a node that does not answer."""
    node = pod["spec"].get("nodeName")
    meta = pod["metadata"]
    message = (
        f'Get "https://{node}:10250/containerLogs/{meta["namespace"]}/{meta["name"]}": '
        f"dial tcp: connect: no route to host"
    )
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", {})
