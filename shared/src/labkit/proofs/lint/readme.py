"""README: the sections in their order, a section per task that names what the task is about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labkit.proofs.lint.context import Context
from labkit.proofs.lint.markdown import Section, sections
from labkit.proofs.model import Finding

#: The second-level headings, in this order.
HEADINGS = ("The idea", "Tasks", "How it is judged", "Run it", "Hints", "Quiz", "Interview")


def check(context: Context) -> Iterator[Finding]:
    file = context.readme
    text = context.text(file)
    if text is None:
        yield context.at(file, "is missing: docs/lab-author.md says what belongs into it")
        return
    found = sections(text)
    yield from _title(context, text, found)
    yield from _headings(context, found)
    yield from _tasks(context, found)


def _title(context: Context, text: str, found: list[Section]) -> Iterator[Finding]:
    lab, file = context.lab, context.readme
    wanted = f"# Lab {lab.id}: {lab.title}"
    if not text.startswith(wanted + "\n"):
        yield context.at(file, f"must begin with the line {wanted!r}, as in lab.toml", 1)
    elif not found[0].body:
        yield context.at(file, "the story is missing between the title and the first section", 1)
    for section in found[1:]:
        if section.level == 1:
            yield context.at(file, f"a second title: # {section.title}", section.line)


def _headings(context: Context, found: list[Section]) -> Iterator[Finding]:
    file = context.readme
    present = [section for section in found if section.level == 2]
    titles = [section.title for section in present]
    for number, heading in enumerate(HEADINGS):
        if heading not in titles:
            after = f", after {HEADINGS[number - 1]!r}" if number else ", after the story"
            yield context.at(file, f"the section '## {heading}' is missing{after}")
    for section in present:
        if section.title not in HEADINGS:
            yield context.at(
                file, f"unknown section '## {section.title}'; there are {', '.join(HEADINGS)}", section.line
            )
    known = [title for title in titles if title in HEADINGS]
    if len(set(known)) < len(known):
        yield context.at(file, "a section occurs twice")
    elif known != [heading for heading in HEADINGS if heading in known]:
        yield context.at(file, f"the sections must come in this order: {', '.join(HEADINGS)}")
    for place, section in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else None
        if section.level == 2 and not section.body and (following is None or following.level <= 2):
            yield context.at(file, f"the section '## {section.title}' is empty", section.line)


def _tasks(context: Context, found: list[Section]) -> Iterator[Finding]:
    file, lab = context.readme, context.lab
    numbered = _within(found, "Tasks")
    wanted = [f"{task.number}. {task.title}" for task in lab.tasks]
    titles = [section.title for section in numbered]
    for task, title in zip(lab.tasks, wanted, strict=True):
        section = next((section for section in numbered if section.title == title), None)
        if section is None:
            yield context.at(
                file, f"the section '### {title}' is missing under '## Tasks' (title as in lab.toml)"
            )
            continue
        for name in task.names:
            if not _names(section.body, name):
                yield context.at(file, f"task {task.number} must name {name}", section.line)
        for name in task.files if task.whole_file else ():
            if name.rpartition("/")[2] not in section.body:
                yield context.at(file, f"task {task.number} must name the file {name}", section.line)
    for section in numbered:
        if section.title not in wanted:
            yield context.at(file, f"'### {section.title}' is no task of lab.toml", section.line)
    known = [title for title in titles if title in wanted]
    if known != sorted(known, key=wanted.index):
        yield context.at(file, "the tasks must come in the order of lab.toml")


def _names(text: str, name: str) -> bool:
    """The name as it is; a method also by its own name in code (`queue.oldest()`)."""
    if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text):
        return True
    method = name.rpartition(".")[2]
    return any(re.search(rf"\b{re.escape(method)}\b", code) for code in re.findall(r"`([^`]+)`", text))


def _within(found: list[Section], heading: str) -> list[Section]:
    """The third-level sections below a second-level one."""
    inside, result = False, []
    for section in found:
        if section.level <= 2:
            inside = section.title == heading
        elif inside and section.level == 3:
            result.append(section)
    return result
