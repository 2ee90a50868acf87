"""The container form of the kube fixture: a real cluster, of which a test sees its own namespaces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.containers.client import ask
from labkit.containers.forms import ContainerForm, lacking
from labkit.errors import EnvironmentMissing
from labkit.kube.kubeconfig import write_kubeconfig

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

_FORBIDDEN = 403
#: What a test may ask of this form; the embedded one has clock, faults, exec, logs, behaviours and more.
ABILITIES = frozenset({"client", "scheduler", "seeding"})


class RealCluster(ContainerForm):
    """A cluster behind the broker's proxy, found as :class:`labkit.kube.cluster.Cluster` is.

    Args:
        folder: for the kubeconfig, which holds no credentials.

    Attributes:
        url: the address of the proxy.
        kubeconfig: the file by which clients find it; its context has the test's namespace.
        namespace: of this test alone.
    """

    named = "a real cluster has"
    abilities = ABILITIES

    url: str
    kubeconfig: Path
    namespace: str

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{ask('cluster')['port']}"
        self.namespace = ""
        self.kubeconfig = folder / "kubeconfig"

    def reset(self, seed: int | str | None = None) -> None:
        """A new namespace; those that the run had go away."""
        ask("cluster_reset")
        self.namespace = ask("cluster_namespace")["namespace"]
        write_kubeconfig(self.kubeconfig, self.url, namespace=self.namespace)

    def alone(self) -> None:
        """A real cluster is nobody's alone.

        Raises:
            EnvironmentMissing: always.
        """
        lacking("guarantee that its namespaces are the test's alone", self.named)

    def release(self) -> None:
        """Remove the namespaces of the test."""
        ask("cluster_reset")

    def client(self) -> ApiClient:
        """A client of the official library."""
        from kubernetes import config

        library: Any = config
        made: ApiClient = library.new_client_from_config(str(self.kubeconfig))
        return made

    def seed(self, seeds: Any, *, settle: float = 0.0) -> list[dict[str, Any]]:
        """Create objects, given as data, as YAML, or as a YAML file, in the test's namespace unless they name
        another, which is made when it is missing.

        Args:
            seeds: the objects.
            settle: nothing; a real cluster takes the time that it takes.

        Raises:
            ValueError: an object is not valid; the text is the server's.
            EnvironmentMissing: one has a status of its own, which no real cluster takes, or belongs into a
                namespace that is somebody else's.
        """
        from kubernetes import utils
        from kubernetes.client import CoreV1Api
        from kubernetes.client.exceptions import ApiException

        library: Any = utils
        made: list[dict[str, Any]] = []
        client: Any = self.client()
        for thing in objects(seeds):
            if thing.get("status"):
                lacking(f"{thing.get('kind', 'object')} with a status to choose", self.named)
            place = thing.get("metadata", {}).get("namespace", self.namespace)
            try:
                if place != self.namespace:
                    _make(CoreV1Api(client), place)
                created = library.create_from_dict(client, thing, namespace=place)
                made += [client.sanitize_for_serialization(each) for each in created]
            except utils.FailToCreateError as problem:
                raise _refusal(problem.api_exceptions[0]) from None
            except ApiException as problem:
                raise _refusal(problem) from None
        return made


def objects(seeds: Any) -> list[dict[str, Any]]:
    """The objects in data, in YAML, or in a YAML file."""
    import yaml

    if isinstance(seeds, Path):
        seeds = seeds.read_text(encoding="utf-8")
    if isinstance(seeds, str):
        seeds = [each for each in yaml.safe_load_all(seeds) if each]
    if isinstance(seeds, dict):
        seeds = [seeds]
    found: list[dict[str, Any]] = []
    for each in seeds:
        found += each["items"] if str(each.get("kind", "")).endswith("List") else [each]
    return found


def _refusal(problem: Any) -> Exception:
    """What is wrong with an object is the test's affair; that a cluster others use is closed to it is not."""
    if problem.status == _FORBIDDEN:
        return EnvironmentMissing(
            "kube",
            f"a real cluster does not let a lab make this: {problem.body}",
            "leave out BACKEND and KUBE (--backend, --kube): the embedded form is the lab's alone",
        )
    return ValueError(str(problem.body))


def _make(api: Any, namespace: str) -> None:
    from kubernetes.client.exceptions import ApiException

    try:
        api.create_namespace({"metadata": {"name": namespace}})
    except ApiException as problem:
        if problem.status != 409:
            raise
