"""find and xargs."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable

from labkit.hosts.commands import program
from labkit.hosts.commands.dates import clock_text
from labkit.hosts.commands.listing import mode_text
from labkit.hosts.files import Stat
from labkit.hosts.files.disks import blocks
from labkit.hosts.shell import patterns
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process, reason
from labkit.hosts.streams import BytesReader

Test = Callable[[str, Stat], bool]
_SIZES = {"c": 1, "w": 2, "b": 512, "": 512, "k": 1024, "M": 1 << 20, "G": 1 << 30}
_KINDS = {"f": "file", "d": "directory", "l": "link", "c": "device"}


class _Expression:
    """The expression of find: parsed into one function."""

    def __init__(self, process: Process, tokens: list[str]) -> None:
        self.process = process
        self.tokens = tokens
        self.acts = False
        self.depth_first = False
        self.maximum = 1 << 30
        self.minimum = 0
        self.pruned = False
        self.status = 0
        self.batches: list[tuple[list[str], list[str]]] = []
        self.stopped = False

    def fail(self, text: str) -> CommandProblem:
        return CommandProblem(text)

    def parse(self) -> Test:
        if not self.tokens:
            return lambda _path, _stat: True
        test = self._either()
        if self.tokens:
            raise self.fail(
                "invalid expression; you have used a binary operator '-o' with nothing before it."
                if self.tokens[0] != ")"
                else "invalid expression; you have too many ')'"
            )
        return test

    def _either(self) -> Test:
        left = self._both()
        while self.tokens[:1] in (["-o"], ["-or"]):
            self.tokens.pop(0)
            left = _or(left, self._both())
        return left

    def _both(self) -> Test:
        left = self._not()
        while self.tokens and self.tokens[0] not in ("-o", "-or", ")"):
            if self.tokens[0] in ("-a", "-and"):
                self.tokens.pop(0)
            left = _and(left, self._not())
        return left

    def _not(self) -> Test:
        if not self.tokens:
            raise self.fail("expected an expression after '-a'")
        primary = self.tokens.pop(0)
        if primary in ("!", "-not"):
            inner = self._not()
            return lambda path, stat: not inner(path, stat)
        if primary == "(":
            inner = self._either()
            if self.tokens[:1] != [")"]:
                raise self.fail(
                    "invalid expression; expected to find a ')' but didn't see one. Perhaps you need "
                    "an extra predicate after '('"
                )
            self.tokens.pop(0)
            return inner
        return self._primary(primary)

    def _value(self, primary: str) -> str:
        if not self.tokens:
            raise self.fail(f"missing argument to `{primary}'")
        return self.tokens.pop(0)

    def _primary(self, primary: str) -> Test:
        if primary in ("-name", "-iname", "-path", "-wholename", "-ipath", "-lname"):
            return self._named(primary, self._value(primary))
        if primary == "-type":
            return self._typed(self._value(primary))
        if primary in ("-mtime", "-atime", "-ctime", "-mmin", "-amin", "-cmin"):
            return self._aged(primary, self._value(primary))
        if primary == "-size":
            return self._sized(self._value(primary))
        if primary in (
            "-user",
            "-group",
            "-uid",
            "-gid",
            "-perm",
            "-newer",
            "-links",
            "-inum",
            "-newermt",
            "-regex",
        ):
            return self._attribute(primary, self._value(primary))
        if primary in ("-maxdepth", "-mindepth"):
            text = self._value(primary)
            if not text.isdigit():
                raise self.fail(
                    f"Expected a positive decimal integer argument to {primary}, but got ‘{text}’"
                )
            if primary == "-maxdepth":
                self.maximum = int(text)
            else:
                self.minimum = int(text)
            return _yes
        return self._action(primary)

    def _action(self, primary: str) -> Test:  # noqa: C901 - one branch per case
        process = self.process
        simple: dict[str, Test] = {
            "-true": _yes,
            "-false": lambda _path, _stat: False,
            "-empty": self._empty,
            "-readable": lambda path, _stat: process.files.access(process.path(path), 4, by=process.by),
            "-writable": lambda path, _stat: process.files.access(process.path(path), 2, by=process.by),
            "-executable": lambda path, _stat: process.files.access(process.path(path), 1, by=process.by),
            "-xdev": _yes,
            "-mount": _yes,
            "-depth": _yes,
            "-daystart": _yes,
            "-noleaf": _yes,
        }
        if primary in simple:
            self.depth_first = self.depth_first or primary == "-depth"
            if primary == "-daystart":
                raise self.fail("simulated host: -daystart is not supported")
            return simple[primary]
        if primary == "-prune":
            return self._prune
        self.acts = True
        if primary in ("-print", "-print0"):
            end = "\n" if primary == "-print" else "\0"
            return _always(lambda path, _stat: process.out(path + end))
        if primary == "-printf":
            form = self._value(primary)
            return _always(lambda path, stat: process.out(self._formatted(form, path, stat)))
        if primary == "-delete":
            self.depth_first = True
            return self._delete
        if primary == "-quit":
            return self._quit
        if primary == "-ls":
            raise self.fail("simulated host: -ls is not supported")
        if primary in ("-exec", "-execdir", "-ok"):
            return self._exec(primary)
        self.acts = False
        if primary.startswith("-"):
            raise self.fail(f"unknown predicate `{primary}'")
        raise self.fail(f"paths must precede expression: `{primary}'")

    def _named(self, primary: str, pattern: str) -> Test:
        ignore = primary.startswith("-i")
        if primary in ("-name", "-iname"):
            return lambda path, _stat: patterns.matches(
                pattern, posixpath.basename(path.rstrip("/")) or "/", ignore_case=ignore
            )
        if primary == "-lname":
            return lambda _path, stat: stat.is_link and patterns.matches(pattern, stat.target)
        return lambda path, _stat: patterns.matches(pattern, path, ignore_case=ignore)

    def _typed(self, text: str) -> Test:
        letters = text.split(",")
        for letter in letters:
            if letter not in ("f", "d", "l", "c", "b", "p", "s"):
                raise self.fail(f"Unknown argument to -type: {letter}")
        kinds = {_KINDS.get(letter, "") for letter in letters}
        return lambda _path, stat: stat.kind in kinds

    def _number(self, primary: str, text: str) -> Callable[[int], bool]:
        match = re.fullmatch(r"([+-]?)(\d+)", text)
        if not match:
            raise self.fail(f"invalid argument `{text}' to `{primary}'")
        count = int(match[2])
        if match[1] == "+":
            return lambda value: value > count
        return (lambda value: value < count) if match[1] == "-" else (lambda value: value == count)

    def _aged(self, primary: str, text: str) -> Test:
        compare = self._number(primary, text)
        field = {"m": "mtime", "a": "atime", "c": "ctime"}[primary[1]]
        unit = 86400 if primary.endswith("time") else 60
        now = self.process.time

        def test(_path: str, stat: Stat) -> bool:
            age = now - float(getattr(stat, field))
            # Days are cut off, minutes rounded up, as findutils do.
            return compare(int(age // unit) if unit == 86400 else int(-(-age // unit)))

        return test

    def _sized(self, text: str) -> Test:
        match = re.fullmatch(r"([+-]?\d+)([cwbkMG]?)", text)
        if not match:
            raise self.fail(f"Invalid argument `{text}' to -size")
        compare = self._number("-size", match[1])
        unit = _SIZES[match[2]]
        return lambda _path, stat: compare(-(-stat.size // unit))

    def _attribute(self, primary: str, text: str) -> Test:
        process = self.process
        users = process.machine.users
        if primary in ("-user", "-uid"):
            uid = int(text) if text.isdigit() else users.uid_of(text)
            if uid is None:
                raise self.fail(f"‘{text}’ is not the name of a known user")
            return lambda _path, stat: stat.uid == uid
        if primary in ("-group", "-gid"):
            gid = int(text) if text.isdigit() else users.gid_of(text)
            if gid is None:
                raise self.fail(f"‘{text}’ is not the name of an existing group")
            return lambda _path, stat: stat.gid == gid
        if primary == "-perm":
            return self._permitted(text)
        if primary == "-newer":
            try:
                limit = process.files.stat(process.path(text), by=process.by).mtime
            except OSError as problem:
                raise self.fail(f"‘{text}’: {reason(problem)}") from None
            return lambda _path, stat: stat.mtime > limit
        if primary == "-links":
            compare = self._number(primary, text)
            return lambda _path, stat: compare(stat.links)
        if primary == "-inum":
            compare = self._number(primary, text)
            return lambda _path, stat: compare(stat.number)
        raise self.fail(f"simulated host: {primary} is not supported")

    def _permitted(self, text: str) -> Test:
        if not re.fullmatch(r"[-/]?[0-7]+", text):
            raise self.fail(f"simulated host: only octal modes are supported, not ‘{text}’")
        bits = int(text.lstrip("-/"), 8)
        if text[0] == "-":
            return lambda _path, stat: stat.permissions & bits == bits
        if text[0] == "/":
            return lambda _path, stat: bool(stat.permissions & bits) or not bits
        return lambda _path, stat: stat.permissions == bits

    def _empty(self, path: str, stat: Stat) -> bool:
        if stat.is_dir:
            return not self.process.files.listdir(self.process.path(path), by=self.process.by)
        return stat.is_file and stat.size == 0

    def _prune(self, _path: str, _stat: Stat) -> bool:
        self.pruned = True
        return True

    def _quit(self, _path: str, _stat: Stat) -> bool:
        self.stopped = True
        return True

    def _delete(self, path: str, stat: Stat) -> bool:
        process = self.process
        if path == ".":
            return True
        try:
            if stat.is_dir:
                process.files.rmdir(process.path(path), by=process.by)
            else:
                process.files.remove(process.path(path), by=process.by)
        except OSError as problem:
            process.flush()
            process.error(f"cannot delete ‘{path}’: {reason(problem)}")
            self.status = 1
            return False
        return True

    def _exec(self, primary: str) -> Test:
        words: list[str] = []
        while True:
            if not self.tokens:
                raise self.fail(f"missing argument to `{primary}'")
            word = self.tokens.pop(0)
            if word == ";":
                break
            if word == "+" and words and words[-1] == "{}":
                return self._batch(words[:-1])
            words.append(word)
        if primary != "-exec":
            raise self.fail(f"simulated host: {primary} is not supported")
        return lambda path, _stat: self.process.run([word.replace("{}", path) for word in words]) == 0

    def _batch(self, words: list[str]) -> Test:
        """``-exec ... {} +``: collect names, run once at the end."""
        names: list[str] = []
        self.batches.append((words, names))
        return _always(lambda path, _stat: names.append(path))

    def _formatted(self, form: str, path: str, stat: Stat) -> str:
        from labkit.hosts.shell.builtins.printing import unescape

        users = self.process.machine.users

        def one(match: _Directive) -> str:
            letter = match[2]
            values = {
                "p": path, "f": posixpath.basename(path), "h": posixpath.dirname(path) or ".",
                "s": str(stat.size),
                "m": f"{stat.permissions:o}", "M": mode_text(stat.mode), "u": users.user_name(stat.uid),
                "g": users.group_name(stat.gid), "U": str(stat.uid), "G": str(stat.gid),
                "i": str(stat.number),
                "n": str(stat.links), "l": stat.target, "%": "%", "k": str(blocks(stat.size) // 1024),
                "y": {"file": "f", "directory": "d", "link": "l", "device": "c"}[stat.kind],
                "t": clock_text(stat.mtime, "%a %b %e %H:%M:%S.%N0 %Y"),
                "d": str(self.level),
            }  # fmt: skip
            if letter == "T":
                return f"{stat.mtime:.10f}" if match[3] == "@" else clock_text(stat.mtime, "%" + match[3])
            return f"%{match[1]}s" % values.get(letter, "?") if letter != "P" else self._relative(path)

        return unescape(
            re.sub(r"%([-0-9]*)(?:(T)(.)|([a-zA-Z%]))", lambda m: one(_Directive(m)), form), echo=False
        )

    level = 0
    root = ""

    def _relative(self, path: str) -> str:
        return path[len(self.root) :].lstrip("/")


class _Directive:
    """Brings both forms of a directive into one shape."""

    def __init__(self, match: re.Match[str]) -> None:
        self._groups = (match[0], match[1], match[2] or match[4], match[3])

    def __getitem__(self, at: int) -> str:
        return self._groups[at] or ""


def _yes(_path: str, _stat: Stat) -> bool:
    return True


def _always(action: Callable[[str, Stat], None]) -> Test:
    """An action as a test that is always true."""

    def test(path: str, stat: Stat) -> bool:
        action(path, stat)
        return True

    return test


def _or(left: Test, right: Test) -> Test:
    return lambda path, stat: left(path, stat) or right(path, stat)


def _and(left: Test, right: Test) -> Test:
    return lambda path, stat: left(path, stat) and right(path, stat)


@program("find")
def find(process: Process) -> int:  # noqa: C901 - one branch per case
    """``find [path ...] [expression]``; names in a folder come sorted."""
    arguments = list(process.args)
    follow = False
    while arguments and arguments[0] in ("-L", "-P", "-H"):
        follow = arguments.pop(0) == "-L"
    roots = []
    while arguments and not arguments[0].startswith("-") and arguments[0] not in ("(", "!"):
        roots.append(arguments.pop(0))
    expression = _Expression(process, arguments)
    test = expression.parse()

    def look(name: str) -> Stat:
        path = process.path(name)
        if follow:
            try:
                return process.files.stat(path, by=process.by)
            except OSError:
                pass
        return process.files.lstat(path, by=process.by)

    def judge(name: str, stat: Stat, level: int) -> None:
        expression.level = level
        if (
            level >= expression.minimum
            and not expression.stopped
            and test(name, stat)
            and not expression.acts
        ):
            process.out(name + "\n")

    def visit(name: str, level: int) -> None:
        process.tick()
        if expression.stopped:
            return
        try:
            stat = look(name)
        except OSError as problem:
            process.flush()
            process.error(f"‘{name}’: {reason(problem)}")
            expression.status = 1
            return
        expression.pruned = False
        if not expression.depth_first:
            judge(name, stat, level)
        if stat.is_dir and level < expression.maximum and not expression.pruned:
            try:
                children = sorted(process.files.listdir(process.path(name), by=process.by))
            except OSError as problem:
                process.flush()
                process.error(f"‘{name}’: {reason(problem)}")
                expression.status = 1
                children = []
            for child in children:
                visit(name + ("" if name.endswith("/") else "/") + child, level + 1)
        if expression.depth_first:
            judge(name, stat, level)

    for root in roots or ["."]:
        expression.root = root
        visit(root, 0)
    for words, names in expression.batches:
        if names and process.run([*words, *names]):
            expression.status = 1
    return expression.status


@program("xargs")
def xargs(process: Process) -> int:
    """``xargs [-0rt] [-n count] [-I mark] [-d delimiter] [-P n] [-L lines] command``; one after the other."""
    found = process.options(
        "0rtn:I:i::d:P:L:s:a:",
        {
            "null": "0",
            "no-run-if-empty": "r",
            "max-args": "n",
            "replace=?": "i",
            "delimiter": "d",
            "max-procs": "P",
            "max-lines": "L",
            "verbose": "t",
        },
        permute=False,
    )
    words = found.operands or ["echo"]
    text = decode(process.open(found.get("a")).read() if "a" in found else process.stdin.read())
    mark = found.get("I") if "I" in found else (found.get("i") or "{}") if "i" in found else None
    items = _items(
        text,
        found.get("d"),
        null="0" in found,
        lines=mark is not None or "L" in found,
        delimited="d" in found,
    )
    if mark is not None:
        calls = [[word.replace(mark, item) for word in words] for item in items]
    else:
        size = int(found.get("n") or found.get("L") or 0) or max(1, len(items))
        groups = [items[at : at + size] for at in range(0, len(items), size)]
        if "L" in found:
            groups = [[word for line in group for word in line.split()] for group in groups]
        calls = [[*words, *group] for group in groups]
        if not items and "r" not in found:
            calls = [words]
    status = 0
    for call in calls:
        if "t" in found:
            process.say(" ".join(call) + "\n")
        code = process.run(call, stdin=BytesReader())
        if code == 255:
            process.error(f"{call[0]}: exited with status 255; aborting")
            return 124
        if code in (126, 127):
            return code
        status = 123 if code else status
    return status


def _items(text: str, delimiter: str, *, null: bool, lines: bool, delimited: bool) -> list[str]:
    if null or delimited:
        mark = "\0" if null else {"\\n": "\n", "\\t": "\t", "\\0": "\0"}.get(delimiter, delimiter[:1])
        items = text.split(mark)
        return items[:-1] if items and items[-1] in ("", "\n") and (null or not items[-1]) else items
    if lines:
        return [line.strip() for line in text.splitlines() if line.strip()]
    try:
        return shlex.split(text)
    except ValueError:
        raise CommandProblem(
            "unmatched single quote; by default quotes are special to xargs unless you use the -0 option"
        ) from None
