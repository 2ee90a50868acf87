"""Which form of a fixture a run uses: one embedded in the test process, or one in containers."""

from __future__ import annotations

from dataclasses import replace

from labkit.catalog import Lab
from labkit.errors import EnvironmentMissing

BACKENDS = ("embedded", "container")

#: Capabilities whose container form exists.
CONTAINER_FORMS: frozenset[str] = frozenset(
    {
        "ansible",
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


#: Of these there is nothing real to put into a container: they are the same on all back ends.
NOWHERE_ELSE: frozenset[str] = frozenset({"desktop", "netdev", "smtp"})

#: Forms whose images are another's, in a registry that a machine may not reach.
PULLED: frozenset[str] = frozenset({"kube", "vault"})


#: How many times as long a test may take on containers: an engine is at times busy with others.
_PATIENCE = 4


def with_limits(lab: Lab, backend: str) -> Lab:
    """The lab with the limits of time of a back end: those in ``lab.toml`` are for embedded forms."""
    if backend == BACKENDS[0]:
        return lab
    return replace(lab, time_limit=lab.time_limit * _PATIENCE, run_limit=lab.run_limit * _PATIENCE)


def check_backend(lab: Lab, backend: str) -> None:
    """Refuse a back end on which nothing of a lab would be other than on the default one.

    Raises:
        EnvironmentMissing: a capability of ``lab`` has no such form, or none of them has.
    """
    if backend not in BACKENDS:
        raise EnvironmentMissing(backend, f"there is no such back end; there are {', '.join(BACKENDS)}")
    if backend == BACKENDS[0]:
        return
    lacking = [need for need in lab.needs if need not in CONTAINER_FORMS | NOWHERE_ELSE]
    if not lacking and lab.needs and not CONTAINER_FORMS.intersection(lab.needs):
        lacking = list(lab.needs)
    if lacking:
        raise EnvironmentMissing(
            backend,
            f"lab {lab.id} needs {', '.join(lacking)}, of which there is no container form",
            "leave out BACKEND (--backend): the embedded form needs nothing",
        )


def stays_embedded(lab: Lab) -> list[str]:
    """What of a lab's needs is the same on every back end."""
    return [need for need in lab.needs if need in NOWHERE_ELSE]


def available(lab: Lab) -> tuple[str, ...]:
    """The back ends on which this machine can prove ``lab``, the default first.

    A lab that needs no capability is the same on all of them, so there is only one to name. The container
    form counts when each of the lab's capabilities has one that can be made here, and a container engine
    answers. A lab of which a part is the same everywhere runs there, but is not proven there.
    """
    if not lab.needs or not (CONTAINER_FORMS - PULLED).issuperset(lab.needs):
        return BACKENDS[:1]
    return BACKENDS if _engine_answers(lab) else BACKENDS[:1]


def _engine_answers(lab: Lab) -> bool:
    # Asked only where a container form exists: an engine may take seconds to answer.
    from labkit.capabilities import find, named

    (docker,) = named(["docker"])
    return find(docker, lab.root).present
