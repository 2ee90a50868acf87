"""A broker for as long as a run needs it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from labkit.containers.client import VARIABLE, ask_at
from labkit.errors import EnvironmentMissing

#: What cluster the user asked for: ``kubeconfig``, or nothing for one of the run's own.
KIND = "LABKIT_KUBE"
#: What tells the kube fixture that there is a real one.
FORM = "LABKIT_KUBE_FORM"
#: For a run that needs a cluster that the user names, and no containers.
NO_ENGINE = "--no-engine"
#: Seconds that the broker may take to remove what it made.
_PATIENCE = 60


@contextlib.contextmanager
def broker(backend: str, needs: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """A broker beside the run, started before the guard stands.

    Args:
        backend: none is started unless this is ``container``, or the user has named a cluster
            (``LABKIT_KUBE=kubeconfig``, which ``--kube`` sets).
        needs: capabilities whose images are made first, so that no test waits for that.

    Yields:
        The variables by which the test process finds it.

    Raises:
        EnvironmentMissing: no engine answers, its Python libraries are not installed, or an image cannot be
            had.
    """
    named_cluster = os.environ.get(KIND) == "kubeconfig"
    if backend != "container" and not named_cluster:
        yield {}
        return
    words = [] if backend == "container" else [NO_ENGINE]
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit.containers.broker", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for the run: the broker ends when the run does.
        start_new_session=True,
        env=os.environ,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("both pipes were asked for")
    with process.stdin, process.stdout:
        try:
            line = process.stdout.readline()
            told = json.loads(line) if line else {"problem": "the broker of containers did not start"}
            if "problem" in told:
                raise EnvironmentMissing("container", told["problem"], _install_line())
            if backend == "container":
                _prepare(told["address"], needs)
            yield {VARIABLE: told["address"]} | ({FORM: "real"} if named_cluster else {})
        finally:
            process.stdin.close()
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()  # its watchdog goes on
                process.wait()


def _prepare(address: str, needs: Sequence[str]) -> None:
    """Have the images of some capabilities, and say so where it takes long."""
    for name in ask_at(address, "lacking", needs=list(needs)):
        sys.stderr.write(f"Preparing the image {name}; only the first time takes long ...\n")
        sys.stderr.flush()
        ask_at(address, "prepare", names=[name])


def _install_line() -> str:
    from labkit.capabilities import named

    [docker] = named(["docker"])
    return docker.install_line()
