"""A small shop in trouble, to explore with kubectl: what ``lab serve kube --demo`` holds."""

from __future__ import annotations

import time
from typing import Final

from labkit.kube.behaviour import CrashLoop, ImagePull, OomKilled, Running
from labkit.kube.cluster import Cluster
from labkit.kube.model import Object

NAMESPACE: Final = "shop"
#: Seconds that the shop is old when it opens: long enough for a lost node to be missed.
AGE: Final = 900.0
_LOST: Final = "node-3"


def demo_cluster(nodes: int | None = None) -> Cluster:
    """Return a cluster in trouble, not started yet; its time goes on as outside.

    It has a crash loop, a container out of memory, an image that cannot be pulled, a pending pod, a bad
    rollout and a lost node.

    Args:
        nodes: how many nodes, three or more.
    """
    cluster = Cluster(max(3, nodes or 3), real_time=True, start=time.time() - AGE)
    cluster.behave("payments-*", CrashLoop(exit_code=2, runs=3, log=_payments_log))
    cluster.behave("recommender-*", OomKilled(runs=8, log="loading model into memory ...\n"))
    cluster.behave("*", ImagePull(), image="*:missing")
    cluster.behave("web-*", Running(log="listening on :8080\n"))
    cluster.seed(
        [
            deployment("web", 3, "registry.example/shop/web:1.4"),
            service("web"),
            deployment("checkout", 4, "registry.example/shop/checkout:2.0", deadline=60),
            deployment("payments", 1, "registry.example/shop/payments:0.9"),
            deployment("recommender", 1, "registry.example/shop/recommender:3.1"),
            deployment("catalog", 1, "registry.example/shop/catalog:missing"),
            deployment("analytics", 1, "registry.example/shop/analytics:1.0", cpu="64"),
            config_map(),
        ],
        settle=300,
    )
    _roll_out(cluster, "checkout", "registry.example/shop/checkout:missing")
    cluster.clock.advance(200)
    cluster.lose_node(_LOST)
    cluster.clock.advance(max(0.0, time.time() - cluster.clock.peek()))
    return cluster


def _payments_log(run: int) -> str:
    return f"run {run}: connecting to database db.shop:5432\nFATAL: password authentication failed\n"


def _roll_out(cluster: Cluster, name: str, image: str) -> None:
    found = cluster.get("deployments", name, NAMESPACE)
    if found is None:
        raise LookupError(name)

    def change(one: Object) -> None:
        one["spec"]["template"]["spec"]["containers"][0]["image"] = image

    cluster.plane.world.update("deployments", found, change, by="kubectl")


def deployment(name: str, replicas: int, image: str, *, cpu: str = "100m", deadline: int = 600) -> Object:
    """Return a Deployment of one container."""
    labels = {"app": name}
    container = {
        "name": name,
        "image": image,
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": dict(labels)},
        "spec": {
            "replicas": replicas,
            "progressDeadlineSeconds": deadline,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": dict(labels)}, "spec": {"containers": [container]}},
        },
    }


def service(name: str) -> Object:
    """Return a Service in front of a Deployment of the same name."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def config_map() -> Object:
    """Return the ConfigMap ``app-config``."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "app-config", "namespace": NAMESPACE},
        "data": {"LOG_LEVEL": "info", "DB_HOST": "db.shop"},
    }
