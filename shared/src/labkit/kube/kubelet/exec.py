"""Commands in containers: ``exec`` by websocket, protocols ``v4.channel.k8s.io`` and ``v5.channel.k8s.io``.

What a command prints is said by ``kube.on_exec(...)``; a few are known everywhere. Source of the protocol:
``k8s.io/kubelet/pkg/cri/streaming/remotecommand`` (websocket.go): a byte in front of each message names the
channel, and the end of the command comes as a Status on channel 3.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO, Final

from labkit.kube.kubelet.logs import container_status
from labkit.kube.kubelet.websocket import Connection, accept
from labkit.kube.model import Object, encode
from labkit.kube.status import ApiError, BadRequest
from labkit.kube.wire import Call, Response

STDIN, STDOUT, STDERR, ERROR = 0, 1, 2, 3
#: In version 5 a message on this channel closes another one: the client's standard input, above all.
CLOSE: Final = 255
PROTOCOLS: Final = ("v5.channel.k8s.io", "v4.channel.k8s.io")


@dataclass(frozen=True)
class Output:
    """What a command did.

    Args:
        stdout: what it printed.
        stderr: its messages.
        status: its exit status.
    """

    stdout: str = ""
    stderr: str = ""
    status: int = 0


@dataclass
class Invocation:
    """A command that somebody runs in a container.

    Args:
        pod: the pod.
        container: the container's name.
        command: the words.
        read: gives the standard input to its end.
    """

    pod: Object
    container: str
    command: tuple[str, ...]
    read: Callable[[], bytes] = lambda: b""

    @cached_property
    def stdin(self) -> bytes:
        """The whole standard input, empty unless the request has one.

        Asking for it waits until the client closes it, which only version 5 of the protocol can do without
        closing the connection; in version 4 a Ctrl-D (byte 4) at the end of a message does.
        """
        return self.read()


Program = Callable[[Invocation], Output | str]


class Programs:
    """What commands do, by pod and command line."""

    def __init__(self) -> None:
        self._programs: list[tuple[str, str, Program]] = []

    def add(self, pod: str, command: str, program: Program | Output | str) -> None:
        """Say what a command does.

        Args:
            pod: pattern for the pods' names, as in a shell.
            command: pattern for the command line, its words joined by blanks.
            program: what it does, or just what it prints.
        """
        made = program if callable(program) else _constant(program)
        self._programs.insert(0, (pod, command, made))

    def run(self, invocation: Invocation) -> Output:
        """Run a command; one that nobody has described is not found, as in an image without it."""
        line = " ".join(invocation.command)
        for pod, command, program in self._programs:
            if fnmatch.fnmatchcase(invocation.pod["metadata"]["name"], pod) and fnmatch.fnmatchcase(
                line, command
            ):
                found = program(invocation)
                return Output(found) if isinstance(found, str) else found
        known = _KNOWN.get(invocation.command[0])
        return known(invocation) if known else missing(invocation.command[0])


def _constant(found: Output | str) -> Program:
    return lambda _invocation: found


_KNOWN: Final[dict[str, Callable[[Invocation], Output]]] = {
    "true": lambda _one: Output(),
    "false": lambda _one: Output(status=1),
    "hostname": lambda one: Output(f"{one.pod['metadata']['name']}\n"),
    "echo": lambda one: Output(f"{' '.join(one.command[1:])}\n"),
    "cat": lambda one: (
        Output(one.stdin.decode(errors="replace"))
        if len(one.command) == 1
        else Output(stderr=f"cat: can't open '{one.command[1]}': No such file or directory\n", status=1)
    ),
}


def missing(program: str) -> Output:
    """What the container runtime says about a program that is not in the image."""
    message = (
        "OCI runtime exec failed: exec failed: unable to start container process: "
        f'exec: "{program}": executable file not found in $PATH: unknown'
    )
    return Output(stderr=f"{message}\n", status=127)


def outcome(status: int) -> Object:
    """Return the Status that tells how a command ended."""
    if status == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: command terminated with exit code {status}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(status)}]},
    }


class ExecHandler:
    """Answers ``.../pods/NAME/exec``.

    Args:
        programs: what commands do.
    """

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def __call__(self, call: Call) -> Response:
        """Check a request and take over its connection.

        Raises:
            BadRequest: no node, no such container, no command, or not a websocket.
            ApiError: the container does not run.
        """
        pod, request = call.object, call.request
        container = self._container(pod, request.get("container"))
        if not pod["spec"].get("nodeName"):
            raise BadRequest(f"pod {call.name} does not have a host assigned")
        command = tuple(request.all("command"))
        if not command:
            raise BadRequest("you must specify at least 1 command for the container")
        streams = [name for name in ("stdin", "stdout", "stderr") if request.flag(name)]
        if not streams:
            raise BadRequest("you must specify at least 1 of stdin, stdout, stderr")
        headers = accept(request, PROTOCOLS)
        status = container_status(pod, container)
        if status is None or "running" not in status["state"]:
            full = f"{call.name}_{call.namespace}"
            message = f'container not found ("{container}")' if status else f"pod {full} is not running"
            raise ApiError(500, "InternalError", f"Internal error occurred: {message}", {})

        def talk(incoming: BinaryIO, outgoing: BinaryIO) -> None:
            connection = Connection(incoming, outgoing)
            invocation = Invocation(pod, container, command)
            if "stdin" in streams:
                invocation.read = lambda: _read_input(connection)
            _talk(connection, self._programs, invocation, streams)

        return Response(101, b"", headers=headers, upgrade=talk)

    @staticmethod
    def _container(pod: Object, name: str) -> str:
        names = [one["name"] for one in pod["spec"]["containers"]]
        if name and name not in names:
            raise BadRequest(f"container {name} is not valid for pod {pod['metadata']['name']}")
        annotations = pod["metadata"].get("annotations") or {}
        default = annotations.get("kubectl.kubernetes.io/default-container")
        return name or str(default if default in names else names[0])


def _talk(connection: Connection, programs: Programs, invocation: Invocation, streams: Sequence[str]) -> None:
    """Run a command and send what it says."""
    output = programs.run(invocation)
    if output.stdout and "stdout" in streams:
        connection.send(bytes([STDOUT]) + output.stdout.encode())
    if output.stderr and "stderr" in streams:
        connection.send(bytes([STDERR]) + output.stderr.encode())
    connection.send(bytes([ERROR]) + encode(outcome(output.status)))
    connection.close()


def _read_input(connection: Connection) -> bytes:
    content = b""
    while (frame := connection.receive()) is not None:
        if frame.payload[:1] == bytes([CLOSE]):
            break
        if frame.payload[:1] == bytes([STDIN]):
            content += frame.payload[1:]
            if frame.payload.endswith(b"\x04"):
                return content[:-1]
    return content
