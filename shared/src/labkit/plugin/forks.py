"""A worker that collects the tests of a lab once and forks for each variant of the code.

The proofs of a lab run the same tests on dozens of folders. What costs most there is not the tests but the
start: the interpreter, pytest, the imports, collection. This worker pays it once. A learner's module is
loaded when a test first touches it, and fixtures start their servers inside tests; so the process that
forks has neither, and each child is as good as a worker of its own.

The runner speaks to it over a socket pair, one JSON object a line. A request carries the writing ends of two
pipes, as a worker's own: for events and for output. Answers: ``ready``, then ``pid`` for each request, and
``status`` ``of`` that process when it has ended. Several may run at the same time.

A request may ask for a rehearsal: this process then runs the tests itself, in the place of a child. What the
tests load and cache is there for every child from then on; the answer is ``ready``, false when the rehearsal
left a thread behind, which makes forking unsafe.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit import guard
from labkit.protocol import FORKS_VARIABLE

if TYPE_CHECKING:
    from labkit.plugin.session import LabSession

_LARGEST_REQUEST = 1 << 20
#: Seconds that threads get to end after a rehearsal.
_FAREWELL = 3.0


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
        with self._control, selectors.DefaultSelector() as self._waiting:
            self._waiting.register(self._control, selectors.EVENT_READ)
            self._tell(ready=ready)
            while ready:
                for key, _ in self._waiting.select():
                    if key.data is not None:
                        self._ended(key.fd, key.data)
                        continue
                    request = self._receive()
                    ready = request is not None and self._serve(session, request)
        return True

    def _serve(self, session: pytest.Session, request: dict[str, Any]) -> bool:
        events, output = request["descriptors"]
        if request.get("rehearsal"):
            ready = _Child(self._config, self._labs, request).rehearse(session, events, output)
            self._tell(ready=ready)
            return ready
        imported = _import_ahead(request["ahead"])
        process = os.fork() if imported else 0
        if imported and process == 0:
            self._control.close()
            self._waiting.close()
            _Child(self._config, self._labs, request).judge(session, events, output)
        os.close(events)
        os.close(output)
        self._tell(pid=process)
        if not imported:
            return False
        if hasattr(os, "pidfd_open"):
            self._waiting.register(os.pidfd_open(process), selectors.EVENT_READ, process)
        else:
            self._tell_end(process)
        return True

    def _ended(self, handle: int, process: int) -> None:
        self._waiting.unregister(handle)
        os.close(handle)
        self._tell_end(process)

    def _tell_end(self, process: int) -> None:
        _, status = os.waitpid(process, 0)
        self._tell(status=os.waitstatus_to_exitcode(status), of=process)

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
            os.setsid()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._become(output)
            before = set(sys.modules)
            self._labs.restart(session.items, events, self._request["options"])
            status = self._run(session)
            self._labs.tell("imported", modules=sorted(_installed(set(sys.modules) - before)), used=_in_use())
            self._config.hook.pytest_sessionfinish(session=session, exitstatus=status)
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)

    def rehearse(self, session: pytest.Session, events: int, output: int) -> bool:
        """Run the tests in this very process. False when it is not fit for forking afterwards."""
        kept, items = [os.dup(1), os.dup(2)], session.items
        session.items = list(items)
        self._become(output)
        self._labs.restart(session.items, events, self._request["options"])
        began = time.process_time(), time.perf_counter()
        status = self._run(session)
        spent = {"cpu": time.process_time() - began[0], "wall": time.perf_counter() - began[1]}
        self._labs.tell("imported", modules=[], used=_in_use())
        self._labs.tell("rehearsed", status=status, **spent)
        self._labs.silence()
        for number, descriptor in enumerate(kept, 1):
            os.dup2(descriptor, number)
            os.close(descriptor)
        session.items, session.testsfailed = items, 0
        # The folder for tmp_path is this run's; each child makes its own.
        self._config._tmp_path_factory._basetemp = None  # type: ignore[attr-defined] # there is no public way
        _wait_for_threads()
        gc.collect()
        gc.freeze()
        return threading.active_count() == 1

    def _become(self, output: int) -> None:
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


def _wait_for_threads() -> None:
    """Threads that have been told to end get a moment for it."""
    end = time.monotonic() + _FAREWELL
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(max(0.0, end - time.monotonic()))


def _installed(names: Iterable[str]) -> Iterable[str]:
    """Those modules that come from installed packages: what is worth importing before the next fork."""
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None) or ""
        parent = name.rpartition(".")[0]
        if ("site-packages" in Path(file).parts or name.startswith("labkit.")) and (
            not parent or parent in sys.modules
        ):
            yield name


def _in_use() -> list[str]:
    """What this process has loaded that can change: labkit's modules, the tops of packages."""
    found = set()
    for name, module in list(sys.modules.items()):
        top = name.partition(".")[0]
        if top == "labkit":
            found.add(name)
        elif "site-packages" in (getattr(module, "__file__", None) or ""):
            found.add(top)
    return sorted(found)


def _import_ahead(names: list[str]) -> bool:
    """Import what children were seen to import. False when that started a thread: then no fork is safe."""
    for name in names:
        if name not in sys.modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    return threading.active_count() == 1
