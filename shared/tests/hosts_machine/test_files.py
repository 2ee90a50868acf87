"""The virtual filesystem: POSIX semantics, permissions, space, and errors with their numbers."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable

import pytest

from labkit.hosts.files import EXECUTE, READ, WRITE, Credentials, Disk, VirtualFilesystem

OPS = Credentials(1000, 1000, frozenset({1000, 4}))
DEV = Credentials(1001, 1001)


@pytest.fixture
def files() -> VirtualFilesystem:
    found = VirtualFilesystem(disks=[Disk("/", 1 << 20), Disk("/data", 1 << 20)])
    found.mkdir("/home")
    found.mkdir("/data")
    found.mkdir("/tmp", mode=0o1777)
    found.mkdir("/home/ops", mode=0o755)
    found.chown("/home/ops", 1000, 1000)
    return found


ERRORS: list[tuple[str, int, Callable[[VirtualFilesystem], object]]] = [
    ("missing", errno.ENOENT, lambda f: f.read("/nope", by=OPS)),
    ("missing parent", errno.ENOENT, lambda f: f.write("/home/ops/no/x", b"", by=OPS)),
    ("file as folder", errno.ENOTDIR, lambda f: f.read("/home/ops/file/x", by=OPS)),
    ("slash behind a file", errno.ENOTDIR, lambda f: f.read("/home/ops/file/", by=OPS)),
    ("read a folder", errno.EISDIR, lambda f: f.read("/home/ops", by=OPS)),
    ("list a file", errno.ENOTDIR, lambda f: f.listdir("/home/ops/file", by=OPS)),
    ("not mine", errno.EACCES, lambda f: f.write("/home/ops/file", b"", by=DEV)),
    ("not my folder", errno.EACCES, lambda f: f.write("/home/ops/new", b"", by=DEV)),
    ("private folder", errno.EACCES, lambda f: f.stat("/home/ops/private/x", by=DEV)),
    ("list private folder", errno.EACCES, lambda f: f.listdir("/home/ops/private", by=DEV)),
    ("remove another's", errno.EACCES, lambda f: f.remove("/home/ops/file", by=DEV)),
    ("sticky folder", errno.EPERM, lambda f: f.remove("/tmp/ops", by=DEV)),
    ("sticky rename", errno.EPERM, lambda f: f.rename("/tmp/ops", "/tmp/x", by=DEV)),
    ("chmod another's", errno.EPERM, lambda f: f.chmod("/home/ops/file", 0o777, by=DEV)),
    ("give away", errno.EPERM, lambda f: f.chown("/home/ops/file", 1001, by=OPS)),
    ("mkdir twice", errno.EEXIST, lambda f: f.mkdir("/home/ops/full", by=OPS)),
    ("exclusive", errno.EEXIST, lambda f: f.open("/home/ops/file", write=True, create=True, exclusive=True,
    by=OPS)),
    ("rmdir full", errno.ENOTEMPTY, lambda f: f.rmdir("/home/ops/full", by=OPS)),
    ("rmdir file", errno.ENOTDIR, lambda f: f.rmdir("/home/ops/file", by=OPS)),
    ("remove folder", errno.EISDIR, lambda f: f.remove("/home/ops/full", by=OPS)),
    ("remove root", errno.EBUSY, lambda f: f.rmdir("/")),
    ("remove mount point", errno.EBUSY, lambda f: f.rmdir("/data")),
    ("rename over full", errno.ENOTEMPTY, lambda f: f.rename("/home/ops/private", "/home/ops/full", by=OPS)),
    ("rename file over folder", errno.EISDIR, lambda f: f.rename("/home/ops/file", "/home/ops/private",
    by=OPS)),
    ("rename folder over file", errno.ENOTDIR, lambda f: f.rename("/home/ops/full", "/home/ops/file",
    by=OPS)),
    ("rename into itself", errno.EINVAL, lambda f: f.rename("/home/ops/full", "/home/ops/full/x", by=OPS)),
    ("rename between disks", errno.EXDEV, lambda f: f.rename("/home/ops/file", "/data/file")),
    ("rename without replacing", errno.EEXIST, lambda f: f.rename("/home/ops/file", "/home/ops/two",
    by=OPS, replace=False)),
    ("link between disks", errno.EXDEV, lambda f: f.link("/home/ops/file", "/data/file")),
    ("link a folder", errno.EPERM, lambda f: f.link("/home/ops/full", "/home/ops/hard")),
    ("link loop", errno.ELOOP, lambda f: f.read("/home/ops/loop", by=OPS)),
    ("dangling link", errno.ENOENT, lambda f: f.read("/home/ops/dangling", by=OPS)),
    ("readlink of a file", errno.EINVAL, lambda f: f.readlink("/home/ops/file", by=OPS)),
    ("name too long", errno.ENAMETOOLONG, lambda f: f.stat("/" + "x" * 300)),
    ("disk full", errno.ENOSPC, lambda f: f.write("/home/ops/file", b"x" * (2 << 20), by=OPS)),
    ("allocate too much", errno.ENOSPC, lambda f: f.allocate("/home/ops/big", 2 << 20, by=OPS)),
    ("read a write handle", errno.EBADF, lambda f: f.open("/home/ops/file", write=True).read()),
    ("write a read handle", errno.EBADF, lambda f: f.open("/home/ops/file").write(b"x")),
]  # fmt: skip


@pytest.mark.parametrize(("number", "action"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
def test_errors(files: VirtualFilesystem, number: int, action: Callable[[VirtualFilesystem], object]) -> None:
    """A forbidden or impossible operation raises OSError with the number the kernel gives,
    and changes nothing."""
    files.write("/home/ops/file", b"content", by=OPS)
    files.write("/home/ops/two", b"2", by=OPS)
    files.mkdir("/home/ops/full", by=OPS)
    files.write("/home/ops/full/x", b"", by=OPS)
    files.mkdir("/home/ops/private", mode=0o700, by=OPS)
    files.symlink("loop", "/home/ops/loop", by=OPS)
    files.symlink("nowhere", "/home/ops/dangling", by=OPS)
    files.write("/tmp/ops", b"", by=OPS)
    names = sorted(path for path, _stat in files.walk("/"))
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is checked below
        action(files)
    assert caught.value.errno == number
    assert sorted(path for path, _stat in files.walk("/")) == names
    assert files.read("/home/ops/two") == b"2"


def test_rename_replaces_in_one_step(files: VirtualFilesystem) -> None:
    """A reader sees the old content or the new one, never something between, while a file is replaced."""
    files.write("/home/ops/f", b"old" * 1000, by=OPS)
    wrong: list[bytes] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            content = files.read("/home/ops/f", by=OPS)
            if content not in (b"old" * 1000, b"new" * 1000):
                wrong.append(content)

    thread = threading.Thread(target=watch)
    thread.start()
    for turn in range(200):
        files.write("/home/ops/t", (b"new" if turn % 2 else b"old") * 1000, by=OPS)
        files.rename("/home/ops/t", "/home/ops/f", by=OPS)
    done.set()
    thread.join()
    assert not wrong
    assert not files.exists("/home/ops/t")


def test_handles_survive_names(files: VirtualFilesystem) -> None:
    """An open file keeps working after it was renamed, replaced or removed."""
    files.write("/home/ops/f", b"one", by=OPS)
    handle = files.open("/home/ops/f", by=OPS)
    writer = files.open("/home/ops/f", append=True, by=OPS)
    files.remove("/home/ops/f", by=OPS)
    writer.write(b" two")
    assert handle.read() == b"one two"
    assert handle.stat().links == 0
    with pytest.raises(FileNotFoundError):
        files.stat("/home/ops/f")


def test_reading_and_writing_at_offsets(files: VirtualFilesystem) -> None:
    """Writes behind the end leave zeros, truncate cuts and extends, append goes to the end."""
    with files.open("/home/ops/f", write=True, read=True, create=True, by=OPS) as handle:
        handle.write_at(4, b"late")
        handle.write_at(0, b"ab")
        assert handle.read_at(0, 100) == b"ab\0\0late"
        handle.truncate(3)
        handle.truncate(6)
    assert files.read("/home/ops/f") == b"ab\0\0\0\0"
    files.append("/home/ops/f", b"!", by=OPS)
    assert files.stat("/home/ops/f").size == 7


def test_links(files: VirtualFilesystem) -> None:
    """Symbolic links are followed as the kernel does; hard links share content and count."""
    files.mkdir("/home/ops/a/b", parents=True, by=OPS)
    files.symlink("a/b", "/home/ops/l", by=OPS)
    files.write("/home/ops/l/../x", b"via", by=OPS)
    assert files.read("/home/ops/a/x") == b"via"
    assert files.realpath("/home/ops/l/../x") == "/home/ops/a/x"
    assert files.lstat("/home/ops/l").is_link
    assert files.readlink("/home/ops/l") == "a/b"
    files.link("/home/ops/a/x", "/home/ops/h", by=OPS)
    files.write("/home/ops/h", b"both", by=OPS)
    assert files.read("/home/ops/a/x") == b"both"
    assert files.stat("/home/ops/h").links == 2


def test_access(files: VirtualFilesystem) -> None:
    """Owner, group and others have their own bits; root has all but the right to execute a plain file."""
    files.write("/home/ops/f", b"", mode=0o640, by=OPS)
    files.chown("/home/ops/f", gid=4)
    adm = Credentials(1002, 1002, frozenset({4}))
    assert [files.access("/home/ops/f", READ, by=who) for who in (OPS, adm, DEV)] == [True, True, False]
    assert [files.access("/home/ops/f", WRITE, by=who) for who in (OPS, adm, DEV)] == [True, False, False]
    assert not files.access("/home/ops/f", EXECUTE, by=Credentials(0, 0))


def test_space_is_accounted(files: VirtualFilesystem) -> None:
    """Used space counts blocks, comes back on removal, and a refused write changes neither file nor count."""
    disk = files.disk("/home/ops")
    before = disk.used
    files.write("/home/ops/f", b"x" * 5000, by=OPS)
    assert disk.used - before == 8192
    with pytest.raises(OSError, match="No space left"):
        files.append("/home/ops/f", b"x" * (2 << 20), by=OPS)
    assert files.stat("/home/ops/f").size == 5000
    files.write("/home/ops/g", b"x", by=OPS)
    files.rename("/home/ops/g", "/home/ops/f", by=OPS)
    assert disk.used - before == 4096
    files.remove("/home/ops/f", by=OPS)
    assert disk.used == before


def test_large_files_cost_no_memory(files: VirtualFilesystem) -> None:
    """An allocated file has its size and reads as zeros without holding them."""
    files.disks = [Disk("/", 100 << 30)]
    files.allocate("/home/ops/big", 50 << 30, by=OPS)
    handle = files.open("/home/ops/big", by=OPS)
    assert handle.stat().size == 50 << 30
    assert handle.read_at(40 << 30, 4) == b"\0\0\0\0"
    assert files.disk("/").used == 50 << 30


def test_inodes_run_out(files: VirtualFilesystem) -> None:
    """A disk without free inodes refuses new files though it has space."""
    files.disk("/").inodes_used = files.disk("/").inodes
    with pytest.raises(OSError, match="No space left"):
        files.write("/home/ops/new", b"", by=OPS)
    assert not files.exists("/home/ops/new")


def test_times(files: VirtualFilesystem) -> None:
    """utime sets what it is given, and a write moves the modification time on."""
    files.write("/home/ops/f", b"", by=OPS)
    files.utime("/home/ops/f", 10, 20, by=OPS)
    stat = files.stat("/home/ops/f")
    assert (stat.atime, stat.mtime) == (10, 20)
    files.append("/home/ops/f", b"x", by=OPS)
    assert files.stat("/home/ops/f").mtime != 20
