"""Change deployments: scale one and wait for it, restart one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from kubernetes import client, config  # noqa: E402


def scale_and_wait(
    namespace: str,
    name: str,
    replicas: int,
    *,
    timeout: float = 120.0,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    config.load_kube_config()
    apps = client.AppsV1Api()
    end = now() + timeout
    scale = apps.read_namespaced_deployment_scale(name, namespace)
    scale.spec.replicas = replicas
    apps.replace_namespaced_deployment_scale(name, namespace, scale)
    for pause in _growing():
        deployment = apps.read_namespaced_deployment(name, namespace).to_dict()
        status = deployment["status"]
        if status["observed_generation"] == deployment["metadata"]["generation"]:
            wanted = {"replicas", "updated_replicas", "ready_replicas"}
            if all((status[key] or 0) == replicas for key in wanted):
                return
        if now() >= end:
            raise TimeoutError(f"{namespace}/{name}: {status['ready_replicas'] or 0} of {replicas} ready")
        sleep(pause)


def _growing():
    pause = 0.5
    while True:
        yield pause
        pause = min(pause * 1.5, 5)


def restart_deployment(namespace: str, name: str, now: datetime) -> str:
    config.load_kube_config()
    apps = client.AppsV1Api()
    if apps.read_namespaced_deployment(name, namespace).spec.paused is True:
        raise ValueError(f"{namespace}/{name} is paused")
    text = now.isoformat(timespec="seconds")
    metadata = {"annotations": {"kubectl.kubernetes.io/restartedAt": text}}
    apps.patch_namespaced_deployment(name, namespace, {"spec": {"template": {"metadata": metadata}}})
    return text
