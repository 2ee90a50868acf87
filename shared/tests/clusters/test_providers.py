"""Where a cluster comes from: a named context, kind, k3s; and what is left of a run that was killed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labkit import capabilities
from labkit.containers.broker import Broker
from labkit.containers.building import provide
from labkit.containers.client import ask
from labkit.containers.clusters import providers
from labkit.containers.clusters.upstream import ClusterApi
from labkit.containers.images import images
from labkit.containers.kube import RealCluster
from labkit.containers.session import KIND, broker
from labkit.errors import EnvironmentMissing
from labkit.kube.cluster import Cluster
from labkit.kube.kubeconfig import write_kubeconfig

from .conftest import TOKEN, named

ENGINE = capabilities.find(capabilities.named(["docker"])[0])

#: A run that has a namespace on the named cluster, and hangs.
RUN_THAT_HANGS = """
import json, os, tempfile, time
from pathlib import Path
from labkit.containers.session import KIND, broker
from labkit.containers.kube import RealCluster
with broker("embedded") as variables:
    os.environ.update(variables)
    with tempfile.TemporaryDirectory(dir=os.environ["PLACE"]) as folder:
        cluster = RealCluster(Path(folder))
        cluster.reset()
        print(cluster.namespace, flush=True)
        time.sleep(600)
"""
#: A program that says what it was asked, and makes a kubeconfig of a cluster that is there.
FAKE_KIND = """#!/bin/sh
echo "$@" >>{log}
case "$1" in
create) sed "s/NAME/kind-$4/" {kubeconfig} >"$6" ;;
get) echo {clusters} ;;
esac
"""


def namespaces(cluster: Cluster) -> set[str]:
    return {each["metadata"]["name"] for each in cluster.list("namespaces")}


def gone(cluster: Cluster, name: str, patience: float = 30) -> bool:
    end = time.monotonic() + patience
    while name in namespaces(cluster) and time.monotonic() < end:
        time.sleep(0.05)
    return name not in namespaces(cluster)


def test_the_current_context_is_never_used(users_kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name there is no cluster, though the kubeconfig has a current context."""
    monkeypatch.setenv("KUBECONFIG", str(users_kubeconfig))
    monkeypatch.setenv(KIND, "kubeconfig")
    with pytest.raises(EnvironmentMissing, match="the current one is never used"):
        providers.named(os.environ)


def test_a_context_that_is_not_there(users_kubeconfig: Path) -> None:
    """A wrong name is told with the names that there are."""
    with pytest.raises(EnvironmentMissing, match="no context called 'prod'; it has elsewhere, lab"):
        ClusterApi(users_kubeconfig, "prod")


@pytest.mark.parametrize("text", ["", "apiVersion: v1\n", "]: not yaml", "contexts: [{name: lab}]\n"])
def test_a_file_that_is_no_kubeconfig(tmp_path: Path, text: str) -> None:
    """A file that cannot be used is the environment's fault, with its path."""
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(EnvironmentMissing, match=str(file)):
        ClusterApi(file, "lab")


