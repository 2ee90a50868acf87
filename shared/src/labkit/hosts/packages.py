"""Debian packages: what is installed and what could be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """A package in the archive.

    Args:
        name, version, summary: as ``dpkg -l`` shows them.
        commands: command names that exist only when it is installed.
        depends: packages that come with it.
        size: installed size in KiB.
    """

    name: str
    version: str
    summary: str = ""
    commands: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    size: int = 512
    service: str = ""


_INSTALLED = (
    Package("adduser", "3.134", "add and remove users and groups"),
    Package("apt", "2.6.1", "commandline package manager", size=4232),
    Package("bash", "5.2.15-2+b7", "GNU Bourne Again SHell", size=7163),
    Package("coreutils", "9.1-1", "GNU core utilities", size=18062),
    Package("cron", "3.0pl1-162", "process scheduling daemon", service="cron"),
    Package("dpkg", "1.21.22", "Debian package management system", size=6533),
    Package("findutils", "4.9.0-4", "utilities for finding files--find, xargs"),
    Package("grep", "3.8-5", "GNU grep, egrep and fgrep"),
    Package("gzip", "1.12-1", "GNU compression utilities"),
    Package("mawk", "1.3.4.20200120-3.1", "Pattern scanning and text processing language"),
    Package("nginx", "1.22.1-9", "small, powerful, scalable web/proxy server", service="nginx", size=1345),
    Package("openssh-server", "1:9.2p1-2+deb12u3", "secure shell (SSH) server", service="ssh", size=1987),
    Package("procps", "2:4.0.2-3", "/proc file system utilities"),
    Package("sed", "4.9-1", "GNU stream editor for filtering/transforming text"),
    Package("sudo", "1.9.13p3-1+deb12u1", "Provide limited super user privileges to specific users"),
    Package("systemd", "252.30-1~deb12u2", "system and service manager", size=10092),
    Package("tar", "1.34+dfsg-1.2+deb12u1", "GNU version of the tar archiving utility"),
)
_ARCHIVE = (
    Package("curl", "7.88.1-10+deb12u7", "command line tool for transferring data with URL syntax", size=500),
    Package("git", "1:2.39.5-0+deb12u1", "fast, scalable, distributed revision control system", size=46208),
    Package(
        "haproxy", "2.6.12-1+deb12u1", "fast and reliable load balancing reverse proxy", service="haproxy"
    ),
    Package("htop", "3.2.2-2", "interactive processes viewer"),
    Package("jq", "1.6-2.1", "lightweight and flexible command-line JSON processor"),
    Package("mariadb-server", "1:10.11.6-0+deb12u1", "MariaDB database server binaries", service="mariadb"),
    Package(
        "postgresql", "15+248", "object-relational SQL database (supported version)", service="postgresql"
    ),
    Package("python3", "3.11.2-1+b1", "interactive high-level object-oriented language", ("python3",)),
    Package("redis-server", "5:7.0.15-1~deb12u1", "Persistent key-value database", service="redis-server"),
    Package("rsync", "3.2.7-1", "fast, versatile, remote (and local) file-copying tool", ("rsync",)),
    Package("tree", "2.1.0-1", "displays an indented directory tree, in color", ("tree",)),
    Package("unzip", "6.0-28", "De-archiver for .zip files", ("unzip", "zipinfo"), size=387),
    Package("vim", "2:9.0.1378-2", "Vi IMproved - enhanced vi editor", ("vim", "vi"), size=3738),
    Package("zip", "3.0-13", "Archiver for .zip files", ("zip",), ("unzip",), size=639),
)
_INSTALLED_BY_NAME: Mapping[str, Package] = {package.name: package for package in _INSTALLED}
_ARCHIVE_BY_NAME: Mapping[str, Package] = {package.name: package for package in _INSTALLED + _ARCHIVE}


class PackageTable:
    """Installed packages of one machine, and the archive it installs from.

    ``"unzip" in table`` tells whether a package is installed. ``broken`` set to a text makes the
    next installations fail with it (an archive that cannot be reached).
    """

    def __init__(self) -> None:
        self._installed: dict[str, Package] | None = None
        self._available: dict[str, Package] | None = None
        self.broken: str | None = None
        self.locked = False

    @property
    def installed(self) -> Mapping[str, Package]:
        return _INSTALLED_BY_NAME if self._installed is None else self._installed

    @property
    def available(self) -> Mapping[str, Package]:
        return _ARCHIVE_BY_NAME if self._available is None else self._available

    def __contains__(self, name: object) -> bool:
        return name in self.installed

    def __iter__(self) -> Iterator[Package]:
        return iter(sorted(self.installed.values(), key=lambda package: package.name))

    def add(self, package: Package | str) -> Package:
        """Install a package. A name must be in the archive (KeyError otherwise)."""
        if isinstance(package, str):
            package = self.available[package]
        if self._installed is None:
            self._installed = dict(_INSTALLED_BY_NAME)
        self._installed[package.name] = package
        return package

    def remove(self, name: str) -> None:
        """Remove an installed package; KeyError when it is not."""
        if self._installed is None:
            self._installed = dict(_INSTALLED_BY_NAME)
        del self._installed[name]

    def offer(self, package: Package) -> None:
        """Put a package into the archive, so that ``apt-get install`` finds it."""
        if self._available is None:
            self._available = dict(_ARCHIVE_BY_NAME)
        self._available[package.name] = package

    def provider(self, command: str) -> Package | None:
        """The package of the archive that brings a command, if it is one that must be installed."""
        return next((p for p in self.available.values() if command in p.commands), None)
