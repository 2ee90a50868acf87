"""The gateway on the wire: pushes, deletions, the page that Prometheus scrapes."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from typing import Any, ClassVar, Final
from urllib.parse import unquote, urlsplit

from labkit.faults import Refuse
from labkit.http.wire import Request, Response
from labkit.services.base import Call, Problem, Routes, Service, text_answer
from labkit.services.base.moments import zulu_nanos
from labkit.services.pushgateway.groups import Group, Groups, Inconsistent
from labkit.services.pushgateway.text import BadText, Family, number, parse, render

PAGE: Final = "text/plain; version=0.0.4; charset=utf-8"
_VERSION: Final = "1.5.1"

routes = Routes()


def _plain(status: int, text: str) -> Problem:
    return Problem(status, f"{text}\n".encode())


def labels_of(target: str) -> dict[str, str]:
    """The labels of an address: ``/metrics/job/backup/path@base64/L3Zhcg``.

    Raises:
        Problem: 400 for an odd number of parts, or a value that cannot be decoded.
    """
    parts = [unquote(part) for part in urlsplit(target).path.split("/")[2:]]
    if len(parts) % 2:
        rest = "/".join(parts[2:])
        raise _plain(400, f'odd number of components in label string "/{rest}"')
    found: dict[str, str] = {}
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        if name.endswith("@base64"):
            try:
                padded = value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4)
                value = base64.urlsafe_b64decode(padded).decode()
            except (binascii.Error, ValueError):
                raise _plain(400, f'invalid base64 encoding in label value "{value}"') from None
        found[name.removesuffix("@base64")] = value
    if not found.get("job"):
        raise _plain(400, "job name is required")
    return found


@routes.on("POST PUT", "/metrics/{job}/{name}", "/metrics/{job}/{name}/{rest*}")
def push(gateway: Pushgateway, call: Call) -> Response:
    labels = _address(call)
    try:
        families = parse(_unpacked(call.request).decode())
    except (BadText, UnicodeDecodeError, OSError, zlib.error) as problem:
        # Counts as no failure of the group, unlike metrics that do not fit.
        raise _plain(400, str(problem)) from None
    try:
        gateway.groups.push(labels, families, call.now, replace=call.request.method == "PUT")
    except Inconsistent as problem:
        words = f"pushed metrics are invalid or inconsistent with existing metrics: {problem}"
        raise _plain(400, words) from None
    return Response(200)


def _address(call: Call) -> dict[str, str]:
    if call["job"].removesuffix("@base64") != "job":
        raise _plain(404, "404 page not found")
    return labels_of(call.request.target)


def _unpacked(request: Request) -> bytes:
    packed = request.headers.get("content-encoding") == "gzip"
    return gzip.decompress(request.body) if packed else request.body


@routes.delete("/metrics/{job}/{name}", "/metrics/{job}/{name}/{rest*}")
def delete(gateway: Pushgateway, call: Call) -> Response:
    wanted = _address(call)
    groups = gateway.groups.by_key
    for key in [key for key, group in groups.items() if group.labels == wanted]:
        del groups[key]
    return Response(202)


@routes.get("/metrics")
def page(gateway: Pushgateway, call: Call) -> Response:
    build = Family("pushgateway_build_info", "gauge", "A metric with a constant '1' value.")
    families = parse(f'pushgateway_build_info{{version="{_VERSION}"}} 1\n')
    build.samples = families["pushgateway_build_info"].samples
    return text_answer(render([*gateway.groups.collected(), build]), content_type=PAGE)


@routes.get("/-/healthy", "/-/ready")
def healthy(gateway: Pushgateway, call: Call) -> Response:
    return text_answer("OK")


@routes.get("/api/v1/status")
def status(gateway: Pushgateway, call: Call) -> Any:
    build = {
        "version": _VERSION,
        "revision": "",
        "branch": "",
        "goVersion": "",
        "buildDate": "",
        "buildUser": "",
    }
    data = {"build_information": build, "flags": {}, "start_time": zulu_nanos(gateway.started)}
    return {"status": "success", "data": data}


@routes.get("/api/v1/metrics")
def metrics(gateway: Pushgateway, call: Call) -> Any:
    return {"status": "success", "data": [_described(each) for each in gateway.groups.by_key.values()]}


def _described(group: Group) -> dict[str, Any]:
    labels = {"instance": "", **group.labels}
    moments = {"push_time_seconds": group.pushed, "push_failure_time_seconds": group.failed}
    shown: dict[str, Any] = {
        "labels": group.labels,
        "last_push_successful": group.pushed >= group.failed,
    }
    for name, moment in moments.items():
        value = [{"labels": labels, "value": number(moment)}]
        shown[name] = {"time_stamp": zulu_nanos(group.pushed), "type": "GAUGE", "metrics": value}
    for name, (family, moment) in group.families.items():
        series = [
            {"labels": {**each.labels, **labels}, "value": number(each.value)} for each in family.samples
        ]
        shown[name] = {"time_stamp": zulu_nanos(moment), "type": family.type.upper(), "metrics": series}
        if family.help:
            shown[name]["help"] = family.help
    return shown


@routes.put("/api/v1/admin/wipe")
def wipe(gateway: Pushgateway, call: Call) -> Response:
    if not gateway.admin:
        raise _plain(404, "404 page not found")
    gateway.groups.by_key.clear()
    return Response(202)


class Pushgateway(Service):
    """A Pushgateway on loopback; ``push_to_gateway(gateway.address, job="backup", registry=registry)``.

    Attributes:
        groups: what was pushed.
        admin: whether the administrative API is on, which it usually is not.
    """

    name = "pushgateway"
    routes: ClassVar[Routes] = routes

    def begin(self) -> None:
        """Nothing was pushed."""
        self.groups = Groups()
        self.admin = False
        self.started = self.time()

    @property
    def address(self) -> str:
        """Host and port, as prometheus_client takes it."""
        return self.url.removeprefix("http://")

    def variables(self) -> dict[str, str]:
        """No client reads one; this is the usual name."""
        return {"PUSHGATEWAY_URL": self.url}

    def value(self, name: str, **labels: str) -> float | None:
        """The value of a series, by its name and some of its labels; None where there is none.

        Raises:
            LookupError: several series fit.
        """
        found = [
            sample.value
            for family in self.groups.collected()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        if len(found) > 1:
            raise LookupError(f"{len(found)} series {name} with {labels}: name more labels")
        return found[0] if found else None

    # Words

    def error(self, status: int, message: str) -> Problem:
        """Errors are plain text."""
        return _plain(status, message)

    def not_found(self, request: Request) -> Problem:
        """A path that is not served."""
        return _plain(404, "404 page not found")

    def refused(self, fault: Refuse) -> Problem:
        """A proxy that lets nobody in."""
        return _plain(403, fault.reason or "Forbidden")
