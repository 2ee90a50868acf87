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


from kubernetes import client, config, watch  # noqa: E402
from urllib3.exceptions import HTTPError  # noqa: E402


def guard(namespace, folder, *, until, sleep=time.sleep):
    """A watch without a version begins with all that is there, so no list is needed, and each one starts afresh."""
    config.load_kube_config()
    core = client.CoreV1Api()
    incidents = []
    while not until():
        watching = watch.Watch()
        try:
            for event in watching.stream(core.list_namespaced_pod, namespace, timeout_seconds=5):
                if event["type"] in ("ADDED", "MODIFIED"):
                    incidents += new_incidents(core, event["object"], folder, sleep)
                if until():
                    watching.stop()
        except client.ApiException as error:
            if error.status not in (410, 429) and error.status < 500:
                raise
            sleep(2)
        except HTTPError:
            sleep(2)
    return incidents


def new_incidents(core, pod, folder, sleep):
    result = []
    if pod.metadata.deletion_timestamp:
        return result
    for status in pod.status.container_statuses or []:
        terminated = [
            state.terminated for state in (status.state, status.last_state) if state and state.terminated
        ]
        waits = status.state.waiting is not None and status.state.waiting.reason == "CrashLoopBackOff"
        bad = [end for end in terminated if end.exit_code != 0 or waits]
        target = folder / pod.metadata.name / pod.metadata.uid / status.name
        if not bad or target.exists():
            continue
        texts = {}
        for name, previous in [("current.log", False), ("previous.log", True)]:
            for _ in range(5):
                try:
                    texts[name] = core.read_namespaced_pod_log(
                        pod.metadata.name, pod.metadata.namespace, container=status.name, previous=previous
                    )
                    break
                except client.ApiException as error:
                    if error.status != 429 and error.status < 500:
                        break
                    sleep(1)
                except HTTPError:
                    sleep(1)
        target.mkdir(parents=True)
        for name, text in texts.items():
            if text is not None:
                (target / name).write_text(text, encoding="utf-8")
        result.append(
            Incident(pod.metadata.name, pod.metadata.uid, status.name, bad[0].reason, bad[0].exit_code)
        )
    return result
