"""The catalogue in a real browser: contrast in both schemes, phone width, search without a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import load
from labkit.catalogue_site.build import build

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
PATIENCE = 20
REPOSITORY = Path(__file__).parents[3]
PAGES = ("index.html", "labs/22.html", "labs/track-book.html", "labs/needs.html", "guides/learner.html")

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with chromedriver")

#: Texts whose colour differs too little from what is behind them (WCAG 2.1, 1.4.3), as "ratio text".
CONTRAST = """
const channel = (value) => {
  value /= 255;
  return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const parse = (text) => { probe.clearRect(0, 0, 1, 1); probe.fillStyle = text; probe.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = probe.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
const ground = (element) => {
  const layers = [];
  for (let each = element; each; each = each.parentElement)
    layers.push(parse(getComputedStyle(each).backgroundColor));
  return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
};
const found = [];
for (const element of document.querySelectorAll("article *, nav *, header *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  if (!own || style.visibility === "hidden" || style.opacity === "0") continue;
  if (!box.width || element.closest("svg")) continue;
  const under = ground(element);
  const [a, b] = [light(over(parse(style.color), under)), light(under)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  const text = element.textContent.trim().slice(0, 40);
  if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${element.tagName} ${element.className} ${text}`);
}
return [...new Set(found)];
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(load(REPOSITORY), tmp_path_factory.mktemp("site") / "site").folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.add_argument("--allow-file-access-from-files")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser') / 'profile'}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


def show(browser: Any, site: Path, name: str, *, width: int = 1280, dark: bool = False) -> None:
    """Open a page at this width, in this scheme."""
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": scheme})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get((site / name).as_uri())
    browser.execute_script("localStorage.clear()")  # the theme keeps the scheme of the page before
    browser.refresh()
    browser.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_contrast(browser: Any, site: Path, name: str, dark: bool) -> None:
    """Every text can be read: its contrast is that of WCAG AA, by day and by night."""
    show(browser, site, name, dark=dark)
    scheme = browser.execute_script("return document.body.dataset.mdColorScheme")
    assert scheme == ("slate" if dark else "default")
    assert browser.execute_script(CONTRAST) == []


@pytest.mark.parametrize("name", PAGES)
def test_phone_width(browser: Any, site: Path, name: str) -> None:
    """On a phone nothing sticks out to the right: what is wide scrolls inside its own frame."""
    show(browser, site, name, width=390)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= 390


def test_search_without_a_server(browser: Any, site: Path) -> None:
    """Opened from a folder, the search finds a lab by a word of its README."""
    from selenium.webdriver.support.ui import WebDriverWait

    show(browser, site, "index.html")
    field = browser.find_element("css selector", "input.md-search__input")
    field.click()
    field.send_keys("netmiko")
    links = WebDriverWait(browser, PATIENCE).until(
        lambda found: found.find_elements("css selector", "a.md-search-result__link")
    )
    assert any("labs/22.html" in link.get_attribute("href") for link in links)


def test_the_browser_complains_about_nothing(browser: Any, site: Path) -> None:
    """Neither a script nor the policy against other servers finds a fault with a page."""
    browser.get_log("browser")
    for name in PAGES:
        show(browser, site, name)
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
