"""The embedded engine and a real one give the same answers to many probes, recorded and live."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine_asking import Engine  # type: ignore[import-not-found]
from engine_probes import PROBES, Probe  # type: ignore[import-not-found]

from labkit.engine.server import DockerEngine

RECORDING = Path(__file__).parent.parent / "data" / "engine" / "answers.json"
RECORDED: dict[str, Any] = json.loads(RECORDING.read_text(encoding="utf-8"))


def named(probe: Probe) -> str:
    return str(probe.name).replace(" ", "-")


def test_every_probe_is_recorded_and_named_once() -> None:
    """There is one recorded answer per probe, and no answer without its probe."""
    names = [probe.name for probe in PROBES]
    assert len(set(names)) == len(names) >= 80
    assert set(RECORDED["answers"]) == set(names)


@pytest.mark.parametrize("probe", PROBES, ids=named)
def test_the_embedded_engine_answers_as_recorded(shared_engine: DockerEngine, probe: Probe) -> None:
    """The embedded engine gives the answer that a real one gave: status, words, or keys and types."""
    shared_engine.reset()
    shared_engine.image("probe/base:1", cmd=["sh"])
    shared_engine.image("probe/nocmd:1", scratch=True, files={"/x": "x"})
    assert Engine(shared_engine.url).answer(probe) == RECORDED["answers"][probe.name]
    assert shared_engine.failures == []


@pytest.fixture(scope="module")
def real_engine() -> Iterator[Engine]:
    """The real engine that the environment names: never one of the user's own without being asked."""
    address = os.environ.get("LABKIT_PROBED_ENGINE")
    if not address:
        pytest.skip("LABKIT_PROBED_ENGINE names no real engine to compare with; .ci/run starts one")
    engine = Engine(address)
    version = json.loads(engine.ask("GET", "/version")[2])["Version"].partition("+")[0]
    if version != RECORDED["version"]:
        pytest.skip(f"the real engine is {version}, recorded was {RECORDED['version']}")
    assert engine.has_base_images(), "probe/base:1 and probe/nocmd:1 are missing; .ci/run builds them"
    engine.clean()
    yield engine
    engine.clean()


@pytest.mark.parametrize("probe", PROBES, ids=named)
def test_the_recording_is_what_a_real_engine_answers(real_engine: Engine, probe: Probe) -> None:
    """A real engine of the recorded version still answers what was recorded."""
    try:
        assert real_engine.answer(probe) == RECORDED["answers"][probe.name]
    finally:
        real_engine.clean()
