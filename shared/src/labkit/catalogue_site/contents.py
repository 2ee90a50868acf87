"""Choose what is on the site, and in which order it is offered."""

from __future__ import annotations

from pathlib import Path

from labkit.catalog import TRACKS, Catalog, Lab
from labkit.catalogue_site import lab_page, overview
from labkit.catalogue_site.model import Page, Site
from labkit.catalogue_site.texts import heading, read

#: Files of ``docs/`` by the part of the site they stand in. Others are guides, after these.
_GUIDES = ("learner", "instructor", "grading", "lab-author")
_REFERENCE = ("backends", "benchmarks")
_OF_THE_ROOT = {"CONTRIBUTING.md": "reference/contributing.md", "CHANGELOG.md": "reference/changelog.md"}
_COPIED = ("*.svg", "*.png", "*.json")


def contents(catalog: Catalog) -> Site:
    """The pages of a checkout's site."""
    site = Site(catalog.root)
    labs = catalog.labs
    for lab in labs:
        folder = lab.path.relative_to(catalog.root).as_posix()
        site.places[folder] = site.places[f"{folder}/README.md"] = lab_page.path_of(lab)
    site.places["labs"] = overview.LABS
    _assets(site)
    guides, reference = _documents(site)
    lab_pages = {lab: site.add(lab_page.page(lab, labs)) for lab in labs}
    all_labs = site.add(overview.all_labs(labs))
    needs = site.add(overview.needs(labs))
    order = site.add(overview.order(labs))
    start = site.add(overview.start(catalog, guides, reference), "README.md", ".")
    tracks = [_track(site, track, lab_pages) for track in TRACKS if any(lab.track == track for lab in labs)]
    site.navigation = [
        site.entry(start),
        {"Labs": [all_labs.path, *tracks, site.entry(order), site.entry(needs)]},
        {"Guides": [site.entry(page) for page in guides]},
        {"Reference": [site.entry(page) for page in reference]},
    ]
    return site


def _track(site: Site, track: str, pages: dict[Lab, Page]) -> dict[str, object]:
    labs = [lab for lab in pages if lab.track == track]
    page = site.add(overview.track(track, labs, tuple(pages)))
    return {page.title: [page.path, *(site.entry(pages[lab]) for lab in labs)]}


def _assets(site: Site) -> None:
    """Pictures and schemas that the documents link to, and the licence."""
    folder = site.root / "docs"
    for file in sorted(file for pattern in _COPIED for file in folder.glob(pattern)):
        site.assets[f"files/{file.name}"] = file
        site.places[f"docs/{file.name}"] = f"files/{file.name}"
    licence = site.root / "LICENSE"
    if licence.is_file():
        site.assets["files/LICENSE.txt"] = licence
        site.places["LICENSE"] = "files/LICENSE.txt"


def _documents(site: Site) -> tuple[list[Page], list[Page]]:
    """The guides and the reference, each in its order."""
    folder = site.root / "docs"
    names = [*_GUIDES, *sorted(file.stem for file in folder.glob("*.md"))]
    guides = [
        _document(site, folder / f"{name}.md", f"guides/{name}.md")
        for name in dict.fromkeys(names)
        if name not in _REFERENCE and (folder / f"{name}.md").is_file()
    ]
    reference = [
        _document(site, folder / f"{name}.md", f"reference/{name}.md")
        for name in _REFERENCE
        if (folder / f"{name}.md").is_file()
    ]
    reference += [
        _document(site, site.root / name, path)
        for name, path in _OF_THE_ROOT.items()
        if (site.root / name).is_file()
    ]
    return guides, reference


def _document(site: Site, file: Path, path: str) -> Page:
    text, source = read(file), file.relative_to(site.root).as_posix()
    return site.add(Page(path, heading(text) or file.stem, text, source), source)
