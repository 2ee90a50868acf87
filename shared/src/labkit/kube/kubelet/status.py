"""The status of a pod as a pure function of the pod, the steps of its containers and the time.

Field by field as a recorded kubelet 1.36 writes it (``PodStatus`` of the API reference).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from labkit.kube.kubelet.timeline import Ended, Step
from labkit.kube.model import Object
from labkit.kube.times import timestamp

#: The conditions that the kubelet writes, in its order; others are kept behind them.
CONDITIONS: Final = (
    "PodReadyToStartContainers",
    "Initialized",
    "Ready",
    "ContainersReady",
    "PodScheduled",
)


def pod_status(pod: Object, steps: Mapping[str, Step], now: float, *, pod_ip: str, host_ip: str) -> Object:
    """Return the status that the kubelet reports.

    Args:
        pod: the pod; its present status gives the times of conditions that do not change.
        steps: where each container stands, by container name.
        now: the time, in seconds since the epoch.
        pod_ip: address of the pod, shown once its sandbox is up.
        host_ip: address of its node.
    """
    before: Object = pod.get("status") or {}
    containers: list[Object] = pod["spec"]["containers"]
    found = [steps[container["name"]] for container in containers]
    status: Object = {
        "observedGeneration": pod["metadata"].get("generation", 1),
        "phase": _phase(found),
        "conditions": _conditions(pod, steps, before.get("conditions") or [], now),
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "startTime": before.get("startTime") or timestamp(now),
    }
    if before.get("podIP") or any(step.reason != "ContainerCreating" for step in found):
        status["podIP"] = before.get("podIP") or pod_ip
        status["podIPs"] = [{"ip": status["podIP"]}]
    if pod["spec"].get("initContainers"):
        sandbox = any(step.sandbox for step in found) or any(step.run >= 0 for step in found)
        status["initContainerStatuses"] = [
            _init_status(pod, container, done=sandbox, now=now) for container in pod["spec"]["initContainers"]
        ]
    status["containerStatuses"] = [
        container_status(pod, container, step) for container, step in zip(containers, found, strict=True)
    ]
    for key in ("qosClass", "nominatedNodeName"):
        if key in before:
            status[key] = before[key]
    resources = _resources(containers)
    if resources.get("requests"):
        status["allocatedResources"] = resources["requests"]
    status["resources"] = resources
    return status


def _phase(steps: Sequence[Step]) -> str:
    if any(step.state == "waiting" and step.run < 0 for step in steps):
        return "Pending"
    if all(step.over and not step.sandbox for step in steps):
        return _outcome(steps)
    return "Running"


def _outcome(steps: Sequence[Step]) -> str:
    failed = any(step.ended is not None and step.ended.exit_code != 0 for step in steps)
    return "Failed" if failed else "Succeeded"


def _conditions(pod: Object, steps: Mapping[str, Step], before: Sequence[Object], now: float) -> list[Object]:
    known = {condition["type"]: condition for condition in before}
    generation = pod["metadata"].get("generation", 1)

    def condition(kind: str, holds: bool, reason: str = "", message: str = "") -> Object:
        value = "True" if holds else "False"
        old = known.get(kind)
        since = old["lastTransitionTime"] if old and old["status"] == value else timestamp(now)
        made: Object = {
            "type": kind,
            "observedGeneration": generation,
            "status": value,
            "lastProbeTime": None,
            "lastTransitionTime": since,
        }
        if reason:
            made["reason"] = reason
        if message:
            made["message"] = message
        return made

    every = list(steps.values())
    unready = [name for name, step in steps.items() if not step.ready]
    reason, message = "", ""
    if all(step.over for step in every):
        reason = "PodCompleted" if _outcome(every) == "Succeeded" else "PodFailed"
    elif unready:
        reason, message = "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"
    completed = "PodCompleted" if reason == "PodCompleted" else ""
    made = [
        condition("PodReadyToStartContainers", any(step.sandbox for step in every)),
        condition("Initialized", True, completed),
        condition("Ready", not unready, reason, message),
        condition("ContainersReady", not unready, reason, message),
        condition("PodScheduled", True),
    ]
    return made + [other for other in before if other["type"] not in CONDITIONS]


def container_status(pod: Object, container: Object, step: Step) -> Object:
    """Return the status of one container.

    Args:
        pod: the pod, for its name and uid.
        container: the container's specification.
        step: where it stands.
    """
    status: Object = {
        "name": container["name"],
        "state": _state(pod, container, step),
        "lastState": _terminated(pod, container, step.last) if step.last else {},
        "ready": step.ready,
        "restartCount": step.restarts,
        "image": container["image"],
        "imageID": image_id(container["image"]) if step.run >= 0 else "",
        "started": step.state == "running",
    }
    if step.run >= 0:
        # In CrashLoopBackOff it still names the container that ended last.
        status["containerID"] = container_id(pod, container, step.run)
        resources: Object = container.get("resources") or {}
        if resources.get("requests"):
            status["allocatedResources"] = resources["requests"]
        status["resources"] = resources
    return status


def _state(pod: Object, container: Object, step: Step) -> Object:
    if step.state == "running":
        return {"running": {"startedAt": timestamp(step.started)}}
    if step.ended is not None and step.state == "terminated":
        return _terminated(pod, container, step.ended)
    waiting: Object = {"reason": step.reason}
    if step.reason == "ContainerCreating" and pod["spec"].get("initContainers"):
        waiting["reason"] = "PodInitializing"
    if step.message:
        waiting["message"] = fill(step.message, pod, container)
    return {"waiting": waiting}


def _terminated(pod: Object, container: Object, ended: Ended) -> Object:
    found: Object = {"exitCode": ended.exit_code, "reason": ended.reason}
    if ended.message:
        found["message"] = ended.message
    found["startedAt"] = timestamp(ended.started)
    found["finishedAt"] = timestamp(ended.finished)
    found["containerID"] = container_id(pod, container, ended.run)
    return {"terminated": found}


def _init_status(pod: Object, container: Object, *, done: bool, now: float) -> Object:
    """Init containers are taken to succeed as soon as the sandbox is up."""
    before = (pod.get("status") or {}).get("initContainerStatuses") or []
    old = next((status for status in before if status["name"] == container["name"]), None)
    if old and "terminated" in old["state"]:
        return dict(old)
    step = Step(now, reason="PodInitializing")
    if done:
        step = Step(now, "terminated", run=0, ended=Ended(0, 0, "Completed", now, now), ready=True)
    return container_status(pod, container, step)


def fill(text: str, pod: Object, container: Object) -> str:
    """Fill ``{name}``, ``{pod}`` and ``{image}`` of a message; other braces stay."""
    meta = pod["metadata"]
    full = f"{meta['name']}_{meta.get('namespace', '')}({meta.get('uid', '')})"
    filled = text.replace("{pod}", full).replace("{name}", container["name"])
    return filled.replace("{image}", container["image"])


def container_id(pod: Object, container: Object, run: int) -> str:
    """The identifier of one run: a digest, so that the same run has the same one whenever it is asked for."""
    text = f"{pod['metadata'].get('uid')}/{container['name']}/{run}"
    return f"containerd://{_digest(text)}"


def image_id(image: str) -> str:
    """The identifier of an image."""
    return f"sha256:{_digest(image)}"


def _digest(text: str) -> str:
    import hashlib  # loads OpenSSL, which a cluster without pods does not need

    return hashlib.sha256(text.encode()).hexdigest()


def _resources(containers: Sequence[Object]) -> Object:
    """What a pod of one container has; with several the kubelet adds them up, which nobody here reads."""
    found: dict[str, Any] = containers[0].get("resources") or {} if len(containers) == 1 else {}
    return dict(found)
