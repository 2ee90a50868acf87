"""The catalogue as a web site: every link leads somewhere, and nothing comes from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest

from labkit.catalog import load
from labkit.catalogue_site.build import MARK, build
from labkit.catalogue_site.errors import SiteError
from labkit.errors import UsageError

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this repository."""
    return build(load(REPOSITORY), tmp_path_factory.mktemp("site") / "site").folder


class Page(HTMLParser):
    """The links, the names that links may lead to, and what a browser fetches by itself."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: set[str] = set()
        self.fetched: list[str] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.names |= {value for key in ("id", "name") if (value := found.get(key))}
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        self.fetched += [str(found[key]) for key in ("src", "srcset") if found.get(key)]
        if tag == "link" and found.get("rel") not in ("canonical", "prev", "next"):
            self.fetched.append(str(found.get("href")))


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in sorted(site.rglob("*.html"))}


def test_a_page_for_each_lab_and_guide(site: Path) -> None:
    """Each lab has a page under its id; guides, back ends, benchmarks and tracks are there."""
    for lab in load(REPOSITORY).labs:
        text = (site / "labs" / f"{lab.id}.html").read_text(encoding="utf-8")
        assert lab.title in text
        assert f"make lab LAB={lab.id}" in text
    names = {file.relative_to(site).as_posix() for file in site.rglob("*.html")}
    assert {"index.html", "labs/track-book.html", "labs/needs.html"} <= names
    for word in ("learner", "instructor", "lab-author", "backends", "benchmarks"):
        assert any(Path(name).stem == word for name in names), word


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    """Each link within the site leads to a file that is there, and to a name that is in it."""
    broken = []
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                broken.append(f"{file.relative_to(site)}: {link}")
            elif (
                parts.fragment
                and target.suffix == ".html"
                and unquote(parts.fragment) not in pages[target].names
            ):
                broken.append(f"{file.relative_to(site)}: {link} (no such place)")
    assert broken == []
    assert sum(len(page.links) for page in pages.values()) > 500


def test_nothing_comes_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    """Neither a page nor a style names anything that a browser would fetch from another server."""
    for file, page in pages.items():
        for address in page.fetched:
            assert not urlsplit(address).netloc, (file.name, address)
        assert "Content-Security-Policy" in file.read_text(encoding="utf-8")
    for style in site.rglob("*.css"):
        for address in re.findall(r"(?:url\(|@import )['\"]?([^'\")]+)", style.read_text(encoding="utf-8")):
            assert address.startswith(("data:", "#")) or not urlsplit(address).netloc, (style.name, address)


def test_nothing_of_a_solution(site: Path) -> None:
    """No line of a reference solution that learners do not have anyway is on a page, and no notes are."""
    texts = "\n".join(file.read_text(encoding="utf-8") for file in site.rglob("*.html"))
    for lab in load(REPOSITORY).labs:
        for name in lab.files:
            if not name.endswith(".py"):
                continue
            given = [lab.path / "README.md", *lab.path.rglob("*.py"), *lab.skeleton.rglob("*.py")]
            known = "\n".join(file.read_text(encoding="utf-8") for file in given)
            lines = {line.strip() for line in (lab.solution / name).read_text(encoding="utf-8").splitlines()}
            own = {line for line in lines if len(line) > 40 and line not in known}
            assert not [line for line in own if line in texts], lab.id
    assert ": notes for instructors" not in texts.casefold()


def test_an_old_site_is_replaced_as_a_whole(
    tmp_path: Path, checkout: Checkout, lab: Callable[..., Said]
) -> None:
    """What is no longer there goes; a folder that holds something else is left alone."""
    _small(checkout)
    target = tmp_path / "web"
    assert lab("docs", str(target))[0] == 0
    (target / "old.html").write_text("old")
    assert lab("docs", str(target))[0] == 0
    assert not (target / "old.html").exists()
    assert (target / MARK).exists()
    assert (target / "labs" / "08.html").is_file()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    for place in (tmp_path / "mine", tmp_path / "mine" / "letter.txt", checkout.root):
        assert lab("docs", str(place))[0] == 2
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"


def test_a_link_to_nowhere_is_told(checkout: Checkout, tmp_path: Path) -> None:
    """A README with a broken link ends the build with its name, and the old site stays."""
    _small(checkout)
    target = tmp_path / "web"
    build(load(checkout.root), target)
    before = (target / "index.html").read_bytes()
    (checkout.root / "labs" / "08-disks" / "README.md").write_text("# Lab 08: Disks\n\n[gone](nowhere.md)\n")
    with pytest.raises(SiteError, match=r"nowhere\.md leads nowhere"):
        build(load(checkout.root), target)
    assert (target / "index.html").read_bytes() == before


def test_no_repository(checkout: Checkout) -> None:
    """The folder of the checkout itself is no place for a site."""
    _small(checkout)
    with pytest.raises(UsageError, match="holds this checkout"):
        build(load(checkout.root), checkout.root)


def _small(checkout: Checkout) -> Any:
    """A checkout with one lab and the guides that the site wants."""
    made = checkout.lab()
    (checkout.root / "README.md").write_text(
        "# ops-labs\n\nLabs.\n\n## Two commands\n\nTwo.\n\n## Labs\n\nOne.\n"
    )
    (checkout.root / "docs").mkdir()
    for name in (REPOSITORY / "docs").glob("*.md"):
        (checkout.root / "docs" / name.name).write_text(f"# {name.stem}\n\nText.\n")
    for name in ("CHANGELOG.md", "CONTRIBUTING.md"):
        (checkout.root / name).write_text(f"# {name}\n\nText.\n")
    return made
