"""The docker SDK, unmodified, from run to remove."""

from __future__ import annotations

import io
import tarfile
import threading
import urllib.error
import urllib.request
from typing import Any

import pytest
from docker import errors

from labkit.engine.programs import Exits, Serves, Writes
from labkit.engine.server import DockerEngine


def test_run_waits_and_gives_the_output(client: Any) -> None:
    """A container that is run in the foreground gives its output, and virtual hours take no time."""
    script = "echo one; sleep 7200; echo two"
    assert client.containers.run("busybox", ["sh", "-c", script], remove=True) == b"one\ntwo\n"
    assert client.containers.list(all=True) == []


def test_a_failing_command_is_a_container_error(client: Any) -> None:
    """A command that fails raises ContainerError with its status and what it said."""
    with pytest.raises(errors.ContainerError) as caught:
        client.containers.run("busybox", ["sh", "-c", "echo oops >&2; exit 3"])
    assert (caught.value.exit_status, caught.value.stderr) == (3, b"oops\n")


def test_an_image_that_is_not_there_is_pulled(engine: DockerEngine, client: Any) -> None:
    """run pulls an image that is offered, and raises ImageNotFound for one that is not."""
    engine.offer("team/tool:2", cmd=["echo", "pulled"])
    assert client.containers.run("team/tool:2") == b"pulled\n"
    with pytest.raises(errors.ImageNotFound, match="pull access denied"):
        client.containers.run("team/none:1")


def test_from_start_to_removal(client: Any) -> None:
    """pause, unpause, restart, rename, kill, stop and remove lead from state to state."""
    found = client.containers.run("busybox", ["sleep", "1000"], detach=True, name="first", labels={"a": "b"})
    states = []
    for step in ("reload", "pause", "unpause", "restart", "kill"):
        getattr(found, step)()
        found.reload()
        states.append(found.status)
    assert states == ["running", "paused", "running", "running", "exited"]
    assert found.wait()["StatusCode"] == 137
    found.rename("second")
    assert client.containers.get("second").labels == {"a": "b"}
    found.remove()
    with pytest.raises(errors.NotFound):
        client.containers.get("second")


def test_first_processes_ignore_what_they_do_not_trap(engine: DockerEngine, client: Any) -> None:
    """A stop takes its full time and ends with 137 when nothing is trapped; else it ends at once."""
    deaf = client.containers.run("busybox", ["sleep", "1000"], detach=True)
    began = engine.clock.peek()
    deaf.stop(timeout=30)
    assert (deaf.wait()["StatusCode"], engine.clock.peek() - began >= 30) == (137, True)
    hearing = engine.container("web:1", name="web")
    began = engine.clock.peek()
    client.containers.get("web").stop(timeout=30)
    assert (hearing.exit_code, engine.clock.peek() - began < 30) == (0, True)


def test_logs_of_a_container_that_goes_on(engine: DockerEngine, client: Any) -> None:
    """Followed logs end with the container; tail, since and timestamps choose and show as asked."""
    engine.behave(Writes(["a", "b", "c"], every=60), command="work")
    found = client.containers.run("busybox", "work", detach=True)
    assert b"".join(found.logs(stream=True, follow=True)) == b"a\nb\nc\n"
    assert found.logs(tail=1) == b"c\n"
    stamped = found.logs(timestamps=True).split(b"\n")[0]
    assert stamped.endswith(b"Z a")
    second = engine.get(found.id).log.entries[1].at  # type: ignore[union-attr]
    assert found.logs(since=second) == b"b\nc\n"


def test_exec_streams_and_status(client: Any) -> None:
    """exec gives status and streams, apart when asked; environment, user and folder are as asked."""
    found = client.containers.run("busybox", ["sleep", "1000"], detach=True)
    script = ["sh", "-c", "echo $A in $(pwd); echo oops >&2; exit 4"]
    done = found.exec_run(script, environment={"A": "me"}, workdir="/tmp", demux=True)
    assert (done.exit_code, done.output) == (4, (b"me in /tmp\n", b"oops\n"))
    assert found.exec_run(["sh", "-c", "exit 0"]).exit_code == 0
    assert b"executable file not found" in found.exec_run("no-such-program").output
    pieces = found.exec_run(["sh", "-c", "echo 1; sleep 5; echo 2"], stream=True).output
    assert b"".join(pieces) == b"1\n2\n"


def test_interactive_input(client: Any) -> None:
    """What is written to an attached socket reaches the command, line by line."""
    found = client.containers.run("busybox", ["sleep", "1000"], detach=True)
    made = client.api.exec_create(found.id, ["cat"], stdin=True)
    socket = client.api.exec_start(made["Id"], socket=True)
    socket._sock.sendall(b"hello\n")
    assert socket._sock.recv(4096)[8:] == b"hello\n"
    socket.close()


def test_published_ports_answer_http(engine: DockerEngine, client: Any) -> None:
    """A published port answers on loopback while its container runs, and not a moment longer."""
    service = Serves(lambda request: {"path": request.path})
    engine.image("web:1", ports=[8080], program=service)
    found = client.containers.run("web:1", detach=True, ports={"8080/tcp": None})
    found.reload()
    port = found.ports["8080/tcp"][0]["HostPort"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5) as answer:
        assert answer.read() == b'{"path": "/ready"}\n'
    assert b'"GET /ready HTTP/1.1" 200' in found.logs()
    assert [request.path for request in service.requests] == ["/ready"]
    found.stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)


