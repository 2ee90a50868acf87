"""Task 2: copy a file so that nobody sees half of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import file_transfer
import pytest
import remote_shell

from labkit.checks import expect
from labkit.faults import Drop, Hang, Malformed, Refuse

SHORT = 0.4
TARGET = "/home/ops/app.conf"
OLD = b"workers = 2\n"
#: More than the pieces that SFTP sends at a time, and no two of them the same.
NEW = b"".join(b"setting_%06d = on\n" % number for number in range(20_000))

ITS_OWN = "a copy equals itself, and its size tells little: compare with what sha256sum says on the node"


@pytest.fixture
def local() -> Path:
    """A file to send; made in the test's own folder."""
    return Path("app.conf")


def checksum(data):
    return hashlib.sha256(data).hexdigest()


def remote_names(here):
    return sorted(name for name in here.host.machine.files.listdir("/home/ops") if "app" in name)


def local_names():
    """All files of the test's own folder, whatever a copy in progress was called."""
    return sorted(file.name for file in Path().iterdir() if file.name != "known_hosts")


def test_push_copies_the_file(site, local):
    """push_file copies the file and returns its SHA-256 checksum."""
    here = site()
    local.write_bytes(NEW)
    here.call(file_transfer.push_file, here.node(), local, TARGET).returns(checksum(NEW))
    here.takes(file_transfer.push_file, "node, local, remote, *, known_hosts, timeout=10.0")
    expect(checksum(here.host.machine.files.read(TARGET)), "checksum of the file on the node").equals(
        checksum(NEW)
    )


def test_push_replaces_a_file(site, local):
    """push_file replaces a file that is there, and leaves nothing else behind."""
    here = site()
    local.write_bytes(NEW)
    here.host.machine.files.write(TARGET, OLD, by=here.host.machine.credentials("ops"))
    here.call(file_transfer.push_file, here.node(), local, TARGET)
    expect(len(here.host.machine.files.read(TARGET)), "bytes in the file on the node").equals(len(NEW))
    expect(remote_names(here), "files beside it").equals(["app.conf"])


def test_push_knows_how_to_quote(site, local):
    """The remote path may hold blanks and quotes."""
    here = site()
    local.write_bytes(NEW)
    path = "/home/ops/the app's $HOME; ls.conf"
    here.call(file_transfer.push_file, here.node(), local, path)
    expect(len(here.host.machine.files.read(path)), "bytes in the file on the node").equals(len(NEW))


def test_push_of_an_empty_file(site, local):
    """An empty file is a file."""
    here = site()
    local.write_bytes(b"")
    here.call(file_transfer.push_file, here.node(), local, TARGET).returns(checksum(b""))
    expect(here.host.machine.files.read(TARGET), "the file on the node").equals(b"")


def test_a_push_that_breaks_off_leaves_the_old_file(site, local):
    """When the connection breaks in the middle of a push, the old file is still whole under its name."""
    here = site()
    local.write_bytes(NEW)
    here.host.machine.files.write(TARGET, OLD, by=here.host.machine.credentials("ops"))
    here.host.faults.inject(Drop(at="sftp", match="^write", after_bytes=70_000))
    here.raises(remote_shell.RemoteError, file_transfer.push_file, here.node(), local, TARGET, timeout=5)
    expect(here.host.machine.files.read(TARGET), "the file on the node").equals(
        OLD, look="readers saw half a file under the final name: write to another name first"
    )


def test_a_push_that_breaks_off_leaves_no_new_file(site, local):
    """When the connection breaks in the middle of a push, there is no file under a name that had none."""
    here = site()
    local.write_bytes(NEW)
    here.host.faults.inject(Drop(at="sftp", match="^write", after_bytes=70_000))
    here.raises(remote_shell.RemoteError, file_transfer.push_file, here.node(), local, TARGET, timeout=5)
    expect("app.conf" in remote_names(here), "a file under the final name").is_false("no such file yet")


def test_a_byte_that_flips_on_the_way_to_the_node_is_noticed(site, local):
    """A copy whose checksum on the node differs raises TransferFailed, and the old file stays."""
    here = site()
    local.write_bytes(NEW)
    here.host.machine.files.write(TARGET, OLD, by=here.host.machine.credentials("ops"))
    here.host.faults.inject(Malformed(at="sftp", match="^write", times=1))
    here.raises(
        file_transfer.TransferFailed, file_transfer.push_file, here.node(), local, TARGET, look=ITS_OWN
    )
    expect(here.host.machine.files.read(TARGET), "the file on the node").equals(
        OLD, look="compare the checksums before the rename, not after it"
    )


def test_a_failed_push_cleans_up(site, local):
    """When the checksums differ, the unfinished copy is removed from the node."""
    here = site()
    local.write_bytes(NEW)
    here.host.faults.inject(Malformed(at="sftp", match="^write", times=1))
    here.raises(file_transfer.TransferFailed, file_transfer.push_file, here.node(), local, TARGET)
    expect(remote_names(here), "files left on the node").equals([])


def test_a_push_never_removes_the_old_file_first(site, local):
    """When the node refuses the rename, the old file is still there."""
    here = site()
    local.write_bytes(NEW)
    files = here.host.machine.files
    files.write(TARGET, OLD, by=here.host.machine.credentials("ops"))
    here.host.faults.inject(Refuse(at="sftp", match="rename"))
    here.host.machine.on(r"^mv ", lambda call: 1)
    here.raises(remote_shell.RemoteError, file_transfer.push_file, here.node(), local, TARGET)
    expect(files.exists(TARGET), "the old file is there").is_true(
        "as before", look="remove and then rename is two steps: take the rename that replaces"
    )
    expect(remote_names(here), "files on the node").equals(["app.conf"])


