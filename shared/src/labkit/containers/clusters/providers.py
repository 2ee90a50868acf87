"""Where a cluster comes from: a context that the user names, or one that is made for the run."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from labkit.containers.clusters import upstream
from labkit.containers.clusters.upstream import ClusterApi
from labkit.containers.images import images
from labkit.containers.labels import is_dead, lock_path, owner
from labkit.errors import EnvironmentMissing

#: Which context of the kubeconfig it is.
CONTEXT: Final = "LABKIT_KUBE_CONTEXT"
#: Seconds for a cluster of the run's own to answer.
_PATIENCE: Final = 180.0
_PREFIX: Final = "ops-labs-"


def named(environment: Mapping[str, str]) -> ClusterApi:
    """The cluster of the context that the user named.

    Raises:
        EnvironmentMissing: no file, no such context, or nobody answers.
    """
    context = environment.get(CONTEXT, "")
    if not context:
        raise EnvironmentMissing(
            "kube", "no context is named; the current one is never used", "name one with --kube-context"
        )
    api = ClusterApi(kubeconfig_file(environment), context)
    await_ready(api, f"the context {context!r}", 10.0)
    return api


def kubeconfig_file(environment: Mapping[str, str]) -> Path:
    """The user's kubeconfig, as kubectl finds it; of several files the first that is there.

    Raises:
        EnvironmentMissing: there is none.
    """
    told = environment.get("KUBECONFIG", "")
    places = [Path(part) for part in told.split(os.pathsep) if part] or [Path.home() / ".kube" / "config"]
    for place in places:
        if place.is_file():
            return place
    raise EnvironmentMissing(
        "kube", f"there is no kubeconfig at {places[0]}", "set KUBECONFIG to the file that has the context"
    )


def contexts(environment: Mapping[str, str]) -> list[str]:
    """The names of the contexts in the user's kubeconfig; none where no file can be read."""
    try:
        return upstream.contexts(kubeconfig_file(environment))
    except EnvironmentMissing:
        return []


@contextmanager
def own(broker: Any, run: str, folder: Path) -> Iterator[ClusterApi]:
    """A cluster for this run alone: by the kind program where it is there, else k3s in a container.

    Args:
        broker: the run's :class:`labkit.containers.broker.Broker`.
        run: the run's name.
        folder: for the kubeconfig.

    Raises:
        EnvironmentMissing: it could not be made, or did not answer; the last words are told.
    """
    kind = shutil.which("kind")
    if kind is None:
        [told] = broker.launch("k3s", [{"K3S_KUBECONFIG_MODE": "644"}], ["k3s"])
        file = folder / "kubeconfig"
        file.touch(mode=0o600)
        file.write_text(_k3s_kubeconfig(broker, told))
        api = ClusterApi(file, "default")
        await_ready(api, "k3s", _PATIENCE)
        yield api
        return  # the container goes with the run
    name, file = _cluster_name(run), folder / "kubeconfig"
    image = images()["kind"].reference
    _kind(
        kind,
        "create",
        "cluster",
        "--name",
        name,
        "--kubeconfig",
        str(file),
        "--image",
        image,
        "--wait",
        "120s",
    )
    try:
        api = ClusterApi(file, f"kind-{name}")
        await_ready(api, "kind", _PATIENCE)
        yield api
    finally:
        _kind(kind, "delete", "cluster", "--name", name, "--kubeconfig", str(file))


def _k3s_kubeconfig(broker: Any, told: Mapping[str, Any]) -> str:
    """What k3s has written for its administrator, with the address that is published here."""
    end = time.monotonic() + _PATIENCE
    while True:
        done = broker.exec(told["id"], ["cat", "/etc/rancher/k3s/k3s.yaml"], "root")
        if done["status"] == 0:
            text = base64.b64decode(done["stdout"]).decode()
            return re.sub(r"server: \S+", f"server: https://{told['host']}:{told['port']}", text)
        if time.monotonic() > end:
            raise EnvironmentMissing("kube", f"k3s wrote no kubeconfig within {_PATIENCE:g} s")
        time.sleep(0.1)


def sweep_kind() -> None:
    """Remove the clusters that killed runs of this user on this machine made by the kind program."""
    kind = shutil.which("kind")
    if kind is None:
        return
    for name in _kind(kind, "get", "clusters").split():
        run = name.rpartition("-")[2]
        if name == _cluster_name(run) and is_dead(str(lock_path(run))):
            _kind(kind, "delete", "cluster", "--name", name)


def _cluster_name(run: str) -> str:
    """The name by which kind knows the cluster of a run: the only mark that it takes.

    An engine may serve several users, and a user several folders for locks (``TMPDIR``): where a lock is
    looked for that lies elsewhere, a run that lives looks dead. So the name says who may judge.
    """
    judge = f"{owner()}\0{lock_path('').parent}"
    return f"{_PREFIX}{hashlib.sha256(judge.encode()).hexdigest()[:8]}-{run}"


def _kind(program: str, *words: str) -> str:
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
        raise EnvironmentMissing("kube", f"kind {words[0]} cluster ended with {done.returncode}:\n{last}")
    return done.stdout


def await_ready(api: ClusterApi, what: str, patience: float) -> None:
    """Return when ``/readyz`` says ok.

    Raises:
        EnvironmentMissing: it did not in time; which checks failed is told.
    """
    end, said = time.monotonic() + patience, ""
    while True:
        try:
            status, told = api.data("GET", "/readyz?verbose")
            if status == 200:
                return
            lines = str(told.get("message", told) if isinstance(told, dict) else told).splitlines()
            said = "; ".join(line for line in lines if not line.startswith("[+]"))[:400]
            if status in (401, 403):
                raise EnvironmentMissing("kube", f"{what} does not let us in ({status}): {said}")
        except OSError as problem:
            said = str(problem)
        if time.monotonic() > end:
            raise EnvironmentMissing(
                "kube", f"{what} at {api.server} was not ready within {patience:g} s: {said}"
            )
        time.sleep(0.1)
