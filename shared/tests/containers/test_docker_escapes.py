"""What a lab must not reach through the scoping proxy: the user's own things, and this machine."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import io
import json
import secrets
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import errors

from labkit.containers import client as broker_client
from labkit.containers.labels import OWNER, RUN, SCOPE

from .conftest import needs_engine

IMAGE = "debian:bookworm-slim"
SHELL = ["sleep", "1000"]


@pytest.fixture(scope="module")
def real() -> Iterator[Any]:
    """The engine itself, as its owner sees it."""
    import docker

    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module")
def alone() -> Iterator[None]:
    """The names of the owner's things are there once, so workers of one test run take turns."""
    path = Path(tempfile.gettempdir()) / "ops-labs-test-docker-escapes.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module")
def theirs(alone: None, real: Any, broker_variables: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Things of the engine's owner: a container that runs, one that ended, an image, a network, a volume."""
    # Asked first, since it is what provides the base image.
    with pytest.MonkeyPatch.context() as patch:
        for name, value in broker_variables.items():
            patch.setenv(name, value)
        from labkit.containers.engine import RealEngine

        RealEngine()
    network = real.networks.create("owner-net", labels={"owner": "me"})
    volume = real.volumes.create("owner-data", labels={"owner": "me"})
    container = real.containers.run(
        IMAGE, SHELL, detach=True, name="owner-db", environment={"TOKEN": "hush"}, network="owner-net",
        volumes={"owner-data": {"bind": "/data", "mode": "rw"}}, labels={SCOPE: "of-another", "owner": "me"},
    )  # fmt: skip
    ended = real.containers.run(IMAGE, ["true"], detach=True, name="owner-ended")
    ended.wait()
    image = container.commit("owner/app", "1")
    command = real.api.exec_create(container.id, ["cat", "/etc/shadow"])["Id"]
    yield {
        "container": container,
        "ended": ended,
        "image": image,
        "exec": command,
        "volume": volume,
        "network": network,
    }
    for thing in (container, ended):
        thing.remove(force=True)
    real.images.remove("owner/app:1", force=True)
    network.remove()
    volume.remove()


@pytest.fixture
def lab(theirs: dict[str, Any], broker_here: None) -> Iterator[Any]:
    """The docker SDK as a lab has it."""
    from labkit.containers.engine import RealEngine

    engine = RealEngine()
    client = engine.client(timeout=60)
    yield client
    client.close()
    engine.reset()


@pytest.fixture
def still_there(real: Any, theirs: dict[str, Any]) -> Iterator[None]:
    """Whatever a test does, the owner's things are as they were."""
    yield
    theirs["container"].reload()
    assert theirs["container"].status == "running"
    assert theirs["container"].name == "owner-db"
    assert real.containers.get("owner-ended").status == "exited"
    assert real.images.get("owner/app:1").id == theirs["image"].id
    assert real.images.get(IMAGE)
    assert real.volumes.get("owner-data")
    assert [inside.name for inside in real.networks.get("owner-net").containers] == ["owner-db"]


pytestmark = [needs_engine, pytest.mark.usefixtures("still_there")]


def raw(lab: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """A request as no SDK would send it."""
    host = lab.api.base_url.partition("://")[2]
    connection = http.client.HTTPConnection(host, timeout=60)
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, content, {"Content-Type": "application/json"} if content else {})
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    return answer.status, told.decode("utf-8", "replace")


def test_lists_show_nothing_of_others(lab: Any) -> None:
    """No list, whatever its filter, and no count shows what is not the lab's."""
    for filters in (
        {},
        {"label": "owner"},
        {"label": [f"{SCOPE}=of-another"]},
        {"name": "owner"},
        {"id": ""},
    ):
        assert lab.containers.list(all=True, filters=filters) == []
        assert lab.volumes.list(filters={k: v for k, v in filters.items() if k != "id"}) == []
    for odd in ('{"label":{"owner":true}}', '{"label":{"owner=me":true}}'):
        assert raw(lab, "GET", f"/containers/json?all=1&filters={odd}") == (200, "[]\n")
    for odd in ("[]", "nonsense", "5"):
        assert raw(lab, "GET", f"/containers/json?all=1&filters={odd}")[0] == 400
    assert {tag for image in lab.images.list(all=True) for tag in image.tags} == {IMAGE}
    assert {network.name for network in lab.networks.list()} == {"bridge", "none"}
    assert lab.info()["Containers"] == 0
    usage = lab.df()
    assert (usage["Containers"], usage["Volumes"], len(usage["Images"])) == ([], [], 1)
    assert "owner" not in json.dumps([usage, lab.info(), raw(lab, "GET", "/networks/bridge")])


@pytest.mark.parametrize("name", ["owner-db", "id", "short id", "/owner-db"])
def test_containers_of_others_are_not_there(lab: Any, theirs: dict[str, Any], name: str) -> None:
    """By name, id or the beginning of the id: everything asked of a foreign container is a 404."""
    identifier = theirs["container"].id
    name = {"id": identifier, "short id": identifier[:12]}.get(name, name)
    api = lab.api
    asked = [
        lambda: api.inspect_container(name), lambda: api.logs(name), lambda: api.top(name),
        lambda: api.diff(name),
        lambda: api.stop(name), lambda: api.kill(name), lambda: api.restart(name), lambda: api.pause(name),
        lambda: api.rename(name, "mine"), lambda: api.remove_container(name, force=True),
        lambda: api.update_container(name, mem_limit="8m"), lambda: api.exec_create(name, ["id"]),
        lambda: api.wait(name),
        lambda: api.attach(name), lambda: api.stats(name, stream=False), lambda: api.commit(name, "stolen"),
        lambda: next(api.export(name)), lambda: api.get_archive(name, "/etc/shadow"),
        lambda: api.put_archive(name, "/", b"x"), lambda: api.start(name),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(errors.APIError) as caught:
            ask()
        assert caught.value.status_code in (403, 404)


def test_commands_in_containers_of_others(lab: Any, theirs: dict[str, Any]) -> None:
    """An exec that the owner made can be neither seen nor started."""
    for act in (lab.api.exec_inspect, lab.api.exec_start):
        with pytest.raises(errors.NotFound):
            act(theirs["exec"])


def test_prune_takes_its_own_alone(lab: Any, real: Any) -> None:
    """Prune of every kind leaves the owner's ended containers, images, networks and volumes."""
    unused = real.volumes.create("owner-unused"), real.networks.create("owner-unused")
    ended = lab.containers.run(IMAGE, ["true"], detach=True)
    ended.wait()
    try:
        assert lab.containers.prune()["ContainersDeleted"] == [ended.id]
        assert lab.containers.prune(filters={"label": ["owner"]})["ContainersDeleted"] is None
        assert lab.images.prune(filters={"dangling": False})["ImagesDeleted"] is None
        assert lab.networks.prune()["NetworksDeleted"] is None
        assert lab.volumes.prune()["VolumesDeleted"] in (None, [])
        assert raw(lab, "POST", "/build/prune?all=1")[0] == 403
        assert raw(lab, "POST", "/containers/prune?filters={}&filters={%22label%22:[%22owner%22]}")[0] == 200
    finally:
        for thing in unused:
            thing.remove()


@pytest.mark.parametrize(
    "options",
    [
        {"Privileged": True},
        {"NetworkMode": "host"},
        {"NetworkMode": "owner-net"},
        {"NetworkMode": "container:owner-db"},
        {"PidMode": "host"},
        {"PidMode": "container:owner-db"},
        {"IpcMode": "host"},
        {"UTSMode": "host"},
        {"UsernsMode": "host"},
        {"CgroupnsMode": "host"},
        {"Binds": ["/:/host"]},
        {"Binds": ["/var/run/docker.sock:/s"]},
        {"Binds": ["owner-data:/data"]},
        {"Binds": ["../etc:/x"]},
        {"Mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}]},
        {"Mounts": [{"Type": "volume", "Source": "owner-data", "Target": "/data"}]},
        {"Mounts": [{"type": "bind", "source": "/", "target": "/host"}]},
        {
            "Mounts": [
                {
                    "Type": "volume",
                    "Target": "/host",
                    "VolumeOptions": {
                        "DriverConfig": {"Name": "local", "Options": {"o": "bind", "device": "/"}}
                    },
                }
            ]
        },
        {"VolumesFrom": ["owner-db"]},
        {"Links": ["owner-db:db"]},
        {"Devices": [{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/sda", "CgroupPermissions": "rwm"}]},
        {"DeviceRequests": [{"Count": -1, "Capabilities": [["gpu"]]}]},
        {"DeviceCgroupRules": ["a *:* rwm"]},
        {"CapAdd": ["SYS_ADMIN"]},
        {"SecurityOpt": ["apparmor=unconfined"]},
        {"SecurityOpt": ["seccomp=unconfined"]},
        {"Sysctls": {"net.ipv4.ip_forward": "1"}},
        {"Runtime": "other"},
        {"CgroupParent": "/"},
        {"VolumeDriver": "other"},
        {"MaskedPaths": []},
        {"ReadonlyPaths": []},
        {"OomScoreAdj": -1000},
        {"LogConfig": {"Type": "syslog", "Config": {"syslog-address": "tcp://192.0.2.1:514"}}},
        {"privileged": True},
        {"PRIVILEGED": True},
        {"SomethingNew": {"a": 1}},
    ],
    ids=json.dumps,
)
def test_a_container_gets_nothing_of_the_machine(lab: Any, options: dict[str, Any]) -> None:
    """Options that lead out of the container are refused, and no container is made."""
    status, told = raw(
        lab, "POST", "/containers/create", {"Image": IMAGE, "Cmd": SHELL, "HostConfig": options}
    )
    assert (status in (403, 404, 409), "message" in told) == (True, True), told
    assert lab.containers.list(all=True) == []


@pytest.mark.parametrize(
    "body",
    [
        {"hostconfig": {"Privileged": True}},
        {"HOSTCONFIG": {"Binds": ["/:/host"]}},
        {"NetworkingConfig": {"EndpointsConfig": {"owner-net": {}}}},
        {"OnBuild": ["COPY --from=owner/app:1 / /"]},
    ],
    ids=json.dumps,
)
def test_names_of_fields_in_other_letters(lab: Any, body: dict[str, Any]) -> None:
    """The engine takes names of fields in any case; the proxy refuses what it does not know exactly."""
    assert raw(lab, "POST", "/containers/create", {"Image": IMAGE, **body})[0] in (403, 404)


def test_labels_cannot_be_forged(lab: Any, real: Any) -> None:
    """A container that claims another scope's labels gets those of its own."""
    made = lab.containers.create(
        IMAGE, ["true"], labels={SCOPE: "of-another", OWNER: "x", RUN: "y", "mine": "z"}
    )
    told = real.api.inspect_container(made.id)["Config"]["Labels"]
    assert told["mine"] == "z"
    assert "of-another" not in told.values()
    assert lab.containers.get(made.id).id == made.id


def test_ports_are_on_loopback(lab: Any) -> None:
    """Ports are published on 127.0.0.1 whatever was asked for, all of the image's as well."""
    everywhere = "0.0.0.0"  # noqa: S104 - what is not to happen
    asked = [{"ports": {"80/tcp": (everywhere, None)}}, {"ports": {"80/tcp": None}}]
    for options in asked:
        found = lab.containers.run(IMAGE, SHELL, detach=True, **options)
        found.reload()
        assert {one["HostIp"] for one in found.ports["80/tcp"]} == {"127.0.0.1"}
    body = {
        "Image": IMAGE,
        "Cmd": SHELL,
        "ExposedPorts": {"81/tcp": {}},
        "HostConfig": {"PublishAllPorts": True},
    }
    name = json.loads(raw(lab, "POST", "/containers/create", body)[1])["Id"]
    lab.containers.get(name).start()
    assert {one["HostIp"] for one in lab.containers.get(name).ports["81/tcp"]} == {"127.0.0.1"}


def test_images_of_others(lab: Any, theirs: dict[str, Any]) -> None:
    """A foreign image can be neither run, described, tagged, exported, removed nor built upon."""
    identifier = theirs["image"].id
    for name in ("owner/app:1", identifier, identifier.removeprefix("sha256:")[:12]):
        for ask in (lab.api.inspect_image, lab.api.history, lab.api.remove_image):
            with pytest.raises(errors.APIError):
                ask(name)
        with pytest.raises(errors.APIError):
            lab.api.tag(name, "mine")
        assert raw(lab, "POST", "/containers/create", {"Image": name})[0] == 404
        assert raw(lab, "GET", f"/images/{name}/get")[0] == 403
        assert raw(lab, "POST", f"/images/{name}/push")[0] == 403


def test_the_shared_image_stays(lab: Any) -> None:
    """The image that all labs share is neither removed, renamed nor tagged over."""
    for ask in (lambda: lab.images.remove(IMAGE, force=True), lambda: lab.images.get(IMAGE).tag("mine")):
        with pytest.raises(errors.APIError, match="all labs share"):
            ask()
    made = lab.containers.create(IMAGE, ["true"])
    for repository in ("debian:bookworm-slim", "owner/app:1"):
        with pytest.raises(errors.APIError):
            made.commit(*repository.split(":"))


@pytest.mark.parametrize(
    "recipe",
    [
        "FROM owner/app:1",
        "from owner/app:1",
        "ARG X=owner/app:1\nFROM $X",
        "ARG X\nFROM ${X:-owner/app:1}",
        f"FROM {IMAGE}\nCOPY --from=owner/app:1 /etc/passwd /x",
        f"FROM {IMAGE}\nCOPY --fr\\\nom=owner/app:1 /etc/passwd /x",
        f'FROM {IMAGE}\nCOPY --"from"=owner/app:1 /etc/passwd /x',
        f"FROM {IMAGE}\nARG X=owner/app:1\nCOPY --from=$X /etc/passwd /x",
        f"FROM {IMAGE}\nONBUILD COPY --from=owner/app:1 /etc/passwd /x",
        f"# escape=`\nFROM {IMAGE}\nCOPY --fro`\nm=owner/app:1 /a /b",
        f"FROM --platform=linux/amd64 {IMAGE}",
    ],
)
def test_a_build_on_images_of_others(lab: Any, recipe: str) -> None:
    """Whatever way a Dockerfile names a foreign image, the build is refused before it starts."""
    with pytest.raises(errors.APIError) as caught:
        lab.images.build(fileobj=io.BytesIO(recipe.encode()), tag="mine:1", rm=True)
    assert caught.value.status_code in (403, 404)


@pytest.mark.parametrize(
    "query",
    ["networkmode=host", "networkmode=container:owner-db", "remote=http://192.0.2.1/x", "version=2",
     "squash=1",
     "cachefrom=[%22owner/app:1%22]", "outputs=x", "session=x", "cgroupparent=/", "t=owner/app:1",
     "t=debian:bookworm-slim", "pull=1", "securityopt=x"],
)  # fmt: skip
def test_parameters_of_a_build(lab: Any, query: str) -> None:
    """A build has no network of the machine, no source elsewhere, and takes nobody's name."""
    assert raw(lab, "POST", f"/build?{query}", _context(f"FROM {IMAGE}\n"))[0] in (403, 409)


def test_builds_leave_nothing(lab: Any, real: Any) -> None:
    """After a reset no image, no layer without a name and no container of a build is left."""
    mark = secrets.token_hex(8)

    def left() -> set[str]:
        found = {one["Id"] for one in real.api.containers(all=True) if mark in one["Command"]}
        for image in real.api.images(all=True):
            # Other tests use the same engine, so only what tells of this one's commands counts.
            with contextlib.suppress(errors.ImageNotFound):
                if mark in json.dumps(real.api.inspect_image(image["Id"])):
                    found.add(image["Id"])
        return found

    good = (
        f"FROM {IMAGE} AS one\nRUN echo {mark} > /a\nFROM {IMAGE}\nCOPY --from=one /a /a\nENV MARK={mark}\n"
    )
    lab.images.build(fileobj=io.BytesIO(good.encode()), tag="mine:1", rm=False)
    bad = f"FROM {IMAGE}\nRUN echo {mark} > /c\nRUN echo {mark}; exit 1\n"
    with pytest.raises(errors.BuildError):
        lab.images.build(fileobj=io.BytesIO(bad.encode()), rm=False)
    lab.containers.create("mine:1", ["echo", mark]).commit("mine", "2")
    assert len(left()) > 4
    broker_client.ask("engine_reset")
    assert left() == set()


def test_volumes_and_networks(lab: Any, theirs: dict[str, Any]) -> None:
    """Foreign volumes and networks are not there; new ones mount nothing of the machine and reach nothing."""
    for ask in (lab.volumes.get, lab.api.remove_volume):
        with pytest.raises(errors.NotFound):
            ask("owner-data")
    for net in ("owner-net", theirs["network"].id, "host"):
        for ask in (lab.networks.get, lab.api.remove_network):
            with pytest.raises(errors.APIError):
                ask(net)
    mine = lab.containers.create(IMAGE, SHELL)
    for net in ("owner-net", "host"):
        with pytest.raises(errors.NotFound):
            lab.api.connect_container_to_network(mine.id, net)
    inner = lab.networks.create("inner")
    with pytest.raises(errors.NotFound):
        inner.connect("owner-db")
    with pytest.raises(errors.NotFound):
        inner.disconnect("owner-db")
    for body in (
        {"Name": "owner-data"},
        {"Name": "x", "DriverOpts": {"type": "none", "o": "bind", "device": "/"}},
        {"Name": "x", "driveropts": {"type": "none", "o": "bind", "device": "/"}},
        {"Name": "x", "Driver": "other"},
    ):
        assert raw(lab, "POST", "/volumes/create", body)[0] in (403, 409)
    for body in (
        {"Name": "x", "Driver": "host"},
        {"Name": "x", "Driver": "macvlan", "Options": {"parent": "eth0"}},
        {"Name": "x", "Options": {"com.docker.network.bridge.name": "docker0"}},
        {"Name": "x", "IPAM": {"Config": [{"Subnet": "192.0.2.0/24"}]}},
        {"Name": "x", "ConfigFrom": {"Network": "owner-net"}},
    ):
        assert raw(lab, "POST", "/networks/create", body)[0] == 403


def test_events_of_others(lab: Any, real: Any) -> None:
    """Events of foreign containers, images, volumes and networks do not arrive; one's own do."""
    stream = lab.events(decode=True)
    foreign = real.containers.create(IMAGE, ["true"], name="owner-event")
    foreign.remove()
    real.volumes.create("owner-event").remove()
    real.networks.create("owner-event").remove()
    mine = lab.containers.create(IMAGE, ["true"])
    assert next(iter(stream))["id"] == mine.id
    stream.close()


@pytest.mark.parametrize(
    "request_line",
    """
    GET /swarm|POST /swarm/init|POST /swarm/join|GET /nodes|GET /services|POST /services/create|GET /tasks
    GET /secrets|POST /secrets/create|GET /configs|GET /plugins
    POST /plugins/pull?remote=x|GET /plugins/privileges?remote=x
    POST /session|POST /grpc|POST /auth|POST /images/load|GET /images/get?names=owner/app:1
    GET /images/search?term=x
    GET /distribution/owner/app/json|GET /containers/owner-db/attach/ws|GET /unknown|POST /v1.41/swarm/init
    GET /v1.41/v1.41/swarm|GET //swarm|GET /containers/../swarm|GET /%73warm|GET /debug/pprof/|GET /metrics
    POST /images/create?fromImage=owner/app&tag=1|POST /images/create?fromSrc=-
    POST /v1.12/containers/owner-db/copy
    """.replace("\n", "|").replace("    ", "").strip("|").split("|"),
)  # fmt: skip
def test_endpoints_that_are_closed(lab: Any, request_line: str) -> None:
    """Swarm, plugins, sessions, registries and whatever is not in the rules are refused."""
    method, _, path = request_line.partition(" ")
    status, told = raw(lab, method, path, {} if method == "POST" else None)
    assert (status in (403, 404), "message" in told) == (True, True), (status, told)


def test_a_privileged_exec(lab: Any) -> None:
    """A command cannot be more privileged than its container, and updates give limits alone."""
    mine = lab.containers.run(IMAGE, SHELL, detach=True)
    assert raw(lab, "POST", f"/containers/{mine.id}/exec", {"Cmd": ["id"], "Privileged": True})[0] == 403
    assert raw(lab, "POST", f"/containers/{mine.id}/exec", {"Cmd": ["id"], "privileged": True})[0] == 403
    assert (
        raw(lab, "POST", f"/containers/{mine.id}/update", {"Devices": [{"PathOnHost": "/dev/sda"}]})[0] == 403
    )
    body = {"Binds": ["/:/host"], "Privileged": True}
    raw(lab, "POST", f"/v1.20/containers/{mine.id}/start", body)
    assert lab.containers.get(mine.id).attrs["HostConfig"]["Privileged"] is False
    assert lab.containers.get(mine.id).attrs["Mounts"] == []


def test_a_taken_name_tells_nothing(lab: Any, theirs: dict[str, Any]) -> None:
    """A name that a foreign container has is refused without its id."""
    with pytest.raises(errors.APIError) as caught:
        lab.containers.create(IMAGE, ["true"], name="owner-db")
    assert caught.value.status_code == 409
    assert theirs["container"].id not in str(caught.value.explanation)


def _context(recipe: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(recipe)
        archive.addfile(entry, io.BytesIO(recipe.encode()))
    return packed.getvalue()
