"""A new lab that satisfies every proof from the start: one small task to be replaced."""

from __future__ import annotations

import re
import sys
import unicodedata
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from labkit.catalog import TRACKS, Lab, load, read_lab
from labkit.errors import UsageError

_TEMPLATE = "template"
#: What the example's wrong and right solutions write in place of the reference's only statement.
_REFERENCE = "return [figure for figure in figures if figure > limit]"
_WRONG = {
    "at_least": (
        "return [figure for figure in figures if figure >= limit]",
        r"\[81, 80\]",
        "Takes the limit itself for above the limit.",
    ),
    "sorted_figures": (
        "return sorted(figure for figure in figures if figure > limit)",
        r"\[81, 90, 99\]",
        "Sorts, though the order was to be kept.",
    ),
    "without_repeats": (
        "return list(dict.fromkeys(figure for figure in figures if figure > limit))",
        r"\[90\]",
        "Drops a figure that occurs twice.",
    ),
    "fixed_limit": (
        "return [figure for figure in figures if figure > 80]",
        r"\[90, 95\]",
        "Has the limit of the example in place of the parameter.",
    ),
    "changes_its_argument": (
        "figures[:] = [figure for figure in figures if figure > limit]\n    return list(figures)",
        "was changed",
        "Empties the caller's list.",
    ),
}
_RIGHT = {
    "plain_loop": """kept = []
    for figure in figures:
        if figure > limit:
            kept.append(figure)
    return kept""",
    "with_filter": "return list(filter(limit.__lt__, figures))",
}


def new_lab(root: Path, identity: str, title: str, topic: str = "") -> Lab:
    """Write the scaffold of a lab, its solution and its samples.

    Args:
        root: the repository.
        identity: the new id, such as ``r19``; its form decides the track.
        title: the lab's title; the folder's name is made of it.
        topic: what the lab is about in a few words; the title by default.

    Returns:
        The new lab.

    Raises:
        UsageError: the id has no known form or is taken, or no name can be made of the title.
    """
    track = next((name for name, form in TRACKS.items() if re.fullmatch(form, identity)), None)
    if track is None:
        forms = ", ".join(f"{name} {form}" for name, form in TRACKS.items())
        raise UsageError(f"{identity!r} does not look like the id of any track: {forms}")
    title = " ".join(title.split()).rstrip(".")
    slug = _slug(title)
    if not slug:
        raise UsageError(f"No folder name can be made of the title {title!r}: it needs a few letters.")
    root = root.resolve()
    catalog = load(root)
    for lab in catalog.labs:
        if lab.id == identity:
            raise UsageError(f"There is a lab {identity} already: {lab.title}")
    name = f"{identity}-{slug}"
    places = {"lab": root / "labs" / name, "solution": root / "solutions" / name}
    for place in places.values():
        if place.exists():
            raise UsageError(f"{place.relative_to(root)} is there already; remove it first")
    module = _module(slug, {module for lab in catalog.labs for module in lab.modules})
    values = {
        "ID": identity,
        "NAME": name,
        "TITLE": title,
        "TITLE_TOML": _toml(title),
        "TOPIC_TOML": _toml(topic or title.lower()),
        "TRACK": track,
        "PROJECT": f"lab-{name}".replace(".", "-"),
        "MODULE": module,
    }
    for part, place in places.items():
        _write(files("labkit.proofs.scaffold") / _TEMPLATE / part, place, values)
    _samples(places["lab"], places["solution"], module)
    return read_lab(places["lab"], root)


def _samples(lab: Path, solution: Path, module: str) -> None:
    file = f"{module}.py"
    skeleton = solution / "skeleton" / file
    skeleton.parent.mkdir()
    skeleton.write_bytes((lab / file).read_bytes())
    reference = (solution / file).read_text(encoding="utf-8")
    for name, (body, message, why) in _WRONG.items():
        folder = solution / "wrong" / name
        folder.mkdir(parents=True)
        (folder / file).write_text(reference.replace(_REFERENCE, body), encoding="utf-8")
        expectation = f"task = 1\nmessage = '{message}'\nwhy = \"{why}\"\n"
        (folder / "expect.toml").write_text(expectation, encoding="utf-8")
    for name, body in _RIGHT.items():
        folder = solution / "right" / name
        folder.mkdir(parents=True)
        (folder / file).write_text(reference.replace(_REFERENCE, body), encoding="utf-8")


def _write(source: Traversable, target: Path, values: dict[str, str]) -> None:
    """Copy a template's folder; ``@NAME@`` in names and texts becomes its value."""
    target.mkdir(parents=True)
    for entry in source.iterdir():
        name = _filled(entry.name, values)
        if entry.is_dir():
            _write(entry, target / name, values)
        elif name.endswith(".in"):
            text = _filled(entry.read_text(encoding="utf-8"), values)
            (target / name.removesuffix(".in")).write_text(text, encoding="utf-8")


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], text)


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:50].strip("-")


def _module(slug: str, taken: set[str]) -> str:
    """A name for the module that nothing else has; the author picks a better one."""
    from importlib.metadata import packages_distributions

    name = slug.replace("-", "_")
    if not name[0].isalpha():
        name = f"lab_{name}"
    taken = taken | set(sys.stdlib_module_names) | set(packages_distributions())
    while "_" not in name or name in taken:
        name += "_task"
    return name


def _toml(text: str) -> str:
    """A basic string of TOML (toml.io, v1.0.0, "String"): JSON's escapes are a part of TOML's."""
    import json

    return json.dumps(text, ensure_ascii=False)
