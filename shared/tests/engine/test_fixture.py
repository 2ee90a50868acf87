"""The fixture ``docker`` and what ``lab serve docker`` offers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import docker as sdk
import pytest

from labkit.engine.server import DockerEngine
from labkit.fixtures.catalogue import OFFERS, serve
from labkit.fixtures.docker import back_end, docker, docker_server, fault_seed

__all__ = ["back_end", "docker", "docker_server", "fault_seed"]

CHILD = "import docker; print([found.name for found in docker.from_env().containers.list()])"


def test_plain_clients_find_it(docker: DockerEngine) -> None:
    """``docker.from_env()`` leads to the engine, in the test and in a child process."""
    docker.container("nginx:1.27", name="web")
    client = sdk.from_env()
    assert [found.name for found in client.containers.list()] == ["web"]
    client.close()
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("['web']\n", "")
    assert docker.requests.matching("GET /containers/json")[0].status == 200


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_anew(docker: DockerEngine, turn: int) -> None:
    """What one test left, the next one does not see: containers, images, requests, time."""
    assert docker.containers == []
    assert list(docker.requests) == []
    assert docker.clock.peek() == docker.daemon.begun
    docker.container("nginx:1.27", name="web")
    docker.clock.advance(3600)
    docker.client().ping()


def test_served_by_hand() -> None:
    """What is served tells its address, and as a demo has something to look at."""
    with serve("docker", 2) as served:
        client = sdk.DockerClient(base_url=served.description["url"])
        assert sorted(found.name for found in client.containers.list()) == ["web-1", "web-2"]
        assert f"export DOCKER_HOST={served.description['url']}" in served.lines
        client.close()
    assert OFFERS["docker"].demo is not None
    with serve("docker", demo=True) as served:
        client = sdk.DockerClient(base_url=served.description["url"])
        assert {"web", "cache", "api", "worker", "migrate"} == {
            c.name for c in client.containers.list(all=True)
        }
        client.close()
    assert "DOCKER_HOST" not in os.environ or os.environ["DOCKER_HOST"] != served.description["url"]


def test_a_unix_socket_as_well(tmp_path: Path) -> None:
    """An engine can listen on a Unix socket besides its port, and takes it away when it stops."""
    path = tmp_path / "docker.sock"
    with DockerEngine(socket=path) as engine:
        engine.container("nginx:1.27", name="web")
        client = sdk.DockerClient(base_url=f"unix://{path}")
        assert [found.name for found in client.containers.list()] == ["web"]
        assert client.containers.get("web").exec_run(["sh", "-c", "echo hi"]).output == b"hi\n"
        client.close()
    assert not path.exists()