def test_a_push_without_permission_fails(site, local):
    """A folder that the user may not write to raises TransferFailed."""
    here = site()
    local.write_bytes(NEW)
    here.raises(file_transfer.TransferFailed, file_transfer.push_file, here.node(), local, "/etc/app.conf")


def test_the_copy_is_made_in_the_folder_of_the_file(site, local):
    """A push writes into the folder of the file and nowhere else: a rename may not leave the file system."""
    here = site()
    local.write_bytes(NEW)
    here.host.faults.inject(Refuse(at="sftp", match="^open (?!/home/ops/conf/)"))
    here.host.machine.files.mkdir("/home/ops/conf", by=here.host.machine.credentials("ops"))
    here.call(file_transfer.push_file, here.node(), local, "/home/ops/conf/app.conf").returns(checksum(NEW))


def test_a_node_without_sha256sum(site, local):
    """When the node cannot tell a checksum, push_file and pull_file raise TransferFailed."""
    here = site()
    local.write_bytes(NEW)
    here.host.machine.files.write(TARGET, OLD)
    here.host.machine.on("^sha256sum", lambda call: 127)
    here.raises(file_transfer.TransferFailed, file_transfer.push_file, here.node(), local, TARGET)
    here.raises(file_transfer.TransferFailed, file_transfer.pull_file, here.node(), TARGET, local)
    expect(here.host.machine.files.read(TARGET), "the file on the node").equals(OLD)


def test_a_checksum_that_does_not_come_ends_in_time(site, local):
    """When sha256sum does not end, a push fails after timeout seconds."""
    here = site()
    local.write_bytes(NEW)
    here.host.faults.inject(Hang(match="sha256sum"))
    here.raises(remote_shell.RemoteError, file_transfer.push_file, here.node(), local, TARGET, timeout=SHORT)


def test_a_node_that_never_says_a_word(site, local):
    """A node that sends no banner raises Unreachable after timeout seconds, both ways."""
    here = site()
    local.write_bytes(NEW)
    here.host.faults.inject(Hang(at="connect"))
    for function, ends in (
        (file_transfer.push_file, (local, TARGET)),
        (file_transfer.pull_file, (TARGET, local)),
    ):
        here.raises(remote_shell.Unreachable, function, here.node(), *ends, timeout=SHORT)


def test_a_node_that_stops_answering_ends_in_time(site, local):
    """When no answer comes any more, a push fails after timeout seconds."""
    here = site()
    local.write_bytes(NEW)
    here.host.faults.inject(Hang(at="sftp", match="^write"))
    here.raises(remote_shell.RemoteError, file_transfer.push_file, here.node(), local, TARGET, timeout=SHORT)


def test_pull_copies_the_file(site, local):
    """pull_file copies the file, returns its SHA-256 checksum, and leaves nothing else behind."""
    here = site()
    here.host.machine.files.write(TARGET, NEW)
    local.write_bytes(OLD)
    here.call(file_transfer.pull_file, here.node(), TARGET, local).returns(checksum(NEW))
    here.takes(file_transfer.pull_file, "node, remote, local, *, known_hosts, timeout=10.0")
    expect(checksum(local.read_bytes()), "checksum of the local file").equals(checksum(NEW))
    expect(local_names(), "files beside it").equals(["app.conf"])


def test_a_pull_that_breaks_off_leaves_the_old_file(site, local):
    """When the connection breaks in the middle of a pull, the old local file is as it was, and alone."""
    here = site()
    here.host.machine.files.write(TARGET, NEW)
    local.write_bytes(OLD)
    here.host.faults.inject(Drop(at="sftp", match="^read", after_bytes=70_000))
    here.raises(remote_shell.RemoteError, file_transfer.pull_file, here.node(), TARGET, local, timeout=5)
    expect(local.read_bytes()[:40], "beginning of the local file").equals(OLD)
    expect(local_names(), "files beside it").equals(["app.conf"])


def test_a_byte_that_flips_on_the_way_back_is_noticed(site, local):
    """A pulled copy with another checksum than the node's raises TransferFailed, and no copy is left."""
    here = site()
    here.host.machine.files.write(TARGET, NEW)
    here.host.faults.inject(Malformed(at="sftp", match="^read", times=1))
    here.raises(
        file_transfer.TransferFailed, file_transfer.pull_file, here.node(), TARGET, local, look=ITS_OWN
    )
    expect(local_names(), "local files").equals([])


def test_a_pull_of_nothing_fails(site, local):
    """A file that is not on the node raises TransferFailed, and the old local file stays."""
    here = site()
    local.write_bytes(OLD)
    here.raises(file_transfer.TransferFailed, file_transfer.pull_file, here.node(), "/srv/none", local)
    expect(local.read_bytes(), "the local file").equals(OLD)


def test_connections_are_closed_after_success(site, local):
    """After a push and a pull, no connection is left open."""
    here = site()
    local.write_bytes(NEW)
    here.call(file_transfer.push_file, here.node(), local, TARGET)
    here.call(file_transfer.pull_file, here.node(), TARGET, Path("app.copy"))
    here.all_closed("push_file(...), pull_file(...)")


def test_connections_are_closed_after_a_failure(site, local):
    """After a push that failed, no connection is left open."""
    here = site()
    local.write_bytes(NEW)
    here.host.faults.inject(Malformed(at="sftp", match="^write", times=1))
    problem = here.raises(file_transfer.TransferFailed, file_transfer.push_file, here.node(), local, TARGET)
    here.all_closed("push_file(...)")
    del problem
