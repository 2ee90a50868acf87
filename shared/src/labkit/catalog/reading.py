"""Read ``lab.toml`` and say precisely what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from labkit.catalog.model import CAPABILITIES, TRACKS, Lab, Task
from labkit.catalog.places import is_starter
from labkit.errors import LabkitError

_LAB_KEYS = {
    "id",
    "title",
    "topic",
    "track",
    "minutes",
    "needs",
    "builds_on",
    "time_limit",
    "run_limit",
    "tasks",
}
_TASK_KEYS = {"title", "file", "files", "names", "whole_file", "hints"}
_LEAST_HINTS = 3


class CatalogError(LabkitError):
    """A ``lab.toml`` that cannot be used: names the file, the key and the line."""

    exit_status = 2

    def __init__(self, file: Path, key: str, line: int | None, problem: str) -> None:
        self.file, self.key, self.line, self.problem = file, key, line, problem
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {key}: {problem}" if key else f"{place}: {problem}")


def read_lab(path: Path, root: Path | None = None) -> Lab:
    """Read and validate the lab in folder ``path``.

    Raises:
        CatalogError: the file is missing, is not TOML, or breaks the schema.
    """
    import tomllib  # only when the index is stale: it costs more than the rest of the catalogue

    file = path / "lab.toml"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as problem:
        raise CatalogError(file, "", None, f"cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise CatalogError(file, "", None, f"is not UTF-8 text: {problem.reason}") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        found = re.search(r"line (\d+)", str(problem))
        raise CatalogError(file, "", int(found[1]) if found else None, f"not valid TOML: {problem}") from None
    return _Reader(file, text, table).lab(path, root)


class _Reader:
    def __init__(self, file: Path, text: str, table: dict[str, Any]) -> None:
        self.file, self.lines, self.table = file, text.splitlines(), table

    def lab(self, path: Path, root: Path | None) -> Lab:
        self.known_keys(self.table, _LAB_KEYS, None)
        track = self.text(self.table, "track")
        if track not in TRACKS:
            self.fail("track", f"{track!r} is not one of {', '.join(TRACKS)}")
        identity = self.text(self.table, "id")
        if not re.fullmatch(TRACKS[track], identity):
            self.fail("id", f"{identity!r} does not look like an id of track {track} ({TRACKS[track]})")
        starter = is_starter(path)
        slug = self.slug(path, identity, starter)
        return Lab(
            id=identity,
            slug=slug,
            title=self.text(self.table, "title"),
            topic=self.text(self.table, "topic"),
            track=track,
            minutes=int(self.number(self.table, "minutes")),
            needs=self.needs(),
            tasks=self.tasks(),
            path=path,
            root=root or (path if starter else path.parent.parent),
            time_limit=self.number(self.table, "time_limit", 10.0),
            run_limit=self.number(self.table, "run_limit", 120.0),
            builds_on=self.builds_on(identity),
        )

    def slug(self, path: Path, identity: str, starter: bool) -> str:
        if starter and not path.name.startswith(identity + "-"):
            # A learner may rename the folder of a starter; nothing is looked up by its name there.
            return re.sub(r"[^a-z0-9]+", "-", self.text(self.table, "topic").lower()).strip("-")
        prefix, slug = path.name[: len(identity) + 1], path.name[len(identity) + 1 :]
        if prefix != identity + "-" or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
            self.fail("id", f"the folder is called {path.name!r}, expected {identity}-<slug>")
        return slug

    def needs(self) -> tuple[str, ...]:
        words = self.texts(self.table, "needs", None)
        for word in words:
            if word not in CAPABILITIES:
                self.fail("needs", f"{word!r} is not a capability; there are {', '.join(CAPABILITIES)}")
        return words

    def builds_on(self, identity: str) -> tuple[str, ...]:
        """Ids of other labs; whether there are such labs is for the linter to say: a starter has only one."""
        words = self.texts(self.table, "builds_on", None, default=())
        for word in words:
            if not any(re.fullmatch(pattern, word) for pattern in TRACKS.values()):
                self.fail("builds_on", f"{word!r} does not look like the id of a lab")
            if word == identity:
                self.fail("builds_on", "a lab cannot build on itself")
        return words

    def tasks(self) -> tuple[Task, ...]:
        tables = self.table.get("tasks")
        if not isinstance(tables, list) or not tables:
            self.fail("tasks", "at least one [[tasks]] table is needed")
        return tuple(self.task(number, table) for number, table in enumerate(tables, 1))

    def task(self, number: int, table: Any) -> Task:
        if not isinstance(table, dict):
            self.fail("tasks", "each task is a [[tasks]] table")
        self.known_keys(table, _TASK_KEYS, number)
        if "files" in table:
            return self.handed_over(number, table)
        whole = table.get("whole_file", False)
        if not isinstance(whole, bool):
            self.fail("whole_file", f"expected true or false, found {whole!r}", number)
        names = self.texts(table, "names", number, default=())
        if bool(names) == whole:
            self.fail("names", "a task has either names or whole_file = true", number)
        file = self.text(table, "file", number)
        self.inside(file, "file", number)
        return Task(number, self.text(table, "title", number), file, names, whole, self.hints(number, table))

    def handed_over(self, number: int, table: dict[str, Any]) -> Task:
        """A task on files that the learner gets to repair or rewrite."""
        for key in ("file", "names", "whole_file"):
            if key in table:
                self.fail(key, f"a task with files has no {key}", number)
        files = self.texts(table, "files", number)
        if not files:
            self.fail("files", "at least one file is needed", number)
        for file in files:
            self.inside(file, "files", number)
        title, hints = self.text(table, "title", number), self.hints(number, table)
        return Task(number, title, files[0], (), True, hints, files)

    def inside(self, file: str, key: str, number: int) -> None:
        path = PurePosixPath(file)
        if path.is_absolute() or ".." in path.parts or "\\" in file:
            self.fail(key, f"{file!r} must be a path inside the lab, with forward slashes", number)

    def hints(self, number: int, table: dict[str, Any]) -> tuple[str, ...]:
        hints = self.texts(table, "hints", number)
        if len(hints) < _LEAST_HINTS:
            self.fail("hints", f"{len(hints)} given, at least {_LEAST_HINTS} are needed", number)
        return hints

    def known_keys(self, table: dict[str, Any], known: set[str], task: int | None) -> None:
        for key in table:
            if key not in known:
                import difflib

                near = difflib.get_close_matches(key, known, 1)
                self.fail(key, "unknown key" + (f", did you mean {near[0]!r}?" if near else ""), task)

    def text(self, table: dict[str, Any], key: str, task: int | None = None) -> str:
        value = table.get(key)
        if value is None:
            self.fail(key, "is missing", task)
        if not isinstance(value, str) or not value.strip():
            self.fail(key, f"expected text, found {value!r}", task)
        return str(value)

    def texts(
        self, table: dict[str, Any], key: str, task: int | None, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        value = table.get(key, default)
        if value is None:
            self.fail(key, "is missing", task)
        if not isinstance(value, list | tuple) or not all(isinstance(x, str) and x.strip() for x in value):
            self.fail(key, f"expected a list of texts, found {value!r}", task)
        return tuple(value)

    def number(self, table: dict[str, Any], key: str, default: float | None = None) -> float:
        value = table.get(key, default)
        if value is None:
            self.fail(key, "is missing")
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.fail(key, f"expected a number above 0, found {value!r}")
        return value

    def fail(self, key: str, problem: str, task: int | None = None) -> NoReturn:
        where = f"tasks[{task}].{key}" if task else key
        raise CatalogError(self.file, where, self.line(key, task), problem)

    def line(self, key: str, task: int | None) -> int | None:
        """The line of a key, or of its table when the key itself is missing."""
        table, fallback = 0, None
        for number, line in enumerate(self.lines, 1):
            if line.strip().startswith("[[tasks]]"):
                table += 1
                if table == task:
                    fallback = number
            elif table == (task or 0) and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
                return number
        return fallback
