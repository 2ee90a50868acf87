"""The files of a throwaway host: a folder becomes its root, the machine's programs are there read-only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from labkit.linux import (
    MOUNT_ATTR_NODEV,
    MOUNT_ATTR_NOSUID,
    MOUNT_ATTR_RDONLY,
    mount,
    pivot_root,
    set_mount,
    unmount,
)

_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_DETACH = 2
_WRITABLE = 0o222
#: Of the machine: nothing of it can be changed from here. By links in etc/alternatives Debian's awk, vi and
#: others are found.
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc/alternatives")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
#: The folders that an account without privileges may write to, beside its home.
_OPEN = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - of the throwaway host


def arrange(root: str, programs: Iterable[str]) -> None:
    """Make ``root`` the root of this mount namespace, which must be a new one, with a process namespace.

    Args:
        root: a folder with ``etc`` and all else that the host may write to.
        programs: further folders of the machine to show, read-only, at their own place.

    Raises:
        OSError: the kernel refused, or is older than Linux 5.12.
    """
    mount("none", "/", None, _REC | _PRIVATE)
    mount(root, root, None, _BIND)
    set_mount(root, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, recursive=False)
    for name in _SYSTEM:
        place = Path("/", name)
        if place.is_symlink():
            Path(root, name).symlink_to(place.readlink())
        elif place.is_dir():
            show(str(place), root)
    for folder in programs:
        show(folder, root)
    _devices(root)
    _kernel(root)
    os.chdir(root)
    # The old root is put under the new one's feet, and taken away from there: pivot_root(2), NOTES.
    pivot_root(".", ".")
    unmount(".", _DETACH)
    os.chdir("/")


def show(folder: str, root: str) -> None:
    """Show a folder of the machine at its own place below ``root``, read-only with all that is mounted in it.

    Raises:
        OSError: the kernel refused.
    """
    target = Path(root, folder.lstrip("/"))
    target.mkdir(parents=True, exist_ok=True)
    # Recursive: the kernel would not uncover what is mounted over parts of it.
    mount(folder, str(target), None, _BIND | _REC)
    set_mount(str(target), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, recursive=True)


def _devices(root: str) -> None:
    for name in _DEVICES:
        target = Path(root, "dev", name)
        target.touch()
        mount(f"/dev/{name}", str(target), None, _BIND)
        # It can be written to all the same; owner and mode of the machine's file cannot be changed.
        set_mount(str(target), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, recursive=False)
    for name, leads in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        Path(root, "dev", name).symlink_to(leads)
    with contextlib.suppress(OSError):  # terminals of its own; nearly nothing needs one
        mount("devpts", f"{root}/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
        Path(root, "dev", "ptmx").symlink_to("pts/ptmx")


def _kernel(root: str) -> None:
    """Its own processes in /proc. What the whole kernel has in common can be read and no more:
    whoever is root outside as well would own it.
    """
    mount("proc", f"{root}/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    for entry in os.scandir(f"{root}/proc"):
        if entry.name.isdigit() or entry.is_symlink():
            continue
        if entry.is_dir() or entry.stat().st_mode & _WRITABLE:
            mount(entry.path, entry.path, None, _BIND)
            set_mount(entry.path, MOUNT_ATTR_RDONLY, recursive=True)
    with contextlib.suppress(OSError):  # facts about devices; refused where the machine hides parts of it
        mount("sysfs", f"{root}/sys", "sysfs", _NOSUID | _NODEV | _NOEXEC)
        set_mount(f"{root}/sys", MOUNT_ATTR_RDONLY, recursive=True)


def without_privileges(home: str) -> None:
    """What an account sees that is not root: a read-only host, except for its home and temporary folders.

    Args:
        home: of the account.

    Raises:
        OSError: the kernel refused.
    """
    for place in (home, *_OPEN):
        mount(place, place, None, _BIND)
    set_mount("/", MOUNT_ATTR_RDONLY, recursive=False)