def test_containers_reach_each_other_by_name(engine: DockerEngine, client: Any) -> None:
    """curl in a container reaches a service by its name in a shared network, and nothing outside it."""
    engine.network("shop")
    engine.image("web:1", ports=[80], program=Serves("hello\n"))
    engine.container("web:1", name="web", network="shop")
    inside = client.containers.run("busybox", ["sleep", "99"], detach=True, network="shop")
    outside = client.containers.run("busybox", ["sleep", "99"], detach=True)
    assert inside.exec_run("curl -sf http://web/").output == b"hello\n"
    assert outside.exec_run("curl -sf http://web/").exit_code == 6


def test_statistics_follow_demand_and_limit(engine: DockerEngine, client: Any) -> None:
    """CPU time between two readings is what the program wants, up to the limit."""

    def usage(found: Any) -> float:
        told = found.stats(stream=False)
        now, before = told["cpu_stats"], told["precpu_stats"]
        used = now["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
        passed = now["system_cpu_usage"] - before["system_cpu_usage"]
        return float(used / passed * now["online_cpus"])

    def busy(process: Any) -> Any:
        process.cpu = 3.0
        while True:
            yield None

    engine.behave(busy, command="burn")
    found = client.containers.run("busybox", "burn", detach=True, nano_cpus=1_500_000_000)
    assert usage(found) == pytest.approx(1.5)
    found.update(cpu_period=0, cpu_quota=0)
    engine.get(found.id).host["NanoCpus"] = 0  # type: ignore[union-attr]
    assert usage(found) == pytest.approx(3.0)
    pieces = found.stats(stream=True, decode=True)
    readings = [next(pieces)["read"] for _ in range(3)]
    pieces.close()
    assert len(set(readings)) == 3


def test_events_as_they_happen(client: Any) -> None:
    """A stream of events tells what happens while it is open, filtered as asked."""
    stream = client.events(decode=True, filters={"type": "container", "event": ["start", "die"]})
    seen: list[str] = []

    def listen() -> None:
        for event in stream:
            seen.append(event["Action"])
            if len(seen) == 2:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    client.containers.run("busybox", ["true"])
    listener.join(timeout=10)
    stream.close()
    assert seen == ["start", "die"]


def test_files_in_and_out(client: Any) -> None:
    """An archive that was put into a container can be read, taken out, compared and committed."""
    found = client.containers.run("busybox", ["sleep", "99"], detach=True)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        info = tarfile.TarInfo("conf/app.ini")
        info.size = 5
        tar.addfile(info, io.BytesIO(b"a = 1"))
    assert found.put_archive("/srv", packed.getvalue())
    assert found.exec_run("cat /srv/conf/app.ini").output == b"a = 1"
    pieces, stat = found.get_archive("/srv/conf")
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
        assert sorted(tar.getnames()) == ["conf", "conf/app.ini"]
    assert stat["name"] == "conf"
    assert {"Path": "/srv/conf/app.ini", "Kind": 1} in found.diff()
    image = found.commit("team/changed", "1")
    assert client.containers.run(image.id, ["cat", "/srv/conf/app.ini"]) == b"a = 1"


def test_volumes_outlive_and_are_shared(client: Any) -> None:
    """What one container writes into a volume, the next one reads; while used it cannot go."""
    volumes = {"data": {"bind": "/data", "mode": "rw"}}
    client.containers.run("busybox", ["sh", "-c", "echo kept > /data/f"], volumes=volumes, remove=True)
    assert client.containers.run("busybox", ["cat", "/data/f"], volumes=volumes, remove=True) == b"kept\n"
    assert [found.name for found in client.volumes.list()] == ["data"]
    client.containers.create("busybox", volumes=volumes)
    with pytest.raises(errors.APIError, match="volume is in use"):
        client.volumes.get("data").remove()


def test_images_saved_and_loaded(engine: DockerEngine, client: Any) -> None:
    """An image that was saved and removed is the same after it was loaded."""
    engine.image("team/app:1", cmd=["echo", "here"], files={"/etc/app": "x"})
    data = b"".join(client.images.get("team/app:1").save(named=True))
    before = client.images.get("team/app:1").id
    client.images.remove("team/app:1")
    [loaded] = client.images.load(data)
    assert (loaded.id, loaded.tags) == (before, ["team/app:1"])
    assert client.containers.run("team/app:1") == b"here\n"


def test_prune_takes_what_nobody_needs(engine: DockerEngine, client: Any) -> None:
    """Each prune removes what has ended or is used by nothing, and says how much that was."""
    engine.container("busybox", name="old", status="exited", program=Exits(1), age=90_000, ended=86_400)
    engine.container("busybox", name="live")
    engine.image(size=5 << 20)
    engine.volume("unused")
    assert len(client.containers.prune(filters={"until": "12h"})["ContainersDeleted"]) == 1
    assert client.images.prune()["SpaceReclaimed"] == 5 << 20
    assert client.volumes.prune()["VolumesDeleted"] == ["unused"]
    assert [found.name for found in client.containers.list(all=True)] == ["live"]
