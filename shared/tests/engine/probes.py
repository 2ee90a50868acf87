"""Questions put to a real Docker Engine and to the embedded one: each is a few requests; the last counts.

Every container, network, volume and image that a probe makes has a name with ``probe`` in it, so that it can
be taken away again. ``BASE`` is an image with a shell in which ``sleep``, ``echo`` and ``cat`` exist.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

BASE = "probe/base:1"
Step = tuple[str, str, Any]
#: What is compared: status and body; status and the body's keys and types; or the status alone.
Compare = Literal["answer", "shape", "status", "stream"]


@dataclass(frozen=True)
class Probe:
    """One question.

    Args:
        name: unique.
        steps: method, path and body (JSON data, bytes or None) of each request.
        compare: what of the last answer must be the same.
        headers: of the last request.
        ignore: keys of the last answer that depend on what else the engine has.
    """

    name: str
    steps: Sequence[Step]
    compare: Compare = "answer"
    headers: dict[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()


def filters(**found: Any) -> str:
    import json

    return "filters=" + quote(json.dumps(found))


def create(name: str = "probe-a", *, image: str = BASE, cmd: Any = ("sleep", "600"), **more: Any) -> Step:
    body = {"Image": image, "Cmd": list(cmd) if isinstance(cmd, tuple) else cmd, **more}
    return "POST", f"/containers/create?name={name}", {k: v for k, v in body.items() if v is not None}


def start(name: str = "probe-a") -> Step:
    return "POST", f"/containers/{name}/start", None


def wait(name: str = "probe-a") -> Step:
    return "POST", f"/containers/{name}/wait", None


def ended(code: int = 0, **more: Any) -> list[Step]:
    return [create(cmd=("sh", "-c", f"exit {code}"), **more), start(), wait()]


def running(**more: Any) -> list[Step]:
    return [create(**more), start()]


def context(dockerfile: str, **files: str) -> bytes:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as tar:
        for name, text in {"Dockerfile": dockerfile, **files}.items():
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return found.getvalue()


def build(dockerfile: str, query: str = "", **files: str) -> Step:
    return "POST", f"/build?forcerm=1&{query}", context(dockerfile, **files)


def exec_create(cmd: Sequence[str], name: str = "probe-a", **more: Any) -> Step:
    return "POST", f"/containers/{name}/exec", {"Cmd": list(cmd), "AttachStdout": True, **more}


A = "/containers/probe-a"
NET = {"Name": "probe-net", "CheckDuplicate": True, "Labels": {"probe": "1"}}
HEALTH = {"Test": ["CMD-SHELL", "true"], "Interval": 60_000_000_000}

SYSTEM = (
    Probe("ping", [("GET", "/_ping", None)]),
    Probe("version", [("GET", "/version", None)], "shape"),
    Probe("info", [("GET", "/info", None)], "shape"),
    Probe("df", [*ended(), ("GET", "/system/df", None)], "shape", ignore=("Images",)),
    Probe("no such page", [("GET", "/nowhere", None)]),
    Probe("wrong method", [("PUT", "/containers/json", None)]),
    Probe("too new", [("GET", "/v1.99/info", None)]),
    Probe("too old", [("GET", "/v1.5/info", None)]),
    Probe("no version", [("GET", "/vx/info", None)]),
    Probe("versioned", [("GET", "/v1.24/_ping", None)]),
    Probe("events bad since", [("GET", "/events?since=abc&until=1", None)]),
    Probe("events bad filters", [("GET", "/events?until=1&filters=xyz", None)]),
    Probe("swarm inspect", [("GET", "/swarm", None)]),
    Probe("services", [("GET", "/services", None)]),
    Probe("nodes", [("GET", "/nodes", None)]),
    Probe("secrets", [("GET", "/secrets", None)]),
    Probe("plugins", [("GET", "/plugins", None)]),
)

CREATE = (
    Probe("create", [create()]),
    Probe("create no image", [create(image="probe/absent:9")]),
    Probe("create no tag", [create(image="probe/absent")]),
    Probe("create image by digest", [create(image="probe/absent@sha256:" + "a" * 64)]),
    Probe("create bad reference", [create(image="Probe/UPPER:1")]),
    Probe("create empty image", [create(image="")]),
    Probe("create name taken", [create(), create()]),
    Probe("create bad name", [create("probe%20a")]),
    Probe("create short name", [create("p")]),
    Probe("create no command", [create(image="probe/nocmd:1", cmd=None)], "answer"),
    Probe("create empty body", [("POST", "/containers/create?name=probe-a", None)]),
    Probe("create not json", [("POST", "/containers/create?name=probe-a", b"{nope")]),
    Probe("create wrong type", [create(Hostname=7)]),
    Probe("create text content", [create()], headers={"Content-Type": "text/plain"}),
    Probe("create restart policy", [create(HostConfig={"RestartPolicy": {"Name": "sometimes"}})]),
    Probe(
        "create restart count",
        [create(HostConfig={"RestartPolicy": {"Name": "always", "MaximumRetryCount": 3}})],
    ),
    Probe(
        "create restart and remove",
        [create(HostConfig={"RestartPolicy": {"Name": "always"}, "AutoRemove": True})],
    ),
    Probe(
        "create negative count",
        [create(HostConfig={"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": -1}})],
    ),
    Probe("create small memory", [create(HostConfig={"Memory": 1024})]),
    Probe("create swap", [create(HostConfig={"Memory": 33554432, "MemorySwap": 16777216})]),
    Probe("create too many cpus", [create(HostConfig={"NanoCpus": 512_000_000_000})], "status"),
    Probe("create cpus twice", [create(HostConfig={"NanoCpus": 10**9, "CpuQuota": 50000})]),
    Probe("create bad port", [create(ExposedPorts={"eighty/tcp": {}})]),
    Probe("create bad protocol", [create(ExposedPorts={"80/xyz": {}})]),
    Probe("create bad host port", [create(HostConfig={"PortBindings": {"80/tcp": [{"HostPort": "many"}]}})]),
    Probe("create bad bind", [create(HostConfig={"Binds": ["relative:"]})]),
    Probe("create bind no target", [create(HostConfig={"Binds": ["probe-vol:relative"]})]),
    Probe("create bind mode", [create(HostConfig={"Binds": ["probe-vol:/data:xyz"]})]),
    Probe("create bind twice", [create(HostConfig={"Binds": ["probe-v1:/data", "probe-v2:/data"]})]),
    Probe("create working dir", [create(WorkingDir="relative")]),
    Probe("create env", [create(Env=["=x"])]),
    Probe("create bad network", [create(HostConfig={"NetworkMode": "probe-none"}), start()]),
    Probe("create network container", [create(HostConfig={"NetworkMode": "container:probe-none"}), start()]),
    Probe("create bad stop signal", [create(StopSignal="SIGNOPE")]),
    Probe("create health interval", [create(Healthcheck={"Test": ["CMD", "x"], "Interval": 5})]),
    Probe("create sysctl", [create(HostConfig={"OomScoreAdj": 5000})]),
    Probe("create privileged mode", [create(HostConfig={"IpcMode": "wrong"})]),
    Probe(
        "create mount",
        [create(HostConfig={"Mounts": [{"Type": "bind", "Source": "/nowhere/probe", "Target": "/x"}]})],
    ),
    Probe("create mount type", [create(HostConfig={"Mounts": [{"Type": "odd", "Target": "/x"}]})]),
    Probe("create mount no target", [create(HostConfig={"Mounts": [{"Type": "volume"}]})]),
)

LOOK = (
    Probe("inspect absent", [("GET", "/containers/probe-x/json", None)]),
    Probe("inspect created", [create(), ("GET", f"{A}/json", None)], "shape"),
    Probe("inspect running", [*running(), ("GET", f"{A}/json", None)], "shape"),
    Probe("inspect exited", [*ended(3), ("GET", f"{A}/json", None)], "shape"),
    Probe("inspect size", [*ended(3), ("GET", f"{A}/json?size=1", None)], "shape"),
    Probe("inspect health", [*running(Healthcheck=HEALTH), ("GET", f"{A}/json", None)], "shape"),
    Probe(
        "inspect ports",
        [
            *running(
                ExposedPorts={"80/tcp": {}}, HostConfig={"PortBindings": {"80/tcp": [{"HostPort": ""}]}}
            ),
            ("GET", f"{A}/json", None),
        ],
        "shape",
    ),
    Probe(
        "inspect volume",
        [*running(HostConfig={"Binds": ["probe-vol:/data"]}), ("GET", f"{A}/json", None)],
        "shape",
    ),
    Probe(
        "list",
        [
            *running(Labels={"probe": "list"}),
            ("GET", f"/containers/json?{filters(label=['probe=list'])}", None),
        ],
        "shape",
    ),
    Probe(
        "list all", [*ended(), ("GET", f"/containers/json?all=1&{filters(name=['probe-a'])}", None)], "shape"
    ),
    Probe(
        "list size",
        [*ended(), ("GET", f"/containers/json?all=1&size=1&{filters(name=['probe-a'])}", None)],
        "shape",
    ),
    Probe("list running only", [*ended(), ("GET", f"/containers/json?{filters(name=['probe-a'])}", None)]),
    Probe("list bad filters", [("GET", "/containers/json?filters=xyz", None)]),
    Probe("list bad filter name", [("GET", f"/containers/json?{filters(colour=['red'])}", None)]),
    Probe("list bad status", [("GET", f"/containers/json?{filters(status=['asleep'])}", None)]),
    Probe("list bad exited", [("GET", f"/containers/json?{filters(exited=['x'])}", None)]),
    Probe("list bad health", [("GET", f"/containers/json?{filters(health=['ill'])}", None)]),
    Probe("list before absent", [("GET", f"/containers/json?{filters(before=['probe-x'])}", None)]),
    Probe("list bad limit", [("GET", "/containers/json?limit=many", None)]),
    Probe(
        "list map filters",
        [
            *running(Labels={"probe": "m"}),
            ("GET", f"/containers/json?{filters(label={'probe=m': True})}", None),
        ],
        "shape",
    ),
    Probe(
        "list exited filter",
        [*ended(3), ("GET", f"/containers/json?{filters(exited=['3'], name=['probe-a'])}", None)],
        "shape",
    ),
    Probe(
        "list ancestor none",
        [*running(), ("GET", f"/containers/json?{filters(ancestor=['probe/none'])}", None)],
    ),
    Probe("top", [*running(), ("GET", f"{A}/top", None)], "shape"),
    Probe("top stopped", [*ended(), ("GET", f"{A}/top", None)]),
    Probe("top absent", [("GET", "/containers/probe-x/top", None)]),
    Probe("stats", [*running(), ("GET", f"{A}/stats?stream=0", None)], "shape"),
    Probe("stats stopped", [*ended(), ("GET", f"{A}/stats?stream=0", None)], "shape"),
    Probe("stats absent", [("GET", "/containers/probe-x/stats?stream=0", None)]),
    Probe("changes none", [create(), ("GET", f"{A}/changes", None)]),
    Probe(
        "changes",
        [
            create(cmd=("sh", "-c", "mkdir /srv2; echo x > /srv2/f; rm /etc/group")),
            start(),
            wait(),
            ("GET", f"{A}/changes", None),
        ],
    ),
    Probe("changes absent", [("GET", "/containers/probe-x/changes", None)]),
    Probe("logs absent", [("GET", "/containers/probe-x/logs?stdout=1", None)]),
    Probe("logs no stream", [create(), ("GET", f"{A}/logs", None)]),
    Probe("logs bad since", [create(), ("GET", f"{A}/logs?stdout=1&since=soon", None)]),
    Probe(
        "logs",
        [
            create(cmd=("sh", "-c", "echo one; sleep 1; echo two >&2; sleep 1; echo three")),
            start(),
            wait(),
            ("GET", f"{A}/logs?stdout=1&stderr=1", None),
        ],
        "stream",
    ),
    Probe(
        "logs stderr",
        [
            create(cmd=("sh", "-c", "echo one; echo two >&2")),
            start(),
            wait(),
            ("GET", f"{A}/logs?stderr=1", None),
        ],
        "stream",
    ),
    Probe(
        "logs tail",
        [
            create(cmd=("sh", "-c", "echo one; echo two; echo three")),
            start(),
            wait(),
            ("GET", f"{A}/logs?stdout=1&tail=2", None),
        ],
        "stream",
    ),
    Probe(
        "logs tail none",
        [create(cmd=("sh", "-c", "echo one")), start(), wait(), ("GET", f"{A}/logs?stdout=1&tail=0", None)],
        "stream",
    ),
    Probe(
        "logs bad tail",
        [create(cmd=("sh", "-c", "echo one")), start(), wait(), ("GET", f"{A}/logs?stdout=1&tail=few", None)],
        "stream",
    ),
    Probe(
        "logs tty",
        [
            create(cmd=("sh", "-c", "echo one"), Tty=True),
            start(),
            wait(),
            ("GET", f"{A}/logs?stdout=1", None),
        ],
        "stream",
    ),
    Probe(
        "logs no newline",
        [create(cmd=("sh", "-c", "printf one")), start(), wait(), ("GET", f"{A}/logs?stdout=1", None)],
        "stream",
    ),
    Probe(
        "logs follow",
        [
            create(cmd=("sh", "-c", "echo one; echo two")),
            start(),
            ("GET", f"{A}/logs?stdout=1&follow=1", None),
        ],
        "stream",
    ),
    Probe(
        "logs driver none",
        [
            create(cmd=("sh", "-c", "echo one"), HostConfig={"LogConfig": {"Type": "none"}}),
            start(),
            wait(),
            ("GET", f"{A}/logs?stdout=1", None),
        ],
    ),
    Probe(
        "logs future",
        [
            create(cmd=("sh", "-c", "echo one")),
            start(),
            wait(),
            ("GET", f"{A}/logs?stdout=1&since=9999999999", None),
        ],
        "stream",
    ),
)

CHANGE = (
    Probe("start absent", [start("probe-x")]),
    Probe("start", running()),
    Probe("start twice", [*running(), start()]),
    Probe("start no program", [create(cmd=("probe-no-program",)), start()]),
    Probe(
        "start no program state",
        [create(cmd=("probe-no-program",)), start(), ("GET", f"{A}/json", None)],
        "shape",
    ),
    Probe("start directory", [create(cmd=("/etc",)), start()]),
    Probe("start no user", [create(User="probe-nobody"), start()]),
    Probe("start paused", [*running(), ("POST", f"{A}/pause", None), start()]),
    Probe(
        "start port taken",
        [
            *running(
                ExposedPorts={"80/tcp": {}},
                HostConfig={"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "28765"}]}},
            ),
            create(
                "probe-b",
                ExposedPorts={"80/tcp": {}},
                HostConfig={"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "28765"}]}},
            ),
            start("probe-b"),
        ],
    ),
    Probe("stop absent", [("POST", "/containers/probe-x/stop", None)]),
    Probe("stop", [*running(HostConfig={"Init": True}), ("POST", f"{A}/stop?t=5", None)]),
    Probe("stop created", [create(), ("POST", f"{A}/stop", None)]),
    Probe("stop stopped", [*ended(), ("POST", f"{A}/stop", None)]),
    Probe("stop bad time", [*running(), ("POST", f"{A}/stop?t=soon", None)]),
    Probe("stop code", [*running(), ("POST", f"{A}/stop?t=0", None), wait()]),
    Probe("kill", [*running(), ("POST", f"{A}/kill", None), wait()]),
    Probe("kill absent", [("POST", "/containers/probe-x/kill", None)]),
    Probe("kill stopped", [*ended(), ("POST", f"{A}/kill", None)]),
    Probe("kill bad signal", [*running(), ("POST", f"{A}/kill?signal=SIGNOPE", None)]),
    Probe(
        "kill ignored",
        [*running(), ("POST", f"{A}/kill?signal=SIGUSR1", None), ("GET", f"{A}/top", None)],
        "status",
    ),
    Probe("restart absent", [("POST", "/containers/probe-x/restart", None)]),
    Probe("restart stopped", [*ended(), ("POST", f"{A}/restart?t=0", None)]),
    Probe("pause", [*running(), ("POST", f"{A}/pause", None)]),
    Probe("pause twice", [*running(), ("POST", f"{A}/pause", None), ("POST", f"{A}/pause", None)]),
    Probe("pause stopped", [*ended(), ("POST", f"{A}/pause", None)]),
    Probe("pause absent", [("POST", "/containers/probe-x/pause", None)]),
    Probe("unpause running", [*running(), ("POST", f"{A}/unpause", None)]),
    Probe("unpause stopped", [*ended(), ("POST", f"{A}/unpause", None)]),
    Probe("kill paused", [*running(), ("POST", f"{A}/pause", None), ("POST", f"{A}/kill", None)], "status"),
    Probe("rename", [create(), ("POST", f"{A}/rename?name=probe-b", None)]),
    Probe("rename absent", [("POST", "/containers/probe-x/rename?name=probe-b", None)]),
    Probe("rename taken", [create(), create("probe-b"), ("POST", f"{A}/rename?name=probe-b", None)]),
    Probe("rename same", [create(), ("POST", f"{A}/rename?name=probe-a", None)]),
    Probe("rename empty", [create(), ("POST", f"{A}/rename?name=", None)]),
    Probe("rename bad", [create(), ("POST", f"{A}/rename?name=a%20b", None)]),
    Probe("update", [*running(), ("POST", f"{A}/update", {"CpuShares": 512})]),
    Probe("update absent", [("POST", "/containers/probe-x/update", {"CpuShares": 512})]),
    Probe(
        "update policy",
        [
            create(HostConfig={"AutoRemove": True}),
            ("POST", f"{A}/update", {"RestartPolicy": {"Name": "always"}}),
        ],
    ),
    Probe("update bad policy", [create(), ("POST", f"{A}/update", {"RestartPolicy": {"Name": "often"}})]),
    Probe("update small memory", [create(), ("POST", f"{A}/update", {"Memory": 1000})]),
    Probe("wait absent", [wait("probe-x")]),
    Probe("wait", ended(7)),
    Probe("wait bad condition", [create(), ("POST", f"{A}/wait?condition=later", None)]),
    Probe("remove absent", [("DELETE", "/containers/probe-x", None)]),
    Probe("remove running", [*running(), ("DELETE", A, None)]),
    Probe("remove paused", [*running(), ("POST", f"{A}/pause", None), ("DELETE", A, None)]),
    Probe("remove forced", [*running(), ("DELETE", f"{A}?force=1", None)]),
    Probe("remove", [*ended(), ("DELETE", A, None)]),
    Probe("remove link", [create(), ("DELETE", f"{A}?link=1", None)]),
    Probe("prune bad filter", [("POST", f"/containers/prune?{filters(colour=['x'])}", None)]),
    Probe("prune until", [("POST", f"/containers/prune?{filters(until=['soon'])}", None)]),
    Probe(
        "prune",
        [
            *ended(Labels={"probe": "prune"}),
            ("POST", f"/containers/prune?{filters(label=['probe=prune'])}", None),
        ],
        "shape",
    ),
    Probe("prune none", [("POST", f"/containers/prune?{filters(label=['probe=none'])}", None)]),
    Probe("resize stopped", [create(), ("POST", f"{A}/resize?h=10&w=10", None)]),
    Probe("resize bad", [*running(), ("POST", f"{A}/resize?h=x&w=10", None)]),
    Probe("attach absent", [("POST", "/containers/probe-x/attach?stream=1&stdout=1", None)]),
    Probe(
        "attach paused",
        [*running(), ("POST", f"{A}/pause", None), ("POST", f"{A}/attach?stream=1&stdout=1", None)],
    ),
    Probe("ambiguous", [create("probe-a"), ("GET", "/containers/probe-/json", None)]),
)

EXEC = (
    Probe("exec create", [*running(), exec_create(["true"])]),
    Probe("exec absent", [exec_create(["true"], "probe-x")]),
    Probe("exec stopped", [*ended(), exec_create(["true"])]),
    Probe("exec paused", [*running(), ("POST", f"{A}/pause", None), exec_create(["true"])]),
    Probe("exec no command", [*running(), ("POST", f"{A}/exec", {"Cmd": []})]),
    Probe("exec start absent", [("POST", "/exec/" + "a" * 64 + "/start", {"Detach": True})]),
    Probe("exec inspect absent", [("GET", "/exec/" + "a" * 64 + "/json", None)]),
    Probe("exec resize absent", [("POST", "/exec/" + "a" * 64 + "/resize?h=1&w=1", None)]),
)

FILES = (
    Probe("archive absent container", [("GET", "/containers/probe-x/archive?path=/etc", None)]),
    Probe("archive absent path", [create(), ("GET", f"{A}/archive?path=/probe-none", None)]),
    Probe("archive no path", [create(), ("GET", f"{A}/archive", None)]),
    Probe("archive put absent path", [create(), ("PUT", f"{A}/archive?path=/probe-none", context("x"))]),
    Probe("archive put file path", [create(), ("PUT", f"{A}/archive?path=/etc/passwd", context("x"))]),
    Probe("archive put", [create(), ("PUT", f"{A}/archive?path=/tmp", context("x"))]),
    Probe("archive put no tar", [create(), ("PUT", f"{A}/archive?path=/tmp", b"not a tar")]),
    Probe("archive put no path", [create(), ("PUT", f"{A}/archive", context("x"))]),
    Probe(
        "archive no overwrite",
        [
            create(),
            ("PUT", f"{A}/archive?path=/", context("x", etc="file")),
            ("PUT", f"{A}/archive?path=/&noOverwriteDirNonDir=1", context("x", etc="file")),
        ],
    ),
)

IMAGES = (
    Probe("image inspect", [("GET", f"/images/{BASE}/json", None)], "shape"),
    Probe("image inspect absent", [("GET", "/images/probe/none:1/json", None)]),
    Probe("image inspect no tag", [("GET", "/images/probe/none/json", None)]),
    Probe("image inspect bad", [("GET", "/images/UPPER/json", None)]),
    Probe("image list", [("GET", f"/images/json?{filters(reference=['probe/base'])}", None)], "shape"),
    Probe("image list none", [("GET", f"/images/json?{filters(reference=['probe/none'])}", None)]),
    Probe("image list bad filter", [("GET", f"/images/json?{filters(colour=['x'])}", None)]),
    Probe("image list dangling", [("GET", f"/images/json?{filters(dangling=['maybe'])}", None)]),
    Probe("image history", [("GET", f"/images/{BASE}/history", None)], "shape"),
    Probe("image history absent", [("GET", "/images/probe/none:1/history", None)]),
    Probe("image tag", [("POST", f"/images/{BASE}/tag?repo=probe/tagged&tag=2", None)]),
    Probe("image tag absent", [("POST", "/images/probe/none:1/tag?repo=probe/tagged&tag=2", None)]),
    Probe("image tag bad", [("POST", f"/images/{BASE}/tag?repo=Probe/UPPER&tag=2", None)]),
    Probe("image tag bad tag", [("POST", f"/images/{BASE}/tag?repo=probe/tagged&tag=-x", None)]),
    Probe("image tag no repo", [("POST", f"/images/{BASE}/tag", None)]),
    Probe("image remove absent", [("DELETE", "/images/probe/none:1", None)]),
    Probe(
        "image remove tag",
        [
            ("POST", f"/images/{BASE}/tag?repo=probe/tagged&tag=2", None),
            ("DELETE", "/images/probe/tagged:2", None),
        ],
    ),
    Probe(
        "image remove in use",
        [
            build(f"FROM {BASE}\nLABEL probe=use\n", "t=probe/use:1"),
            create(image="probe/use:1"),
            start(),
            ("DELETE", "/images/probe/use:1", None),
        ],
    ),
    Probe(
        "image remove in use forced",
        [
            build(f"FROM {BASE}\nLABEL probe=use\n", "t=probe/use:1"),
            create(image="probe/use:1"),
            start(),
            ("DELETE", "/images/probe/use:1?force=1", None),
        ],
    ),
    Probe(
        "image remove stopped",
        [
            build(f"FROM {BASE}\nLABEL probe=use2\n", "t=probe/use:2"),
            create(image="probe/use:2"),
            ("DELETE", "/images/probe/use:2", None),
        ],
    ),
    Probe(
        "image remove",
        [
            build(f"FROM {BASE}\nLABEL probe=gone\n", "t=probe/gone:1"),
            ("DELETE", "/images/probe/gone:1", None),
        ],
    ),
    Probe(
        "image prune",
        [
            build(f"FROM {BASE}\nLABEL probe=dangle\n"),
            ("POST", f"/images/prune?{filters(dangling=['true'], label=['probe=dangle'])}", None),
        ],
    ),
    Probe("image prune none", [("POST", f"/images/prune?{filters(label=['probe=none'])}", None)]),
    Probe("image prune bad", [("POST", f"/images/prune?{filters(colour=['x'])}", None)]),
    Probe("image pull bad", [("POST", "/images/create?fromImage=UPPER&tag=1", None)]),
    Probe(
        "image push absent",
        [("POST", "/images/probe/none/push?tag=1", None)],
        "answer",
        {"X-Registry-Auth": "e30="},
    ),
    Probe("image get absent", [("GET", "/images/probe/none:1/get", None)]),
    Probe("commit absent", [("POST", "/commit?container=probe-x", {})]),
    Probe("commit", [*ended(), ("POST", "/commit?container=probe-a&repo=probe/commit&tag=1", {})], "shape"),
    Probe("commit bad repo", [*ended(), ("POST", "/commit?container=probe-a&repo=UPPER", {})]),
)

BUILD = (
    Probe("build", [build(f'FROM {BASE}\nENV A=1\nCMD ["sh"]\n', "t=probe/built:1&nocache=1")], "stream"),
    Probe("build no file", [("POST", "/build", context("FROM x").replace(b"Dockerfile", b"Dockerfali"))]),
    Probe("build named file", [build("FROM x", "dockerfile=Other")]),
    Probe("build empty", [build("")]),
    Probe("build comment only", [build("# nothing\n")]),
    Probe("build no from", [build("RUN true\n")]),
    Probe("build unknown", [build(f"FROM {BASE}\nFETCH x\n")]),
    Probe("build bad from", [build("FROM Bad/UPPER\n")], "stream"),
    Probe("build env", [build(f"FROM {BASE}\nENV\n")]),
    Probe("build env one", [build(f"FROM {BASE}\nENV A\n")]),
    Probe("build expose", [build(f"FROM {BASE}\nEXPOSE eighty\n")], "stream"),
    Probe("build workdir", [build(f"FROM {BASE}\nWORKDIR\n")]),
    Probe("build copy one", [build(f"FROM {BASE}\nCOPY x\n")], "stream"),
    Probe("build copy absent", [build(f"FROM {BASE}\nCOPY absent /x\n")], "stream"),
    Probe("build copy outside", [build(f"FROM {BASE}\nCOPY ../x /x\n")], "stream"),
    Probe("build copy many", [build(f"FROM {BASE}\nCOPY a b /x\n", a="1", b="2")], "stream"),
    Probe("build stage name", [build(f"FROM {BASE} AS 1st\n")], "stream"),
    Probe("build target", [build(f"FROM {BASE} AS one\n", "target=two")], "stream"),
    Probe("build run fails", [build(f"FROM {BASE}\nRUN exit 3\n", "nocache=1")], "stream"),
    Probe("build run output", [build(f"FROM {BASE}\nRUN echo hello\n", "nocache=1")], "stream"),
    Probe("build arg", [build(f"ARG B=1\nFROM {BASE}\nARG A=2\nRUN echo $A$B\n", "nocache=1")], "stream"),
    Probe("build unused arg", [build(f"FROM {BASE}\n", "buildargs=" + quote('{"probe":"1"}'))], "stream"),
    Probe("build healthcheck", [build(f"FROM {BASE}\nHEALTHCHECK --interval=x CMD true\n")], "stream"),
    Probe("build healthcheck none", [build(f"FROM {BASE}\nHEALTHCHECK NONE x\n")], "stream"),
    Probe("build healthcheck type", [build(f"FROM {BASE}\nHEALTHCHECK what\n")], "stream"),
    Probe("build stopsignal", [build(f"FROM {BASE}\nSTOPSIGNAL SIGNOPE\n")], "stream"),
    Probe("build onbuild", [build(f"FROM {BASE}\nONBUILD FROM x\n")], "stream"),
    Probe(
        "build maintainer",
        [build(f"FROM {BASE}\nMAINTAINER ops\nUSER root\nVOLUME /data\nWORKDIR /srv\n", "nocache=1")],
        "stream",
    ),
    Probe("build label", [build(f"FROM {BASE}\nLABEL novalue\n")], "stream"),
    Probe("build flag", [build(f"FROM {BASE}\nCOPY --what=1 a /b\n", a="1")], "stream"),
    Probe("build bad tag", [build(f"FROM {BASE}\n", "t=UPPER")]),
    Probe("build not tar", [("POST", "/build", b"hello")], "status"),
    Probe("build bad args", [build(f"FROM {BASE}\n", "buildargs=x")]),
    Probe("build quiet", [build(f"FROM {BASE}\nLABEL probe=q\n", "q=1")], "stream"),
    Probe(
        "build ignored",
        [
            build(
                f"FROM {BASE}\nCOPY secret /x\n", "nocache=1", **{".dockerignore": "secret\n", "secret": "1"}
            )
        ],
        "stream",
    ),
)

NETWORKS = (
    Probe("network create", [("POST", "/networks/create", NET)], "shape"),
    Probe("network create twice", [("POST", "/networks/create", NET), ("POST", "/networks/create", NET)]),
    Probe("network create no name", [("POST", "/networks/create", {})]),
    Probe("network create host", [("POST", "/networks/create", {"Name": "host"})]),
    Probe(
        "network create bad subnet",
        [("POST", "/networks/create", {**NET, "IPAM": {"Config": [{"Subnet": "nonsense"}]}})],
    ),
    Probe(
        "network inspect", [("POST", "/networks/create", NET), ("GET", "/networks/probe-net", None)], "shape"
    ),
    Probe(
        "network inspect used",
        [
            ("POST", "/networks/create", NET),
            *running(HostConfig={"NetworkMode": "probe-net"}),
            ("GET", "/networks/probe-net", None),
        ],
        "shape",
    ),
    Probe("network inspect absent", [("GET", "/networks/probe-x", None)]),
    Probe(
        "network list",
        [("POST", "/networks/create", NET), ("GET", f"/networks?{filters(name=['probe-net'])}", None)],
        "shape",
    ),
    Probe("network list bad filter", [("GET", f"/networks?{filters(colour=['x'])}", None)]),
    Probe("network remove", [("POST", "/networks/create", NET), ("DELETE", "/networks/probe-net", None)]),
    Probe("network remove absent", [("DELETE", "/networks/probe-x", None)]),
    Probe("network remove bridge", [("DELETE", "/networks/bridge", None)]),
    Probe(
        "network remove used",
        [
            ("POST", "/networks/create", NET),
            *running(HostConfig={"NetworkMode": "probe-net"}),
            ("DELETE", "/networks/probe-net", None),
        ],
    ),
    Probe(
        "network connect",
        [
            ("POST", "/networks/create", NET),
            *running(),
            ("POST", "/networks/probe-net/connect", {"Container": "probe-a"}),
        ],
    ),
    Probe(
        "network connect twice",
        [
            ("POST", "/networks/create", NET),
            *running(),
            ("POST", "/networks/probe-net/connect", {"Container": "probe-a"}),
            ("POST", "/networks/probe-net/connect", {"Container": "probe-a"}),
        ],
    ),
    Probe(
        "network connect absent",
        [
            ("POST", "/networks/create", NET),
            ("POST", "/networks/probe-net/connect", {"Container": "probe-x"}),
        ],
    ),
    Probe(
        "network connect absent net",
        [*running(), ("POST", "/networks/probe-x/connect", {"Container": "probe-a"})],
    ),
    Probe("network connect host", [*running(), ("POST", "/networks/host/connect", {"Container": "probe-a"})]),
    Probe(
        "network disconnect", [*running(), ("POST", "/networks/bridge/disconnect", {"Container": "probe-a"})]
    ),
    Probe(
        "network disconnect twice",
        [
            ("POST", "/networks/create", NET),
            *running(),
            ("POST", "/networks/probe-net/disconnect", {"Container": "probe-a"}),
        ],
    ),
    Probe(
        "network prune",
        [("POST", "/networks/create", NET), ("POST", f"/networks/prune?{filters(label=['probe=1'])}", None)],
    ),
    Probe("network prune none", [("POST", f"/networks/prune?{filters(label=['probe=none'])}", None)]),
)

VOLUMES = (
    Probe(
        "volume create",
        [("POST", "/volumes/create", {"Name": "probe-vol", "Labels": {"probe": "1"}})],
        "shape",
    ),
    Probe(
        "volume create twice",
        [
            ("POST", "/volumes/create", {"Name": "probe-vol"}),
            ("POST", "/volumes/create", {"Name": "probe-vol"}),
        ],
        "shape",
    ),
    Probe("volume create bad name", [("POST", "/volumes/create", {"Name": "/probe vol"})]),
    Probe(
        "volume create option",
        [("POST", "/volumes/create", {"Name": "probe-vol", "DriverOpts": {"odd": "1"}})],
    ),
    Probe(
        "volume inspect",
        [("POST", "/volumes/create", {"Name": "probe-vol"}), ("GET", "/volumes/probe-vol", None)],
        "shape",
    ),
    Probe("volume inspect absent", [("GET", "/volumes/probe-x", None)]),
    Probe(
        "volume list",
        [
            ("POST", "/volumes/create", {"Name": "probe-vol"}),
            ("GET", f"/volumes?{filters(name=['probe-vol'])}", None),
        ],
        "shape",
    ),
    Probe("volume list none", [("GET", f"/volumes?{filters(name=['probe-none'])}", None)]),
    Probe("volume list bad filter", [("GET", f"/volumes?{filters(colour=['x'])}", None)]),
    Probe(
        "volume remove",
        [("POST", "/volumes/create", {"Name": "probe-vol"}), ("DELETE", "/volumes/probe-vol", None)],
    ),
    Probe("volume remove absent", [("DELETE", "/volumes/probe-x", None)]),
    Probe("volume remove absent forced", [("DELETE", "/volumes/probe-x?force=1", None)]),
    Probe(
        "volume remove used",
        [create(HostConfig={"Binds": ["probe-vol:/data"]}), ("DELETE", "/volumes/probe-vol", None)],
    ),
    Probe(
        "volume prune",
        [
            ("POST", "/volumes/create", {"Name": "probe-vol", "Labels": {"probe": "1"}}),
            ("POST", f"/volumes/prune?{filters(label=['probe=1'])}", None),
        ],
    ),
    Probe("volume prune none", [("POST", f"/volumes/prune?{filters(label=['probe=none'])}", None)]),
)

PROBES = (*SYSTEM, *CREATE, *LOOK, *CHANGE, *EXEC, *FILES, *IMAGES, *BUILD, *NETWORKS, *VOLUMES)
