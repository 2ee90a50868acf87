"""Chromium in a container, driven by Selenium over the network."""

from __future__ import annotations

import secrets
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from labkit.containers.browser.carriers import Carriers
from labkit.containers.client import ask
from labkit.errors import EnvironmentMissing
from labkit.screens import chromium

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

#: Everything goes over the relay, loopback as well; there it is decided (labkit.containers.browser.carriers).
_NETWORK = ("--proxy-server=socks5://127.0.0.1:1080", "--proxy-bypass-list=<-loopback>")


class ContainerBrowser:
    """A browser in a container; a context manager that gives Selenium's driver.

    Args:
        downloads: where the files that it downloads come to.
    """

    def __init__(self, downloads: Path) -> None:
        self._downloads = downloads
        self._container = ""
        self._carriers: Carriers | None = None
        self._driver: Chrome | None = None

    def __enter__(self) -> Self:
        try:
            from selenium import webdriver
            from selenium.webdriver.remote.file_detector import LocalFileDetector
        except ModuleNotFoundError:
            raise EnvironmentMissing(
                "browser", "Selenium is not installed", "./lab setup, with the lab's id"
            ) from None
        token = secrets.token_hex(16)
        [told] = ask("start", image="browser", environments=[{"LABKIT_TOKEN": token}], names=["browser"])
        self._container = told["id"]
        self._carriers = Carriers(told["host"], told["port"], token, self._downloads)
        self._carriers.start()
        options = webdriver.ChromeOptions()
        # Its own sandbox needs namespaces, which the engine does not give to a container.
        for argument in (*chromium.ARGUMENTS, *_NETWORK, "--no-sandbox"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": "/downloads"})

        class Driver(webdriver.Remote):
            """With the one method that drivers of a Chrome on this machine have besides."""

            def execute_cdp_cmd(self, cmd: str, cmd_args: dict[str, Any]) -> Any:
                return self.execute("executeCdpCommand", {"cmd": cmd, "params": cmd_args})["value"]

        driver = Driver(f"http://{told['host']}:{told['port']}", options=options)
        # Files that a page is given lie on this machine; Chromium's own driver takes them at this path.
        cast("Any", driver.command_executor).add_command("uploadFile", "POST", "/session/$sessionId/file")
        driver.file_detector = LocalFileDetector()
        self._driver = cast("Chrome", driver)
        return self

    @property
    def driver(self) -> Chrome:
        """Selenium's driver, as one of a browser on this machine."""
        if self._driver is None:
            raise RuntimeError("this browser does not run: use it in a with statement")
        return self._driver

    def forget_downloads(self) -> None:
        """Remove what was downloaded, in the container too."""
        ask("exec", id=self._container, command=["sh", "-c", "rm -rf /downloads/*"], user="root")
        for file in self._downloads.iterdir():
            file.unlink()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._driver is not None:
            self._driver.quit()
        if self._carriers is not None:
            self._carriers.stop()
        ask("stop", ids=[self._container])
