"""What the containers of a pod do: the words for ``kube.behave(...)``.

Each behaviour is a frozen description. When its steps show, with which reasons, messages and events, follows
recordings of a kubelet 1.36 with containerd; see :mod:`labkit.kube.kubelet.timeline`.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from labkit.kube.model import Object

#: Output of one run: a text, or a function of the run's number (0 for the first).
Log = str | Callable[[int], str]


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What all behaviours have in common; use one of the subclasses.

    Args:
        start: seconds from the pod's assignment to its node until the container starts.
        stop: seconds that the container takes to end when it is told to; the grace period is the limit.
        log: what each run writes.

    Raises:
        ValueError: a time is negative.
    """

    start: float = 1.0
    stop: float = 1.0
    log: Log = ""

    def __post_init__(self) -> None:
        if self.start < 0 or self.stop < 0:
            raise ValueError(f"{type(self).__name__}: start and stop are seconds, not negative")


@dataclass(frozen=True)
class Running(Behaviour):
    """Starts and stays; ready at once."""


@dataclass(frozen=True)
class NotReady(Behaviour):
    """Runs, but its readiness probe fails for ever."""


@dataclass(frozen=True)
class Exits(Behaviour):
    """Runs for a while and ends; what comes next is the pod's ``restartPolicy``.

    Args:
        exit_code: status it ends with.
        reason: the kubelet's word; ``Completed`` or ``Error`` when empty.
        runs: seconds that a run takes.
        message: termination message, mostly empty.
    """

    exit_code: int = 0
    reason: str = ""
    runs: float = 0.7
    message: str = ""

    @property
    def word(self) -> str:
        """The reason that shows in ``state.terminated``."""
        return self.reason or ("Error" if self.exit_code else "Completed")


@dataclass(frozen=True)
class CrashLoop(Exits):
    """Ends with an error soon after each start, and is restarted after longer and longer pauses."""

    exit_code: int = 1


@dataclass(frozen=True)
class OomKilled(Exits):
    """Wants more memory than its limit and is killed, again and again."""

    exit_code: int = 137
    reason: str = "OOMKilled"


@dataclass(frozen=True)
class ImagePull(Behaviour):
    """The image cannot be pulled: ErrImagePull and ImagePullBackOff take turns.

    Args:
        error: what containerd says; ``{image}`` stands for the image. Empty for an image that does not exist.
    """

    error: str = ""

    def text(self, image: str) -> str:
        """The error for one image."""
        pattern = self.error or (
            'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
            "{image}: not found"
        )
        return pattern.replace("{image}", image)


@dataclass(frozen=True)
class ImageNeverPull(Behaviour):
    """The image is not on the node, and ``imagePullPolicy: Never`` forbids to pull it."""


@dataclass(frozen=True)
class ConfigError(Behaviour):
    """Something that the container's environment refers to is missing.

    Args:
        message: what is missing, in the kubelet's words.
    """

    message: str = 'configmap "missing" not found'


@dataclass(frozen=True)
class Unschedulable(Behaviour):
    """No node takes the pod.

    Args:
        message: the scheduler's explanation; empty for one that counts the cluster's nodes.
    """

    message: str = ""


@dataclass(frozen=True)
class Rule:
    """A behaviour and the containers it is for; all of what is given must match.

    Args:
        behaviour: what they do.
        pod: pattern for the pod's name, as in a shell.
        namespace: pattern for its namespace.
        container: pattern for the container's name.
        image: pattern for the image.
        labels: labels that the pod has.
    """

    behaviour: Behaviour
    pod: str = "*"
    namespace: str = "*"
    container: str = "*"
    image: str = "*"
    labels: Mapping[str, str] = field(default_factory=dict)

    def matches(self, pod: Object, container: Object) -> bool:
        """Whether it is for a container of a pod."""
        meta = pod["metadata"]
        labels = meta.get("labels") or {}
        return (
            fnmatch.fnmatchcase(meta["name"], self.pod)
            and fnmatch.fnmatchcase(meta.get("namespace") or "default", self.namespace)
            and fnmatch.fnmatchcase(container["name"], self.container)
            and fnmatch.fnmatchcase(container.get("image") or "", self.image)
            and all(labels.get(key) == value for key, value in self.labels.items())
        )
