"""Disks: what ``df`` shows and what can run full."""

from __future__ import annotations

import errno
from dataclasses import dataclass

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
BLOCK = 4096


@dataclass(eq=False)
class Disk:
    """A mounted filesystem.

    Args:
        mount: where it is mounted, an absolute path.
        size: bytes in all.
        used: bytes in use. Set it freely; writing and deleting files moves it from there on, in
            blocks of 4096 bytes.
        device: what ``df`` shows in its first column.
        kind: filesystem type.
        reserved: bytes that only root may use (ext4 keeps 5 percent unless told otherwise).
        inodes: number of inodes in all, for ``df -i``.
        inodes_used: number of inodes in use.
    """

    mount: str
    size: int
    used: int = 0
    device: str = "/dev/vda1"
    kind: str = "ext4"
    reserved: int = 0
    inodes: int = 1_310_720
    inodes_used: int = 61_440

    @property
    def available(self) -> int:
        """Bytes that an ordinary user can still write."""
        return max(0, self.size - self.used - self.reserved)

    def charge(self, delta: int, *, privileged: bool = True) -> None:
        """Take (or give back) bytes.

        Raises:
            OSError: ENOSPC when there are not that many left.
        """
        if delta > 0 and delta > (max(0, self.size - self.used) if privileged else self.available):
            raise OSError(errno.ENOSPC, "No space left on device")
        self.used = max(0, self.used + delta)

    def charge_inode(self, delta: int) -> None:
        """Take or give back one inode; ENOSPC when none is left, as the kernel says it."""
        if delta > 0 and self.inodes and self.inodes_used + delta > self.inodes:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.inodes_used = max(0, self.inodes_used + delta)


def blocks(size: int) -> int:
    """Bytes that a file of ``size`` bytes takes on the disk."""
    return -(-size // BLOCK) * BLOCK


def default_disks() -> list[Disk]:
    """The table of a small virtual machine as Debian mounts it."""
    return [
        Disk("/dev", 986_404 * KIB, 0, "udev", "devtmpfs", inodes=246_601, inodes_used=342),
        Disk("/run", 201_512 * KIB, 612 * KIB, "tmpfs", "tmpfs", inodes=251_888, inodes_used=530),
        Disk("/", 20 * GIB, 6 * GIB, "/dev/vda1", "ext4"),
        Disk("/dev/shm", 1_007_552 * KIB, 0, "tmpfs", "tmpfs", inodes=251_888, inodes_used=1),  # noqa: S108
        Disk("/run/lock", 5_120 * KIB, 0, "tmpfs", "tmpfs", inodes=251_888, inodes_used=3),
    ]
