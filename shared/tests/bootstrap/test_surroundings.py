"""What the bootstrap takes from the user's surroundings, and where it writes."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from labkit.bootstrap import registry, system


def test_home_is_not_touched(checkout: Any, tmp_path: Path) -> None:
    """Caches and tools live in the checkout: nothing is written to HOME, and none is needed."""
    home = tmp_path / "home"
    home.mkdir()
    checkout.answer("list", HOME=str(home))
    assert list(home.iterdir()) == []
    for call in checkout.calls():
        assert call["variables"]["UV_CACHE_DIR"] == str(checkout.root / ".lab" / "cache" / "uv")
        assert call["variables"]["PIP_CACHE_DIR"] == str(checkout.root / ".lab" / "cache" / "pip")


def test_ordinary_user_without_a_writable_home(checkout: Any) -> None:
    """HOME may name a folder that does not exist, and the temporary folder of others may be closed."""
    checkout.answer("run", "22", HOME="/nonexistent", XDG_CACHE_HOME="/nonexistent/cache")


def test_users_own_cache_is_kept(tmp_path: Path) -> None:
    """A cache that the user chose stays chosen."""
    assert registry.surroundings(tmp_path, {"UV_CACHE_DIR": "/mine"})["UV_CACHE_DIR"] == "/mine"


@pytest.mark.parametrize(
    ("told", "index"),
    [
        ({}, None),
        ({"PIP_INDEX_URL": "file:///a"}, "file:///a"),
        ({"PIP_INDEX_URL": "file:///a", "UV_DEFAULT_INDEX": "file:///b"}, "file:///b"),
        ({"PIP_INDEX_URL": "file:///a", "UV_INDEX_URL": "file:///b"}, None),
    ],
)
def test_pip_index_reaches_uv(tmp_path: Path, told: dict[str, str], index: str | None) -> None:
    """An index told to pip only is uv's as well; one told to uv is left alone."""
    assert registry.surroundings(tmp_path, told).get("UV_DEFAULT_INDEX") == index


def test_index_of_pips_configuration_file_reaches_uv(tmp_path: Path) -> None:
    """Where only pip.conf names an index, uv is told it; an environment variable for uv wins."""
    pip = tmp_path / "pip"
    pip.write_text(
        "#!/bin/sh\necho \"global.cert='/x'\"\necho \"global.index-url='file:///from/pip.conf'\"\n"
    )
    pip.chmod(stat.S_IRWXU)
    variables = registry.surroundings(tmp_path, {"PATH": os.environ["PATH"]})
    assert (
        registry.with_pip_configuration(variables, [str(pip)])["UV_DEFAULT_INDEX"] == "file:///from/pip.conf"
    )
    told = {**variables, "UV_DEFAULT_INDEX": "file:///mine"}
    assert registry.with_pip_configuration(told, [str(pip)])["UV_DEFAULT_INDEX"] == "file:///mine"
    assert "UV_DEFAULT_INDEX" not in registry.with_pip_configuration(variables, ["/nowhere/pip"])


def test_variables_that_mislead_are_left_out(tmp_path: Path) -> None:
    """An active environment, PIP_TARGET or UV_SYSTEM_PYTHON cannot send an installation elsewhere."""
    told = dict.fromkeys(
        ("VIRTUAL_ENV", "PIP_TARGET", "UV_SYSTEM_PYTHON", "PYTHONHOME", "UV_PYTHON"), "/elsewhere"
    )
    assert "/elsewhere" not in registry.surroundings(tmp_path, told).values()


def test_secrets_in_addresses_are_masked() -> None:
    """Names and passwords of an index never reach the screen."""
    line = "fetch https://name:word@index.example/simple and http://token@other.example/"
    assert (
        registry.without_secrets(line)
        == "fetch https://***@index.example/simple and http://***@other.example/"
    )


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_read_only_checkout_is_explained(number: int, tmp_path: Path) -> None:
    """A checkout that cannot be written to is called that, with what to do."""
    problem = system.explain(OSError(number, os.strerror(number), str(tmp_path / ".lab")), tmp_path)
    assert problem.exit_status == 3
    assert str(tmp_path / ".lab") in str(problem)
    assert "Copy the folder" in str(problem)


def test_lab_folder_that_cannot_be_made(checkout: Any) -> None:
    """Something in the way of .lab exits 3 in words, not in a traceback."""
    (checkout.root / ".lab").rename(checkout.root / "aside")
    (checkout.root / ".lab").write_text("a file")
    done = checkout.run("list")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert ".lab" in done.stderr
