"""The portal in a real browser: Chromium, driven by Selenium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.services.portal import Portal

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
PATIENCE = 20

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with chromedriver")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless browser whose downloads go to a folder of its own."""
    from selenium import webdriver

    folder = tmp_path_factory.mktemp("browser")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    options.add_experimental_option("prefs", {"download.default_directory": str(folder / "downloads")})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    driver.downloads = folder / "downloads"
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Any, portal: Portal) -> Any:
    """The browser after a login."""
    browser.delete_all_cookies()
    browser.get(f"{portal.url}/login")
    named(browser, "username").send_keys(portal.user)
    named(browser, "password").send_keys(portal.password)
    browser.find_element("css selector", "button[type=submit]").click()
    wait(browser, lambda found: found.current_url.endswith("/tickets"))
    return browser


def named(browser: Any, name: str) -> Any:
    return browser.find_element("name", name)


def wait(browser: Any, condition: Any) -> Any:
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(browser, PATIENCE, poll_frequency=0.02).until(condition)


def test_the_list_appears_late(portal: Portal, page: Any) -> None:
    """The list is not there at first; an explicit wait finds it, page after page."""
    for number in range(12):
        portal.ticket(f"Request {number}")
    portal.render_delay = 0.3
    page.get(f"{portal.url}/tickets")
    assert page.find_elements("css selector", "table.grid tr") == []
    numbers = []
    while True:
        wait(page, lambda found: found.find_elements("css selector", "table.grid tbody tr"))
        numbers += [cell.text.strip() for cell in page.find_elements("css selector", "tbody td:first-child")]
        following = page.find_elements("css selector", "a.next")
        if not following:
            break
        following[0].click()
        wait(page, lambda found: "page=2" in found.current_url)
    assert numbers == [f"TCK-{1001 + number}" for number in range(12)]


def test_the_window_in_the_way(portal: Portal, page: Any) -> None:
    """A window covers the page until it is dismissed, and does not come again."""
    from selenium.common.exceptions import ElementClickInterceptedException

    portal.modal = "Closed on Sunday. Don't worry."
    page.get(f"{portal.url}/tickets")
    dismiss = wait(page, lambda found: found.find_element("css selector", "[role=dialog] button"))
    assert "Don't worry" in page.find_element("css selector", "[role=dialog]").text
    with pytest.raises(ElementClickInterceptedException):
        page.find_element("link text", "Reports").click()
    dismiss.click()
    wait(page, lambda _: portal.requests.count("POST /dismissed"))
    page.get(f"{portal.url}/tickets")
    wait(page, lambda found: found.find_elements("css selector", "p.empty"))
    assert page.find_elements("css selector", ".overlay") == []


def test_the_form(portal: Portal, page: Any) -> None:
    """A wrong form comes back with its errors; corrected, it makes a ticket."""
    page.get(f"{portal.url}/tickets/new")
    named(page, "summary").send_keys("Printer")
    page.find_element("css selector", "button[type=submit]").click()
    told = wait(page, lambda found: found.find_elements("css selector", ".field-error"))
    errors = {each.get_attribute("data-field") for each in told}
    assert errors == {"priority", "site", "due", "confirm"}
    assert named(page, "summary").get_attribute("value") == "Printer"
    named(page, "priority").send_keys("High")
    named(page, "site").send_keys("Lisbon")
    named(page, "due").send_keys("2026-03-09")
    named(page, "confirm").click()
    page.find_element("css selector", "button[type=submit]").click()
    status = wait(page, lambda found: found.find_element("css selector", "[role=status]"))
    assert status.text == "Ticket TCK-1001 created."
    assert portal.tickets[0].priority == "High"


def test_the_session_ends_while_the_list_loads(portal: Portal, page: Any) -> None:
    """A session that ends under the page leads to the login."""
    portal.render_delay = 0.2
    page.get(f"{portal.url}/tickets")
    portal.expire_sessions()
    wait(page, lambda found: "expired=1" in found.current_url)
    assert "Your session has expired" in page.find_element("css selector", "[role=alert]").text


def test_the_report_is_downloaded(portal: Portal, page: Any) -> None:
    """The link appears when the report is ready, and the file has what the portal sent."""
    portal.ticket("Printer")
    page.get(f"{portal.url}/reports")
    wait(page, lambda found: found.find_element("css selector", "a.download")).click()
    folder: Path = page.downloads
    wait(page, lambda _: list(folder.glob("tickets-*.csv")))
    assert next(folder.glob("tickets-*.csv")).read_bytes() == portal.report()


def test_the_square_is_dragged(portal: Portal, page: Any) -> None:
    """The square follows the mouse, and the portal knows where it was dropped."""
    from selenium.webdriver import ActionChains

    page.get(f"{portal.url}/canvas")
    square = page.find_element("id", "square")
    ActionChains(page).click_and_hold(square).move_by_offset(60, 30).move_by_offset(
        40, 20
    ).release().perform()
    wait(page, lambda _: portal.square)
    assert portal.square == (120, 70)
