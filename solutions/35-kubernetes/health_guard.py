"""Watch a namespace, and save the logs of containers that crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

#: Seconds after which a watch that nothing happens on is begun anew, so that until() is asked.
_WATCH: Final = 10
#: Seconds between two tries when the API server is away or overloaded.
_PAUSE: Final = 2
#: How often a log is asked for before the guard does without it.
_TRIES: Final = 5


@dataclass(frozen=True)
class Incident:
    """A container that crashed.

    pod, uid: name and uid of its pod.
    container: its name.
    reason: why a run of it ended, as Kubernetes says it: "Error", "OOMKilled" ...
    exit_code: status with which that run ended.
    """

    pod: str
    uid: str
    container: str
    reason: str
    exit_code: int


def guard(
    namespace: str,
    folder: Path,
    *,
    until: Callable[[], bool],
    sleep: Callable[[float], object] = time.sleep,
) -> list[Incident]:
    """Save the logs of each container of a namespace that crashes, once, until ``until()`` is true.

    >>> guard("shop", Path("incidents"), until=ctrl_c_was_pressed)
    [Incident(pod='payments-7d4', uid='0b1e...', container='app', reason='Error', exit_code=2)]
    """
    config.load_kube_config()
    core = client.CoreV1Api()
    saved: list[Incident] = []
    since: str | None = None
    while not until():
        try:
            if since is None:
                pods = core.list_namespaced_pod(namespace)
                for pod in pods.items:
                    saved += _look_at(core, pod, folder, sleep)
                since = pods.metadata.resource_version
            events = watch.Watch().stream(
                core.list_namespaced_pod, namespace, resource_version=since, timeout_seconds=_WATCH
            )
            for event in events:
                pod = event["object"]
                saved += _look_at(core, pod, folder, sleep)
                # Only now: an event that was not dealt with must come again after a failure.
                since = pod.metadata.resource_version
        except (ApiException, HTTPError) as error:
            if getattr(error, "status", None) == 410:
                since = None  # too old: list again
            elif not _is_passing(error):
                raise
            else:
                sleep(_PAUSE)
    return saved


def _is_passing(error: ApiException | HTTPError) -> bool:
    """Whether trying again can help: the server could not be reached, or has too much to do."""
    return not isinstance(error, ApiException) or error.status == 429 or error.status >= 500


def _look_at(
    core: client.CoreV1Api, pod: client.V1Pod, folder: Path, sleep: Callable[[float], object]
) -> list[Incident]:
    """Save the logs of the containers of a pod that have crashed and are not saved yet."""
    meta = pod.metadata
    found: list[Incident] = []
    if meta.deletion_timestamp:
        return found  # it was told to end, and so its containers end
    for status in pod.status.container_statuses or []:
        crash = _crash_of(status)
        place = folder / meta.name / meta.uid / status.name
        if crash is None or place.exists():
            continue
        current = _read_log(core, meta, status.name, sleep, previous=False)
        previous = _read_log(core, meta, status.name, sleep, previous=True)
        place.mkdir(parents=True)
        for name, text in (("current.log", current), ("previous.log", previous)):
            if text is not None:
                (place / name).write_text(text, encoding="utf-8")
        found.append(Incident(meta.name, meta.uid, status.name, crash.reason, crash.exit_code))
    return found


def _crash_of(status: client.V1ContainerStatus) -> client.V1ContainerStateTerminated | None:
    """How a run of the container ended that ended badly: the latest one, or the one before."""
    waiting = status.state.waiting
    looping = waiting is not None and waiting.reason == "CrashLoopBackOff"
    for state in (status.state, status.last_state):
        if state.terminated and (looping or state.terminated.exit_code != 0):
            return state.terminated
    return None


def _read_log(
    core: client.CoreV1Api,
    meta: client.V1ObjectMeta,
    container: str,
    sleep: Callable[[float], object],
    *,
    previous: bool,
) -> str | None:
    """Return a log, or None when it cannot be had."""
    for _ in range(_TRIES):
        try:
            text: str | None = core.read_namespaced_pod_log(
                meta.name, meta.namespace, container=container, previous=previous
            )
            return text
        except (ApiException, HTTPError) as error:
            if not _is_passing(error):
                return None
            sleep(_PAUSE)
    return None
