"""The contract of the browser fixture: a Chromium on this machine, and one in a container, by Selenium."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import read_lab
from labkit.containers.browser.chromium import ContainerBrowser
from labkit.containers.services.client import ContainerServices
from labkit.fixtures.browser import browser, browser_downloads, browser_folder, browser_process
from labkit.fixtures.portal import portal, portal_server
from labkit.fixtures.services import either_service, fault_seed, http_pauses, http_service
from labkit.runner.run import run
from labkit.services.portal import Portal

from ..conftest import Checkout
from .conftest import found, needs_engine

__all__ = [
    "browser",
    "browser_downloads",
    "browser_folder",
    "browser_process",
    "either_service",
    "fault_seed",
    "http_pauses",
    "http_service",
    "portal",
    "portal_server",
]

HERE = shutil.which("chromedriver") and (shutil.which("chromium") or shutil.which("google-chrome"))
FORMS = [
    pytest.param("embedded", marks=pytest.mark.skipif(not HERE, reason="no Chromium with chromedriver")),
    pytest.param("container", marks=needs_engine),
]
PATIENCE = 30
LAB_TEST = '''
import functools
import http.server
import threading

import disk_figures
import pytest


@pytest.fixture
def url(tmp_path):
    """A page on this machine."""
    (tmp_path / "index.html").write_text("<title>Disks</title>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_title(browser, url):
    """The page has a title."""
    assert disk_figures.mark(browser, url) == "Disks"
'''
SOLVED = "def mark(browser, url):\n    browser.get(url)\n    return browser.title\n"


@pytest.fixture(scope="module")
def container_browser(broker_variables: dict[str, str], browser_folder: Path) -> Iterator[ContainerBrowser]:
    """As labkit's own; the broker is found when the container is stopped, too."""
    with found(broker_variables), ContainerBrowser(browser_folder / "downloads") as made:
        yield made


@pytest.fixture(scope="module")
def container_services(broker_variables: dict[str, str]) -> Iterator[ContainerServices]:
    """Likewise."""
    with found(broker_variables), ContainerServices() as made:
        yield made


@pytest.fixture(params=FORMS)
def back_end(request: pytest.FixtureRequest) -> str:
    """The form that a test is run on."""
    return str(request.param)


@pytest.fixture
def tickets(browser: Any, portal: Portal) -> Any:
    """The browser after a login to the portal, which has two tickets."""
    portal.ticket("Printer")
    portal.ticket("Badge")
    browser.get(f"{portal.url}/login")
    browser.find_element("name", "username").send_keys(portal.user)
    browser.find_element("name", "password").send_keys(portal.password)
    browser.find_element("css selector", "button[type=submit]").click()
    wait(browser, lambda found: found.current_url.endswith("/tickets"))
    return browser


def wait(browser: Any, condition: Callable[[Any], Any]) -> Any:
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, PATIENCE, poll_frequency=0.02).until(condition)


def test_a_page_with_a_script(tickets: Any) -> None:
    """A page from this machine's loopback comes, its script runs, and its late list appears."""
    rows = wait(tickets, lambda found: found.find_elements("css selector", "table.grid tbody tr"))
    assert len(rows) == 2
    assert tickets.execute_script("return 6 * 7") == 42
    assert tickets.get_cookies()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_fresh(browser: Any, portal: Portal, turn: int) -> None:
    """One empty window, and no cookie of the test before."""
    assert browser.current_url == "about:blank"
    assert len(browser.window_handles) == 1
    assert browser.execute_cdp_cmd("Network.getAllCookies", {})["cookies"] == []
    browser.get(f"{portal.url}/login")
    browser.add_cookie({"name": "mine", "value": str(turn)})
    browser.switch_to.new_window("tab")


