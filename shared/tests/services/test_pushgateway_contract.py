"""The Pushgateway by prometheus_client: the simulated one, the installed one, and one in a container."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import requests
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    delete_from_gateway,
    push_to_gateway,
    pushadd_to_gateway,
)
from prometheus_client.parser import text_string_to_metric_families
from services_real_prometheus import GATEWAY, free_port, running

from labkit import capabilities
from labkit.containers.pushgateway import RealPushgateway
from labkit.containers.session import broker
from labkit.errors import EnvironmentMissing

needs_gateway = pytest.mark.skipif(GATEWAY is None, reason="prometheus-pushgateway is not installed")


ENGINE = capabilities.find(capabilities.named(["docker"])[0])
needs_engine = pytest.mark.skipif(not ENGINE.present, reason=f"docker: {ENGINE.why}")
FORMS = [
    "embedded",
    pytest.param("real", marks=needs_gateway),
    pytest.param("container", marks=needs_engine),
]


@pytest.fixture(scope="module")
def container_pushgateway() -> Iterator[RealPushgateway]:
    """As labkit's own, with a broker for this module."""
    with broker("container") as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        with RealPushgateway() as gateway:
            yield gateway


@pytest.fixture
def back_end(request: pytest.FixtureRequest) -> str:
    """The form that ``address`` asks for."""
    return "container" if "container" in request.node.callspec.id else "embedded"