def test_nobody_answers(users_kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A context whose server is down is told with its address, after a while."""
    api = ClusterApi(users_kubeconfig, "elsewhere")
    with pytest.raises(EnvironmentMissing, match=r"127\.0\.0\.1:9 was not ready within 0\.3 s: .*refused"):
        providers.await_ready(api, "the context", 0.3)


def test_a_token_that_is_not_accepted(users_kubeconfig: Path, tmp_path: Path) -> None:
    """Whom the server does not let in reads so at once."""
    file = tmp_path / "config"
    file.write_text(users_kubeconfig.read_text().replace("of-the-user", "of-nobody"))
    with pytest.raises(EnvironmentMissing, match="401"):
        providers.await_ready(ClusterApi(file, "lab"), "the context", 5)


def test_a_run_leaves_nothing(users_kubeconfig: Path, users_cluster: Cluster, tmp_path: Path) -> None:
    """When a run is over, its namespaces go; what somebody else has stays."""
    with named(users_kubeconfig):
        cluster = RealCluster(tmp_path)
        cluster.reset()
        ask("cluster_namespace")
        mine = {name for name in namespaces(users_cluster) if name.startswith("lab-")}
        assert len(mine) >= 2
    assert all(gone(users_cluster, name) for name in mine)
    assert "production" in namespaces(users_cluster)


@pytest.fixture
def hanging(users_kubeconfig: Path, tmp_path: Path) -> Callable[[], Any]:
    """Starts a run that hangs; what is left of it at the end is killed."""
    runs: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        variables = {
            **os.environ,
            "KUBECONFIG": str(users_kubeconfig),
            KIND: "kubeconfig",
            providers.CONTEXT: "lab",
            "PLACE": str(tmp_path),
        }
        run = subprocess.Popen(
            [sys.executable, "-c", RUN_THAT_HANGS], stdout=subprocess.PIPE, text=True, env=variables
        )
        runs.append(run)
        assert run.stdout
        return run, run.stdout.readline().strip()

    yield start
    for run in runs:
        run.kill()
        run.wait()
        assert run.stdout
        run.stdout.close()


def test_a_killed_run_leaves_nothing(hanging: Callable[[], Any], users_cluster: Cluster) -> None:
    """After kill -9 of the run its namespace goes; that of a living one stays."""
    run, mine = hanging()
    _, others = hanging()
    assert {mine, others} <= namespaces(users_cluster)
    run.kill()
    assert gone(users_cluster, mine)
    assert others in namespaces(users_cluster)


def test_the_next_run_sweeps(
    hanging: Callable[[], Any], users_cluster: Cluster, users_kubeconfig: Path, tmp_path: Path
) -> None:
    """Where run and broker are killed, the next run removes what they left, and no living run's."""
    import psutil

    run, mine = hanging()
    _, others = hanging()
    for child in psutil.Process(run.pid).children(recursive=True):
        child.kill()
    run.kill()
    run.wait()
    assert mine in namespaces(users_cluster)
    with named(users_kubeconfig):
        RealCluster(tmp_path)
        assert gone(users_cluster, mine)
    assert others in namespaces(users_cluster)


@pytest.fixture
def kind(tmp_path: Path, users_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a program called kind on the PATH; what it was asked is in the file that comes back."""

    def make(text: str = FAKE_KIND, clusters: str = "") -> Path:
        (tmp_path / "bin").mkdir(exist_ok=True)
        log, file = tmp_path / "log", tmp_path / "bin" / "kind"
        made = tmp_path / "made-by-kind"
        write_kubeconfig(made, users_cluster.url, token=TOKEN)
        made.write_text(made.read_text().replace("contexts:\n- name: lab", "contexts:\n- name: NAME"))
        file.write_text(
            text.replace("{log}", str(log)).replace("{kubeconfig}", str(made)).replace("{clusters}", clusters)
        )
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{file.parent}{os.pathsep}{os.environ['PATH']}")
        return log

    return make


def test_a_cluster_by_kind(kind: Callable[..., Path], tmp_path: Path) -> None:
    """The kind program makes a cluster of the run's name, with a kubeconfig of its own, and removes it."""
    log = kind()
    with providers.own(None, "0123", tmp_path) as api:
        assert api.data("GET", "/version")[0] == 200
    made, removed = log.read_text().splitlines()
    assert re.match(r"create cluster --name ops-labs-[0-9a-f]{8}-0123 --kubeconfig", made)
    assert f"--image {images()['kind'].reference}" in made
    assert removed.split()[3] == made.split()[3]


def test_kind_that_fails(kind: Callable[..., Path], tmp_path: Path) -> None:
    """Its last words are told."""
    kind("#!/bin/sh\necho 'ERROR: failed to create cluster: no space left' >&2\nexit 1\n")
    with (
        pytest.raises(EnvironmentMissing, match=r"(?s)ended with 1:.*no space left"),
        providers.own(None, "0123", tmp_path),
    ):
        pass


def test_clusters_of_killed_runs(kind: Callable[..., Path]) -> None:
    """Those whose run is dead are removed; a living run's, and others, stay."""
    from labkit.containers.labels import living

    dead, alive = providers._cluster_name("dead"), providers._cluster_name("beef")
    with living("beef"):
        log = kind(clusters=f"{dead} {alive} users-own ops-labs-dead")
        providers.sweep_kind()
    assert log.read_text().splitlines() == ["get clusters", f"delete cluster --name {dead}"]


@pytest.mark.parametrize("of_another", ["user", "folder"])
def test_clusters_that_others_judge(
    kind: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_another: str
) -> None:
    """Where a run's lock cannot be seen, its cluster is left alone: it may well live."""
    log = kind(clusters=providers._cluster_name("dead"))
    if of_another == "user":
        monkeypatch.setattr(providers, "owner", lambda: "elsewhere/0")
    else:
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    providers.sweep_kind()
    assert log.read_text().splitlines() == ["get clusters"]


@pytest.mark.parametrize("image", ["k3s", "dind"])
def test_rights_over_the_machine(image: str) -> None:
    """A test cannot have an image started that has more rights than a container has by itself."""
    asked = Broker(object(), "run")
    with pytest.raises(EnvironmentMissing, match="not for tests to start"):
        asked.start(image, [{}], ["a"])


def test_the_next_run_is_on_the_same_cluster() -> None:
    """The command that a run tells to go on with names the cluster again."""
    from labkit.cli.run import _again

    words = ["--kube", "kubeconfig", "--kube-context", "lab"]
    assert _again(SimpleNamespace(kube="kubeconfig", kube_context="lab")) == words


@pytest.mark.parametrize("image", ["kind", "k3s"])
def test_a_real_one(image: str, tmp_path: Path) -> None:
    """A cluster of the run's own comes up and makes a namespace, where its image can be had."""
    if image == "kind" and shutil.which("kind") is None:
        pytest.skip(f"NOT RUN, a cluster by kind ({images()['kind'].reference}): there is no kind program")
    if image == "k3s" and shutil.which("kind") is not None:
        pytest.skip("NOT RUN, a cluster by k3s: there is a kind program, which comes first")
    if not ENGINE.present:
        pytest.skip(f"docker: {ENGINE.why}")
    import docker

    with contextlib.closing(docker.from_env()) as client:
        try:
            provide(client, image)
        except EnvironmentMissing:
            pytest.skip(f"NOT RUN, a cluster by {image}: {images()[image].reference} cannot be pulled")
    with broker("container") as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        cluster = RealCluster(tmp_path)
        cluster.reset()
        assert cluster.namespace


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--kube", "kubeconfig"], "the current context is never used. There are: elsewhere, lab"),
        (["--kube-context", "lab"], "goes with --kube kubeconfig"),
    ],
)
def test_half_a_name(
    checkout: Any,
    users_kubeconfig: Path,
    monkeypatch: pytest.MonkeyPatch,
    lab: Any,
    words: list[str],
    told: str,
) -> None:
    """A cluster is named as a whole, or not at all: bad usage, with what there is to name."""
    made = checkout.lab()
    toml = made.path / "lab.toml"
    toml.write_text(toml.read_text().replace("needs = []", 'needs = ["kube"]'))
    monkeypatch.setenv("KUBECONFIG", str(users_kubeconfig))
    status, _, said = lab("run", "08", *words)
    assert status == 2
    assert told in said


