"""The virtual filesystem."""

from labkit.hosts.files.credentials import SYSTEM, Credentials
from labkit.hosts.files.disks import GIB, KIB, MIB, Disk
from labkit.hosts.files.filesystem import VirtualFilesystem
from labkit.hosts.files.handle import Handle
from labkit.hosts.files.inode import Plan, Stat
from labkit.hosts.files.resolve import EXECUTE, READ, WRITE

__all__ = [
    "EXECUTE",
    "GIB",
    "KIB",
    "MIB",
    "READ",
    "SYSTEM",
    "WRITE",
    "Credentials",
    "Disk",
    "Handle",
    "Plan",
    "Stat",
    "VirtualFilesystem",
]
