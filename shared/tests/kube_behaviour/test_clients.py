"""Programs against the cluster as they are: kubectl, plain kubeconfig, many watchers at once, kopf."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from labkit.fixtures.catalogue import OFFERS, serve
from labkit.kube.behaviour import ImagePull
from labkit.kube.cluster import Cluster
from labkit.kube.demo import demo_cluster

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 2
  progressDeadlineSeconds: 20
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "lab/web:1"}]}
"""


def kubectl(*words: str, stdin: str = "", ok: bool = True) -> str:
    done = subprocess.run(
        ["kubectl", *words], input=stdin, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode == 0) == ok, done.stdout + done.stderr
    return done.stdout + done.stderr


needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl on this machine")


@needs_kubectl
def test_kubectl_from_apply_to_delete(kube: Cluster) -> None:
    """apply, get, rollout, scale, logs, exec, describe and delete work as against any cluster."""
    kube.logs.write("web-*", "hello\n")
    assert "created" in kubectl("apply", "--validate=false", "-f", "-", stdin=DEPLOYMENT)
    assert "successfully rolled out" in kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert "unchanged" in kubectl("apply", "--validate=false", "-f", "-", stdin=DEPLOYMENT)
    assert "2/2" in kubectl("get", "deploy", "web")
    kubectl("scale", "deploy/web", "--replicas=3")
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    assert kubectl("get", "pods", "-o", "name").count("pod/") == 3
    assert "hello" in kubectl("logs", "deploy/web")
    assert kubectl("exec", "deploy/web", "--", "echo", "hi").strip() == "hi"
    assert "ScalingReplicaSet" in kubectl("describe", "deploy", "web")
    kubectl("delete", "deploy", "web")
    kube.clock.advance(3)
    assert "No resources found" in kubectl("get", "pods")


@needs_kubectl
def test_kubectl_sends_standard_input(kube: Cluster) -> None:
    """exec -i hands the input on, and ends when it ends (protocol v5)."""
    kube.seed(DEPLOYMENT)
    assert kubectl("exec", "-i", "deploy/web", "--", "cat", stdin="one\ntwo\n") == "one\ntwo\n"


@needs_kubectl
def test_kubectl_sees_a_bad_rollout_and_undoes_it(kube: Cluster) -> None:
    """rollout status fails at the deadline, history shows the revisions, undo goes back."""
    kube.behave("*", ImagePull(), image="*:broken")
    kubectl("apply", "--validate=false", "-f", "-", stdin=DEPLOYMENT)
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    kubectl("set", "image", "deploy/web", "main=lab/web:broken")
    told = kubectl("rollout", "status", "deploy/web", "--timeout=30s", ok=False)
    assert "exceeded its progress deadline" in told
    assert "rolled back" in kubectl("rollout", "undo", "deploy/web")
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    history = kubectl("rollout", "history", "deploy/web")
    assert [line.split()[0] for line in history.splitlines()[2:] if line] == ["2", "3"]


@needs_kubectl
def test_kubectl_restart_and_drain(kube: Cluster) -> None:
    """rollout restart makes a new revision; drain evicts what is on a node."""
    kube.seed(DEPLOYMENT)
    kubectl("rollout", "restart", "deploy/web")
    kubectl("rollout", "status", "deploy/web", "--timeout=30s")
    node = kube.list("pods", "default")[0]["spec"]["nodeName"]
    assert "drained" in kubectl("drain", node, "--timeout=60s")
    kube.clock.advance(5)
    assert node not in [one["spec"]["nodeName"] for one in kube.list("pods", "default")]


