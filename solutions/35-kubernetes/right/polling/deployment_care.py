"""Change deployments: scale one and wait for it, restart one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from kubernetes import client, config  # noqa: E402


def scale_and_wait(namespace, name, replicas, *, timeout=120.0, sleep=time.sleep, now=time.monotonic):
    config.load_kube_config()
    api = client.AppsV1Api()
    began = now()
    generation = api.patch_namespaced_deployment(
        name, namespace, {"spec": {"replicas": replicas}}
    ).metadata.generation
    while now() - began < timeout:
        status = api.read_namespaced_deployment_status(name, namespace).status
        numbers = [status.replicas, status.updated_replicas, status.ready_replicas]
        ready = status.ready_replicas or 0
        if (status.observed_generation or 0) >= generation and [number or 0 for number in numbers] == [
            replicas
        ] * 3:
            return
        sleep(2)
    raise TimeoutError(f"deployment {namespace}/{name} has {ready} of {replicas} ready")


def restart_deployment(namespace, name, now):
    config.load_kube_config()
    api = client.AppsV1Api()
    deployment = api.read_namespaced_deployment(name, namespace)
    if deployment.spec.paused:
        raise ValueError(f"cannot restart {namespace}/{name}: it is paused")
    stamp = now.replace(microsecond=0).isoformat()
    path = "/spec/template/metadata/annotations"
    annotations = deployment.spec.template.metadata.annotations
    steps = [] if annotations else [{"op": "add", "path": path, "value": {}}]
    steps.append({"op": "add", "path": path + "/kubectl.kubernetes.io~1restartedAt", "value": stamp})
    api.patch_namespaced_deployment(name, namespace, steps)
    return stamp
