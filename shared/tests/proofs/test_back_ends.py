"""The reference is proven on every back end that this machine has for what the lab needs, and on no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labkit import backends, capabilities
from labkit.backends import BACKENDS, available, check_backend
from labkit.proofs import solution


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Says whether a container engine answers here, and notes who asks."""
    asked: list[str] = []

    def answer(present: bool) -> list[str]:
        def find(capability: Any, root: Any) -> capabilities.Finding:
            asked.append(capability.name)
            return capabilities.Finding(capability, "27.0" if present else "", "" if present else "not there")

        monkeypatch.setattr(capabilities, "find", find)
        return asked

    return answer


def with_forms(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(backends, "CONTAINER_FORMS", frozenset(names))


def proven_on(lab: Any) -> list[str]:
    return [case.backend for case in solution.needed(lab).cases]


def test_a_lab_without_needs_is_proven_once(tiny: Any, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing has another form, the proof runs on the default only, and no engine is asked."""
    asked = engine(True)
    with_forms(monkeypatch, "ssh")
    assert proven_on(tiny.lab) == ["embedded", "embedded"]
    assert asked == []


@pytest.mark.parametrize(
    ("forms", "present", "expected"),
    [
        (("ssh", "aws"), True, BACKENDS),
        (("ssh", "aws"), False, ("embedded",)),
        (("ssh",), True, ("embedded",)),
        ((), True, ("embedded",)),
    ],
)
def test_container_counts_when_all_of_it_is_there(
    tiny: Any,
    engine: Any,
    monkeypatch: pytest.MonkeyPatch,
    forms: tuple[str, ...],
    present: bool,
    expected: tuple[str, ...],
) -> None:
    """A container form of every need and an engine that answers add the container back end to the proof."""
    engine(present)
    with_forms(monkeypatch, *forms)
    lab = replace(tiny.lab, needs=("ssh", "aws"))
    assert available(lab) == expected
    assert proven_on(lab) == [backend for backend in expected for _ in range(2)]
    for backend in available(lab):
        check_backend(lab, backend)
