"""The reference is proven on every back end that this machine has for what the lab needs, and on no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labkit import backends, capabilities
from labkit.backends import BACKENDS, available, check_backend, stays_embedded
from labkit.errors import EnvironmentMissing
from labkit.proofs import solution
from labkit.runner.result import Result, TaskResult, TestResult


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
    assert proven_on(lab) == ["embedded", "embedded", *expected[1:]]
    for backend in available(lab):
        check_backend(lab, backend)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        (("ssh", "itsm"), BACKENDS),
        (("ssh", "netdev"), ("embedded",)),
        (("netdev",), ("embedded",)),
        (("ssh", "kube"), ("embedded",)),
        (("vault",), ("embedded",)),
    ],
)
def test_what_is_proven_where(
    tiny: Any, engine: Any, needs: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """A lab is proven on containers when all of it is made there; an image to be pulled is no part of it."""
    engine(True)
    assert available(replace(tiny.lab, needs=needs)) == expected


def test_a_back_end_on_which_nothing_differs(tiny: Any) -> None:
    """A lab of which everything is the same everywhere is not run on containers; mixed ones are."""
    with pytest.raises(EnvironmentMissing, match="netdev, of which there is no container form"):
        check_backend(replace(tiny.lab, needs=("netdev",)), "container")
    check_backend(replace(tiny.lab, needs=("ssh", "netdev")), "container")
    check_backend(replace(tiny.lab, needs=()), "container")
    assert stays_embedded(replace(tiny.lab, needs=("ssh", "netdev"))) == ["netdev"]


def result_of(*verdicts: str) -> Result:
    tests = [
        TestResult(f"tests/test_1.py::test_{number}", 1, f"Thing {number}.", verdict)
        for number, verdict in enumerate(verdicts)
    ]
    return Result("08", "08-disks", "Disks", "code", 0, "container", [TaskResult(1, "Task", "Think.", tests)])


@pytest.mark.parametrize(
    ("verdicts", "partly", "proven"),
    [
        (("passed", "environment"), True, True),
        (("passed", "environment"), False, False),
        (("passed", "failed"), True, False),
        (("environment", "environment"), True, False),
        (("passed", "passed"), True, True),
    ],
)
def test_a_form_that_lacks_things(tiny: Any, verdicts: tuple[str, ...], partly: bool, proven: bool) -> None:
    """On another back end a test may ask for what is lacking there; none may fail, and one must pass."""
    assert (solution.judge(tiny.lab, result_of(*verdicts), "label", partly=partly) == []) is proven