def test_a_lab_without_a_cluster(checkout: Any, lab: Any) -> None:
    """A lab that needs no cluster says so."""
    checkout.lab()
    status, _, said = lab("run", "08", "--kube", "kubeconfig", "--kube-context", "x")
    assert status == 2
    assert "needs no cluster" in said


def test_a_lab_on_the_named_cluster(
    checkout: Any, users_kubeconfig: Path, monkeypatch: pytest.MonkeyPatch, lab: Any
) -> None:
    """Under the guard a lab reaches its namespace; what a real cluster lacks is `environment`."""
    import json

    tests = '''
import disk_figures


def test_pods(kube):
    """Pods of the namespace are counted."""
    kube.seed("apiVersion: v1\\\\nkind: ConfigMap\\\\nmetadata: {name: a}\\\\n")
    assert disk_figures.mark() == ["a"]


def test_time(kube):
    """Time passes."""
    kube.clock.advance(60)
'''.replace("\\\\n", "\\n")
    solved = """
from kubernetes import client, config


def mark():
    config.load_kube_config()
    place = config.list_kube_config_contexts()[1]["context"]["namespace"]
    found = client.CoreV1Api().list_namespaced_config_map(place).items
    return [each.metadata.name for each in found if each.metadata.name != "kube-root-ca.crt"]
"""
    made = checkout.lab(
        tests={1: tests}, code=solved, solution=solved, names=("mark",), settings="time_limit = 60"
    )
    toml = made.path / "lab.toml"
    toml.write_text(toml.read_text().replace("needs = []", 'needs = ["kube"]'))
    monkeypatch.setenv("KUBECONFIG", str(users_kubeconfig))
    # Set by the command, and gone with the test.
    monkeypatch.setenv(KIND, "")
    monkeypatch.setenv(providers.CONTEXT, "")
    _, said, _ = lab("run", "08", "--all", "--json", "--kube", "kubeconfig", "--kube-context", "lab")
    [task] = json.loads(said)["tasks"]
    verdicts = {test["id"].rpartition("::")[2]: (test["verdict"], test["message"]) for test in task["tests"]}
    assert verdicts["test_pods"] == ("passed", "")
    assert verdicts["test_time"][0] == "environment"
    assert "a real cluster has no clock" in verdicts["test_time"][1]