@pytest.mark.parametrize(
    "address", ["http://198.51.100.7/", "http://example.com/", "https://[2001:db8::1]/", "http://10.0.0.1/"]
)
def test_nothing_but_loopback(browser: Any, address: str) -> None:
    """Neither a name nor an address elsewhere is reached, from a container neither."""
    from selenium.common.exceptions import WebDriverException

    refused = "ERR_PROXY_CONNECTION_FAILED|ERR_SOCKS_CONNECTION_FAILED|ERR_NAME_NOT_RESOLVED"
    with pytest.raises(WebDriverException, match=refused):
        browser.get(address)


def test_a_port_where_nobody_listens(browser: Any) -> None:
    """A server on this machine that is down is an error of the connection, not a page."""
    from selenium.common.exceptions import WebDriverException

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(WebDriverException, match=r"ERR_CONNECTION_REFUSED|ERR_SOCKS_CONNECTION_FAILED"):
            browser.get(f"http://127.0.0.1:{port}/")


def test_downloads(browser: Any, browser_downloads: Path) -> None:
    """A file that a page offers comes to the folder of downloads, whole, and is gone before the next test."""
    assert list(browser_downloads.iterdir()) == []
    browser.get("about:blank")
    browser.execute_script(
        "const link = document.createElement('a');"
        "link.href = URL.createObjectURL(new Blob(['x'.repeat(3000000)]));"
        "link.download = 'report ä.csv'; link.click()"
    )
    file = browser_downloads / "report ä.csv"
    wait(browser, lambda _: file.exists())
    assert file.read_text() == "x" * 3_000_000


def test_uploads(browser: Any, tmp_path: Path) -> None:
    """A form takes a file of this machine."""
    (tmp_path / "list.csv").write_text("a,b\n")
    browser.execute_script("document.body.innerHTML = '<input type=file id=f>'")
    field = browser.find_element("id", "f")
    field.send_keys(str(tmp_path / "list.csv"))
    script = "const done = arguments[0]; f.files[0].text().then(text => done(f.files[0].name + ':' + text))"
    assert browser.execute_async_script(script) == "list.csv:a,b\n"


def test_many_connections(browser: Any, portal: Portal) -> None:
    """A page may ask for many things at the same time."""
    browser.get(f"{portal.url}/login")
    script = (
        "const done = arguments[0];"
        "Promise.all([...Array(40).keys()].map(n => fetch('/login?n=' + n).then(a => a.status))).then(done)"
    )
    assert browser.execute_async_script(script) == [200] * 40


def test_a_picture_of_the_page(browser: Any, portal: Portal) -> None:
    """A screenshot is a PNG of the window's size."""
    browser.get(f"{portal.url}/login")
    png = browser.get_screenshot_as_png()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") > 1000


@needs_engine
def test_a_lab_runs_on_it(checkout: Checkout) -> None:
    """In a run of its own, under the guard, a lab reaches its own server with the browser in a container."""
    made = checkout.lab(
        tests={1: LAB_TEST}, code=SOLVED, solution=SOLVED, names=("mark",), settings="time_limit = 90"
    )
    toml = made.path / "lab.toml"
    toml.write_text(toml.read_text().replace("needs = []", 'needs = ["browser"]'))
    result = run(read_lab(made.path), every=True, backend="container")
    verdicts = [(test.verdict, test.message) for task in result.tasks for test in task.tests]
    assert (result.problem, verdicts) == ("", [("passed", "")])


@needs_engine
def test_a_stranger_is_nobody(container_browser: ContainerBrowser) -> None:
    """Whoever does not know the token carries no connection of the browser, and gets no file."""
    assert container_browser.driver
    place = container_browser._carriers._place  # type: ignore[union-attr]
    for words in (b"CARRIER 0000\n\n", b"FILES 0000\n\n"):
        with socket.create_connection(place, timeout=20) as sock:
            sock.sendall(words)
            # The driver's answer to what is no HTTP: an error, or the end.
            assert sock.recv(9) in (b"", b"HTTP/1.1 ")
