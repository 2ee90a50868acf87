"""The browser that labs get: fresh for each test, loopback only, gone with the run; missing, it says so."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

pytestmark = pytest.mark.skipif(
    not shutil.which("chromedriver") or not (shutil.which("chromium") or shutil.which("google-chrome")),
    reason="no Chromium with chromedriver",
)

TESTS = '''
import disk_figures
import http.server
import threading

import pytest
from selenium.common.exceptions import WebDriverException


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<title>t</title><p id=p>0</p><script>p.textContent = 6 * 7; localStorage.x = 1</script>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Set-Cookie", "seen=yes")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@pytest.fixture
def url():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("turn", [1, 2])
def test_fresh(browser, url, turn):
    """A page runs its script, and nothing of the test before is left."""
    assert disk_figures.mark([]) == []
    assert browser.current_url == "about:blank"
    browser.get(url)
    assert browser.find_element("id", "p").text == "42"
    assert len(browser.window_handles) == 1
    browser.switch_to.new_window("tab")


def test_no_cookie_is_left(browser, url):
    """Cookies of an earlier test are gone."""
    browser.execute_cdp_cmd("Network.enable", {})
    assert browser.execute_cdp_cmd("Network.getAllCookies", {})["cookies"] == []


@pytest.mark.parametrize("address", ["http://198.51.100.7/", "http://example.com/", "https://[2001:db8::1]/"])
def test_nothing_but_loopback(browser, address):
    """Neither a name nor an address elsewhere is reached."""
    with pytest.raises(WebDriverException, match="ERR_PROXY_CONNECTION_FAILED|ERR_NAME_NOT_RESOLVED"):
        browser.get(address)


def test_downloads(browser_downloads):
    """The folder of downloads is empty and below the run's folder."""
    assert list(browser_downloads.iterdir()) == []
'''


@pytest.fixture
def short_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where runs put their folders: Chromium has a Unix socket there, whose path must not be long."""
    folder = Path(tempfile.mkdtemp(prefix="ol-", dir="/tmp"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def browser_lab(checkout: Checkout, short_folder: Path) -> Any:
    """A solved lab that needs a browser."""
    made = checkout.lab(tests={1: TESTS}, settings="time_limit = 60")
    file = made.path / "lab.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("needs = []", 'needs = ["browser"]'), encoding="utf-8"
    )
    return made


def test_a_lab_with_a_browser(browser_lab: Any, lab: Callable[..., Said]) -> None:
    """All that the fixture promises holds in a real run, under the guard."""
    status, said, _ = lab("run", "08", "--code", str(browser_lab.solution), "--json")
    verdicts = {
        test["id"]: (test["verdict"], test["message"])
        for task in json.loads(said)["tasks"]
        for test in task["tests"]
    }
    assert status == 0, verdicts
    assert len(verdicts) == 7


def test_no_process_is_left(browser_lab: Any, short_folder: Path, lab: Callable[..., Said]) -> None:
    """When the run is over, neither the browser nor its driver runs any more."""
    import psutil

    lab("run", "08", "--code", str(browser_lab.solution))
    folder = str(short_folder)
    left = [
        p.info["cmdline"]
        for p in psutil.process_iter(["cmdline"])
        if any(folder in w for w in p.info["cmdline"] or [])
    ]
    assert left == []
    assert list(short_folder.iterdir()) == []


def test_a_machine_without_one(
    browser_lab: Any, lab: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without Chromium the verdict is `environment`, with the line that brings it."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    status, said, _ = lab("run", "08", "--code", str(browser_lab.solution))
    assert status == 3
    assert "chromium is not on the PATH" in said
