"""Which form of a fixture a run uses: one embedded in the test process, or one in containers."""

from __future__ import annotations

from labkit.catalog import Lab
from labkit.errors import EnvironmentMissing

BACKENDS = ("embedded", "container")

#: Capabilities whose container form exists.
CONTAINER_FORMS: frozenset[str] = frozenset()


def check_backend(lab: Lab, backend: str) -> None:
    """Refuse a back end that a lab's capabilities do not have: another one in its place would prove nothing.

    Raises:
        EnvironmentMissing: a capability of ``lab`` has no such form.
    """
    if backend not in BACKENDS:
        raise EnvironmentMissing(backend, f"there is no such back end; there are {', '.join(BACKENDS)}")
    lacking = [need for need in lab.needs if need not in CONTAINER_FORMS]
    if backend == "container" and lacking:
        raise EnvironmentMissing(
            backend,
            f"lab {lab.id} needs {', '.join(lacking)}, of which there is no container form yet",
            "leave out BACKEND (--backend): the embedded form needs nothing",
        )
