"""Watch a namespace, and save the logs of containers that crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


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


from kubernetes import client, config  # noqa: E402
from urllib3.exceptions import HTTPError  # noqa: E402


def guard(namespace, folder, *, until, sleep=time.sleep):
    config.load_kube_config()
    api = client.CoreV1Api()
    incidents = []
    while not until():
        pods = patiently(lambda: api.list_namespaced_pod(namespace).items, sleep, until)
        for pod in pods or []:
            if pod.metadata.deletion_timestamp is None:
                incidents.extend(look(api, pod, folder, sleep))
        sleep(2)
    return incidents


def patiently(ask, sleep, until, tries=None):
    """What ask() gives; None when it cannot be had before until() is true, or in so many tries."""
    count = 0
    while tries is None or count < tries:
        count += 1
        try:
            return ask()
        except client.ApiException as error:
            if error.status != 429 and error.status < 500:
                raise
        except HTTPError:
            pass
        sleep(1)
        if tries is None and until():
            return None
    return None


def crash(status):
    for state in (status.state, status.last_state):
        if state is None or state.terminated is None:
            continue
        if state.terminated.exit_code:
            return state.terminated
    waiting = status.state.waiting
    if waiting and waiting.reason == "CrashLoopBackOff" and status.last_state.terminated:
        return status.last_state.terminated
    return None


def look(api, pod, folder, sleep):
    for status in pod.status.container_statuses or ():
        end = crash(status)
        if end is None:
            continue
        place = folder.joinpath(pod.metadata.name, pod.metadata.uid, status.name)
        if place.is_dir():
            continue
        place.mkdir(parents=True)
        for previous in (False, True):
            try:
                text = patiently(
                    lambda: api.read_namespaced_pod_log(
                        pod.metadata.name, pod.metadata.namespace, container=status.name, previous=previous
                    ),
                    sleep,
                    lambda: False,
                    tries=5,
                )
            except client.ApiException:
                continue
            if text is not None:
                name = "previous.log" if previous else "current.log"
                (place / name).write_bytes(text.encode())
        yield Incident(pod.metadata.name, pod.metadata.uid, status.name, end.reason, end.exit_code)
