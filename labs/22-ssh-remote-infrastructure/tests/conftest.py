"""What the tests of this lab share: a fleet with a known_hosts file, and calls that do not wait for ever."""

from __future__ import annotations

import inspect
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from labkit.checks import CheckFailed, call, call_raises, expect
from labkit.checks.describe import name_of, show_call

#: Seconds without progress after which a call counts as stuck; above every timeout that tests pass on.
GIVE_UP = 8.0

_LIMITS = (
    "something waits without a limit: connecting, the banner, the login, the answer and the end of a "
    "command each need one"
)


class Patience:
    """Calls a function in a thread of its own, and fails with words when it does not come back."""

    def __init__(self, code_folder: Path) -> None:
        self._code = code_folder.resolve()

    def __call__(
        self,
        function: Callable[..., Any],
        *args: Any,
        look: str = _LIMITS,
        progress: Callable[[], object] = int,
        **kwargs: Any,
    ) -> Any:
        """Call ``function`` with the rest.

        Args:
            function: ``call`` or ``call_raises``, with their arguments.
            look: what a learner reads when it hangs.
            progress: as long as its value changes, slow is not stuck.
        """
        answer: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue()

        def body() -> None:
            try:
                answer.put((function(*args, **kwargs), None))
            except BaseException as problem:
                answer.put((None, problem))

        # Daemon: when the fleet stops, the call ends as well, but a failing test does not wait for that.
        thread = threading.Thread(target=body, name="lab-22-call", daemon=True)
        thread.start()
        try:
            value, problem = _wait(answer, progress)
        except queue.Empty:
            subject, rest = (args[1], args[2:]) if function is call_raises else (args[0], args[1:])
            raise CheckFailed(
                called=show_call(name_of(subject), rest, kwargs),
                expected=f"an end, at the latest some moments after timeout={kwargs.get('timeout', 'N')}",
                came=f"still waiting after {GIVE_UP:g} s{self._where(thread)}",
                look=look,
            ) from None
        if problem is not None:
            raise problem
        return value

    @staticmethod
    def takes(function: Callable[..., Any], parameters: str) -> None:
        """The function takes these parameters, with these defaults, in whatever types."""
        signature = inspect.signature(function)
        plain = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
        expect(str(inspect.Signature(plain)), f"parameters of {name_of(function)}").equals(
            f"({parameters})", look="the first sentence of the task says what it takes"
        )

    def _where(self, thread: threading.Thread) -> str:
        """The line of the learner's code that the thread is in."""
        frame = sys._current_frames().get(thread.ident or 0)
        while frame is not None:
            file = Path(frame.f_code.co_filename).resolve()
            if file.is_relative_to(self._code) and "tests" not in file.relative_to(self._code).parts:
                return f", in {file.name}, line {frame.f_lineno}"
            frame = frame.f_back
        return ""


def _wait(
    answer: queue.Queue[tuple[Any, BaseException | None]], progress: Callable[[], object]
) -> tuple[Any, BaseException | None]:
    while True:
        before = progress()
        try:
            return answer.get(timeout=GIVE_UP)
        except queue.Empty:
            if progress() == before:
                raise


class Site:
    """A fleet as the learner's functions see it.

    Attributes:
        fleet: the servers.
        known_hosts: a file with their host keys; a short relative path, as failures show it.
        environ: the variables with the passwords that the inventory names.
    """

    def __init__(self, fleet: Any, shell: ModuleType, patience: Patience) -> None:
        self.fleet, self._shell, self._patience = fleet, shell, patience
        self.known_hosts = Path("known_hosts")
        self.known_hosts.write_text("".join(f"{host.known_hosts_line}\n" for host in fleet))
        self.environ = {f"{host.name.upper().replace('-', '_')}_PASSWORD": host.password for host in fleet}

    @property
    def host(self) -> Any:
        """The first host."""
        return self.fleet[0]

    def node(self, place: int = 0, *, auth: str = "password", secret: str = "") -> Any:
        """The node for a host, with the right secret unless one is given."""
        host = self.fleet[place]
        right = host.password if auth == "password" else str(self.fleet.client_key)
        return self._shell.Node(host.name, host.address, host.port, host.user, auth, secret or right)

    def nodes(self) -> list[Any]:
        return [self.node(place) for place in range(len(self.fleet))]

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``labkit.checks.call`` with the known_hosts file, and not for ever."""
        return self._patience(call, function, *args, **{"known_hosts": self.known_hosts, **kwargs})

    def raises(self, error: Any, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """``labkit.checks.call_raises``, likewise. ``look`` is told when no such exception comes."""
        try:
            return self._patience(
                call_raises, error, function, *args, **{"known_hosts": self.known_hosts, **kwargs}
            )
        except CheckFailed as failure:
            raise CheckFailed(
                called=failure.called,
                expected=failure.expected,
                came=failure.came,
                look=failure.look or kwargs.get("look", ""),
            ) from failure

    def takes(self, function: Callable[..., Any], parameters: str) -> None:
        self._patience.takes(function, parameters)

    def all_closed(self, after: str) -> None:
        """The client has closed every connection by now."""
        try:
            self.fleet.wait_until_closed(1.0)
        except TimeoutError as problem:
            raise CheckFailed(
                called=after,
                expected="every connection closed when it returns or raises",
                came=str(problem),
                look="close the connection in a finally, or use the client in a with statement",
            ) from None

    def write_inventory(self, path: Path, auth: tuple[str, ...] = ("password", "key")) -> Path:
        """An inventory with one row per host, whose passwords are in ``environ``."""
        lines = ["name,host,port,user,auth,secret"]
        for place, host in enumerate(self.fleet):
            how = auth[place % len(auth)]
            secret = (
                self.fleet.client_key if how == "key" else f"{host.name.upper().replace('-', '_')}_PASSWORD"
            )
            lines.append(f"{host.name},{host.address},{host.port},{host.user},{how},{secret}")
        path.write_text("\n".join(lines) + "\n")
        return path


@pytest.fixture
def patience(code_folder: Path) -> Patience:
    return Patience(code_folder)


@pytest.fixture
def site(
    request: pytest.FixtureRequest, ssh_fleet: Callable[..., Any], patience: Patience, in_own_folder: None
) -> Callable[..., Site]:
    """Starts a fleet: ``site()`` of one host, ``site(3)`` of three."""

    def start(size: int = 1, **options: Any) -> Site:
        return Site(ssh_fleet(size, **options), request.module.remote_shell, patience)

    return start


@pytest.fixture(autouse=True)
def in_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own folder is the current one, so that failures show short paths."""
    monkeypatch.chdir(tmp_path)
