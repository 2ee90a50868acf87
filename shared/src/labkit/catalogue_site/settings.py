"""How MkDocs and the Material theme are set up: nothing is fetched, neither here nor in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

THEME = Path(__file__).with_name("theme")


def _palette(name: str, scheme: str, icon: str, other: str) -> dict[str, Any]:
    return {
        "media": f"(prefers-color-scheme: {name})",
        "scheme": scheme,
        "primary": "custom",
        "accent": "custom",
        "toggle": {"icon": icon, "name": f"Switch to {other}"},
    }


def settings(sources: Path, target: Path, navigation: list[object]) -> dict[str, Any]:
    """The content of a ``mkdocs.yml``.

    Args:
        sources: the folder with the Markdown files.
        target: the folder to write to.
        navigation: see :class:`labkit.catalogue_site.model.Site`.
    """
    return {
        "site_name": "ops-labs",
        "site_description": "Lab exercises for Python in operations",
        "docs_dir": str(sources),
        "site_dir": str(target),
        "nav": navigation,
        "use_directory_urls": False,  # pages open from a folder, too
        "theme": {
            "name": "material",
            "custom_dir": str(THEME),
            "language": "en",
            "font": False,
            "favicon": "assets/favicon.svg",
            "icon": {"logo": "material/console-line"},
            "features": [
                "navigation.tabs",
                "navigation.indexes",
                "navigation.footer",
                "navigation.top",
                "toc.follow",
                "content.code.copy",
                "search.highlight",
                "search.suggest",
            ],
            "palette": [
                _palette("light", "default", "material/weather-night", "dark colours"),
                _palette("dark", "slate", "material/weather-sunny", "light colours"),
            ],
        },
        "extra_css": ["assets/catalogue.css"],
        # The name keeps the plugin `offline` from adding the same thing from a server of others.
        "extra": {"generator": False, "polyfills": ["assets/iframe-worker.js"]},
        "plugins": ["search", "offline"],
        "markdown_extensions": [
            "tables",
            "attr_list",
            "md_in_html",
            "sane_lists",
            "pymdownx.details",
            {"pymdownx.highlight": {"guess_lang": False, "anchor_linenums": False}},
            "pymdownx.superfences",
        ],
        "validation": {
            "nav": {"omitted_files": "warn", "not_found": "warn", "absolute_links": "warn"},
            "links": {
                "not_found": "warn",
                "absolute_links": "warn",
                "unrecognized_links": "warn",
                "anchors": "warn",
            },
        },
    }
