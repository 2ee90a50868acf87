"""The page of one lab: its README, and before it what ``lab.toml`` and ``pyproject.toml`` say."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterable, Sequence

from labkit.catalog import Lab
from labkit.catalogue_site.model import Page, href
from labkit.catalogue_site.texts import duration, read
from labkit.errors import UsageError

#: The pages that the facts of a lab lead to.
NEEDS, TRACK = "labs/needs.md", "labs/track-{}.md"


def path_of(lab: Lab) -> str:
    """Where a lab's page is: by its id, which never changes."""
    return f"labs/{lab.id}.md"


def title_of(lab: Lab) -> str:
    return f"{lab.id} {lab.title}"


def page(lab: Lab, labs: Sequence[Lab]) -> Page:
    """The page of ``lab``.

    Args:
        lab: the lab.
        labs: all labs, for those before and after it.
    """
    text = read(lab.path / "README.md")
    title, _, rest = text.partition("\n")
    if not title.startswith("# "):
        title, rest = f"# Lab {lab.id}: {lab.title}", text
    source = (lab.path / "README.md").relative_to(lab.root).as_posix()
    return Page(path_of(lab), title_of(lab), f"{title}\n\n{_facts(lab, labs)}\n{_tasks(lab)}\n{rest}", source)


def libraries(lab: Lab) -> list[str]:
    """What the learner's code may import beside the standard library, as the lab's pyproject.toml has it."""
    file = lab.path / "pyproject.toml"
    try:
        lines = tomllib.loads(read(file)).get("project", {}).get("dependencies", [])
    except tomllib.TOMLDecodeError as problem:
        raise UsageError(f"{file}: not valid TOML: {problem}") from None
    names = [found[0] for line in lines if (found := re.match(r"[A-Za-z0-9._-]+", line))]
    return [name for name in names if name != "labkit"]


def _facts(lab: Lab, labs: Sequence[Lab]) -> str:
    """A list of facts, as HTML: a table would be wider than a phone."""
    here = path_of(lab)
    track = f'<a href="{href(here, TRACK.format(lab.track))}">{lab.track}</a>'
    needs = ", ".join(f'<a href="{href(here, NEEDS)}#{word}">{word}</a>' for word in lab.needs)
    facts = [
        ("Track", track),
        ("Time", duration(lab.minutes)),
        ("Tasks", str(len(lab.tasks))),
        ("Needs", needs or "nothing"),
        ("Libraries", ", ".join(map(html.escape, libraries(lab))) or "none"),
        ("Builds on", _links(here, (each for each in labs if each.id in lab.builds_on))),
        ("Leads to", _links(here, (each for each in labs if lab.id in each.builds_on))),
        ("Begin", f"<code>make lab LAB={lab.id}</code>"),
    ]
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f'<dl class="facts">{rows}</dl>\n'


def _links(here: str, labs: Iterable[Lab]) -> str:
    found = [
        f'<a href="{href(here, path_of(lab))}" title="{html.escape(lab.title)}">{lab.id}</a>' for lab in labs
    ]
    return ", ".join(found) or "-"


def _tasks(lab: Lab) -> str:
    """The tasks with the files they are about, to be opened."""
    rows = []
    for task in lab.tasks:
        where = ", ".join(f"<code>{html.escape(file)}</code>" for file in task.files)
        what = ", ".join(f"<code>{html.escape(name)}</code>" for name in task.names)
        rows.append(
            f"<li>{html.escape(task.title)}<br><span>{what}{' in ' if what else ''}{where}</span></li>"
        )
    return f'<details class="tasks"><summary>Tasks and files</summary><ol>{"".join(rows)}</ol></details>\n'
