"""What a site consists of, before anything is rendered."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import Path

#: A link to a page of the site, from a text that is written for it: ``site:labs/22.md``.
SITE = "site:"


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        path: of its Markdown file in the site, ``labs/22.md``.
        title: in the navigation.
        text: Markdown.
        source: the file of the repository that the links of the text are relative to; a file that need not
            exist for pages made here.
    """

    path: str
    title: str
    text: str
    source: str


@dataclass
class Site:
    """All pages, the navigation, and where the repository's files are in the site.

    Attributes:
        pages: in no particular order.
        navigation: MkDocs' ``nav``: titles to paths, nested.
        places: repository paths (``labs/22-ssh``, ``docs/run.svg``) to paths in the site.
        assets: paths in the site to the files that are copied there.
    """

    root: Path
    pages: list[Page] = field(default_factory=list)
    navigation: list[object] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    assets: dict[str, Path] = field(default_factory=dict)

    def add(self, page: Page, *names: str) -> Page:
        """Add a page that the repository knows by ``names``."""
        self.pages.append(page)
        self.places.update(dict.fromkeys(names, page.path))
        return page

    def entry(self, page: Page) -> dict[str, object]:
        """The page as an entry of the navigation."""
        return {page.title: page.path}


def href(start: str, target: str) -> str:
    """The address of a page as raw HTML on another one needs it, both given by their Markdown files."""
    path = posixpath.relpath(target, posixpath.dirname(start) or ".")
    return path.removesuffix(".md") + ".html" if path.endswith(".md") else path
