"""What happens while MkDocs renders page after page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mkdocs.config.base import Config
from mkdocs.plugins import BasePlugin

from labkit.catalogue_site.model import Site

if TYPE_CHECKING:
    from mkdocs.structure.pages import Page as Rendered

    from labkit.catalogue_site.links import Links


class NoOptions(Config):  # type: ignore[no-untyped-call]
    """There is nothing to set."""


class Current(BasePlugin[NoOptions]):  # type: ignore[no-untyped-call]
    """Tells the links which page they stand on."""

    def __init__(self, site: Site, links: Links) -> None:
        super().__init__()
        self.links = links
        self.pages = {page.path: page for page in site.pages}

    def on_page_markdown(self, markdown: str, /, *, page: Rendered, **_: Any) -> str:
        self.links.page = self.pages[page.file.src_uri]
        return markdown
