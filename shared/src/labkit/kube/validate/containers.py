"""Validation of containers. Source: pkg/apis/core/validation/validation.go of Kubernetes."""

from __future__ import annotations

from typing import Any, Final

from labkit.kube.model import Object
from labkit.kube.names import (
    config_key_problems,
    environment_problems,
    label_key_problems,
    label_problems,
    port_name_problems,
)
from labkit.kube.quantity import quantity
from labkit.kube.status import FieldError, duplicate, forbidden, invalid, required, unsupported
from labkit.kube.validate.common import (
    NOT_NEGATIVE,
    each,
    not_negative,
    one_of,
    port_number,
    port_or_name,
    worded,
)

_PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
_SOURCES: Final = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_HANDLERS: Final = ("exec", "httpGet", "tcpSocket", "grpc")
_STANDARD_RESOURCES: Final = ("cpu", "memory", "ephemeral-storage", "storage")


def containers(found: list[Any], path: str, volumes: set[str], taken: set[str]) -> list[FieldError]:
    """Return what is wrong with the containers of a pod.

    Args:
        found: the containers.
        path: where they lie.
        volumes: names of the pod's volumes.
        taken: names of other containers; the names of these are added.
    """
    errors: list[FieldError] = []
    for place, one in enumerate(found):
        errors += _container(one, f"{path}[{place}]", volumes, taken)
    return errors


def _container(one: Object, path: str, volumes: set[str], taken: set[str]) -> list[FieldError]:
    errors: list[FieldError] = []
    name, image = one.get("name", ""), one.get("image", "")
    if not name:
        errors.append(required(f"{path}.name"))
    else:
        errors += worded(f"{path}.name", name, label_problems(name))
        if name in taken:
            errors.append(duplicate(f"{path}.name", name))
    taken.add(name)
    if not image:
        errors.append(required(f"{path}.image"))
    elif image != image.strip():
        errors.append(invalid(f"{path}.image", image, "must not have leading or trailing whitespace"))
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        if key in one:
            errors += _probe(one[key], f"{path}.{key}", once=key != "readinessProbe")
    errors += one_of(one, "terminationMessagePolicy", path, ("FallbackToLogsOnError", "File"))
    errors += _ports(one.get("ports") or [], f"{path}.ports")
    errors += each(one.get("env"), f"{path}.env", _variable)
    errors += each(one.get("envFrom"), f"{path}.envFrom", _environment_source)
    errors += _mounts(one.get("volumeMounts") or [], f"{path}.volumeMounts", volumes)
    errors += one_of(one, "imagePullPolicy", path, ("Always", "IfNotPresent", "Never"), needed=bool(image))
    errors += _resources(one.get("resources") or {}, f"{path}.resources")
    return errors


