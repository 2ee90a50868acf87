"""Validation of pods and of their changes. Source: pkg/apis/core/validation/validation.go of Kubernetes."""

from __future__ import annotations

import json
from typing import Any, Final

from labkit.kube.model import Object, clone
from labkit.kube.names import label_problems, subdomain_problems
from labkit.kube.status import FieldError, duplicate, forbidden, invalid, required
from labkit.kube.validate.common import each, labels, one_of, worded
from labkit.kube.validate.containers import containers

_CHANGEABLE: Final = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
_EFFECTS: Final = ("NoExecute", "NoSchedule", "PreferNoSchedule")


def pod(new: Object) -> list[FieldError]:
    """Return what is wrong with a pod."""
    return pod_spec(new.get("spec") or {}, "spec")


def pod_spec(spec: Object, path: str) -> list[FieldError]:
    """Return what is wrong with the specification of a pod or of a template."""
    errors: list[FieldError] = []
    volumes: set[str] = set()
    for place, volume in enumerate(spec.get("volumes") or ()):
        errors += _volume(volume, f"{path}.volumes[{place}]", volumes)
    taken: set[str] = set()
    if not spec.get("containers"):
        errors.append(required(f"{path}.containers"))
    errors += containers(spec.get("containers") or [], f"{path}.containers", volumes, taken)
    errors += containers(spec.get("initContainers") or [], f"{path}.initContainers", volumes, taken)
    errors += one_of(spec, "restartPolicy", path, ("Always", "Never", "OnFailure"), needed=True)
    policies = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
    errors += one_of(spec, "dnsPolicy", path, policies, needed=True)
    errors += labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    for name in ("serviceAccountName", "nodeName", "priorityClassName"):
        if spec.get(name):
            errors += worded(f"{path}.{name}", spec[name], subdomain_problems(spec[name]))
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            errors += worded(f"{path}.{name}", spec[name], label_problems(spec[name]))
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= 2147483647:
        text = "must be between 1 and 2147483647, inclusive"
        errors.append(invalid(f"{path}.activeDeadlineSeconds", deadline, text))
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0:
        text = "must be greater than or equal to 0"
        errors.append(invalid(f"{path}.terminationGracePeriodSeconds", grace, text))
    return errors + each(spec.get("tolerations"), f"{path}.tolerations", _toleration)


def _volume(volume: Object, path: str, taken: set[str]) -> list[FieldError]:
    errors: list[FieldError] = []
    name = volume.get("name", "")
    if not name:
        errors.append(required(f"{path}.name"))
    else:
        errors += worded(f"{path}.name", name, label_problems(name))
        if name in taken:
            errors.append(duplicate(f"{path}.name", name))
    taken.add(name)
    sources = [key for key in volume if key != "name"]
    for extra in sources[1:]:
        errors.append(forbidden(f"{path}.{extra}", "may not specify more than 1 volume type"))
    if "secret" in volume and not volume["secret"].get("secretName"):
        errors.append(required(f"{path}.secret.secretName"))
    if "configMap" in volume and not volume["configMap"].get("name"):
        errors.append(required(f"{path}.configMap.name"))
    if "hostPath" in volume and not volume["hostPath"].get("path"):
        errors.append(required(f"{path}.hostPath.path"))
    if "persistentVolumeClaim" in volume and not volume["persistentVolumeClaim"].get("claimName"):
        errors.append(required(f"{path}.persistentVolumeClaim.claimName"))
    return errors


def _toleration(found: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    operator = found.get("operator") or "Equal"
    if not found.get("key") and operator != "Exists":
        text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
        errors.append(invalid(f"{path}.operator", found.get("operator", ""), text))
    if found.get("tolerationSeconds") is not None and found.get("effect") != "NoExecute":
        text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        errors.append(invalid(f"{path}.effect", found.get("effect", ""), text))
    if operator == "Exists" and found.get("value"):
        text = "value must be empty when `operator` is 'Exists'"
        errors.append(invalid(f"{path}.operator", found, text))
    errors += one_of({"operator": operator}, "operator", path, ("Equal", "Exists"))
    return errors + one_of(found, "effect", path, _EFFECTS)


def pod_change(new: Object, old: Object) -> list[FieldError]:
    """Return what of a change to a pod is not allowed: nearly everything but images."""
    before, after = old.get("spec") or {}, new.get("spec") or {}
    errors: list[FieldError] = []
    for key in ("containers", "initContainers"):
        if len(before.get(key) or ()) != len(after.get(key) or ()):
            return [forbidden(f"spec.{key}", "pod updates may not add or remove containers")]
    kept = [one for one in before.get("tolerations") or () if one not in (after.get("tolerations") or ())]
    if kept:
        text = "existing toleration can not be modified except its tolerationSeconds"
        errors.append(forbidden("spec.tolerations", text))
    if _fixed(after) != _fixed(before):
        errors.append(forbidden("spec", _CHANGEABLE + _difference(_fixed(before), _fixed(after))))
    return errors


def _fixed(spec: Object) -> Object:
    found: Object = clone(spec)
    for key in ("activeDeadlineSeconds", "tolerations"):
        found.pop(key, None)
    for key in ("containers", "initContainers"):
        for one in found.get(key) or ():
            one.pop("image", None)
            one.pop("imagePullPolicy", None)
    return found


def _difference(before: Object, after: Object) -> str:
    """Return the fields that differ, line by line, as the real message shows them below its text.

    It is a comparison of Go structures: fields by their names in Go, text in double quotes.
    """
    lines: list[str] = []
    for key in sorted({*before, *after}):
        old: Any = before.get(key)
        new: Any = after.get(key)
        if old != new:
            name = key[:1].upper() + key[1:]
            lines += [f"- \t{name}: {json.dumps(old)},", f"+ \t{name}: {json.dumps(new)},"]
    return "\n  core.PodSpec{\n" + "\n".join(lines) + "\n  }\n"
