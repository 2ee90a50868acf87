"""What the tests share: manifests, and a namespace in which things happen while a guard looks on."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.checks import CheckFailed, call, expect

SHOP = "shop"
#: The pod that crashes last in each test: when its log is saved, the guard has dealt with all before it.
LAST = "zz-last"
#: Seconds of real time between two looks at the cluster. It counts as quiet after so many looks without a
#: change, and after more of them when a guard has just been sent an event: that takes it a while.
LOOK, QUIET, BUSY = 0.002, 2, 15
#: Quiet moments after the last crash until a guard has had every chance, and until it is woken by force.
PATIENCE, OVERDUE = 120, 400


def pod(name: str, *containers: str, namespace: str = SHOP, **spec: Any) -> dict[str, Any]:
    """A pod with these containers, or with one that is called app."""
    made = [{"name": each, "image": f"registry.example/{each}:1"} for each in containers or ("app",)]
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": made, **spec}}


def thing(kind: str, name: str, namespace: str | None = None, api: str = "v1", **more: Any) -> dict[str, Any]:
    """Any other object."""
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api, "kind": kind, "metadata": {**meta, **more.pop("metadata", {})}, **more}


def deployment(name: str, replicas: int, namespace: str = SHOP, **spec: Any) -> dict[str, Any]:
    """A deployment of pods with one container and an annotation of their own."""
    labels = {"app": name}
    template = {
        "metadata": {"labels": labels, "annotations": {"team": "payments"}},
        "spec": {"containers": [{"name": "app", "image": f"registry.example/{name}:1"}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **spec}
    return thing("Deployment", name, namespace, "apps/v1", spec=spec)


def writes(kube: Any) -> list[str]:
    """The requests so far that change something, as method and path."""
    return [f"{request.method} {request.path}" for request in kube.requests if request.method != "GET"]


@pytest.fixture
def before(kube: Any) -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """``before("GET .*/pods", action)``: do something once, just before such a request is carried out."""
    known = list(kube.app.before)

    def add(match: str, action: Callable[[], object]) -> None:
        def hook(request: Any) -> None:
            ours = request.headers.get("user-agent") == "labkit-seed"
            if hook in kube.app.before and not ours and re.search(match, f"{request.method} {request.path}"):
                kube.app.before.remove(hook)
                action()

        kube.app.before.append(hook)

    yield add
    kube.app.before[:] = known


class Shop:
    """A namespace with a healthy pod, and scenes that are played at their time while a guard looks on.

    Time is the cluster's: a pause of the guard moves it, and so does a quiet moment of a watch. A scene is
    played when its time has come. After the last second one more pod crashes, and when the guard has saved
    its log, it is told to end; so a slow machine changes nothing.

    Attributes:
        kube: the cluster.
        folder: where the guard saves logs; nothing is there yet.
        pauses: the seconds of each ``sleep``.
    """

    def __init__(self, kube: Any, folder: Path) -> None:
        self.kube, self.folder = kube, folder
        self.pauses: list[float] = []
        self._scenes: list[tuple[float, Callable[[], object]]] = []
        self._turn = threading.RLock()
        self._over = threading.Event()
        self._overdue = False
        self._end = 0.0
        self._idle = 0
        self._failure: BaseException | None = None
        kube.seed([pod("steady")])

    # What happens

    def crashing(
        self, name: str, *containers: str, behaviour: Any = None, **spec: Any
    ) -> Callable[[], object]:
        """A scene: a pod appears whose containers crash again and again, and say so in their logs."""
        from labkit.kube.behaviour import CrashLoop

        def scene() -> None:
            crash = behaviour or CrashLoop(exit_code=2, log=lambda run: f"{name}: FATAL in run {run}\n")
            self.kube.behave(name, crash, namespace=SHOP)
            self.kube.seed([pod(name, *containers, **spec)], settle=0)

        return scene

    def calm(self, name: str) -> Callable[[], object]:
        """A scene: the containers of a pod run from now on."""
        from labkit.kube.behaviour import Running

        return lambda: self.kube.behave(name, Running(), namespace=SHOP)

    def remove(self, name: str, grace: int = 0) -> Callable[[], object]:
        """A scene: a pod is deleted, with so many seconds to end."""
        from kubernetes import client

        return lambda: client.CoreV1Api(self.kube.client()).delete_namespaced_pod(
            name, SHOP, grace_period_seconds=grace
        )

    # The guard

    def guard(
        self, *scenes: tuple[float, Callable[[], object]], seconds: float = 30, raising: bool = False
    ) -> Any:
        """Run the guard for so many seconds of the cluster's time, with scenes at (second, action).

        Returns what ``call`` returns, or, with ``raising``, the exception that the guard raised.
        """
        import health_guard

        began = self.kube.clock.peek()
        self._end = began + seconds
        played = [*((began + at, action) for at, action in scenes), (self._end, self._last_crash)]
        self._scenes = sorted(played, key=lambda scene: scene[0])
        self._over, self._overdue, self._idle = threading.Event(), False, 0
        thread = threading.Thread(target=self._direct, name="labkit-lab35-director", daemon=True)
        thread.start()
        try:
            came = call(health_guard.guard, SHOP, self.folder, until=self.until, sleep=self.sleep)
        except Exception as error:
            if not raising:
                raise
            came = error
        finally:
            self._over.set()
            thread.join(10)
        if self._failure is not None:
            raise self._failure
        if self._overdue:
            raise CheckFailed(
                called="guard(namespace, folder, until=..., sleep=...)",
                expected="to ask until() at least every ten seconds, and to return when it is true",
                came="nobody asked for a long time: the guard sits on a watch on which nothing happens",
                look="a watch ends by itself after the timeout_seconds that it is given",
            )
        return came

    def until(self) -> bool:
        """Whether the guard has seen enough: the last crash is saved, or it had every chance to see it."""
        self._play()
        if self.kube.clock.peek() < self._end:
            return False
        self._idle += 1
        return any(self.folder.glob(f"{LAST}*/*/*/*")) or self._idle > PATIENCE

    def _last_crash(self) -> None:
        self._runs = getattr(self, "_runs", 0) + 1
        self.crashing(f"{LAST}-{self._runs}")()

    def sleep(self, seconds: float) -> None:
        """Pause: the cluster's time goes on, this machine's does not."""
        self.pauses.append(seconds)
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.kube.clock.advance(seconds)
        self._play()

    def _play(self) -> None:
        with self._turn:
            while self._scenes and self._scenes[0][0] <= self.kube.clock.peek():
                _, action = self._scenes.pop(0)
                action()

    def _direct(self) -> None:
        before: object = None
        same = late = 0
        needed = BUSY
        try:
            while not self._over.wait(LOOK):
                watches = list(self.kube.plane.store.watches)
                signs = len(self.kube.requests), [(id(one), one.revision) for one in watches]
                if not watches or signs != before:
                    before, same, needed = signs, 0, BUSY
                    continue
                same += 1
                if same < needed:
                    continue
                same, needed = 0, QUIET
                self.kube.clock.advance(1)
                self._play()
                if self.kube.clock.peek() < self._end + 10:
                    continue
                late += 1
                self._idle += 1
                self.kube.end_watches()
                if late > OVERDUE:
                    self._overdue = True
                    self._stir(late)
        except BaseException as failure:
            self._failure = failure
            self._idle = PATIENCE + 1
            self._end = 0

    def _stir(self, number: int) -> None:
        """An event, for who sits on a watch without a timeout."""
        from kubernetes import client

        body = {"metadata": {"labels": {"stirred": str(number)}}}
        client.CoreV1Api(self.kube.client()).patch_namespaced_pod("steady", SHOP, body)

    # What came of it

    def caught(self, result: Any, *expected: str, look: str = "") -> None:
        """The guard returned these incidents, as pod/container, each once and in any order."""
        came = sorted(f"{one.pod}/{one.container}" for one in self.incidents(result))
        for name in came:
            if came.count(name) > 1:
                raise CheckFailed(
                    called=result.called,
                    expected=f"one incident for {name}",
                    came=f"{came.count(name)} incidents",
                    look="a container of a pod is one incident, however often it crashes or is seen",
                )
        result.expect(came, "incidents, as pod/container").equals(sorted(expected), look=look)

    def incidents(self, result: Any) -> list[Any]:
        """What the guard returned, without the crash that ends each test."""
        return [one for one in result.value if not one.pod.startswith(LAST)]

    def saved(self, name: str, container: str = "app") -> dict[str, str]:
        """The files of an incident and what is in them."""
        found = sorted(self.folder.glob(f"{name}/*/{container}/*"))
        return {path.name: path.read_text(encoding="utf-8") for path in found}

    def has_saved(self, name: str, container: str = "app", look: str = "") -> None:
        """There is a log of a crash of this container."""
        files = self.saved(name, container)
        told = any("FATAL" in text for text in files.values())
        expect(told, f"a log with FATAL saved for {name}/{container} (files {files})").equals(True, look=look)


@pytest.fixture
def shop(kube: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(tmp_path)  # so that failures show a short path
    return Shop(kube, Path("incidents"))