def _ports(found: list[Any], path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    names: set[str] = set()
    for place, port in enumerate(found):
        here = f"{path}[{place}]"
        if name := port.get("name"):
            errors += worded(f"{here}.name", name, port_name_problems(name))
            if name in names:
                errors.append(duplicate(f"{here}.name", name))
            names.add(name)
        if not port.get("containerPort"):
            errors.append(required(f"{here}.containerPort"))
        else:
            errors += port_number(port["containerPort"], f"{here}.containerPort")
        if port.get("hostPort"):
            errors += port_number(port["hostPort"], f"{here}.hostPort")
        errors += one_of(port, "protocol", here, _PROTOCOLS, needed=True)
    return errors


def _variable(found: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    name = found.get("name", "")
    if not name:
        errors.append(required(f"{path}.name"))
    else:
        errors += worded(f"{path}.name", name, environment_problems(name))
    source = found.get("valueFrom")
    if source is None:
        return errors
    given = [key for key in _SOURCES if key in source]
    if not given:
        listed = ", ".join(f"`{key}`" for key in _SOURCES[:-1])
        errors.append(invalid(f"{path}.valueFrom", "", f"must specify one of: {listed} or `{_SOURCES[-1]}`"))
    elif found.get("value"):
        errors.append(invalid(f"{path}.valueFrom", "", "may not be specified when `value` is not empty"))
    if len(given) > 1:
        text = "may not have more than one field specified at a time"
        errors.append(invalid(f"{path}.valueFrom", "", text))
    for key in ("configMapKeyRef", "secretKeyRef"):
        if key in source:
            errors += _key_reference(source[key], f"{path}.valueFrom.{key}")
    return errors


def _key_reference(found: Object, path: str) -> list[FieldError]:
    errors = [] if found.get("name") else [required(f"{path}.name")]
    key = found.get("key", "")
    if not key:
        return [*errors, required(f"{path}.key")]
    return errors + worded(f"{path}.key", key, config_key_problems(key))


def _environment_source(found: Object, path: str) -> list[FieldError]:
    given = [key for key in ("configMapRef", "secretRef") if key in found]
    if not given:
        return [invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")]
    if len(given) > 1:
        return [invalid(path, "", "may not have more than one field specified at a time")]
    return [] if found[given[0]].get("name") else [required(f"{path}.{given[0]}.name")]


def _mounts(found: list[Any], path: str, volumes: set[str]) -> list[FieldError]:
    errors: list[FieldError] = []
    paths: set[str] = set()
    for place, mount in enumerate(found):
        here = f"{path}[{place}]"
        name, where = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            errors.append(required(f"{here}.name"))
        if name not in volumes:
            errors.append(FieldError(f"{here}.name", "Not found", name))
        if not where:
            errors.append(required(f"{here}.mountPath"))
        elif where in paths:
            errors.append(invalid(f"{here}.mountPath", where, "must be unique"))
        paths.add(where)
        sub = mount.get("subPath", "")
        if sub.startswith("/"):
            errors.append(invalid(f"{here}.subPath", sub, "must be a relative path"))
        elif ".." in sub.split("/"):
            errors.append(invalid(f"{here}.subPath", sub, "must not contain '..'"))
    return errors


def _probe(found: Object, path: str, *, once: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    given = [key for key in _HANDLERS if key in found]
    if not given:
        errors.append(required(path, "must specify a handler type"))
    text = "may not specify more than 1 handler type"
    errors += [forbidden(f"{path}.{extra}", text) for extra in given[1:]]
    if "exec" in found and not found["exec"].get("command"):
        errors.append(required(f"{path}.exec.command"))
    if "httpGet" in found:
        get = found["httpGet"]
        errors += port_or_name(get.get("port", 0), f"{path}.httpGet.port")
        errors += one_of(get, "scheme", f"{path}.httpGet", ("HTTP", "HTTPS"))
    if "tcpSocket" in found:
        errors += port_or_name(found["tcpSocket"].get("port", 0), f"{path}.tcpSocket.port")
    names = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
    errors += not_negative(found, path, *names)
    if once and found.get("successThreshold", 1) != 1:
        errors.append(invalid(f"{path}.successThreshold", found["successThreshold"], "must be 1"))
    return errors


def _resources(found: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    limits, requests = found.get("limits") or {}, found.get("requests") or {}
    for word, values in (("limits", limits), ("requests", requests)):
        for name, value in values.items():
            here = f"{path}.{word}[{name}]"
            errors += worded(f"{path}.{word}", name, label_key_problems(name))
            if "/" not in name and name not in _STANDARD_RESOURCES and not name.startswith("hugepages-"):
                errors.append(invalid(here, name, "must be a standard resource type or fully qualified"))
            if quantity(value) < 0:
                errors.append(invalid(here, value, NOT_NEGATIVE))
    for name, value in requests.items():
        if name in limits and quantity(value) > quantity(limits[name]):
            text = f"must be less than or equal to {name} limit of {limits[name]}"
            errors.append(invalid(f"{path}.requests", value, text))
    return errors


def lifecycle_policy(spec: Object, path: str, allowed: tuple[str, ...]) -> list[FieldError]:
    """Check the restart policy of a template whose workload allows only some."""
    value = spec.get("restartPolicy")
    return [] if value in allowed else [unsupported(f"{path}.restartPolicy", value, allowed)]
