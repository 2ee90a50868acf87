"""The container form of the docker fixture: the real engine, of which a test sees its own things alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.containers.client import ask
from labkit.containers.forms import ContainerForm

if TYPE_CHECKING:
    import docker

#: What a test may ask of this form; the embedded one has clock, faults, log, programs and seeding, too.
ABILITIES = frozenset({"client", "shell"})


class RealEngine(ContainerForm):
    """A real engine behind the scoping proxy, found as :class:`labkit.engine.server.DockerEngine` is.

    Attributes:
        image_name: an image that is there, with a shell.
        isolated: whether it is an engine in a container of its own (``LABKIT_DOCKER=isolated``); what its
            containers publish is then in that container, and not on this machine.
    """

    named = "a real engine has"
    abilities = ABILITIES

    url: str
    image_name: str
    isolated: bool

    def __init__(self) -> None:
        told = ask("engine")
        self.url = f"tcp://127.0.0.1:{told['port']}"
        self.image_name, self.isolated = told["image"], told["isolated"]

    def reset(self, seed: int | str | None = None) -> None:
        """Remove everything of the scope."""
        ask("engine_reset")

    def variables(self) -> dict[str, str]:
        """The environment by which clients find it; empty values are to be unset."""
        return {
            "DOCKER_HOST": self.url,
            "DOCKER_TLS_VERIFY": "",
            "DOCKER_CERT_PATH": "",
            "DOCKER_CONTEXT": "",
            "DOCKER_API_VERSION": "",
            "DOCKER_BUILDKIT": "0",
            "TESTCONTAINERS_RYUK_DISABLED": "true",
        }

    def client(self, **options: Any) -> docker.DockerClient:
        """A client of the docker SDK."""
        import docker

        return docker.DockerClient(base_url=self.url, **options)
