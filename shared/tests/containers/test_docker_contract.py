"""The contract of the docker fixture: the docker SDK on the embedded engine and on a real one."""

from __future__ import annotations

import contextlib
import io
import tarfile
import time
from collections.abc import Iterator
from typing import Any

import pytest
from docker import errors

from labkit.containers.broker import ISOLATED
from labkit.containers.engine import RealEngine
from labkit.containers.session import broker
from labkit.fixtures.docker import docker, docker_server, fault_seed

from .conftest import FORMS, needs_engine

__all__ = ["docker", "docker_server", "fault_seed"]

IMAGE = "debian:bookworm-slim"
SLEEP = ["sh", "-c", "trap 'exit 0' TERM; echo up; while true; do sleep 0.1; done"]


@pytest.fixture(scope="module")
def isolated_variables() -> Iterator[dict[str, str]]:
    """A broker of a user who wants an engine of its own for the run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ISOLATED, "isolated")
        with broker("container") as variables:
            yield variables


@pytest.fixture(params=[*FORMS, pytest.param("isolated", marks=needs_engine)])
def back_end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "embedded":
        return "embedded"
    variables = "isolated_variables" if request.param == "isolated" else "broker_variables"
    for name, value in request.getfixturevalue(variables).items():
        monkeypatch.setenv(name, value)
    return "container"


@pytest.fixture
def client(docker: Any) -> Iterator[Any]:
    if "seeding" in docker.abilities:
        docker.image(IMAGE, cmd=["bash"])
    client = docker.client(timeout=60)
    yield client
    client.close()


def test_run_gives_the_output(client: Any) -> None:
    """A container in the foreground gives its output and is gone afterwards when asked."""
    assert client.containers.run(IMAGE, ["sh", "-c", "echo one; echo two"], remove=True) == b"one\ntwo\n"
    assert client.containers.list(all=True) == []


def test_a_failing_command(client: Any) -> None:
    """A command that fails raises ContainerError with status and standard error."""
    with pytest.raises(errors.ContainerError) as caught:
        client.containers.run(IMAGE, ["sh", "-c", "echo oops >&2; exit 3"])
    assert (caught.value.exit_status, caught.value.stderr) == (3, b"oops\n")


def test_states(client: Any) -> None:
    """pause, unpause, restart, kill and removal lead from state to state."""
    found = client.containers.run(IMAGE, ["sleep", "1000"], detach=True, name="first", labels={"team": "web"})
    states = []
    for step in ("reload", "pause", "unpause", "restart", "kill"):
        # sleep as PID 1 is deaf to SIGTERM, so a restart need not wait for it.
        getattr(found, step)(**({"timeout": 0} if step == "restart" else {}))
        found.reload()
        states.append(found.status)
    assert states[:4] == ["running", "paused", "running", "running"]
    assert found.wait()["StatusCode"] == 137
    found.rename("second")
    again = client.containers.get("second")
    assert (again.labels["team"], again.status) == ("web", "exited")
    again.remove()
    with pytest.raises(errors.NotFound):
        client.containers.get("second")


def test_stop(client: Any) -> None:
    """A program that minds SIGTERM ends with its own status."""
    found = client.containers.run(IMAGE, SLEEP, detach=True, init=True)
    stream = found.logs(stream=True, follow=True)
    assert next(iter(stream)) == b"up\n"
    found.stop(timeout=10)
    found.reload()
    assert found.status == "exited"
    stream.close()


def test_lists_and_filters(client: Any) -> None:
    """Lists show what runs, or all; filters choose by label, name and state."""
    first = client.containers.run(IMAGE, ["sleep", "1000"], detach=True, name="web", labels={"tier": "front"})
    second = client.containers.create(IMAGE, ["true"], name="job", labels={"tier": "back", "x": ""})
    ask = client.containers.list
    assert [found.id for found in ask()] == [first.id]
    assert {found.id for found in ask(all=True)} == {first.id, second.id}
    assert [found.id for found in ask(all=True, filters={"label": "tier=back"})] == [second.id]
    assert [found.id for found in ask(all=True, filters={"label": ["tier", "x"]})] == [second.id]
    assert [found.id for found in ask(all=True, filters={"status": "created"})] == [second.id]
    assert [found.id for found in ask(filters={"name": "web"})] == [first.id]
    first.remove(force=True)


def test_exec(client: Any) -> None:
    """exec has status, both streams apart, environment, user and folder."""
    found = client.containers.run(IMAGE, ["sleep", "1000"], detach=True)
    script = ["sh", "-c", "echo $A in $(pwd); echo oops >&2; exit 4"]
    done = found.exec_run(script, environment={"A": "me"}, workdir="/tmp", demux=True)
    assert (done.exit_code, done.output) == (4, (b"me in /tmp\n", b"oops\n"))
    assert found.exec_run(["whoami"]).output == b"root\n"
    pieces = found.exec_run(["sh", "-c", "echo 1; echo 2"], stream=True).output
    assert b"".join(pieces) == b"1\n2\n"
    found.remove(force=True)


def test_input_to_a_command(client: Any) -> None:
    """What is written to an exec's socket reaches the command, and its answer comes back."""
    found = client.containers.run(IMAGE, ["sleep", "1000"], detach=True)
    made = client.api.exec_create(found.id, ["cat"], stdin=True)
    socket = client.api.exec_start(made["Id"], socket=True)
    socket._sock.settimeout(20)
    socket._sock.sendall(b"hello\n")
    assert socket._sock.recv(4096)[8:] == b"hello\n"
    socket.close()
    found.remove(force=True)


