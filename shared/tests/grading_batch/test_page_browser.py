"""The report in a real browser, opened as an instructor does: from a file, without a network."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import Catalog
from labkit.grading.reports.page import page

from .test_reports import NASTY, make

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with chromedriver")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless browser that logs its console and its requests."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture
def report(catalog: Catalog, hand_in: Callable[..., Path], tmp_path: Path, browser: Any) -> Iterator[Any]:
    """The results, and the page open in the browser; afterwards its console has to be empty."""
    document = make(catalog, hand_in)
    file = tmp_path / "report.html"
    file.write_text(page(document), encoding="utf-8")
    width(browser, 1280)
    browser.get_log("performance")
    browser.get(file.as_uri())
    yield document
    assert browser.get_log("browser") == []
    requests = [line["message"] for line in browser.get_log("performance")]
    urls = [text for text in requests if '"Network.requestWillBeSent"' in text]
    assert urls
    assert not [text for text in urls if '"url":"http' in text]


def width(browser: Any, pixels: int) -> None:
    """Emulated: a window of a desktop does not get as narrow as a phone."""
    size = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": pixels < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def rows(browser: Any) -> list[str]:
    """The learners that are shown, in order."""
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#matrix tbody tr')]"
        ".filter(r => !r.hidden).map(r => r.dataset.name)"
    )
    return found


def choose(browser: Any, field: str, value: str) -> None:
    from selenium.webdriver.support.ui import Select

    Select(browser.find_element("id", field)).select_by_value(value)


def test_contents_are_those_of_the_json(browser: Any, report: dict[str, Any]) -> None:
    """Each learner, lab and task of results.json is in the matrix with its verdict."""
    assert rows(browser) == [learner["name"] for learner in report["learners"]]
    shown = browser.execute_script(
        "return [...document.querySelectorAll('#matrix tbody td[data-lab]')].map(c => [c.dataset.lab,"
        "c.dataset.status, [...c.querySelectorAll('.t')].map(t => t.title.split(': ').pop())])"
    )
    expected = [
        [lab, entry["status"], [task["verdict"] for task in entry["tasks"]]]
        for learner in report["learners"]
        for lab, entry in learner["labs"].items()
    ]
    assert shown == expected


def test_learners_words_are_text(browser: Any, report: dict[str, Any]) -> None:
    """A learner named like a script is a name, and what the code printed is shown, not carried out."""
    assert browser.title.startswith("Grading")
    assert any(NASTY.replace("/", "\u2215") in name for name in rows(browser))
    came = browser.execute_script(
        "return [...document.querySelectorAll('.failure pre')].map(p => p.textContent)"
    )
    assert NASTY in came
    assert browser.find_elements("tag name", "img") == []


def test_filters(browser: Any, report: dict[str, Any]) -> None:
    """Name, lab and status narrow the table and the details together; Escape takes all back."""
    from selenium.webdriver.common.keys import Keys

    name = browser.find_element("id", "f-name")
    name.send_keys("AD")
    assert rows(browser) == ["ada"]
    assert browser.find_element("id", "shown").text == "1 of 6 learners"
    choose(browser, "f-lab", "09")
    assert not browser.find_element("css selector", "#matrix th[data-lab='08']").is_displayed()
    choose(browser, "f-status", "passed")
    assert rows(browser) == []
    assert browser.find_element("id", "nobody").is_displayed()
    name.send_keys(Keys.ESCAPE)
    assert len(rows(browser)) == 6
    choose(browser, "f-status", "not started")
    assert rows(browser) == ["idle"]
    visible = [unit for unit in browser.find_elements("css selector", "details.unit") if unit.is_displayed()]
    assert visible == []


def test_sorts_by_keyboard(browser: Any, report: dict[str, Any]) -> None:
    """A column's heading is a button: Enter sorts by it, again the other way round, and says so."""
    from selenium.webdriver.common.keys import Keys

    button = browser.find_element("css selector", "button[data-sort='08']")
    button.send_keys(Keys.ENTER)
    heading = browser.find_element("css selector", "#matrix th[data-lab='08']")
    assert heading.get_attribute("aria-sort") == "ascending"
    assert rows(browser)[-1] == "ada"
    button.send_keys(Keys.ENTER)
    assert heading.get_attribute("aria-sort") == "descending"
    assert rows(browser)[0] == "ada"


def test_a_cell_leads_to_its_failure(browser: Any, report: dict[str, Any]) -> None:
    """Following a cell by keyboard opens what the learner saw."""
    from selenium.webdriver.common.keys import Keys

    link = browser.find_element("css selector", "tr[data-name=ada] td[data-lab='09'] a")
    link.send_keys(Keys.ENTER)
    target = browser.find_element(
        "css selector", link.get_attribute("href").partition("#")[2].join(["#", ""])
    )
    assert target.get_attribute("open") is not None
    assert "mark([80])" in target.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("pixels", [360, 1280])
def test_fits_any_width_and_scheme(browser: Any, report: dict[str, Any], pixels: int, scheme: str) -> None:
    """Nothing sticks out at a phone's width, and the ink contrasts with the paper (WCAG 2.2, 1.4.3)."""
    width(browser, pixels)
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    for unit in browser.find_elements("css selector", "details.unit"):
        browser.execute_script("arguments[0].open = true", unit)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= pixels
    faint = browser.execute_script(CONTRAST)
    assert faint == []


#: Texts whose contrast with what is painted behind them is below 4.5.
CONTRAST = """
const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => {
  v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = (e) => { for (; e; e = e.parentElement) {
  const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
  return [255, 255, 255]; };
return [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() &&
  [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).map((e) => {
  const pair = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
  return [e.tagName, e.className, e.textContent.slice(0, 20), (pair[0] + 0.05) / (pair[1] + 0.05)]; })
  .filter((found) => found[3] < 4.5);
"""
