"""Chromium without a window, driven by Selenium; it reaches loopback and nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.capabilities import named
from labkit.errors import EnvironmentMissing

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

#: What has nothing to do with where the browser runs and what it may reach.
ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
#: Where nobody listens: what is not loopback is sent there, and refused at once.
_DEAD_PROXY = "http://127.0.0.1:9"


def start(folder: Path) -> Chrome:
    """Start a browser of its own profile.

    Args:
        folder: for the profile and for ``downloads``; must go with the run.

    Returns:
        Selenium's driver; ``quit()`` ends it.

    Raises:
        EnvironmentMissing: there is no Chromium, no driver for it, or Selenium is not installed.
    """
    browser = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    for name, found in (("chromium", browser), ("chromedriver", driver)):
        if found is None:
            (capability,) = named([name])
            raise EnvironmentMissing("browser", f"{name} is not on the PATH", capability.install_line())
    try:
        from selenium import webdriver
    except ModuleNotFoundError:
        raise EnvironmentMissing(
            "browser", "Selenium is not installed", "./lab setup, with the lab's id"
        ) from None
    options = webdriver.ChromeOptions()
    options.binary_location = str(browser)
    for argument in _arguments(folder):
        options.add_argument(argument)
    downloads = folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    service = webdriver.ChromeService(str(driver), env={**os.environ, "HOME": str(folder)})
    return webdriver.Chrome(options=options, service=service)


def reset(driver: Chrome) -> None:
    """Back to one empty window without cookies, storage and emulation, as just started."""
    first, *others = driver.window_handles
    for handle in others:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(first)
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.set_page_load_timeout(30)
    driver.implicitly_wait(0)
    driver.get("about:blank")


def _arguments(folder: Path) -> list[str]:
    found = [
        *ARGUMENTS,
        f"--user-data-dir={folder / 'profile'}",
        # Nothing but loopback: neither by name, nor by address, nor beside the proxy.
        f"--proxy-server={_DEAD_PROXY}",
        "--proxy-bypass-list=127.0.0.1;localhost;[::1]",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE ::1",
    ]
    # Its own sandbox does not work for root, nor in most containers.
    return [*found, "--no-sandbox"] if os.geteuid() == 0 else found
