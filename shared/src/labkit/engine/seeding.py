"""What there is before a test begins: images and containers of a certain age."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from labkit.engine import creating, references
from labkit.engine.commands import main_program
from labkit.engine.image import CONFIG, Image, Step
from labkit.engine.layers import Entry
from labkit.engine.logs import Entry as Line
from labkit.engine.problems import EngineError
from labkit.engine.process import Program
from labkit.engine.programs import Runs
from labkit.engine.times import NANO

if TYPE_CHECKING:
    from labkit.engine.container import Container
    from labkit.engine.daemon import Daemon

PATH: Final = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SIZE: Final = 74 << 20
Files = Mapping[str, "str | bytes"]


def make_image(
    daemon: Daemon,
    *tags: str,
    cmd: Iterable[str] | None = None,
    entrypoint: Iterable[str] | None = None,
    env: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    ports: Iterable[int | str] = (),
    user: str = "",
    workdir: str = "",
    health: Mapping[str, Any] | None = None,
    volumes: Iterable[str] = (),
    stop_signal: str = "",
    files: Files | None = None,
    size: int = _SIZE,
    age: float = 0.0,
    program: Program | None = None,
    programs: Mapping[str, Program] | None = None,
    scratch: bool = False,
) -> Image:
    """Return an image that the engine does not have yet; for the options see ``DockerEngine.image``."""
    now = daemon.timeline.now
    config: dict[str, Any] = dict(CONFIG)
    config["Cmd"] = list(cmd) if cmd is not None else None if entrypoint or scratch else ["bash"]
    config["Entrypoint"] = list(entrypoint) if entrypoint is not None else None
    config["Env"] = [PATH, *(f"{name}={value}" for name, value in (env or {}).items())]
    config["Labels"] = dict(labels) if labels else None
    config["User"], config["WorkingDir"] = user, workdir
    if ports:
        config["ExposedPorts"] = {_port(port): {} for port in ports}
    if health:
        config["Healthcheck"] = {key: value for key, value in healthcheck(health).items() if value}
    if volumes:
        config["Volumes"] = {path: {} for path in volumes}
    if stop_signal:
        config["StopSignal"] = stop_signal
    layer = {
        posixpath.normpath(path): Entry("file", 0o644, data=text.encode() if isinstance(text, str) else text)
        for path, text in (files or {}).items()
    }
    made = now - age
    history = [Step(made, "/bin/sh -c #(nop) ADD file: in / ", size)]
    history += [Step(made, f"/bin/sh -c #(nop)  CMD {config['Cmd']}", empty=True)] if config["Cmd"] else []
    return Image(
        config,
        made,
        (layer,) if layer else (),
        0 if scratch else size,
        not scratch,
        [references.parse(tag).full for tag in tags],
        history=history,
        container_config={
            **config,
            "Labels": config["Labels"] or {},
            "Cmd": ["/bin/sh", "-c", "#(nop) ", f"CMD {config['Cmd']}"],
        },
        program=program,
        programs=dict(programs or {}),
        tagged=made,
        id="" if not tags else _image_id(tags[0], made, size),
    )


def _image_id(tag: str, made: float, size: int) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256(repr((tag, made, size)).encode()).hexdigest()


def _port(port: int | str) -> str:
    text = str(port)
    return text if "/" in text else f"{text}/tcp"


def healthcheck(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a health check with its times in nanoseconds.

    Args:
        found: ``test`` (a text is for the shell), and in seconds ``interval``, ``timeout``, ``start_period``;
            ``retries``.
    """
    test = found["test"]
    return {
        "Test": ["CMD-SHELL", test] if isinstance(test, str) else list(test),
        "Interval": int(found.get("interval", 0) * NANO),
        "Timeout": int(found.get("timeout", 0) * NANO),
        "StartPeriod": int(found.get("start_period", 0) * NANO),
        "Retries": int(found.get("retries", 0)),
    }


def make_container(
    daemon: Daemon,
    image: str,
    command: Iterable[str] | str | None = None,
    *,
    name: str | None = None,
    status: str = "running",
    age: float = 0.0,
    ended: float = 0.0,
    exit_code: int = 0,
    restarts: int = 0,
    program: Program | None = None,
    labels: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    ports: Mapping[int | str, int | None] | None = None,
    volumes: Iterable[str] = (),
    network: str = "",
    restart: str = "",
    memory: int = 0,
    cpus: float = 0.0,
    health: Mapping[str, Any] | None = None,
    logs: Iterable[str | tuple[float, str]] = (),
    oom_killed: bool = False,
    body: Mapping[str, Any] | None = None,
) -> Container:
    """Make a container with a past; for the options see ``DockerEngine.container``."""
    if daemon.images.look_up(image) is None:
        daemon.images.add(make_image(daemon, image))
    policy, _, most = restart.partition(":")
    host: dict[str, Any] = {
        "PortBindings": {
            _port(inner): [{"HostPort": str(outer or "")}] for inner, outer in (ports or {}).items()
        },
        "Binds": list(volumes),
        "NetworkMode": network,
        "RestartPolicy": {"Name": policy, "MaximumRetryCount": int(most or 0)},
        "Memory": memory,
        "NanoCpus": int(cpus * NANO),
    }
    wanted: dict[str, Any] = {
        "Image": image,
        "Cmd": [command] if isinstance(command, str) else list(command) if command is not None else None,
        "Labels": dict(labels or {}),
        "Env": [f"{key}={value}" for key, value in (env or {}).items()],
        **({"Healthcheck": healthcheck(health)} if health else {}),
        **(body or {}),
        "HostConfig": {**host, **((body or {}).get("HostConfig") or {})},
    }
    noted = len(daemon.events.all)
    try:
        container = creating.create(daemon, wanted, name)
        container.own_program = program or _usual(daemon, container, given=command is not None)
        container.created = daemon.timeline.now - age
        if status != "created":
            _run(daemon, container, status, ended, exit_code)
    except EngineError as error:
        raise ValueError(f"no such container can be made: {error.message}") from None
    container.restart_count = restarts
    container.oom_killed = oom_killed
    if container.started is not None:
        container.started = container.created
    for line in logs:
        ago, text = line if isinstance(line, tuple) else (age, line)
        data = text.encode() + (b"" if text.endswith("\n") else b"\n")
        container.log.entries.append(Line(daemon.timeline.now - ago, 1, data))
    container.log.entries.sort(key=lambda entry: entry.at)
    del daemon.events.all[noted:]
    return container


def _usual(daemon: Daemon, container: Container, *, given: bool) -> Program | None:
    """A seeded container runs, whatever it is called: what nobody has a program for waits to be stopped."""
    if daemon.rules.find(container, container.argv) or container.image.program is not None:
        return None
    try:
        main_program(container, daemon.rules)
    except EngineError:
        return Runs()
    return None if given else Runs()


def _run(daemon: Daemon, container: Container, status: str, ended: float, exit_code: int) -> None:
    policy, container.host["RestartPolicy"] = container.host["RestartPolicy"], {"Name": "no"}
    daemon.lifecycle.start(container)
    if status == "exited":
        if container.process is not None:
            container.process.kill(exit_code)
        container.exit_code = exit_code
        container.finished = daemon.timeline.now - ended
    elif status == "paused":
        daemon.lifecycle.pause(container)
    container.host["RestartPolicy"] = policy
