"""The few things that are asked of git."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from labkit.errors import EnvironmentMissing, UsageError

#: An answer of git may take that long, in seconds; a fetch longer.
_PATIENCE, _FETCH_PATIENCE = 120, 900


class Git:
    """git in one repository.

    Args:
        root: its top folder.

    Raises:
        UsageError: it is no repository of git.
        EnvironmentMissing: git is not installed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._reader: subprocess.Popen[bytes] | None = None
        if not (root / ".git").exists():
            raise UsageError(
                f"{root} is no clone: an upgrade comes by git. Clone the repository, and copy your files."
            )
        self("rev-parse", "--git-dir")

    def __call__(
        self,
        *words: str,
        given: bytes | None = None,
        variables: Mapping[str, str] | None = None,
        patience: float = _PATIENCE,
    ) -> bytes:
        """Standard output of ``git WORDS...``.

        Raises:
            UsageError: git refuses; with its words.
            EnvironmentMissing: git is not installed.
        """
        done = self._run(words, given, variables, patience)
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()
            raise UsageError(f"git {words[0]} failed: {said or f'exit status {done.returncode}'}")
        return done.stdout

    def text(self, *words: str) -> str:
        return self(*words).decode("utf-8", "surrogateescape").strip()

    def succeeds(self, *words: str) -> bool:
        return self._run(words, None, None, _PATIENCE).returncode == 0

    def fetch(self) -> None:
        """Get what is new from where this clone came from.

        Raises:
            UsageError: there is no such place, or it does not answer.
        """
        self("fetch", "--quiet", "--tags", "origin", patience=_FETCH_PATIENCE)

    def commit_of(self, name: str) -> str | None:
        """The commit that a tag, a branch or a shortened id stands for; None when git knows none."""
        done = self._run(("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"), None, None, _PATIENCE)
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def blob(self, commit: str, path: str) -> bytes | None:
        """A file of a commit; None when it has none of that name."""
        if self._reader is None:
            # One process for all: a release changes thousands of files.
            self._reader = subprocess.Popen(
                ["git", "cat-file", "--batch"], cwd=self.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        question, answer = self._reader.stdin, self._reader.stdout
        if question is None or answer is None:
            raise RuntimeError("both pipes were asked for")
        question.write(f"{commit}:{path}\n".encode("utf-8", "surrogateescape"))
        question.flush()
        head = answer.readline().split()
        if len(head) != 3:  # "... missing"
            return None
        content = answer.read(int(head[2]) + 1)[:-1]
        return content if head[1] == b"blob" else None

    def close(self) -> None:
        """End the process that reads files, if there is one."""
        if self._reader is not None:
            self._reader.communicate()
            self._reader = None

    def modes(self, commit: str) -> dict[str, str]:
        """Mode of each file of a commit, by path: 100644, 100755 ..."""
        listing = self("ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape")
        entries = [entry.partition("\t") for entry in listing.split("\0") if entry]
        return {path: head.split()[0] for head, _, path in entries}

    def renames_and_changes(self, old: str, new: str) -> list[tuple[str, str]]:
        """Pairs of old and new path of each file that differs; one of them empty where it came or went."""
        fields = (
            self("diff", "--name-status", "-M", "-l0", "-z", old, new)
            .decode("utf-8", "surrogateescape")
            .split("\0")
        )
        found, place = [], 0
        while place < len(fields) - 1:
            kind = fields[place][:1]
            first = fields[place + 1]
            if kind in "RC":
                found.append((first if kind == "R" else "", fields[place + 2]))
                place += 3
                continue
            found.append(("" if kind == "A" else first, "" if kind == "D" else first))
            place += 2
        return found

    def merged(self, mine: bytes, base: bytes, new: bytes) -> bytes | None:
        """Both changes in one file; None where they cannot be joined without a person."""
        with tempfile.TemporaryDirectory(prefix="ops-labs-merge-") as folder:
            files = [Path(folder, name) for name in ("mine", "base", "new")]
            for file, content in zip(files, (mine, base, new), strict=True):
                file.write_bytes(content)
            done = self._run(("merge-file", "-p", "--quiet", *map(str, files)), None, None, _PATIENCE)
        return done.stdout if done.returncode == 0 else None

    def _run(
        self,
        words: tuple[str, ...],
        given: bytes | None,
        variables: Mapping[str, str] | None,
        patience: float,
    ) -> subprocess.CompletedProcess[bytes]:
        quiet = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8", "GIT_OPTIONAL_LOCKS": "0"}
        try:
            return subprocess.run(
                ["git", *words],
                cwd=self.root,
                env={**os.environ, **quiet, **(variables or {})},
                input=given,
                stdin=None if given is not None else subprocess.DEVNULL,
                capture_output=True,
                timeout=patience,
                check=False,
            )
        except FileNotFoundError:
            raise EnvironmentMissing("git", "it is not installed", "install git") from None
        except subprocess.TimeoutExpired:
            raise EnvironmentMissing("git", f"git {words[0]} did not end within {patience:.0f} s") from None
