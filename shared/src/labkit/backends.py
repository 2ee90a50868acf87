"""Which form of a fixture a run uses: one embedded in the test process, or one in containers."""

from __future__ import annotations

from labkit.catalog import Lab
from labkit.errors import EnvironmentMissing

BACKENDS = ("embedded", "container")

#: Capabilities whose container form exists.
CONTAINER_FORMS: frozenset[str] = frozenset(
    {
        "aws",
        "azure",
        "browser",
        "docker",
        "github",
        "gitlab",
        "helpdesk",
        "inventory",
        "itsm",
        "jira",
        "kube",
        "portal",
        "pushgateway",
        "slack",
        "ssh",
        "vault",
    }
)


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


def available(lab: Lab) -> tuple[str, ...]:
    """The back ends on which this machine can run ``lab``, the default first.

    A lab that needs no capability is the same on all of them, so there is only one to name. The container
    form counts when each of the lab's capabilities has one and a container engine answers here.
    """
    if not lab.needs or not CONTAINER_FORMS.issuperset(lab.needs) or not _engine_answers(lab):
        return BACKENDS[:1]
    return BACKENDS


def _engine_answers(lab: Lab) -> bool:
    # Asked only where a container form exists: an engine may take seconds to answer.
    from labkit.capabilities import find, named

    (docker,) = named(["docker"])
    return find(docker, lab.root).present
