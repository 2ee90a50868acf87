"""The docker command and testcontainers, unmodified, and a build by the SDK."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docker import errors

from labkit.engine.hub import offer_all
from labkit.engine.programs import Exits, Serves
from labkit.engine.server import DockerEngine

Run = Callable[..., subprocess.CompletedProcess[str]]

DOCKERFILE = """\
ARG VERSION=1
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
RUN mkdir out && cp app.py out/

FROM python:3.12-slim
ARG VERSION
ENV APP_VERSION=${VERSION:-0} MODE="pro duction"
LABEL team=shop version=$APP_VERSION
WORKDIR /app
COPY --from=build /src/out/ /app/
RUN useradd -m app && echo "$APP_VERSION by $(id -un)" > /app/built
USER app
EXPOSE 8000
VOLUME /data
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --retries=2 CMD curl -f http://localhost:8000/ || exit 1
ENTRYPOINT ["python"]
CMD ["app.py"]
"""


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "requirements.txt").write_text("requests==2.32.0\n")
    (tmp_path / "app.py").write_text("print('hello')\n")
    (tmp_path / "secret.txt").write_text("not for images\n")
    (tmp_path / ".dockerignore").write_text("secret.txt\n")
    return tmp_path


def test_build_by_the_sdk(engine: DockerEngine, client: Any, context: Path) -> None:
    """A build of two stages makes config, files and users as the Dockerfile says."""
    offer_all(engine)
    image, said = client.images.build(path=str(context), tag="shop/app:1", buildargs={"VERSION": "7"})
    config = image.attrs["Config"]
    assert image.labels == {"team": "shop", "version": "7"}
    assert {"APP_VERSION=7", "MODE=pro duction"} <= set(config["Env"])
    assert (config["User"], config["WorkingDir"], config["StopSignal"]) == ("app", "/app", "SIGINT")
    assert (config["Entrypoint"], config["Cmd"]) == (["python"], ["app.py"])
    assert config["Healthcheck"]["Interval"] == 5_000_000_000
    assert any("Successfully installed requests-2.32.0" in line.get("stream", "") for line in said)
    shown = client.containers.run(
        "shop/app:1", ["-c", "id -un; cat built; ls"], entrypoint="sh", remove=True
    ).decode()
    assert shown == "app\n7 by root\napp.py\nbuilt\n"


def test_build_uses_what_is_there(engine: DockerEngine, client: Any, context: Path) -> None:
    """A second build takes its steps from the cache up to the first that has changed."""
    offer_all(engine)
    first, _ = client.images.build(path=str(context))
    again, said = client.images.build(path=str(context))
    assert again.id == first.id
    assert sum("Using cache" in line.get("stream", "") for line in said) > 10
    (context / "app.py").write_text("print('changed')\n")
    changed, _ = client.images.build(path=str(context))
    assert changed.id != first.id
    assert client.containers.run(changed.id, ["app.py"], entrypoint="cat") == b"print('changed')\n"


def test_a_step_that_fails(client: Any, tmp_path: Path) -> None:
    """A build ends at the step that fails, with its status in the words of the engine."""
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN echo working\nRUN test -e /absent\n")
    with pytest.raises(errors.BuildError, match="returned a non-zero code: 1") as caught:
        client.images.build(path=str(tmp_path), rm=True, forcerm=True)
    assert any("working" in line.get("stream", "") for line in caught.value.build_log)
    assert client.containers.list(all=True) == []


def test_an_image_runs_what_its_base_knows(engine: DockerEngine, client: Any, tmp_path: Path) -> None:
    """Programs that a base image knows by name run in builds and in images built on it."""
    engine.image("base:1", programs={"compile": Exits(0, "compiled\n"), "serve": Serves("hi")})
    (tmp_path / "Dockerfile").write_text('FROM base:1\nRUN compile --all > /log\nCMD ["serve"]\n')
    client.images.build(path=str(tmp_path), tag="app:1")
    found = client.containers.run("app:1", detach=True)
    found.reload()
    assert (found.status, found.exec_run("cat /log").output) == ("running", b"compiled\n")


@pytest.fixture
def run(engine: DockerEngine, tmp_path: Path) -> Run:
    """The docker command against the engine."""
    if shutil.which("docker") is None:
        pytest.skip("no docker command on this machine")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}
    variables |= {name: value for name, value in engine.variables().items() if value}

    def call(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *words],
            env={**variables, "DOCKER_CONFIG": str(tmp_path)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return call


def test_the_docker_command_runs_and_looks(engine: DockerEngine, run: Run) -> None:
    """run, ps, exec, logs, inspect, top, stats, cp, stop and rm work as against any engine."""
    engine.image("web:1", ports=[80], program=Serves("hello\n", output="ready\n"))
    done = run("run", "--rm", "busybox", "sh", "-c", "echo hi; echo oops >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, "hi\n", "oops\n")
    done = run("run", "-i", "--rm", "busybox", "sh", stdin="echo from stdin; exit 5\n")
    assert (done.returncode, done.stdout) == (5, "from stdin\n")
    assert run("run", "-d", "--name", "web", "-p", "0:80", "web:1").returncode == 0
    assert "Up" in run("ps", "--format", "{{.Names}} {{.Status}}").stdout
    done = run("exec", "-i", "web", "cat", stdin="abc\n")
    assert done.stdout == "abc\n"
    assert run("exec", "web", "sh", "-c", "exit 4").returncode == 4
    assert run("logs", "web").stdout == "ready\n"
    assert run("inspect", "-f", "{{.State.Status}}", "web").stdout == "running\n"
    assert "web" in run("stats", "--no-stream").stdout
    assert "web" in run("top", "web").stdout or run("top", "web").returncode == 0
    assert run("cp", "web:/etc/hostname", "-").returncode == 0
    assert run("stop", "web").stdout == "web\n"
    assert run("rm", "web").returncode == 0
    assert "No such container: web" in run("inspect", "--type", "container", "web").stderr


def test_the_docker_command_builds_and_cleans(engine: DockerEngine, run: Run, context: Path) -> None:
    """build, images, history, volume, network, events, system df and prune work as against any engine."""
    offer_all(engine)
    done = run("build", "-t", "shop/app:1", str(context))
    assert "Successfully tagged shop/app:1" in done.stdout, done.stderr
    assert "shop/app" in run("images").stdout
    assert 'ENTRYPOINT ["python"]' in run("history", "--no-trunc", "shop/app:1").stdout
    assert run("volume", "create", "data").stdout == "data\n"
    assert run("network", "create", "shop").returncode == 0
    assert "shop" in run("network", "ls").stdout
    assert "Images" in run("system", "df").stdout
    told = run("events", "--since", "0", "--until", str(int(engine.clock.peek()) + 1)).stdout
    assert "volume create data" in told
    assert run("system", "prune", "-af", "--volumes").returncode == 0
    assert "shop/app" not in run("images").stdout


def test_testcontainers(engine: DockerEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """testcontainers starts a container, waits for a line of its log, finds its port, and removes it."""
    for name, value in engine.variables().items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TC_POOLING_INTERVAL", "0.01")
    core = pytest.importorskip("testcontainers.core.container")
    config = pytest.importorskip("testcontainers.core.config")
    strategies = pytest.importorskip("testcontainers.core.wait_strategies")
    monkeypatch.setattr(config.testcontainers_config, "ryuk_disabled", True, raising=False)
    engine.image("web:1", ports=[80], program=Serves("hello\n", output="ready\n"))
    wanted = core.DockerContainer("web:1").with_exposed_ports(80).with_env("MODE", "test")
    with wanted.waiting_for(strategies.LogMessageWaitStrategy("ready")) as found:
        assert int(found.get_exposed_port(80)) > 0
        assert found.exec("true").exit_code == 0
        [held] = engine.containers
        assert held.environment["MODE"] == "test"
    assert engine.containers == []
