"""The pages about all labs: the start, the list, a track, their order, what they need."""

from __future__ import annotations

from collections.abc import Sequence

from labkit import capabilities
from labkit.catalog import TRACKS, Catalog, Lab
from labkit.catalog.model import CAPABILITIES
from labkit.catalogue_site import order_map
from labkit.catalogue_site.lab_page import NEEDS, TRACK, libraries, path_of, title_of
from labkit.catalogue_site.model import SITE, Page, href
from labkit.catalogue_site.texts import before, code, count, duration, read, table

LABS, ORDER = "labs/index.md", "labs/order.md"
#: What each track is for, in a sentence.
_TRACKS = {
    "book": "Python from its first line to infrastructure, chapter by chapter.",
    "projects": "Larger programs, each in three sprints.",
    "simulator": "Incidents to find and to end.",
    "roadmap": "One tool or technique each, for those who know Python.",
    "mastery": "Long labs for those who build tools for others.",
}
#: Sections of the README that the site has pages for.
_HAS_PAGES = ("Labs", "Map")


def start(catalog: Catalog, guides: Sequence[Page], reference: Sequence[Page]) -> Page:
    """The start page: the README up to its list of labs, then the ways into the site."""
    parts = [before(read(catalog.root / "README.md"), _HAS_PAGES).rstrip() + "\n"]
    tracks = [track for track in TRACKS if any(lab.track == track for lab in catalog.labs)]
    parts.append("## Labs\n")
    rows = []
    for track in tracks:
        labs = [lab for lab in catalog.labs if lab.track == track]
        hours = duration(sum(lab.minutes for lab in labs) // 60 * 60)
        rows.append([f"[{track}]({SITE}{TRACK.format(track)})", _TRACKS[track], str(len(labs)), hours])
    parts.append(table(["track", "what it is", "labs", "time"], rows))
    parts.append(
        f"[All labs]({SITE}{LABS}), [their order]({SITE}{ORDER}), and [what they need]({SITE}{NEEDS}). "
        "The search field above finds words in all of them.\n"
    )
    parts.append("## Guides and reference\n")
    parts.append("".join(f"- [{page.title}]({SITE}{page.path})\n" for page in [*guides, *reference]))
    return Page("index.md", "Start", "\n".join(parts), "README.md")


def all_labs(labs: Sequence[Lab]) -> Page:
    """Every lab in a row."""
    head = ["lab", "title", "track", "time", "tasks", "needs"]
    rows = [
        [lab.id, _link(lab), lab.track, duration(lab.minutes), str(len(lab.tasks)), _needs(lab)]
        for lab in labs
    ]
    text = f"# Labs\n\n{count(len(labs), 'lab')}, in the order of the catalogue.\n\n{table(head, rows)}"
    return Page(LABS, "Labs", text, LABS)


def track(name: str, labs: Sequence[Lab], everything: Sequence[Lab]) -> Page:
    """A track: its labs, and the map of what builds on what."""
    path = TRACK.format(name)
    total = duration(sum(lab.minutes for lab in labs))
    rows = [[lab.id, _link(lab), lab.topic, duration(lab.minutes)] for lab in labs]
    parts = [
        f"# Track {name}\n",
        f"{_TRACKS[name]} {count(len(labs), 'lab')}, about {total} in all.\n",
        "## Map\n",
        f"An arrow leads to a lab that takes those ideas as known. [The same as a table]({SITE}{ORDER}).\n",
        order_map.drawing(labs, everything, lambda lab: href(path, path_of(lab))),
        "## In order\n",
        table(["lab", "title", "topic", "time"], rows),
    ]
    return Page(path, f"Track {name}", "\n".join(parts), path)


def order(labs: Sequence[Lab]) -> Page:
    """What each lab builds on, and what builds on it."""
    maps = [
        f"[the map of track {name}]({SITE}{TRACK.format(name)})"
        for name in TRACKS
        if any(lab.track == name for lab in labs)
    ]
    rows = [
        [
            _link(lab, title_of(lab)),
            _ids(each for each in labs if each.id in lab.builds_on),
            _ids(each for each in labs if lab.id in each.builds_on),
        ]
        for lab in labs
    ]
    text = (
        "# Order of the labs\n\n"
        "A lab can be done on its own: nothing is handed on from one to the next. What it "
        f"builds on are ideas that it does not explain again. As a picture: {', '.join(maps)}.\n\n"
        + table(["lab", "builds on", "leads to"], rows)
    )
    return Page(ORDER, "Order", text, ORDER)


def needs(labs: Sequence[Lab]) -> Page:
    """What each lab needs, by lab, by need, and of the machine."""
    parts = [
        "# What the labs need\n",
        (
            "Python, and what `./lab` installs inside the checkout at the first run of a lab. Servers, "
            f"clouds and clusters come with the labs, as [the back ends]({SITE}reference/backends.md) "
            "describe; a lab that needs more of the machine is told so below.\n"
        ),
        "## By lab\n",
        table(
            ["lab", "needs", "libraries for your code"],
            ([_link(lab, title_of(lab)), _needs(lab), code(libraries(lab))] for lab in labs),
        ),
        "## By need\n",
    ]
    for word in CAPABILITIES:
        users = [lab for lab in labs if word in lab.needs]
        if users:
            parts.append(f"### {word} {{ #{word} }}\n")
            parts.append("".join(f"- {_link(lab, title_of(lab))}\n" for lab in users))
            parts.append(f"{_of_the_machine(word)}\n")
    parts.append("## Of the machine\n\n`make doctor` says what of these is there.\n")
    rows = [
        [
            f"`{each.name}`",
            each.purpose,
            "<br>".join(f"`{line}`" for line in dict.fromkeys(each.install.values())),
        ]
        for each in capabilities.table()
    ]
    parts.append(table(["name", "for", "to get it (Debian, Fedora, macOS)"], rows))
    return Page(NEEDS, "Needs", "\n".join(parts), NEEDS)


def _of_the_machine(word: str) -> str:
    programs = [each.name for each in capabilities.table() if word in each.needs]
    if programs:
        return f"Stands on {code(programs)} of the machine."
    return "Comes with the lab; the machine needs nothing for it."


def _link(lab: Lab, text: str = "") -> str:
    return f"[{text or lab.title}]({SITE}{path_of(lab)})"


def _ids(labs: object) -> str:
    return ", ".join(_link(lab, lab.id) for lab in labs) or "-"  # type: ignore[attr-defined]


def _needs(lab: Lab) -> str:
    return ", ".join(f"[{word}]({SITE}{NEEDS}#{word})" for word in lab.needs) or "nothing"