def test_logs(client: Any) -> None:
    """Logs keep order and streams; tail and stdout choose."""
    found = client.containers.run(IMAGE, ["sh", "-c", "echo a; echo b; echo c >&2"], detach=True)
    found.wait()
    assert found.logs(stderr=False) == b"a\nb\n"
    assert found.logs(stdout=False) == b"c\n"
    plain = client.containers.run(IMAGE, ["sh", "-c", "echo a; echo b"], detach=True)
    plain.wait()
    assert plain.logs(tail=1) == b"b\n"
    assert b"".join(found.logs(stream=True, follow=True, stderr=False)) == b"a\nb\n"


def test_files(client: Any) -> None:
    """put_archive and get_archive carry files in and out."""
    found = client.containers.create(IMAGE, ["true"])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("motto")
        entry.size = 7
        archive.addfile(entry, io.BytesIO(b"steady\n"))
    assert found.put_archive("/tmp", packed.getvalue())
    pieces, stat = found.get_archive("/tmp/motto")
    assert (stat["name"], stat["size"]) == ("motto", 7)
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        content = archive.extractfile("motto")
        assert content
        assert content.read() == b"steady\n"
    with pytest.raises(errors.NotFound):
        found.get_archive("/tmp/none")


def test_a_build(client: Any) -> None:
    """A build gives an image that runs, and that is gone after its removal."""
    recipe = b"FROM debian:bookworm-slim AS first\nRUN echo built > /built\nFROM debian:bookworm-slim\n"
    recipe += b'COPY --from=first /built /built\nENV A=b\nCMD ["cat", "/built"]\n'
    image, _ = client.images.build(fileobj=io.BytesIO(recipe), tag="team/tool:1", rm=True)
    assert "team/tool:1" in image.tags
    assert client.containers.run("team/tool:1", remove=True) == b"built\n"
    assert "A=b" in client.images.get("team/tool:1").attrs["Config"]["Env"]
    client.images.remove("team/tool:1")
    with pytest.raises(errors.ImageNotFound):
        client.images.get("team/tool:1")


def test_a_build_that_fails(client: Any) -> None:
    """A failing instruction raises BuildError with its words."""
    recipe = io.BytesIO(b"FROM debian:bookworm-slim\nRUN exit 3\n")
    with pytest.raises(errors.BuildError, match="returned a non-zero code: 3"):
        client.images.build(fileobj=recipe, rm=True)


def test_images(client: Any) -> None:
    """The base image is listed and described; one that nobody has is ImageNotFound."""
    assert IMAGE in [tag for image in client.images.list() for tag in image.tags]
    assert client.images.get(IMAGE).id.startswith("sha256:")
    with pytest.raises(errors.ImageNotFound):
        client.images.get("team/none:1")
    # A create, not a run, which would ask a registry first; an isolated engine has the real ones.
    with pytest.raises((errors.ImageNotFound, errors.NotFound)):
        client.containers.create("team/none:1")