def test_load_kube_config_finds_the_cluster(kube: Cluster) -> None:
    """A program that calls load_kube_config and nothing else talks to the cluster, in a child process too."""
    program = textwrap.dedent("""
        from kubernetes import client, config
        config.load_kube_config()
        print(len(client.CoreV1Api().list_node().items))
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "3\n", done.stderr
    from kubernetes import client, config

    config.load_kube_config()
    assert client.CoreV1Api().list_namespace().items


def test_configuration_does_not_leak_into_the_next_test(kube: Cluster) -> None:
    """Without load_kube_config there is no cluster, whatever an earlier test loaded."""
    from kubernetes import client

    assert client.Configuration.get_default_copy().host != kube.url


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_has_an_empty_cluster(kube: Cluster, round_: int) -> None:
    """Nothing of one test is left for the next: objects, behaviours, faults, requests, time."""
    assert kube.list("pods") == []
    assert len(kube.requests) == 0
    assert kube.faults.active == ()
    assert kube.clock.peek() == kube.plane.start
    kube.seed(DEPLOYMENT)
    urllib3.PoolManager().request("GET", f"{kube.url}/api/v1/pods")


WATCHERS, WRITERS, EACH = 20, 4, 500


def listen(url: str, total: int, seen: list[tuple[int, str]]) -> None:
    """Watch until so many events have come."""
    response = urllib3.PoolManager(retries=False).request("GET", url, preload_content=False)
    for line in response:
        event = json.loads(line)
        meta = event["object"]["metadata"]
        seen.append((int(meta["resourceVersion"]), f"{event['type']} {meta['name']}"))
        if len(seen) == total:
            break
    response.close()


def write(url: str, writer: int) -> None:
    """Make a ConfigMap and delete or change it, again and again."""
    pool = urllib3.PoolManager(retries=False)
    json_type = {"Content-Type": "application/json"}
    merge_type = {"Content-Type": "application/merge-patch+json"}
    for turn in range(EACH // 2):
        name = f"w{writer}-{turn}"
        body = json.dumps({"metadata": {"name": name}, "data": {"n": str(turn)}})
        assert pool.request("POST", url, body=body, headers=json_type).status == 201
        if turn % 2:
            answer = pool.request("DELETE", f"{url}/{name}")
        else:
            answer = pool.request("PATCH", f"{url}/{name}", body='{"data":{"x":"y"}}', headers=merge_type)
        assert answer.status == 200


def test_many_watchers_and_writers(kube: Cluster) -> None:
    """Twenty watchers see the 2,000 writes of four writers: none lost, none twice, all in order."""
    path = f"{kube.url}/api/v1/namespaces/default/configmaps"
    since = f"{path}?watch=true&resourceVersion={kube.plane.store.revision}&timeoutSeconds=60"
    total = WRITERS * EACH
    seen: list[list[tuple[int, str]]] = [[] for _ in range(WATCHERS)]
    with ThreadPoolExecutor(WATCHERS + WRITERS) as pool:
        running = [pool.submit(listen, since, total, mine) for mine in seen]
        running += [pool.submit(write, path, number) for number in range(WRITERS)]
        for one in running:
            one.result(90)
    first = seen[0]
    assert len(first) == total
    assert [revision for revision, _ in first] == sorted({revision for revision, _ in first})
    assert all(mine == first for mine in seen)


OPERATOR = """
import kopf

@kopf.on.startup()
def configure(settings, **_):
    settings.posting.enabled = True
    settings.scanning.disabled = True

@kopf.on.create("lab.example", "v1", "greetings")
def create(spec, name, namespace, **_):
    import kubernetes
    kubernetes.config.load_kube_config()
    body = {"metadata": {"name": f"{name}-text"}, "data": {"text": "hello " + spec["who"]}}
    kopf.adopt(body)
    kubernetes.client.CoreV1Api().create_namespaced_config_map(namespace, body)
    return {"said": spec["who"]}
"""

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: greetings.lab.example}
spec:
  group: lab.example
  scope: Namespaced
  names: {plural: greetings, singular: greeting, kind: Greeting}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {who: {type: string}}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""


def test_an_operator_made_with_kopf(kube: Cluster, tmp_path: Path) -> None:
    """A kopf operator sees a custom object, makes a ConfigMap for it and writes its result back."""
    pytest.importorskip("kopf")
    kube.seed(DEFINITION)
    program = tmp_path / "operator.py"
    program.write_text(OPERATOR)
    process = subprocess.Popen(
        [sys.executable, "-m", "kopf", "run", "--namespace", "default", "--standalone", str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "KUBECONFIG": str(kube.kubeconfig)},
    )
    try:
        found = threading.Event()

        def note(event: Any) -> None:
            if event.resource.plural == "greetings" and "create" in (event.object.get("status") or {}):
                found.set()

        kube.plane.store.on_write.append(note)
        try:
            greeting = {
                "apiVersion": "lab.example/v1",
                "kind": "Greeting",
                "metadata": {"name": "g", "namespace": "default"},
                "spec": {"who": "world"},
            }
            kube.seed(greeting, settle=0)
            done = found.wait(60)
        finally:
            kube.plane.store.on_write.remove(note)
    finally:
        process.terminate()
        told, _ = process.communicate(timeout=30)
    assert done, told
    made = kube.get("configmaps", "g-text")
    assert made is not None, told
    assert made["data"] == {"text": "hello world"}
    assert made["metadata"]["ownerReferences"][0]["kind"] == "Greeting"


# lab serve


def test_a_served_cluster_describes_itself() -> None:
    """``lab serve kube`` gives url and kubeconfig, and its time is that of the machine."""
    with serve("kube", 2) as served:
        description = json.loads(json.dumps(served.description))
        assert set(description) == {"name", "url", "kubeconfig"}
        assert description["url"] in Path(description["kubeconfig"]).read_text()
        answer = urllib3.PoolManager().request("GET", f"{description['url']}/api/v1/nodes")
        assert len(json.loads(answer.data)["items"]) == 2
    assert not Path(description["kubeconfig"]).exists()
    assert OFFERS["kube"].demo is not None


def test_the_demo_holds_all_kinds_of_trouble() -> None:
    """The demo has a crash loop, an unpullable image, a pending pod, a bad rollout and a lost node."""
    cluster = demo_cluster()
    reasons: set[str] = set()
    for pod in cluster.list("pods", "shop"):
        for status in (pod.get("status") or {}).get("containerStatuses") or ():
            reasons.add((status["state"].get("waiting") or {}).get("reason", ""))
            reasons.add((status["lastState"].get("terminated") or {}).get("reason", ""))
        if not pod["spec"].get("nodeName"):
            reasons.add("Unschedulable")
    for found in cluster.list("deployments", "shop"):
        reasons |= {one["reason"] for one in found["status"]["conditions"]}
    for node in cluster.list("nodes"):
        reasons |= {one["reason"] for one in node["status"]["conditions"]}
    assert {"OOMKilled", "Error", "Unschedulable", "ProgressDeadlineExceeded", "NodeStatusUnknown"} <= reasons
    assert reasons & {"ErrImagePull", "ImagePullBackOff"}


@needs_kubectl
def test_kubectl_explores_the_demo_by_the_printed_lines(tmp_path: Path) -> None:
    """The printed lines, pasted into a shell, lead kubectl to each trouble, worded as by a cluster."""
    with serve("kube", demo=True) as served:

        def shell(command: str, *, ok: bool = True) -> str:
            words = "\n".join([*(line for line in served.lines if line.startswith("export")), command])
            done = subprocess.run(
                ["sh", "-c", words],
                env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert (done.returncode == 0) == ok, done.stdout + done.stderr
            return done.stdout + done.stderr

        assert "node-3   NotReady" in shell("kubectl get nodes")
        names = {line.split("-")[0]: line for line in shell(f"{served.lines[-1]} -o name").split()}
        described = shell(f"kubectl -n shop describe {names['pod/payments']}")
        assert "Back-off restarting failed container payments in pod" in described
        assert "password authentication failed" in shell(f"kubectl -n shop logs -p {names['pod/payments']}")
        catalog = names["pod/catalog"]
        assert 'Failed to pull image "registry.example' in shell(f"kubectl -n shop describe {catalog}")
        refused = shell(f"kubectl -n shop logs {catalog}", ok=False)
        assert re.search(
            r"\(BadRequest\): container \"catalog\" .* is waiting to start: (Err)?Image", refused
        )
        assert "Insufficient cpu" in shell(f"kubectl -n shop describe {names['pod/analytics']}")
        assert shell(f"kubectl -n shop logs {names['pod/analytics']}") == ""
        late = shell("kubectl -n shop rollout status deploy/checkout", ok=False)
        assert 'deployment "checkout" exceeded its progress deadline' in late
        assert "rolled back" in shell("kubectl -n shop rollout undo deploy/checkout")
        assert "scaled" in shell("kubectl -n shop scale deploy/web --replicas=1")
        assert "replicas: 1" in shell("kubectl -n shop get deploy web -o yaml")