@pytest.fixture(params=FORMS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Host and port of a gateway to which nothing was pushed."""
    if request.param != "real":
        yield request.getfixturevalue("pushgateway").address
        return
    where = f"127.0.0.1:{free_port()}"
    arguments = [str(GATEWAY), f"--web.listen-address={where}", "--persistence.file="]
    with running(arguments, f"http://{where}/-/ready", tmp_path / "log"):
        yield where


def registry(**gauges: float) -> CollectorRegistry:
    made = CollectorRegistry()
    for name, value in gauges.items():
        Gauge(name, f"About {name}.", registry=made).set(value)
    return made


def samples(address: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """All series of the page but those about the gateway itself."""
    page = requests.get(f"http://{address}/metrics", timeout=5).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if not sample.name.startswith(("go_", "process_", "pushgateway_", "push_"))
    }


def raw(address: str, text: str, path: str = "job/j", method: str = "PUT") -> Any:
    answer = requests.request(method, f"http://{address}/metrics/{path}", data=text.encode(), timeout=5)
    return answer.status_code, answer.text


def series(name: str, **labels: str) -> Any:
    return name, tuple(sorted({"instance": "", **labels}.items()))


def test_push_replaces_the_group(address: str) -> None:
    """push_to_gateway replaces all of its group and leaves other groups alone."""
    push_to_gateway(address, job="disk", registry=registry(used=0.5, free=0.5))
    push_to_gateway(address, job="backup", registry=registry(age=12))
    push_to_gateway(address, job="disk", registry=registry(used=0.75))
    assert samples(address) == {series("used", job="disk"): 0.75, series("age", job="backup"): 12.0}


def test_pushadd_replaces_metrics_of_the_same_name(address: str) -> None:
    """pushadd_to_gateway leaves the other metrics of its group."""
    push_to_gateway(address, job="disk", registry=registry(used=0.5, free=0.5))
    pushadd_to_gateway(address, job="disk", registry=registry(used=0.75))
    assert samples(address) == {series("used", job="disk"): 0.75, series("free", job="disk"): 0.5}


def test_delete(address: str) -> None:
    """delete_from_gateway takes away one group; deleting what is not there is no error."""
    key = {"instance": "a", "path": "/var/log"}
    push_to_gateway(address, job="disk", registry=registry(used=0.5), grouping_key=key)
    push_to_gateway(address, job="disk", registry=registry(used=0.6))
    assert samples(address)[series("used", job="disk", **key)] == 0.5
    delete_from_gateway(address, job="disk", grouping_key=key)
    delete_from_gateway(address, job="nothing")
    assert samples(address) == {series("used", job="disk"): 0.6}


def test_counters_and_histograms(address: str) -> None:
    """Counters and histograms come back with all of their series."""
    made = CollectorRegistry()
    Counter("jobs", "Jobs.", ["kind"], registry=made).labels("full").inc(3)
    Histogram("seconds", "Time.", buckets=(1, 5), registry=made).observe(2)
    push_to_gateway(address, job="j", registry=made)
    found = samples(address)
    assert found[series("jobs_total", job="j", kind="full")] == 3
    assert found[series("seconds_bucket", job="j", le="1")] == 0
    assert found[series("seconds_bucket", job="j", le="5")] == 1
    assert found[series("seconds_bucket", job="j", le="+Inf")] == 1
    assert found[series("seconds_sum", job="j")] == 2


def test_label_values_and_special_numbers(address: str) -> None:
    """Quotes, newlines and backslashes in label values, NaN and infinity survive."""
    text = 'a "quoted"\nline\\end'
    made = CollectorRegistry()
    gauge = Gauge("odd", "Odd.", ["text"], registry=made)
    gauge.labels(text).set(float("inf"))
    gauge.labels("none").set(math.nan)
    push_to_gateway(address, job="j", registry=made)
    found = samples(address)
    assert found[series("odd", job="j", text=text)] == math.inf
    assert math.isnan(found[series("odd", job="j", text="none")])


def test_names_of_groups(address: str) -> None:
    """A group is addressed by labels, in base64 where they have a slash; the labels of the group win."""
    assert raw(address, 'x{job="other"} 1\n', "job@base64/YS9i/path@base64/L3Zhcg")[0] == 200
    assert samples(address) == {series("x", job="a/b", path="/var"): 1.0}


def test_the_time_of_a_push(address: str) -> None:
    """The gateway says when a group was pushed last, and when a push last failed."""
    push_to_gateway(address, job="j", registry=registry(x=1))
    raw(address, "x 1 1234567\n")
    page = requests.get(f"http://{address}/metrics", timeout=5).text
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.labels.get("job") == "j"
    }
    assert 0 < found["push_time_seconds"] <= found["push_failure_time_seconds"]
    described = requests.get(f"http://{address}/api/v1/metrics", timeout=5).json()["data"][0]
    assert (described["labels"], described["last_push_successful"]) == ({"job": "j"}, False)
    assert described["x"]["metrics"] == [{"labels": {"instance": "", "job": "j"}, "value": "1"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x 1", "text format parsing error in line 1: unexpected end of input stream"),
        ("# HELP x X.\nx{ 1\n", 'text format parsing error in line 2: invalid label name for metric "x"'),
        ("x one\n", 'text format parsing error in line 1: expected float as value, got "one"'),
        ("# TYPE x round\nx 1\n", 'text format parsing error in line 1: unknown metric type "round"'),
        ("x 1 soon\n", 'text format parsing error in line 1: expected integer as timestamp, got "soon"'),
        ("x 1 1234567\n", "existing metrics: pushed metrics must not have timestamps"),
        ("x 1\nx 2\n", "was collected before with the same name and label values"),
    ],
)
def test_refused_text(address: str, text: str, reason: str) -> None:
    """What is not in the format, or does not fit together, is refused as a whole, with the reason."""
    status, told = raw(address, text)
    assert (status, reason in told) == (400, True), told
    assert samples(address) == {}


def test_a_type_that_does_not_fit(address: str) -> None:
    """A metric that is a counter in another group cannot be pushed as a gauge."""
    assert raw(address, "# TYPE x counter\nx 1\n", "job/a")[0] == 200
    status, told = raw(address, "# TYPE x gauge\nx 2\n", "job/b")
    assert status == 400
    # The real one gathers its groups in any order, and blames the later.
    assert any(f"is not a {kind}" in told for kind in ("COUNTER", "GAUGE")), told
    with pytest.raises(HTTPError, match="400"):
        push_to_gateway(address, job="b", registry=registry(x=2))


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("PUT", "/metrics/job/", 404, "404 page not found"),
        ("PUT", "/metrics/job/c/instance", 400, 'odd number of components in label string "/instance"'),
        ("GET", "/metrics/job/a", 405, "Method Not Allowed"),
        ("GET", "/nowhere", 404, "404 page not found"),
        ("PUT", "/api/v1/admin/wipe", 404, "404 page not found"),
        ("GET", "/-/healthy", 200, "OK"),
        ("GET", "/-/ready", 200, "OK"),
        ("GET", "/api/v1/status", 200, '"status":"success"'),
    ],
)
def test_addresses(address: str, method: str, path: str, status: int, words: str) -> None:
    """Addresses that are not served say so in the gateway's words."""
    answer = requests.request(method, f"http://{address}{path}", data="x 1\n", timeout=5)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


def test_what_the_container_form_lacks(address: str, back_end: str, request: pytest.FixtureRequest) -> None:
    """The fixture leads clients by PUSHGATEWAY_URL; state and faults are those of the simulated one alone."""
    import os

    if back_end != "container":
        return
    gateway = request.getfixturevalue("pushgateway")
    assert os.environ["PUSHGATEWAY_URL"] == f"http://{address}" == gateway.url
    with pytest.raises(EnvironmentMissing, match="a real Pushgateway has no faults"):
        _ = gateway.faults
