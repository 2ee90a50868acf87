"""Links of the repository's texts, turned into links of the site.

A link is read as GitHub reads it: relative to the file it stands in. One to something that the site has leads
there; one to something that only the repository has (``solutions/``) becomes plain text; one to nothing is a
problem that is told.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from labkit.catalogue_site.model import SITE, Page, Site

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from markdown import Markdown

#: Before MkDocs' own processor, which makes addresses of links between Markdown files, and after Markdown's
#: ``inline``, which makes the links.
_PRIORITY = 5
_ATTRIBUTES = {"a": "href", "img": "src"}


class Links(Extension):
    """Knows which page is rendered next, and collects what leads nowhere."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.site = site
        self.page: Page | None = None
        self.problems: list[str] = []

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        md.treeprocessors.register(_Rewriter(md, self), "site-links", _PRIORITY)

    def target(self, address: str) -> str | None:
        """The address on the site, relative to the current page; None when only the repository has it."""
        page = self.page
        parts = urlsplit(address)
        if page is None or (parts.scheme and not address.startswith(SITE)) or parts.netloc or not parts.path:
            return address
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if address.startswith(SITE):
            return posixpath.relpath(parts.path, posixpath.dirname(page.path) or ".") + fragment
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page.source), unquote(parts.path)))
        place = self.site.places.get(name)
        if place is not None:
            return posixpath.relpath(place, posixpath.dirname(page.path) or ".") + fragment
        inside = not name.startswith(("../", "/")) and name != ".."
        if not (inside and (self.site.root / name).exists()):
            self.problems.append(f"{page.source}: the link to {address} leads nowhere")
        return None


class _Rewriter(Treeprocessor):
    def __init__(self, md: Markdown, links: Links) -> None:
        super().__init__(md)
        self.links = links

    def run(self, root: Element) -> None:
        for element in root.iter():
            attribute = _ATTRIBUTES.get(element.tag)
            address = element.get(attribute) if attribute else None
            if attribute is None or address is None:
                continue
            target = self.links.target(address)
            if target is not None:
                element.set(attribute, target)
                continue
            element.tag = "span"
            element.attrib.clear()
            element.set("class", "repository-only")
            element.set("title", "only in the repository")
