"""A worker that collects the tests of a lab once and forks for each variant of the code.

The proofs of a lab run the same tests on dozens of folders. What costs most there is not the tests but the
start: the interpreter, pytest, the imports, collection. This worker pays it once. A learner's module is
loaded when a test first touches it, and fixtures start their servers inside tests; so the process that
forks has neither, and each child is as good as a worker of its own.

The runner speaks to it over a socket pair, one JSON object a line. A request carries the writing ends of two
pipes, as a worker's own: for events and for output. Answers: ``ready``, then ``pid`` and ``status`` for each
request.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit import guard
from labkit.protocol import FORKS_VARIABLE

if TYPE_CHECKING:
    from labkit.plugin.session import LabSession

_LARGEST_REQUEST = 1 << 20


class ForkServer:
    """Takes the place of pytest's own loop over the tests.

    Args:
        config: pytest's configuration.
        labs: the plugin that knows the labs; each child has it begin anew.
    """

    def __init__(self, config: pytest.Config, labs: LabSession) -> None:
        self._config, self._labs = config, labs
        self._control = socket.socket(fileno=int(os.environ.pop(FORKS_VARIABLE)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Serve until the runner hangs up."""
        # What a child inherits must not include threads: they do not survive a fork, their locks do.
        ready = not session.testsfailed and threading.active_count() == 1
        with self._control:
            self._tell(ready=ready)
            while ready:
                request = self._receive()
                if request is None:
                    break
                ready = self._serve(session, request)
        return True

    def _serve(self, session: pytest.Session, request: dict[str, Any]) -> bool:
        events, output = request["descriptors"]
        imported = _import_ahead(request["ahead"])
        process = os.fork() if imported else 0
        if imported and process == 0:
            self._control.close()
            _Child(self._config, self._labs, request).judge(session, events, output)
        os.close(events)
        os.close(output)
        if not imported:
            self._tell(pid=0)
            return False
        self._tell(pid=process)
        _, status = os.waitpid(process, 0)
        self._tell(status=os.waitstatus_to_exitcode(status))
        return True

    def _receive(self) -> dict[str, Any] | None:
        data, descriptors = b"", []
        while not data.endswith(b"\n"):
            part, received, _, _ = socket.recv_fds(self._control, _LARGEST_REQUEST, 2)
            if not part:
                return None
            data += part
            descriptors += received
        request: dict[str, Any] = json.loads(data)
        request["descriptors"] = descriptors
        return request

    def _tell(self, **fields: Any) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(fields).encode() + b"\n")


class _Child:
    """The forked process: becomes what a worker of its own would be, judges one variant, and is gone."""

    def __init__(self, config: pytest.Config, labs: LabSession, request: dict[str, Any]) -> None:
        self._config, self._labs, self._request = config, labs, request

    def judge(self, session: pytest.Session, events: int, output: int) -> None:
        """Never returns: the tests are the last thing this process does."""
        status = 70
        try:
            self._become(output)
            before = set(sys.modules)
            self._labs.restart(session.items, events, self._request["options"])
            status = self._run(session)
            self._labs.tell("imported", modules=sorted(_installed(set(sys.modules) - before)))
            self._config.hook.pytest_sessionfinish(session=session, exitstatus=status)
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)

    def _become(self, output: int) -> None:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        pytest_own = {name: value for name, value in os.environ.items() if name.startswith("PYTEST_")}
        os.environ.clear()
        os.environ.update(self._request["environment"] | pytest_own)
        os.chdir(self._request["work"])
        tempfile.tempdir = None
        from labkit.guard.settings import VARIABLE

        guard.install(guard.Settings.from_json(os.environ[VARIABLE]))

    def _run(self, session: pytest.Session) -> int:
        """As pytest's own loop: it ends early for Ctrl-C and ``pytest.exit`` only."""
        items = session.items
        try:
            for number, item in enumerate(items):
                following = items[number + 1] if number + 1 < len(items) else None
                self._config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except (KeyboardInterrupt, pytest.exit.Exception):
            return int(pytest.ExitCode.INTERRUPTED)
        return int(pytest.ExitCode.TESTS_FAILED if session.testsfailed else pytest.ExitCode.OK)


def _installed(names: Iterable[str]) -> Iterable[str]:
    """Those modules that come from installed packages: what is worth importing before the next fork."""
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None) or ""
        parent = name.rpartition(".")[0]
        if ("site-packages" in Path(file).parts or name.startswith("labkit.")) and (
            not parent or parent in sys.modules
        ):
            yield name


def _import_ahead(names: list[str]) -> bool:
    """Import what children were seen to import. False when that started a thread: then no fork is safe."""
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    return threading.active_count() == 1
