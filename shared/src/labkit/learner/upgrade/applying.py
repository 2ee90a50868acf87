"""Carrying out an upgrade: a journal and copies first, so that it can be taken back at any moment."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from labkit.catalog import state_folder
from labkit.errors import EnvironmentMissing, UsageError
from labkit.learner.backup import replace_file
from labkit.learner.state import glance, kept
from labkit.learner.upgrade.git import Git
from labkit.learner.upgrade.planning import Upgrade

BEGUN, DONE, UNDONE = "begun", "done", "undone"
_AUTHOR = {"NAME": "ops-labs", "EMAIL": "ops-labs@localhost"}


@dataclass
class Journal:
    """What an upgrade has done, or was about to do.

    Attributes:
        state: ``begun``, ``done`` or ``undone``.
        target: how the release is called.
        old, new: commits: where the branch was, and where it is to be.
        files: by path: the name of the copy of what was there, or None for nothing.
        written: by path: SHA-256 of what was written, or None for a file that was removed.
    """

    state: str
    target: str
    old: str
    new: str
    files: dict[str, str | None] = field(default_factory=dict)
    written: dict[str, str | None] = field(default_factory=dict)


def apply(git: Git, upgrade: Upgrade) -> Path:
    """Carry out an upgrade, and return the folder with the copies of what was there before.

    Whatever goes wrong in the middle, what was there is put back. A process that is killed is taken back by
    the next :func:`undo`; :func:`unfinished` says that there is something to take back.

    Raises:
        EnvironmentMissing: something cannot be written; everything is as it was.
        UsageError: git refuses, or an upgrade was interrupted and not taken back yet.
    """
    with _alone(git.root):
        if unfinished(git.root):
            raise UsageError("An upgrade was interrupted: ./lab upgrade --undo takes it back first.")
        folder = _new_folder(git.root)
        try:
            journal = _prepare(git, upgrade, folder)
        except OSError as problem:
            shutil.rmtree(folder, ignore_errors=True)
            raise _unwritten(problem) from problem
        try:
            _write(git, upgrade, journal)
            git("update-ref", "-m", f"lab upgrade to {upgrade.target}", "HEAD", journal.new, journal.old)
            git("read-tree", journal.new)
            git.succeeds("update-index", "-q", "--refresh")
            _keep(folder, journal, DONE)
        except (OSError, UsageError) as problem:
            _take_back(git, folder, journal)
            if isinstance(problem, OSError):
                raise _unwritten(problem) from problem
            raise
        return folder


def undo(git: Git) -> tuple[Journal, list[Path]]:
    """Take back the latest upgrade, finished or interrupted.

    Returns:
        Its journal, and the copies of files that were edited after the upgrade: these edits would be lost.

    Raises:
        UsageError: there is nothing to take back, or commits have been made since.
        EnvironmentMissing: something cannot be written.
    """
    with _alone(git.root):
        for folder in reversed(_folders(git.root)):
            journal = _read(folder)
            if journal is not None and journal.state != UNDONE:
                break
        else:
            raise UsageError("There is no upgrade to take back.")
        head = git.text("rev-parse", "HEAD")
        if head not in (journal.old, journal.new):
            raise UsageError(
                "You have committed since the upgrade, so it is not taken back. Your state before it is "
                f"commit {journal.old[:12]}, and copies of all files are in {folder}"
            )
        try:
            edited = _keep_edits(git.root, folder, journal)
            _take_back(git, folder, journal)
        except OSError as problem:
            raise _unwritten(problem) from problem
        return journal, edited


def unfinished(root: Path) -> bool:
    """Whether an upgrade was interrupted, so that files of two releases may be mixed."""
    latest = next((_read(folder) for folder in reversed(_folders(root))), None)
    return latest is not None and latest.state == BEGUN


def _prepare(git: Git, upgrade: Upgrade, folder: Path) -> Journal:
    """Copies of all that will be written over, then the journal: from here on all can be taken back."""
    journal = Journal(BEGUN, upgrade.target, upgrade.old, _commit(git, upgrade))
    git("update-ref", f"refs/ops-labs/{folder.name}", upgrade.old)  # kept by git, however long it takes
    for number, path in enumerate(upgrade.contents):
        source = git.root / path
        journal.files[path] = None
        if source.is_file():
            journal.files[path] = f"{number}-{source.name}"
            shutil.copy2(source, folder / f"{number}-{source.name}")
    index = _index(git)
    if index.is_file():
        shutil.copy2(index, folder / "index")
    _keep(folder, journal, BEGUN)
    return journal


def _write(git: Git, upgrade: Upgrade, journal: Journal) -> None:
    executable = {path for path, mode in git.modes(upgrade.new).items() if mode == "100755"}
    for path, content in upgrade.contents.items():
        file = git.root / path
        if content is None:
            file.unlink(missing_ok=True)
            _drop_empty(file.parent, git.root)
            continue
        replace_file(file, content)
        if path in executable:
            file.chmod(file.stat().st_mode | 0o111)


def _commit(git: Git, upgrade: Upgrade) -> str:
    """The commit that the branch moves to: the release, or a merge of it with what the learner committed."""
    if git.succeeds("merge-base", "--is-ancestor", upgrade.old, upgrade.new):
        return upgrade.new
    own = git.renames_and_changes(upgrade.base, upgrade.old)
    modes = git.modes(upgrade.old)
    with tempfile.TemporaryDirectory(prefix="ops-labs-index-") as place:
        variables = {"GIT_INDEX_FILE": str(Path(place, "index"))}
        git("read-tree", upgrade.new, variables=variables)
        theirs = {path for pair in git.renames_and_changes(upgrade.base, upgrade.new) for path in pair}
        contents: dict[str, bytes | None] = {}
        for was, path in own:
            # What the release did not touch is as the learner committed it.
            if was and was != path and was not in theirs:
                contents[was] = None
            if path and path not in theirs:
                contents[path] = git.blob(upgrade.old, path)
        for path, content in {**contents, **upgrade.committed}.items():
            if content is None:
                git("update-index", "--force-remove", "--", path, variables=variables)
                continue
            blob = git("hash-object", "-w", "--stdin", given=content).decode().strip()
            entry = f"{modes.get(path, '100644')},{blob},{path}"
            git("update-index", "--add", "--cacheinfo", entry, variables=variables)
        tree = git("write-tree", variables=variables).decode().strip()
    identity = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in _AUTHOR.items()
        if not git.succeeds("config", f"user.{key.lower()}")
    }
    message = f"Upgrade to {upgrade.target}\n".encode()
    words = ("commit-tree", tree, "-p", upgrade.old, "-p", upgrade.new)
    return git(*words, given=message, variables=identity).decode().strip()


def _take_back(git: Git, folder: Path, journal: Journal) -> None:
    """Put everything back. It may be done twice: whatever interrupts it, the next one completes it."""
    for path, copy in journal.files.items():
        file = git.root / path
        if copy is None:
            file.unlink(missing_ok=True)
            _drop_empty(file.parent, git.root)
        else:
            replace_file(file, (folder / copy).read_bytes())
            shutil.copymode(folder / copy, file)
    if git.text("rev-parse", "HEAD") != journal.old:
        git("update-ref", "-m", "lab upgrade --undo", "HEAD", journal.old)
    if (folder / "index").is_file():
        replace_file(_index(git), (folder / "index").read_bytes())
    git.succeeds("update-index", "-q", "--refresh")
    _keep(folder, journal, UNDONE)


def _keep_edits(root: Path, folder: Path, journal: Journal) -> list[Path]:
    """Copies of what was edited after the upgrade; of an interrupted one, nothing was."""
    if journal.state != DONE:
        return []
    found = []
    for path, digest in journal.written.items():
        file = root / path
        if file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            copy = folder / "edited-after" / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, copy)
            found.append(copy)
    return found


def _keep(folder: Path, journal: Journal, state: str) -> None:
    journal.state = state
    if state == DONE:
        root = folder.parents[3]
        journal.written = {
            path: hashlib.sha256((root / path).read_bytes()).hexdigest() if (root / path).is_file() else None
            for path in journal.files
        }
    with kept(folder / "journal.json") as stored:
        stored.update(asdict(journal))


def _read(folder: Path) -> Journal | None:
    found = glance(folder / "journal.json")
    return Journal(**found) if found else None


def _folders(root: Path) -> list[Path]:
    place = _place(root)
    return sorted(folder for folder in place.iterdir() if folder.is_dir()) if place.is_dir() else []


def _place(root: Path) -> Path:
    return state_folder(root) / "upgrades"


def _new_folder(root: Path) -> Path:
    stamp = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    try:
        _place(root).mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            folder = _place(root) / f"{stamp}-{number:03}"
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
        raise FileExistsError(17, "too many upgrades in one second", str(_place(root)))
    except OSError as problem:
        raise _unwritten(problem) from problem


def _index(git: Git) -> Path:
    return Path(git.root, git.text("rev-parse", "--git-path", "index"))


def _drop_empty(folder: Path, root: Path) -> None:
    """Remove folders that are empty now, up to the root."""
    with contextlib.suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One upgrade at a time."""
    import fcntl

    try:
        _place(root).mkdir(parents=True, exist_ok=True)
        lock = os.open(_place(root) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise _unwritten(problem) from problem
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UsageError("Another upgrade of this clone is running.") from None
    finally:
        os.close(lock)


def _unwritten(problem: OSError) -> EnvironmentMissing:
    place = problem.filename or "a file"
    return EnvironmentMissing(
        "upgrade",
        f"{place} cannot be written: {problem.strerror or problem}. Everything is as it was",
        "make room",
    )
