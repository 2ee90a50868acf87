"""Render a site and put it in its place in one step."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.catalog import Catalog
from labkit.catalog.places import cache_folder
from labkit.catalogue_site.contents import contents
from labkit.catalogue_site.errors import SiteError
from labkit.catalogue_site.model import Site
from labkit.catalogue_site.settings import settings
from labkit.errors import EnvironmentMissing, UsageError

#: Tells a folder that was written here, and may be written anew, from one that holds something else.
MARK = ".ops-labs-site"
#: What MkDocs writes for a site at a known address; both would hold wrong links here.
_NOT_FOR_US = ("404.html", "sitemap.xml", "sitemap.xml.gz")


@dataclass(frozen=True)
class Built:
    """A finished site: its folder, how many pages it has, and its size in bytes."""

    folder: Path
    pages: int
    size: int


def build(catalog: Catalog, target: Path) -> Built:
    """Build the site of a checkout in ``target``.

    The old site stays until the new one is complete; a build that is interrupted changes nothing.

    Raises:
        UsageError: ``target`` holds something that is no site.
        EnvironmentMissing: MkDocs or the theme is not installed.
        SiteError: a link leads nowhere.
    """
    target = target.resolve()
    _refuse(target, catalog.root)
    site = contents(catalog)
    cache = cache_folder(catalog.root)
    cache.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=cache, prefix="site-") as sources,
        tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as draft,
    ):
        folder = Path(draft, "new")
        _render(site, Path(sources), folder)
        (folder / MARK).touch()
        _swap(folder, target, Path(draft, "old"))
    files = [file for file in target.rglob("*") if file.is_file()]
    return Built(target, len(site.pages), sum(file.stat().st_size for file in files))


def _refuse(target: Path, root: Path) -> None:
    if root.resolve().is_relative_to(target):
        raise UsageError(f"{target} holds this checkout. Name a folder of its own for the site.")
    if target.is_dir():
        if any(target.iterdir()) and not (target / MARK).is_file():
            raise UsageError(f"{target} is not empty and holds no site. Name another folder.")
    elif target.exists():
        raise UsageError(f"{target} is a file. Name a folder for the site.")


def _render(site: Site, sources: Path, target: Path) -> None:
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")  # the extra keeps MkDocs below 2
    try:
        from mkdocs.commands import build as mkdocs_build
        from mkdocs.config import load_config

        from labkit.catalogue_site.links import Links
        from labkit.catalogue_site.rendering import Current
    except ModuleNotFoundError as problem:
        raise EnvironmentMissing("site", f"{problem.name} is not installed", "./lab docs") from None
    pages = sources / "pages"
    for page in site.pages:
        _write(pages / page.path, page.text)
    for path, file in site.assets.items():
        (pages / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, pages / path)
    file = sources / "mkdocs.yml"  # JSON is YAML
    _write(file, json.dumps(settings(pages, target, site.navigation)))
    links = Links(site)
    with _warnings() as warnings:
        config = load_config(str(file))
        config.markdown_extensions.append(links)  # type: ignore[arg-type] # Markdown takes objects as well
        config.plugins["catalogue"] = Current(site, links)
        mkdocs_build.build(config)
    if links.problems or warnings:
        raise SiteError([*links.problems, *warnings])
    for name in _NOT_FOR_US:
        (target / name).unlink(missing_ok=True)


@contextlib.contextmanager
def _warnings() -> Iterator[list[str]]:
    """What MkDocs complains about; what it tells besides is not shown."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    logger, keeper = logging.getLogger("mkdocs"), Keeper(logging.WARNING)
    propagates = logger.propagate
    logger.addHandler(keeper)
    logger.propagate = False
    try:
        yield found
    finally:
        logger.removeHandler(keeper)
        logger.propagate = propagates


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


def _swap(new: Path, target: Path, old: Path) -> None:
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
