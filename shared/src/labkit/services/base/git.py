"""Branches and commits as a forge keeps them: enough for histories, comparisons and files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Files by path with their content, or paths alone.
Files = Mapping[str, bytes | str] | Iterable[str]


def contents(files: Files) -> dict[str, bytes | None]:
    """Return files by path; given as paths alone, each holds a line with its own name."""
    if not isinstance(files, Mapping):
        return {path: f"{path}\n".encode() for path in files}
    return {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}


@dataclass
class Commit:
    """A commit with its whole tree; ``author`` is the forge's account, None where there is none."""

    sha: str
    message: str
    author: Any
    author_name: str
    date: float
    parents: tuple[str, ...]
    tree: dict[str, bytes]


class GitHistory:
    """What a repository does with its commits (by sha) and branches (name to sha)."""

    commits: dict[str, Commit]
    branches: dict[str, str]

    def history(self, sha: str) -> Iterator[Commit]:
        """Give the commits that can be reached from one, newest first."""
        seen: set[str] = set()
        found: list[Commit] = []
        waiting = [sha]
        while waiting:
            next_one = waiting.pop()
            if next_one in seen or next_one not in self.commits:
                continue
            seen.add(next_one)
            found.append(self.commits[next_one])
            waiting += self.commits[next_one].parents
        return iter(sorted(found, key=lambda commit: -commit.date))

    def resolve(self, ref: str) -> str | None:
        """Return the sha that a branch, ``heads/branch``, a sha or its beginning stands for."""
        ref = ref.removeprefix("refs/").removeprefix("heads/")
        if ref in self.branches:
            return self.branches[ref]
        if len(ref) >= 4:
            return next((sha for sha in self.commits if sha.startswith(ref)), None)
        return None

    def merge_base(self, base: str, head: str) -> str | None:
        """Return the newest commit that both reach."""
        reachable = {commit.sha for commit in self.history(base)}
        return next((commit.sha for commit in self.history(head) if commit.sha in reachable), None)

    def ahead(self, base: str, head: str) -> list[Commit]:
        """Return the commits that ``head`` reaches and ``base`` does not, oldest first."""
        known = {commit.sha for commit in self.history(base)}
        return [each for each in self.history(head) if each.sha not in known][::-1]

    def trees(self, base: str, head: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """Return what a pull or merge request compares: where the two parted, and the head."""
        start = self.merge_base(base, head)
        return (self.commits[start].tree if start else {}), self.commits[head].tree

    def commit(
        self,
        parents: tuple[str, ...],
        changes: Mapping[str, bytes | None],
        message: str,
        author: Any,
        date: float,
        author_name: str = "",
    ) -> Commit:
        """Add a commit; a change to None deletes the file."""
        tree = dict(self.commits[parents[0]].tree) if parents else {}
        for path, content in changes.items():
            if content is None:
                tree.pop(path, None)
            else:
                tree[path] = content
        name = author_name or "Somebody"
        text = repr((parents, sorted(changes.items()), message, name, date, len(self.commits)))
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = Commit(sha, message, author, name, date, parents, tree)
        return self.commits[sha]

    def merge_commit(self, base: str, branch: str, message: str, author: Any, date: float) -> Commit:
        """Merge a branch into another and return the merge commit."""
        parents = (self.branches[base], self.branches[branch])
        before, after = self.trees(*parents)
        changes: dict[str, bytes | None] = {path: None for path in before if path not in after}
        changes |= {path: text for path, text in after.items() if before.get(path) != text}
        made = self.commit(parents, changes, message, author, date, "Merge")
        self.branches[base] = made.sha
        return made


def changed_files(before: dict[str, bytes], after: dict[str, bytes]) -> list[tuple[str, str, str | None]]:
    """Compare two trees: (path, status, previous path), in the order of the paths.

    A file that went away and came with the same content under another name is renamed; else the status is
    added, modified or removed.
    """
    gone = {path for path in before if path not in after}
    found: list[tuple[str, str, str | None]] = []
    for path in sorted(after):
        if path in before:
            if before[path] != after[path]:
                found.append((path, "modified", None))
            continue
        old = next((each for each in sorted(gone) if before[each] == after[path]), None)
        if old is None:
            found.append((path, "added", None))
        else:
            gone.discard(old)
            found.append((path, "renamed", old))
    found += [(path, "removed", None) for path in gone]
    return sorted(found)
