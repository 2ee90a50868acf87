"""The target to scrape, read by prometheus_client, by promtool and by the real Prometheus."""

from __future__ import annotations

import math
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
import requests
from prometheus_client import CollectorRegistry, Gauge, push_to_gateway
from prometheus_client.parser import text_string_to_metric_families
from services_real_prometheus import PATIENCE, PROMETHEUS, PROMTOOL, free_port, running

from labkit.faults import Drop, Malformed, Refuse, Throttle


def fill(target: Any) -> None:
    target.gauge("disk_used_ratio", 0.91, "How full a disk is.", mount="/var")
    target.gauge("odd", math.nan, "Odd.", text='a "quoted"\nline')
    target.count("requests_total", 5, "Requests.", code="200")
    target.count("requests_total", 2, code="200")
    target.observe("latency_seconds", 0.3, help="Latency.")


def scraped(url: str) -> dict[str, Any]:
    page = requests.get(f"{url}/metrics", timeout=5)
    assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        sample.name + str(sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


def test_figures(scrape_target: Any) -> None:
    """Gauges, counters and histograms are read back; a restart begins counters again, not gauges."""
    fill(scrape_target)
    found = scraped(scrape_target.url)
    assert found["requests_total['200']"] == 7
    assert found["disk_used_ratio['/var']"] == 0.91
    assert (found["latency_seconds_bucket['0.1']"], found["latency_seconds_bucket['0.5']"]) == (0, 1)
    assert math.isnan(found["odd['a \"quoted\"\\nline']"])
    scrape_target.restart()
    found = scraped(scrape_target.url)
    assert (found["requests_total['200']"], found["disk_used_ratio['/var']"]) == (0, 0.91)
    with pytest.raises(ValueError, match="cannot be decreased"):
        scrape_target.count("requests_total", -1, code="200")


def test_pages_for_checks(scrape_target: Any) -> None:
    """A page answers with the status that a test sets."""
    scrape_target.pages["/health"] = 503
    assert requests.get(f"{scrape_target.url}/health", timeout=5).status_code == 503
    assert requests.get(scrape_target.url, timeout=5).status_code == 200
    assert requests.get(f"{scrape_target.url}/none", timeout=5).status_code == 404


@pytest.mark.parametrize("fault", [Throttle(), Refuse(), Refuse(at="internal"), Throttle(at="overload")])
def test_a_gateway_that_refuses(pushgateway: Any, fault: Any) -> None:
    """Each refusal reaches prometheus_client as an HTTPError, and nothing was pushed."""
    registry = CollectorRegistry()
    Gauge("x", "X.", registry=registry).set(1)
    with pushgateway.faults.during(fault), pytest.raises(HTTPError):
        push_to_gateway(pushgateway.address, job="j", registry=registry)
    assert pushgateway.value("x") is None
    push_to_gateway(pushgateway.address, job="j", registry=registry)
    assert pushgateway.value("x", job="j") == 1


def test_a_gateway_that_is_down(pushgateway: Any) -> None:
    """A gateway that was stopped refuses connections; one that cuts them is an error, too."""
    address = pushgateway.address
    with pushgateway.faults.during(Drop()), pytest.raises((URLError, ConnectionError)):
        push_to_gateway(address, job="j", registry=CollectorRegistry())
    pushgateway.stop()
    with pytest.raises(URLError):
        push_to_gateway(address, job="j", registry=CollectorRegistry())


def test_garbled_pages(scrape_target: Any) -> None:
    """A page that is no metrics is refused by the parser."""
    with scrape_target.faults.during(Malformed(payload=b"x{ nonsense\n")), pytest.raises(ValueError):  # noqa: PT011
        scraped(scrape_target.url)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_promtool_finds_nothing_to_say(scrape_target: Any) -> None:
    """promtool reads the page and its linter has no remark."""
    fill(scrape_target)
    done = subprocess.run(
        [str(PROMTOOL), "check", "metrics"],
        input=scrape_target.page().encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


@pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed")
def test_the_real_prometheus_scrapes_both(pushgateway: Any, scrape_target: Any, tmp_path: Path) -> None:
    """Prometheus scrapes target and gateway, and answers queries with what they hold."""
    fill(scrape_target)
    requests.put(f"{pushgateway.url}/metrics/job/backup", data="backup_age_seconds 12\n", timeout=5)
    config = tmp_path / "prometheus.yml"
    target, gateway = (each.url.removeprefix("http://") for each in (scrape_target, pushgateway))
    config.write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        f"- {{job_name: target, static_configs: [{{targets: ['{target}']}}]}}\n"
        f"- {{job_name: push, honor_labels: true, static_configs: [{{targets: ['{gateway}']}}]}}\n"
    )
    url = f"http://127.0.0.1:{free_port()}"
    arguments = [
        str(PROMETHEUS),
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
    ]
    with running(arguments, f"{url}/-/ready", tmp_path / "log"):
        until = time.monotonic() + PATIENCE
        wanted = {'requests_total{code="200"}': "7", 'backup_age_seconds{job="backup"}': "12"}
        found: dict[str, str] = {}
        pause = threading.Event()
        while found != wanted and time.monotonic() < until and not pause.wait(0.05):
            for query in wanted:
                answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=5).json()
                for each in answer["data"]["result"]:
                    found[query] = each["value"][1]
        assert found == wanted
