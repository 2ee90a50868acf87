"""labkit's editable installation in a checkout whose path is not plain ASCII."""

from __future__ import annotations

from pathlib import Path

from labkit.bootstrap.integrity import forget_broken
from labkit.bootstrap.relocation import make_relative


def installed(root: Path) -> Path:
    """An environment below ``root`` with an editable labkit, as uv leaves it; its site-packages."""
    site = root / ".lab" / "envs" / "main" / "lib" / "python3.11" / "site-packages"
    info = site / "labkit-0.1.0.dist-info"
    info.mkdir(parents=True)
    (root / "shared" / "src").mkdir(parents=True)
    pth = site / "_editable_impl_labkit.pth"
    pth.write_text(f"{root / 'shared' / 'src'}\n", encoding="utf-8")
    record = f"_editable_impl_labkit.pth,sha256=abc,{pth.stat().st_size}\nlabkit-0.1.0.dist-info/RECORD,,\n"
    (info / "RECORD").write_text(record, encoding="utf-8")
    return site


def test_the_path_becomes_relative_and_ascii(tmp_path: Path) -> None:
    """In a path with an umlaut the .pth file is ASCII and leads to the same folder."""
    root = tmp_path / "für alle"
    site = installed(root)
    make_relative(root / ".lab" / "envs" / "main", root / "shared" / "src")
    line = (site / "_editable_impl_labkit.pth").read_bytes()
    assert line.isascii()
    assert (site / line.decode().strip()).resolve() == (root / "shared" / "src").resolve()


def test_the_installation_still_counts_as_whole(tmp_path: Path) -> None:
    """The rewritten file does not make the package look half-written."""
    root = tmp_path / "für alle"
    installed(root)
    environment = root / ".lab" / "envs" / "main"
    make_relative(environment, root / "shared" / "src")
    assert forget_broken(environment) == []


def test_a_plain_path_is_left_alone(tmp_path: Path) -> None:
    """Where the path is plain ASCII the installer's file stays as it is."""
    root = tmp_path / "plain"
    site = installed(root)
    before = (site / "_editable_impl_labkit.pth").read_bytes()
    make_relative(root / ".lab" / "envs" / "main", root / "shared" / "src")
    assert (site / "_editable_impl_labkit.pth").read_bytes() == before
