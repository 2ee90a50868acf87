"""The cronjob controller: Jobs at times (``pkg/controller/cronjob``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from labkit.kube.controllers.job import is_finished
from labkit.kube.cron import parse_schedule
from labkit.kube.engine import Key
from labkit.kube.kinds import is_ending, is_true
from labkit.kube.model import Event, Object, clone
from labkit.kube.times import seconds, timestamp
from labkit.kube.world import World, controller_of, involved_object, owner_reference

COMPONENT: Final = "cronjob-controller"
BY: Final = "kube-controller-manager"


class CronJobController:
    """Creates a Job whenever a schedule says so.

    Args:
        world: the cluster.
    """

    name = "cronjob"

    def __init__(self, world: World) -> None:
        self._world = world
        self._engine = world.engine

    def keys(self, event: Event) -> Iterable[Key]:
        """The CronJob itself, or the one that controls a Job."""
        if event.resource.storage == ("batch", "cronjobs"):
            if event.type != "DELETED":
                yield event.namespace, event.name
        elif event.resource.storage == ("batch", "jobs"):
            owner = controller_of(event.object)
            if owner is not None and owner["kind"] == "CronJob":
                yield event.namespace, owner["name"]

    def reconcile(self, key: Key) -> None:
        """Start what is due, clear away what is old, plan the next time."""
        found = self._world.find("cronjobs", *key)
        if found is None or is_ending(found):
            return
        jobs = self._world.owned("jobs", found)
        status = dict(found.get("status") or {})
        due = self._due(found, status)
        if due is not None and due <= self._world.now and not found["spec"].get("suspend"):
            if self._start(found, jobs, due):
                status["lastScheduleTime"] = timestamp(due)
            jobs = self._world.owned("jobs", found)
        self._limit(found, jobs)
        running = [job for job in self._world.owned("jobs", found) if not is_finished(job)]
        status.pop("active", None)
        if running:
            status["active"] = [involved_object(job) for job in running]
        done = [one["status"]["completionTime"] for one in jobs if is_true(one, "Complete")]
        if done:
            status["lastSuccessfulTime"] = max(done)
        reported = self._world.set_status("cronjobs", found, status, by=BY)
        following = self._due(reported, status)
        if following is not None and following > self._world.now:
            self._engine.wake(self, key, following)

    def _due(self, found: Object, status: Object) -> float | None:
        """The first time after the last one; of several that were missed the latest."""
        from zoneinfo import ZoneInfo

        zone = ZoneInfo(found["spec"].get("timeZone") or "UTC")
        try:
            schedule = parse_schedule(found["spec"]["schedule"])
        except ValueError:
            return None
        since = seconds(status.get("lastScheduleTime") or found["metadata"]["creationTimestamp"])
        due = schedule.after(since, zone)
        while due is not None and due <= self._world.now:
            later = schedule.after(due, zone)
            if later is None or later > self._world.now:
                break
            due = later
        return due

    def _start(self, found: Object, jobs: list[Object], due: float) -> bool:
        policy = found["spec"].get("concurrencyPolicy", "Allow")
        running = [job for job in jobs if not is_finished(job)]
        if running and policy == "Forbid":
            message = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._tell(found, "JobAlreadyActive", message)
            return True
        if policy == "Replace":
            for job in running:
                self._world.delete("jobs", job)
        meta = found["metadata"]
        template = clone(found["spec"]["jobTemplate"])
        # The name is the minute, so that a controller that starts again creates no second one.
        name = f"{meta['name']}-{int(due) // 60}"
        if self._world.find("jobs", meta["namespace"], name) is not None:
            return True
        inner = template.get("metadata") or {}
        made: Object = {
            "metadata": {
                "name": name,
                "labels": inner.get("labels") or {},
                "annotations": {
                    **(inner.get("annotations") or {}),
                    "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(due),
                },
                "ownerReferences": [owner_reference(found)],
            },
            "spec": template["spec"],
        }
        self._world.create("jobs", meta["namespace"], made, by=BY)
        self._tell(found, "SuccessfulCreate", f"Created job {name}")
        return True

    def _limit(self, found: Object, jobs: list[Object]) -> None:
        limits = (
            ("Complete", found["spec"].get("successfulJobsHistoryLimit", 3)),
            ("Failed", found["spec"].get("failedJobsHistoryLimit", 1)),
        )
        for kind, limit in limits:
            ended = [job for job in jobs if is_true(job, kind) and not is_ending(job)]
            ended.sort(key=lambda job: (job["metadata"]["creationTimestamp"], job["metadata"]["name"]))
            for job in ended[: max(0, len(ended) - limit)]:
                self._world.delete("jobs", job)
                self._tell(found, "SuccessfulDelete", f"Deleted job {job['metadata']['name']}")

    def _tell(self, found: Object, reason: str, message: str) -> None:
        self._world.event(found, "Normal", reason, message, component=COMPONENT)
