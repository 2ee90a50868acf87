"""curl and wget in a container: they reach the container itself and the others in its networks, nothing
else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from labkit.engine.lists import listed
from labkit.engine.shell import TurnClock
from labkit.hosts.machine import Completed, Invocation
from labkit.http.wire import DropConnection, Request, Response

if TYPE_CHECKING:
    from labkit.engine.container import Container

_CURL_VALUED: Final = frozenset(
    listed(
        "-o --output -X --request -H --header -d --data -m --max-time --retry --connect-timeout -A "
        "--user-agent -w --write-out -u --user"
    )
)
_WGET_VALUED: Final = frozenset(["-O", "--output-document", "-T", "--timeout", "-t", "--tries", "--header"])
_LOCAL: Final = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - a name, not a binding


@dataclass
class _Wish:
    """What a command line asks for."""

    url: str = ""
    method: str = "GET"
    output: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fail: bool = False
    silent: bool = False
    show_errors: bool = False
    head: bool = False
    format: str = ""


class _Unreachable(Exception):
    """Nothing answers; the number is curl's exit status."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class _Found:
    """What a request brought."""

    def __init__(self) -> None:
        self.response = Response()
        self.body = b""
        self.problem: _Unreachable | None = None

    def fetch(self, wish: _Wish, container: Container) -> None:
        """Ask."""
        try:
            self.response, self.body = _fetch(wish, container)
        except _Unreachable as problem:
            self.problem = problem


def run(words: list[str], call: Invocation, container: Container) -> Completed:
    """Run curl or wget.

    Args:
        words: the command line.
        call: where it runs.
        container: likewise.
    """
    name = words[0].rpartition("/")[2]
    wish = _curl_wish(words[1:]) if name == "curl" else _wget_wish(words[1:])
    if not wish.url:
        return Completed(stderr=f"{name}: no URL specified\n".encode(), status=2 if name == "curl" else 1)
    clock, found = call.machine.clock, _Found()
    if isinstance(clock, TurnClock):
        clock.perform(lambda: found.fetch(wish, container))
    else:
        found.fetch(wish, container)
    if found.problem is not None:
        return _problem(name, wish, found.problem)
    response, body = found.response, found.body
    bad = response.status >= 400
    if bad and (wish.fail or name == "wget"):
        if name == "wget":
            return Completed(
                stderr=f"wget: server returned error: HTTP/1.1 {response.status}\n".encode(), status=8
            )
        said = f"curl: (22) The requested URL returned error: {response.status}\n"
        return Completed(stderr=said.encode() if not wish.silent or wish.show_errors else b"", status=22)
    return _shown(wish, response, body, call)


def _shown(wish: _Wish, response: Response, body: bytes, call: Invocation) -> Completed:
    shown = b"" if wish.head else body
    if wish.head:
        lines = [f"HTTP/1.1 {response.status}", f"Content-Type: {response.content_type}", "", ""]
        shown = "\r\n".join(lines).encode()
    if wish.output and wish.output != "-":
        if wish.output != "/dev/null":
            path = wish.output if wish.output.startswith("/") else f"{call.folder.rstrip('/')}/{wish.output}"
            call.machine.files.write(path, shown)
        shown = b""
    if wish.format:
        shown += wish.format.replace("%{http_code}", str(response.status)).replace("\\n", "\n").encode()
    return Completed(shown)


def _problem(name: str, wish: _Wish, problem: _Unreachable) -> Completed:
    if name == "wget":
        words = "bad address" if problem.status == 6 else "can't connect to remote host: Connection refused"
        return Completed(stderr=f"wget: {words}\n".encode(), status=1)
    quiet = wish.silent and not wish.show_errors
    words = "" if quiet else f"curl: ({problem.status}) {problem}\n"
    return Completed(stderr=words.encode(), status=problem.status)


def _curl_wish(words: list[str]) -> _Wish:
    wish, rest = _Wish(), iter(words)
    for word in rest:
        if word in _CURL_VALUED:
            _curl_value(wish, word, next(rest, ""))
        elif word.startswith("-"):
            _curl_flags(wish, word)
        else:
            wish.url = word
    return wish


def _curl_value(wish: _Wish, word: str, value: str) -> None:
    match word:
        case "-o" | "--output":
            wish.output = value
        case "-X" | "--request":
            wish.method = value
        case "-H" | "--header":
            key, _, text = value.partition(":")
            wish.headers[key.strip().lower()] = text.strip()
        case "-d" | "--data":
            wish.body, wish.method = value.encode(), "POST"
        case "-w" | "--write-out":
            wish.format = value.strip("'\"")


def _curl_flags(wish: _Wish, word: str) -> None:
    letters = "" if word.startswith("--") else word
    wish.fail |= "f" in letters or word in ("--fail", "--fail-with-body")
    wish.silent |= "s" in letters or word == "--silent"
    wish.show_errors |= "S" in letters or word == "--show-error"
    wish.head |= "I" in letters or word == "--head"


def _wget_wish(words: list[str]) -> _Wish:
    wish, rest = _Wish(), iter(words)
    wish.output = "index.html"
    for word in rest:
        value = next(rest, "") if word in _WGET_VALUED else ""
        if word in ("-O", "--output-document"):
            wish.output = value
        elif word.startswith("-O"):
            wish.output = word[2:]
        elif word == "--spider":
            wish.output = "/dev/null"
        elif word.startswith("-") and not word.startswith("--") and word.endswith("O") and word != "-O":
            wish.output = next(rest, "")
        elif not word.startswith("-"):
            wish.url = word
    return wish


def _fetch(wish: _Wish, container: Container) -> tuple[Response, bytes]:
    url = wish.url if "://" in wish.url else f"http://{wish.url}"
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    other = _find(host, container)
    if other is None:
        raise _Unreachable(6, f"Could not resolve host: {host}")
    service = other.process.service if other.process is not None and other.status == "running" else None
    exposed = {inner.partition("/")[0] for inner in other.config.get("ExposedPorts") or {}}
    if service is None or (exposed and str(port) not in exposed):
        raise _Unreachable(
            7, f"Failed to connect to {host} port {port} after 0 ms: Couldn't connect to server"
        )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    method = "HEAD" if wish.head and wish.method == "GET" else wish.method
    try:
        response = service(Request.read(method, target, {"host": host, **wish.headers}, wish.body))
        body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    except DropConnection:
        raise _Unreachable(52, "Empty reply from server") from None
    return response, body


def _find(host: str, container: Container) -> Container | None:
    """The container that a name or address leads to."""
    if host in (*_LOCAL, container.config["Hostname"]):
        return container
    for other in container.daemon.containers.values():
        for name, place in other.networks.items():
            if name not in container.networks:
                continue
            aliases = place.settings.get("Aliases") or ()
            named = name != "bridge" and host in (other.name, other.id[:12], *aliases)
            if place.address == host or named:
                return other
    return None
