"""What an upgrade would do, file by file, before anything is touched."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import UsageError
from labkit.learner.upgrade.git import Git

#: Ending of what is put beside a learner's file: neither pytest nor the plugin looks at it.
BESIDE = ".new"
#: Kinds of changes. The first two are nothing to tell about.
UPDATED, REMOVED = "updated", "removed"
MERGED, KEPT, STAYS, RENAMED, RESTORED = "merged", "kept", "stays", "renamed", "restored"


@dataclass(frozen=True)
class Change:
    """What becomes of one file.

    Attributes:
        path: of the file, after the upgrade.
        kind: ``updated`` or ``removed``: the learner had not touched it. ``merged``: both changes are in it.
            ``kept``: they contradict each other, the learner's stays, the new one is beside it. ``stays``:
            no longer part of the release, but the learner had changed it. ``renamed``: merged, under its new
            name. ``restored``: the learner had removed it.
        was: its path before, where that is another one.
    """

    path: str
    kind: str
    was: str = ""


@dataclass
class Upgrade:
    """What an upgrade would do.

    Attributes:
        old, new: commits: where the branch is, and the release.
        base: the release that the learner's work stands on.
        target: how the release is called.
        changes: of files.
        contents: by path, what is to be written; None for a file that goes.
        committed: by path, the content in the merge commit where it is not that of the release; None for a
            file that is not in it.
        labs: by name of the folder, the title of each lab that is new.
        tests: names of the lab folders whose tests changed.
    """

    old: str
    new: str
    base: str
    target: str
    changes: list[Change] = field(default_factory=list)
    contents: dict[str, bytes | None] = field(default_factory=dict)
    committed: dict[str, bytes | None] = field(default_factory=dict)
    labs: dict[str, str] = field(default_factory=dict)
    tests: list[str] = field(default_factory=list)

    @property
    def needed(self) -> bool:
        return self.base != self.new


def plan_upgrade(git: Git, to: str | None = None, *, fetch: bool = True) -> Upgrade:
    """Look what is new, and what it would mean for the learner's files.

    Args:
        git: of the learner's clone.
        to: a tag, branch or commit; the main branch of where the clone came from by default.
        fetch: ask there what is new.

    Raises:
        UsageError: there is no such release, no place to ask, or git is in the middle of something.
    """
    for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"):
        if Path(git.root, git.text("rev-parse", "--git-path", name)).exists():
            raise UsageError(
                "git is in the middle of a merge or a rebase: finish or abort it first (git status)."
            )
    if fetch and (to is None or git.commit_of(to) is None):
        git.fetch()
    target = to or _main_branch(git)
    new = git.commit_of(target) or git.commit_of(f"origin/{target}")
    if new is None:
        raise UsageError(f"There is no release {target!r} here or where this clone came from.")
    old = git.text("rev-parse", "HEAD")
    if not git.succeeds("merge-base", old, new):
        raise UsageError(f"{target} has no history in common with this clone.")
    upgrade = Upgrade(old, new, git.text("merge-base", old, new), target)
    if upgrade.needed:
        _files(git, upgrade)
        _labs(git, upgrade)
    return upgrade


def _main_branch(git: Git) -> str:
    for name in ("origin/HEAD", "origin/main", "origin/master"):
        if git.commit_of(name):
            return name
    raise UsageError("This clone does not know where it came from (git remote -v). Name a release: --to TAG")


def _files(git: Git, upgrade: Upgrade) -> None:
    for was, path in _pairs(git, upgrade):
        base = git.blob(upgrade.base, was) if was else None
        new = git.blob(upgrade.new, path) if path else None
        here = was or path
        mine = _content(git.root / here)
        _one(git, upgrade, (was, path), (base, mine, new))
        committed = git.blob(upgrade.old, here)
        if upgrade.old != upgrade.base and committed != base:
            _commit(git, upgrade, (was, path), (base, committed, new))


def _pairs(git: Git, upgrade: Upgrade) -> Iterator[tuple[str, str]]:
    """Old and new path of each changed file. Only within a lab is a similar file the same one."""
    for was, path in git.renames_and_changes(upgrade.base, upgrade.new):
        if was and path and was != path and _lab_id(was) != _lab_id(path):
            yield was, ""
            yield "", path
        else:
            yield was, path


def _lab_id(path: str) -> str:
    found = re.match(r"(labs|solutions)/([^/-]+)-", path)
    return "/".join(found.groups()) if found else path.rpartition("/")[0]


def _one(
    git: Git,
    upgrade: Upgrade,
    names: tuple[str, str],
    versions: tuple[bytes | None, bytes | None, bytes | None],
) -> None:
    (was, path), (base, mine, new) = names, versions
    moved = bool(was and path and was != path)
    note, write = upgrade.changes.append, upgrade.contents
    if mine == new and not moved:
        return
    if moved:
        write[was] = None
    if mine == base or mine is None:
        if path:
            write[path] = new
            note(Change(path, UPDATED if mine == base else RESTORED, was if moved else ""))
        elif mine is not None:
            write[was] = None
            note(Change(was, REMOVED))
    elif new is None:
        note(Change(was, STAYS))
    elif (joined := git.merged(mine, base, new) if base is not None else None) is not None:
        write[path] = joined
        note(Change(path, RENAMED if moved else MERGED, was if moved else ""))
    else:
        write[path] = mine
        write[path + BESIDE] = new
        note(Change(path, KEPT, was if moved else ""))


def _commit(
    git: Git,
    upgrade: Upgrade,
    names: tuple[str, str],
    versions: tuple[bytes | None, bytes | None, bytes | None],
) -> None:
    """What the merge commit has of a file that the learner has committed changes of."""
    (was, path), (base, committed, new) = names, versions
    if committed is None:
        return
    if new is None:
        upgrade.committed[was] = committed
        return
    joined = git.merged(committed, base, new) if base is not None else None
    upgrade.committed[path] = committed if joined is None else joined


def _labs(git: Git, upgrade: Upgrade) -> None:
    before, after = git.modes(upgrade.base), git.modes(upgrade.new)
    descriptions = [path for path in after if re.fullmatch(r"labs/[^/]+/lab\.toml", path)]
    for path in sorted(set(descriptions) - set(before)):
        text = (git.blob(upgrade.new, path) or b"").decode("utf-8", "replace")
        upgrade.labs[path.split("/")[1]] = str(tomllib.loads(text).get("title", ""))
    touched = {path for pair in git.renames_and_changes(upgrade.base, upgrade.new) for path in pair}
    tests = {match[1] for path in touched if (match := re.match(r"labs/([^/]+)/tests/", path))}
    upgrade.tests = sorted(name for name in tests - set(upgrade.labs) if f"labs/{name}/lab.toml" in after)


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