def test_volumes(client: Any) -> None:
    """A named volume outlives the container that wrote to it."""
    volume = client.volumes.create("data", labels={"keep": "yes"})
    mounts = {"data": {"bind": "/data", "mode": "rw"}}
    client.containers.run(IMAGE, ["sh", "-c", "echo kept > /data/f"], volumes=mounts, remove=True)
    assert client.containers.run(IMAGE, ["cat", "/data/f"], volumes=mounts, remove=True) == b"kept\n"
    assert [found.name for found in client.volumes.list()] == ["data"]
    volume.remove()
    with pytest.raises(errors.NotFound):
        client.volumes.get("data")


def test_networks(client: Any) -> None:
    """A network holds the containers that were connected to it."""
    network = client.networks.create("back")
    found = client.containers.run(IMAGE, ["sleep", "1000"], detach=True)
    network.connect(found)
    network.reload()
    assert [inside.id for inside in network.containers] == [found.id]
    network.disconnect(found)
    found.remove(force=True)
    network.remove()
    assert client.networks.list(names=["back"]) == []


def test_a_name_is_taken_once(client: Any) -> None:
    """A second container of the same name is refused with 409."""
    client.containers.create(IMAGE, ["true"], name="one")
    with pytest.raises(errors.APIError) as caught:
        client.containers.create(IMAGE, ["true"], name="one")
    assert caught.value.status_code == 409
    assert "already in use" in caught.value.explanation


def test_prune(client: Any) -> None:
    """Prune removes what has ended, and leaves what runs."""
    runs = client.containers.run(IMAGE, ["sleep", "1000"], detach=True)
    ended = client.containers.run(IMAGE, ["true"], detach=True)
    ended.wait()
    assert client.containers.prune()["ContainersDeleted"] == [ended.id]
    assert [found.id for found in client.containers.list(all=True)] == [runs.id]
    runs.remove(force=True)


def test_events(client: Any) -> None:
    """The life of a container is told as events."""
    began = int(time.time()) - 1
    found = client.containers.run(IMAGE, ["true"], detach=True)
    found.wait()
    stream = client.events(decode=True, filters={"type": "container", "container": found.id})
    seen: list[str] = []
    found.remove()
    for event in stream:
        seen.append(event["Action"])
        break
    stream.close()
    assert seen == ["destroy"]
    assert began


def test_published_ports(client: Any) -> None:
    """A port that the engine picks is told by the container."""
    found = client.containers.run(IMAGE, ["sleep", "1000"], detach=True, ports={"80/tcp": None})
    found.reload()
    assert all(int(binding["HostPort"]) > 0 for binding in found.ports["80/tcp"])
    assert found.ports["80/tcp"]
    found.remove(force=True)


def test_the_engine_as_a_whole(client: Any) -> None:
    """ping, version, info and df count what is there."""
    client.containers.create(IMAGE, ["true"])
    assert client.ping()
    assert client.version()["ApiVersion"]
    info = client.info()
    assert (info["Containers"], info["ContainersRunning"]) == (1, 0)
    assert len(client.df()["Containers"]) == 1


@needs_engine
def test_an_isolated_engine_is_its_own(
    isolated_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused on the shared engine works on an isolated one, and is on no other."""
    import docker as sdk

    for name, value in isolated_variables.items():
        monkeypatch.setenv(name, value)
    server = RealEngine()
    assert server.isolated
    with contextlib.closing(server.client(timeout=60)) as client, contextlib.closing(sdk.from_env()) as outer:
        made = client.containers.run(IMAGE, ["sleep", "99"], detach=True, pid_mode="host", name="in-its-own")
        assert made.attrs["HostConfig"]["PidMode"] == "host"
        assert client.info()["ID"] != outer.info()["ID"]
        assert "in-its-own" not in [found.name for found in outer.containers.list(all=True)]
        client.images.get(IMAGE).tag("mine:1")
        server.reset()
        assert client.containers.list(all=True) == []
        assert [tag for image in client.images.list() for tag in image.tags] == [IMAGE]
