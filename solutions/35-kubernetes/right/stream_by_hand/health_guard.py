"""Watch a namespace, and save the logs of containers that crash."""

from __future__ import annotations

import json
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


class Gone(Exception):
    """The history since our version is forgotten."""


class Guard:
    """The state between two events: where we are, and what was found."""

    def __init__(self, namespace: str, folder: Path, sleep: Callable[[float], object]) -> None:
        config.load_kube_config()
        self.core = client.CoreV1Api()
        self.namespace, self.folder, self.sleep = namespace, folder, sleep
        self.version = ""
        self.found: list[Incident] = []

    def round(self) -> None:
        """List if we have to, then watch for a while."""
        try:
            if not self.version:
                answer = self.json(self.core.list_namespaced_pod(self.namespace, _preload_content=False).data)
                for pod in answer["items"]:
                    self.look(pod)
                self.version = answer["metadata"]["resourceVersion"]
            self.watch()
        except Gone:
            self.version = ""
        except client.ApiException as error:
            if error.status == 410:
                self.version = ""
            elif error.status in (429, 500, 502, 503, 504):
                self.sleep(3)
            else:
                raise
        except HTTPError:
            self.sleep(3)

    def watch(self) -> None:
        answer = self.core.list_namespaced_pod(
            self.namespace,
            watch=True,
            resource_version=self.version,
            timeout_seconds=8,
            _preload_content=False,
        )
        rest = b""
        try:
            for piece in answer.stream(amt=None):
                *lines, rest = (rest + piece).split(b"\n")
                for line in filter(None, lines):
                    self.event(self.json(line))
        finally:
            answer.close()

    def event(self, event: dict) -> None:
        if event["type"] == "ERROR":
            raise Gone
        pod = event["object"]
        if event["type"] != "DELETED":
            self.look(pod)
        self.version = pod["metadata"]["resourceVersion"]

    @staticmethod
    def json(data: bytes) -> dict:
        return json.loads(data)

    def look(self, pod: dict) -> None:
        meta = pod["metadata"]
        if "deletionTimestamp" in meta:
            return
        for status in pod["status"].get("containerStatuses", []):
            ends = [
                status[key]["terminated"]
                for key in ("state", "lastState")
                if "terminated" in status.get(key, {})
            ]
            looping = status["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff"
            ends = [end for end in ends if looping or end["exitCode"] != 0]
            place = self.folder / meta["name"] / meta["uid"] / status["name"]
            if ends and not place.exists():
                logs = {
                    "current.log": self.log(meta["name"], status["name"], False),
                    "previous.log": self.log(meta["name"], status["name"], True),
                }
                place.mkdir(parents=True, exist_ok=True)
                for name, text in logs.items():
                    if text is not None:
                        (place / name).write_text(text, encoding="utf-8")
                self.found.append(
                    Incident(
                        meta["name"], meta["uid"], status["name"], ends[0]["reason"], ends[0]["exitCode"]
                    )
                )

    def log(self, pod: str, container: str, previous: bool) -> str | None:
        for attempt in range(5):
            if attempt:
                self.sleep(1)
            try:
                answer = self.core.read_namespaced_pod_log(
                    pod, self.namespace, container=container, previous=previous, _preload_content=False
                )
                return answer.data.decode("utf-8", errors="replace")
            except client.ApiException as error:
                if error.status < 500 and error.status != 429:
                    return None
            except HTTPError:
                continue
        return None


def guard(
    namespace: str,
    folder: Path,
    *,
    until: Callable[[], bool],
    sleep: Callable[[float], object] = time.sleep,
) -> list[Incident]:
    looking = Guard(namespace, folder, sleep)
    while not until():
        looking.round()
    return looking.found
