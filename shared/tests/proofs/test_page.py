"""The report as a page: complete, escaped, and readable in a real browser without a network."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from labkit.proofs import PROOFS, Finding, Outcome, Report, render_page

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


@pytest.fixture
def report() -> Report:
    outcomes = [Outcome("08", proof, seconds=1.25) for proof in PROOFS]
    outcomes += [Outcome("22", proof, cached=True) for proof in PROOFS if proof not in ("wrong", "mutants")]
    outcomes.append(
        Outcome(
            "22", "wrong", "failed", 3, findings=[Finding("a < b & <script>alert(1)</script>", "x.py", 3)]
        )
    )
    outcomes.append(Outcome("22", "mutants", "open", notes=["two.py:4 f: Lt to LtE", "two.py:9 g: text"]))
    return Report(outcomes, 12.5)


def test_all_is_there(report: Report) -> None:
    """Each lab, each proof with its time, each finding and each note is in the page."""
    page = render_page(report)
    for text in (
        "08",
        "22",
        *PROOFS,
        "ok 1.2s",
        "FAIL 1",
        "open 2",
        "x.py:3",
        "two.py:9 g: text",
        "16 proofs",
    ):
        assert text in page


def test_texts_are_escaped(report: Report) -> None:
    """What a finding holds is text, never a part of the page."""
    page = render_page(report)
    assert "<script" not in page
    assert "a &lt; b &amp; &lt;script&gt;" in page


def test_nothing_to_mend() -> None:
    """When all is proven, the page says that there is nothing to mend."""
    assert "<p>Nothing.</p>" in render_page(Report([Outcome("08", proof) for proof in PROOFS]))


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with chromedriver")
@pytest.mark.parametrize("pixels", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(report: Report, tmp_path: Path, pixels: int, scheme: str) -> None:
    """Opened as a file it loads nothing else, is no wider than the screen, and its texts stand out."""
    from selenium import webdriver

    file = tmp_path / "proofs.html"
    file.write_text(render_page(report), encoding="utf-8")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path / 'profile'}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    try:
        size = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": pixels < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        browser.get_log("performance")  # its own start page
        browser.get(file.as_uri())
        told = browser.execute_script(_LOOK)
        requests = [line["message"] for line in browser.get_log("performance")]
        console: list[Any] = browser.get_log("browser")
    finally:
        browser.quit()
    assert console == []
    assert not [line for line in requests if '"url":"http' in line]
    assert told["width"] <= pixels
    assert told["rows"] == 2
    assert told["contrast"] >= 4.5


#: Width of the document, rows of the table, and the smallest contrast of a cell (WCAG 2.1, 1.4.3).
_LOOK = """
const light = rgb => {
  const [r, g, b] = rgb.match(/[0-9.]+/g).slice(0, 3).map(Number).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const paper = light(getComputedStyle(document.body).backgroundColor);
const contrast = [...document.querySelectorAll('td, p, dd, dt, li, h3')].map(cell => {
  const ink = light(getComputedStyle(cell).color);
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
});
return {width: document.documentElement.scrollWidth, rows: document.querySelectorAll('tbody tr').length,
        contrast: Math.min(...contrast)};
"""
