"""The files of containers: the simulated system, the image's layers, and what is mounted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from labkit.engine import layers
from labkit.engine.layers import Entry
from labkit.hosts.accounts import User
from labkit.hosts.files import Plan, VirtualFilesystem
from labkit.hosts.machine import Machine

if TYPE_CHECKING:
    from labkit.engine.container import Container, Mount

#: Files that the system makes of its table of users, whenever somebody reads them: they are in no layer.
_GENERATED: Final = ("/etc/passwd", "/etc/group", "/etc/shadow")


def make_files(container: Container) -> tuple[VirtualFilesystem, Machine | None]:
    """Return the files of a new container, without its mounts, and the system in it if there is one."""
    image, clock = container.image, container.daemon.clock
    machine: Machine | None = None
    if image.has_shell:
        name = container.config["Hostname"] or container.id[:12]
        users = [User(account) for account in image.accounts]
        machine = Machine(name, seed=int(container.id[:8], 16), clock=clock, users=users)
        files = machine.files
    else:
        files = VirtualFilesystem(Plan("directory", 0o755, {}), time=clock.peek)
        for folder in ("/etc", "/dev", "/proc", "/sys"):
            files.mkdir(folder)
    layers.apply(files, image.layers)
    files.write("/.dockerenv", b"")
    if machine is not None:
        from labkit.engine.tools import install

        install(machine, container)
    return files, machine


def mount_all(container: Container, files: VirtualFilesystem) -> None:
    """Mount what a container has mounted."""
    for mount in sorted(container.mounts, key=lambda found: found.target):
        files.mkdir(mount.target, parents=True)
        if mount.kind == "tmpfs":
            files.graft(mount.target, VirtualFilesystem(time=files.time))
        elif mount.kind == "bind":
            host = container.daemon.host_files
            if not host.exists(mount.source):
                host.mkdir(mount.source, parents=True)
            files.graft(mount.target, host, mount.source)
        else:
            files.graft(mount.target, _volume(container, mount, files))


def _volume(container: Container, mount: Mount, files: VirtualFilesystem) -> VirtualFilesystem:
    """The files of a volume; a new one begins with what the image has at that place."""
    volume = container.daemon.volumes.all[mount.source]
    if volume.files is None:
        volume.files = VirtualFilesystem(time=files.time)
        for path, entry in list(layers.walk(files, mount.target)):
            layers.put(volume.files, path[len(mount.target.rstrip("/")) :], entry)
    return volume.files


def mounted(container: Container) -> tuple[str, ...]:
    """Return the paths that are not part of a container's own files."""
    own = ("/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
    return (*own, *(mount.target for mount in container.mounts))


def changes(container: Container) -> dict[str, Entry | None]:
    """Return the layer of what a container changed in its image's files."""
    if not container.has_files:
        return {}
    before, _machine = make_files(container)
    skip = mounted(container)
    found = layers.difference(layers.snapshot(before, skip), layers.snapshot(container.files, skip))
    return {path: entry for path, entry in found.items() if entry is None or path not in _GENERATED}


def changed_paths(container: Container) -> list[tuple[str, int]]:
    """Return paths and what happened to them, as ``docker diff`` does: 0 changed, 1 added, 2 deleted."""
    layer = changes(container)
    if not layer:
        return []
    before, _machine = make_files(container)
    found: dict[str, int] = {}
    for path, entry in layer.items():
        there = False
        with suppress(OSError):
            before.lstat(path)
            there = True
        found[path] = 2 if entry is None else 0 if there else 1
        above = path.rpartition("/")[0]
        while above and above not in layer:
            found.setdefault(above, 0)
            above = above.rpartition("/")[0]
    return sorted(found.items())
