"""The job controller: pods that run to their end (``pkg/controller/job``), without indexes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from labkit.kube.controllers.replicaset import pod_from
from labkit.kube.engine import Key
from labkit.kube.kinds import condition, is_active, is_ending, is_ready, is_true
from labkit.kube.model import Event, Object
from labkit.kube.times import seconds
from labkit.kube.world import World, controller_of

COMPONENT: Final = "job-controller"
BY: Final = "kube-controller-manager"
#: Seconds after the first failure; doubles with each, up to ten minutes.
BACKOFF: Final = 10.0
LONGEST: Final = 600.0


def is_finished(job: Object) -> bool:
    """Whether a Job has come to its end, good or bad."""
    return is_true(job, "Complete") or is_true(job, "Failed")


class JobController:
    """Runs pods until enough have succeeded or too many have failed.

    Args:
        world: the cluster.
    """

    name = "job"

    def __init__(self, world: World) -> None:
        self._world = world
        self._engine = world.engine

    def keys(self, event: Event) -> Iterable[Key]:
        """The Job itself, or the one that controls a pod."""
        if event.resource.storage == ("batch", "jobs"):
            if event.type != "DELETED":
                yield event.namespace, event.name
        elif event.resource.storage == ("", "pods"):
            owner = controller_of(event.object)
            if owner is not None and owner["kind"] == "Job":
                yield event.namespace, owner["name"]

    def reconcile(self, key: Key) -> None:
        """Start what is missing, and note what has ended."""
        job = self._world.find("jobs", *key)
        if job is None or is_ending(job):
            return
        if is_finished(job):
            self._clear_away(job, key)
            return
        status = dict(job.get("status") or {})
        if not job["spec"].get("suspend"):
            status.setdefault("startTime", self._world.stamp())
        pods = self._world.owned("pods", job)
        succeeded = sum((pod.get("status") or {}).get("phase") == "Succeeded" for pod in pods)
        failed = sum((pod.get("status") or {}).get("phase") == "Failed" for pod in pods)
        active = [pod for pod in pods if is_active(pod)]
        end = self._end(job, status, pods, succeeded, failed, key)
        if end is None:
            active = self._adjust(job, active, succeeded, failed, key)
        else:
            for pod in active:
                self._world.delete("pods", pod)
            active = []
        self._report(job, status, active, succeeded, failed, end)

    def _end(
        self, job: Object, status: Object, pods: list[Object], succeeded: int, failed: int, key: Key
    ) -> tuple[str, str, str] | None:
        """How the Job has ended: type, reason and message of the condition; None while it has not."""
        spec = job["spec"]
        limit = spec.get("backoffLimit", 6)
        restarts = sum(
            one["restartCount"]
            for pod in pods
            if pod["spec"].get("restartPolicy") == "OnFailure" and is_active(pod)
            for one in (pod.get("status") or {}).get("containerStatuses") or ()
        )
        if failed > limit or (restarts and restarts > limit):
            return "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        deadline = spec.get("activeDeadlineSeconds")
        if deadline is not None and status.get("startTime"):
            due = seconds(status["startTime"]) + deadline
            if self._world.now >= due:
                return "Failed", "DeadlineExceeded", "Job was active longer than specified deadline"
            self._engine.wake(self, key, due)
        wanted = spec.get("completions")
        if wanted is None:
            if succeeded and not any(is_active(pod) for pod in pods):
                return "Complete", "CompletionsReached", "Reached expected number of succeeded pods"
        elif succeeded >= wanted:
            return "Complete", "CompletionsReached", "Reached expected number of succeeded pods"
        return None

    def _adjust(
        self, job: Object, active: list[Object], succeeded: int, failed: int, key: Key
    ) -> list[Object]:
        spec = job["spec"]
        wanted = 0 if spec.get("suspend") else spec.get("parallelism", 1)
        completions = spec.get("completions")
        if completions is not None:
            wanted = min(wanted, completions - succeeded)
        elif succeeded:
            wanted = len(active)  # one success ends a Job without a number; no new pods after it
        for pod in active[wanted:] if len(active) > wanted else ():
            self._world.delete("pods", pod)
        missing = wanted - len(active)
        if missing > 0 and failed:
            due = self._last_failure(job) + min(BACKOFF * 2 ** (failed - 1), LONGEST)
            if self._world.now < due:
                self._engine.wake(self, key, due)
                return active
        for _ in range(missing):
            self._create(job)
        return [pod for pod in self._world.owned("pods", job) if is_active(pod)]

    def _last_failure(self, job: Object) -> float:
        times = [
            seconds(one["state"]["terminated"]["finishedAt"])
            for pod in self._world.owned("pods", job)
            for one in (pod.get("status") or {}).get("containerStatuses") or ()
            if one["state"].get("terminated", {}).get("exitCode")
        ]
        return max(times, default=0.0)

    def _create(self, job: Object) -> None:
        meta = job["metadata"]
        made = pod_from(job, job["spec"]["template"], f"{meta['name']}-")
        labels = made["metadata"].setdefault("labels", {})
        for prefix in ("", "batch.kubernetes.io/"):
            labels.setdefault(f"{prefix}controller-uid", meta["uid"])
            labels.setdefault(f"{prefix}job-name", meta["name"])
        pod = self._world.create("pods", meta["namespace"], made, by=BY)
        self._tell(job, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _report(
        self,
        job: Object,
        status: Object,
        active: list[Object],
        succeeded: int,
        failed: int,
        end: tuple[str, str, str] | None,
    ) -> None:
        for key, number in (("active", len(active)), ("succeeded", succeeded), ("failed", failed)):
            status.pop(key, None)
            if number:
                status[key] = number
        status["ready"] = sum(map(is_ready, active))
        status["terminating"] = sum(map(is_ending, self._world.owned("pods", job)))
        status["uncountedTerminatedPods"] = {}
        if end is not None:
            kind, reason, message = end
            before = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
            status["conditions"] = [
                *(status.get("conditions") or ()),
                *(self._condition(one, reason, message) for one in (before, kind)),
            ]
            if kind == "Complete":
                status["completionTime"] = self._world.stamp()
                self._tell(job, "Normal", "Completed", "Job completed")
            else:
                self._tell(job, "Warning", reason, message)
        self._world.set_status("jobs", job, status, by=BY)

    def _condition(self, kind: str, reason: str, message: str) -> Object:
        stamp = self._world.stamp()
        return {
            "type": kind,
            "status": "True",
            "lastProbeTime": stamp,
            "lastTransitionTime": stamp,
            "reason": reason,
            "message": message,
        }

    def _clear_away(self, job: Object, key: Key) -> None:
        """Delete a finished Job when its ``ttlSecondsAfterFinished`` is over."""
        limit = job["spec"].get("ttlSecondsAfterFinished")
        end = condition(job, "Complete") or condition(job, "Failed")
        if limit is None or end is None:
            return
        due = seconds(end["lastTransitionTime"]) + limit
        if self._world.now >= due:
            self._world.delete("jobs", job)
        else:
            self._engine.wake(self, key, due)

    def _tell(self, job: Object, kind: str, reason: str, message: str) -> None:
        self._world.event(
            job, "Warning" if kind == "Warning" else "Normal", reason, message, component=COMPONENT
        )
