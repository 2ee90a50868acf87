"""Which address, name and path is judged how."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labkit.guard import Settings
from labkit.guard.addresses import Policy, is_local_name, is_own_name

INSIDE = [
    ("127.0.0.1", 4),
    ("127.255.255.254", 4),
    ("127.1", 4),
    ("0x7f.1", 4),
    ("0177.0.0.1", 4),
    ("2130706433", 4),
    ("0.0.0.0", 4),  # noqa: S104 - a text to judge
    ("0", 4),
    ("", 4),
    ("", 6),
    ("::1", 6),
    ("::1%lo", 6),
    ("::", 6),
    ("0:0:0:0:0:0:0:1", 6),
    ("::ffff:127.0.0.1", 6),
    ("::ffff:0.0.0.0", 6),
    ("localhost", 4),
    ("LocalHost.", 6),
    ("web.localhost", 4),
]
OUTSIDE = [
    ("10.0.0.1", 4),
    ("169.254.169.254", 4),
    ("128.0.0.1", 4),
    ("126.255.255.255", 4),
    ("127.0.0.1.example.com", 4),
    ("localhost.example.com", 4),
    ("notlocalhost", 4),
    ("127.0.0.1 evil", 4),
    ("167772161", 4),
    ("0x0a.1", 4),
    ("255.255.255.255", 4),
    ("<broadcast>", 4),
    ("224.0.0.1", 4),
    ("::2", 6),
    ("::127.0.0.1", 6),
    ("::ffff:10.0.0.1", 6),
    ("fe80::1%eth0", 6),
    ("64:ff9b::7f00:1", 6),
    ("2001:db8::1", 6),
    ("prod-db", 4),
    ("\u0661\u0662\u0667.0.0.1", 4),
]


@pytest.mark.parametrize(("text", "version"), INSIDE)
def test_loopback_in_every_form(tmp_path: Path, text: str, version: int) -> None:
    """Every form of a loopback address that connect takes is allowed by default."""
    assert Policy(Settings(tmp_path)).reaches(text, version)


@pytest.mark.parametrize(("text", "version"), OUTSIDE)
def test_everything_else(tmp_path: Path, text: str, version: int) -> None:
    """Nothing that merely looks like a loopback address is allowed."""
    assert not Policy(Settings(tmp_path)).reaches(text, version)


def test_narrowed(tmp_path: Path) -> None:
    """An allow-list replaces the default, also for names and the unspecified address."""
    policy = Policy(Settings(tmp_path, ("127.0.0.1",)))
    assert policy.reaches("127.0.0.1", 4)
    assert policy.reaches("localhost", 4)
    assert not policy.reaches("127.0.0.2", 4)
    assert not policy.reaches("::1", 6)
    assert not policy.reaches("localhost", 6)
    assert not policy.reaches("", 6)
    other = Policy(Settings(tmp_path, ("127.0.0.2",)))
    assert not other.reaches("0", 4)
    assert Policy(Settings(tmp_path, ("localhost",))).reaches("::1", 6)


@pytest.mark.parametrize("entry", ["db.example.com", "10.0.0.0/99", "10.0.0.1/8", "unix:relative", ""])
def test_malformed_entry(tmp_path: Path, entry: str) -> None:
    """A malformed entry of the allow-list is told with its text."""
    with pytest.raises(ValueError, match="cannot allow") as caught:
        Policy(Settings(tmp_path, (entry, "127.0.0.1")))
    assert repr(entry) in str(caught.value)


def test_socket_files(tmp_path: Path) -> None:
    """Only what lies in the folder once links are followed counts as inside it."""
    folder, beside = tmp_path / "run", tmp_path / "run-beside"
    folder.mkdir()
    beside.mkdir()
    (folder / "out").symlink_to(beside)
    (beside / "in").symlink_to(folder)
    policy = Policy(Settings(folder, (f"unix:{tmp_path}/declared.sock",)))
    for path in ("run/s", "run/a/b/s", "run-beside/in/s", "declared.sock"):
        assert policy.holds(os.fsencode(tmp_path / path)), path
    for path in ("run-beside/s", "run/out/s", "run/../s", "declared.sock2"):
        assert not policy.holds(os.fsencode(tmp_path) + b"/" + path.encode()), path
    for path in (b"", b"\0abstract", b"\0" + os.fsencode(folder / "s")):
        assert not policy.holds(path)


def test_names() -> None:
    """The machine's own name is known with and without a domain, and is not a local name."""
    own = os.uname().nodename
    assert is_own_name(own.upper())
    assert is_own_name(own.partition(".")[0] + ".")
    assert not is_own_name("x" + own)
    assert not is_local_name("localhost.example")
