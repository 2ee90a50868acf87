"""Validation of Jobs and CronJobs. Source: pkg/apis/batch/validation/validation.go of Kubernetes."""

from __future__ import annotations

import re
from typing import Final

from labkit.kube.model import Object
from labkit.kube.status import FieldError, invalid, required, unsupported
from labkit.kube.validate.common import not_negative, one_of
from labkit.kube.validate.workloads import template

_RESTART: Final = ("OnFailure", "Never")
_MACROS: Final = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_FIELD: Final = re.compile(r"[0-9A-Za-z*/,?-]+")
#: Names of CronJobs leave room for the time that is appended to their Jobs' names.
_LONGEST: Final = 52


def job(new: Object) -> list[FieldError]:
    """Return what is wrong with a Job."""
    return job_spec(new["spec"], "spec")


def job_spec(spec: Object, path: str) -> list[FieldError]:
    """Return what is wrong with the specification of a Job."""
    names = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    errors = not_negative(spec, path, *names)
    errors += one_of(spec, "completionMode", path, ("Indexed", "NonIndexed"))
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        text = "when completion mode is Indexed"
        errors.append(required(f"{path}.completions", text))
    found = spec.get("template") or {}
    errors += template(found, f"{path}.template")
    policy = (found.get("spec") or {}).get("restartPolicy", "")
    if policy == "":
        listed = ", ".join(f'"{one}"' for one in _RESTART)
        errors.append(required(f"{path}.template.spec.restartPolicy", f"valid values: {listed}"))
    elif policy not in _RESTART:
        errors.append(unsupported(f"{path}.template.spec.restartPolicy", policy, _RESTART))
    return errors


def job_change(new: Object, old: Object) -> list[FieldError]:
    """Return what of a change to a Job is not allowed."""
    errors: list[FieldError] = []
    for key in ("completions", "selector", "template", "completionMode"):
        if key == "template" and old["spec"].get("suspend"):
            continue
        if new["spec"].get(key) != old["spec"].get(key):
            errors.append(invalid(f"spec.{key}", new["spec"].get(key), "field is immutable"))
    return errors


def cron_job(new: Object) -> list[FieldError]:
    """Return what is wrong with a CronJob."""
    spec, name = new["spec"], new["metadata"].get("name", "")
    errors: list[FieldError] = []
    if len(name) > _LONGEST:
        errors.append(invalid("metadata.name", name, f"must be no more than {_LONGEST} characters"))
    schedule = spec.get("schedule", "")
    if not schedule:
        errors.append(required("spec.schedule"))
    else:
        errors += _schedule(schedule)
    errors += not_negative(
        spec, "spec", "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"
    )
    errors += one_of(spec, "concurrencyPolicy", "spec", ("Allow", "Forbid", "Replace"), needed=True)
    return errors + job_spec((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")


def _schedule(text: str) -> list[FieldError]:
    if text in _MACROS or text.startswith("@every "):
        return []
    fields = text.split()
    if len(fields) != 5:
        found = f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
        return [invalid("spec.schedule", text, found)]
    for one in fields:
        if not _FIELD.fullmatch(one):
            return [invalid("spec.schedule", text, f"failed to parse int from {one}")]
    return []
