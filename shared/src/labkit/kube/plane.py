"""The control plane without its wire: store, clock, controllers, scheduler and kubelets, put together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from labkit.clock import DEFAULT_START
from labkit.kube.controllers.garbage import GarbageCollector
from labkit.kube.controllers.late import late_controllers
from labkit.kube.controllers.namespace import NamespaceController
from labkit.kube.controllers.nodes import NodeController, conditions
from labkit.kube.engine import Engine, Key
from labkit.kube.kubelet.nodes import SimulatedNodes
from labkit.kube.kubelet.rules import Rules
from labkit.kube.model import Object
from labkit.kube.registry import Registry
from labkit.kube.simclock import SimulatedClock
from labkit.kube.store import Store
from labkit.kube.world import World

if TYPE_CHECKING:
    from labkit.kube.behaviour import Behaviour
    from labkit.kube.kubelet.agent import Kubelets
    from labkit.kube.scheduler import Scheduler

#: Namespaces of every cluster.
NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class ControlPlane:
    """Everything behind the API.

    Args:
        seed: for names and uids.
        start: where the clock begins.
        registry: the kinds; a new one when None.
    """

    def __init__(
        self,
        seed: int | str = 0,
        *,
        start: float = DEFAULT_START,
        registry: Registry | None = None,
    ) -> None:
        self.start = start
        self.registry = registry or Registry()
        self.engine = Engine(start)
        self.rules = Rules()
        self.store = Store(None, seed)
        self.clock = SimulatedClock(self.engine, self.store.lock, start)
        self.store.clock = self.clock
        self.world = World(self.store, self.registry, self.engine)
        self.nodes = SimulatedNodes()
        self._lifecycle = NodeController(self.world, self.nodes, self._look_again)
        self.garbage = GarbageCollector(self.world)
        self.engine.add(NamespaceController(self.world))
        self.engine.add(self.garbage)
        for storage, make in late_controllers(self.world):
            self.engine.add_later(storage, make)
        self.engine.add_later(("", "pods"), lambda: self.scheduler)
        self.engine.add_later(("", "pods"), lambda: self.kubelets)
        self.engine.add(self._lifecycle)
        self.store.on_write += [self.world.note, self.engine.on_write]
        self.store.on_settle.append(self.engine.work)
        self.store.on_refresh.append(self._poll)

    @cached_property
    def kubelets(self) -> Kubelets:
        """The kubelets of all nodes, which start with the first pod."""
        from labkit.kube.kubelet.agent import Kubelets

        return Kubelets(self.world, self.rules, self.nodes)

    @cached_property
    def scheduler(self) -> Scheduler:
        """The scheduler, which starts with the first pod."""
        from labkit.kube.scheduler import Scheduler

        return Scheduler(self.world, self.rules, self.nodes.frozen)

    def _look_again(self, key: Key) -> None:
        self.engine.enqueue(self.kubelets, key)

    def _poll(self) -> None:
        self.clock.now()

    def begin(self, nodes: int = 3) -> None:
        """Create what every cluster has: its namespaces and nodes.

        Args:
            nodes: how many nodes, called ``node-1`` and so on.
        """
        with self.store.lock:
            for name in NAMESPACES:
                self.add_namespace(name)
            for number in range(1, nodes + 1):
                self.add_node(f"node-{number}")

    def reset(self, nodes: int = 3) -> None:
        """Back to the beginning: no objects, no behaviours, the first moment."""
        with self.store.lock:
            self.store.reset()
            self.engine.reset(self.start)
            self.rules.clear()
            self.world.reset()
            self.nodes.reset()
            if "kubelets" in self.__dict__:
                self.kubelets.reset()
            self.garbage.reset()
            self.registry.reset()
            self.clock.polling = True
            self.clock.step = 1.0
            self.begin(nodes)

    def add_namespace(self, name: str) -> None:
        """Create a namespace unless it is there."""
        if self.world.find("namespaces", None, name) is None:
            made: Object = {
                "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            }
            self.world.create("namespaces", None, made, by="kube-apiserver")

    def add_node(self, name: str, *, cpu: str = "4", memory: str = "8Gi", pods: int = 110) -> None:
        """Add a node with a kubelet.

        Args:
            name: its name.
            cpu: what it has to give.
            memory: likewise.
            pods: likewise.
        """
        with self.store.lock:
            address = f"192.0.2.{len(self.nodes.addresses) + 2}"
            self.nodes.addresses[name] = address
            labels = {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            }
            node = self.world.find("nodes", None, name)
            if node is None:
                made: Object = {"metadata": {"name": name, "labels": labels}, "spec": {}}
                node = self.world.create("nodes", None, made, by="kubelet")
            size = {"cpu": cpu, "memory": memory, "pods": str(pods)}
            status: Object = {
                "capacity": size,
                "allocatable": dict(size),
                "conditions": conditions(self.world.stamp()),
                "addresses": [
                    {"type": "InternalIP", "address": address},
                    {"type": "Hostname", "address": name},
                ],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
                "nodeInfo": _node_info(name),
            }
            self.world.set_status("nodes", node, status, by="kubelet")

    def lose_node(self, name: str) -> None:
        """Stop a node's kubelet: after 50 seconds it counts as unreachable.

        Raises:
            ValueError: there is no such node.
        """
        with self.store.lock:
            self._check_node(name)
            self._lifecycle.lose(name)

    def restore_node(self, name: str) -> None:
        """Start a node's kubelet again.

        Raises:
            ValueError: there is no such node.
        """
        with self.store.lock:
            self._check_node(name)
            self._lifecycle.restore(name)

    def _check_node(self, name: str) -> None:
        if name not in self.nodes.addresses:
            raise ValueError(f"no node {name!r}; there are: {', '.join(self.nodes.addresses) or 'none'}")

    def behave(
        self,
        pod: str,
        behaviour: Behaviour,
        *,
        namespace: str = "*",
        container: str = "*",
        image: str = "*",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """Have containers behave in a way from now on; see :class:`labkit.kube.behaviour.Rule`."""
        from labkit.kube.behaviour import Rule

        with self.store.lock:
            self.rules.add(Rule(behaviour, pod, namespace, container, image, dict(labels or {})))
            self.kubelets.behaviours_changed()
            for key in list(self.scheduler.waiting()):
                self.engine.enqueue(self.scheduler, key)


def _node_info(name: str) -> Object:
    return {
        "machineID": name,
        "systemUUID": name,
        "bootID": name,
        "kernelVersion": "6.12.0",
        "osImage": "Debian GNU/Linux 13 (trixie)",
        "containerRuntimeVersion": "containerd://2.1.4",
        "kubeletVersion": "v1.36.2",
        "kubeProxyVersion": "",
        "operatingSystem": "linux",
        "architecture": "amd64",
    }
