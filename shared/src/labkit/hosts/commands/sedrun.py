"""Running a sed script over lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from labkit.hosts.commands.sedscript import Address, Script, Step
from labkit.hosts.shell.expansion import decode
from labkit.hosts.shell.process import CommandProblem, Process, reason


class _NextCycle(Exception):
    """The rest of the script is skipped; ``printing`` whether the pattern space is shown."""

    def __init__(self, *, printing: bool, keep: bool = False) -> None:
        self.printing = printing
        self.keep = keep


class _Quit(Exception):
    def __init__(self, status: int, *, printing: bool) -> None:
        self.status = status
        self.printing = printing


class _Jump(Exception):
    def __init__(self, label: str) -> None:
        self.label = label


class Editor:
    """Applies a script to a stream of lines."""

    def __init__(self, process: Process, script: Script, *, quiet: bool) -> None:
        self.process = process
        self.script = script
        self.quiet = quiet
        self.space = self.hold = ""
        self.number = 0
        self.queue: list[str] = []
        self.substituted = False
        self.last_pattern: re.Pattern[str] | None = None
        self.outputs: dict[str, list[str]] = {}
        self.missing_newline = False

    def run(self, lines: Iterator[bytes], out: Callable[[str], None]) -> int:
        """Edit everything; the status."""
        self.lines = lines
        self.out = out
        self.ahead: str | None = self._fetch()
        status = 0
        keep = False
        while keep or self._advance():
            keep = False
            self.process.tick()
            try:
                self._script()
                self._finish(printing=True)
            except _NextCycle as leaving:
                keep = leaving.keep
                self._finish(printing=leaving.printing)
            except _Quit as leaving:
                self._finish(printing=leaving.printing)
                status = leaving.status
                break
        for name, texts in self.outputs.items():
            try:
                self.process.files.write(self.process.path(name), "".join(texts), by=self.process.by)
            except OSError as problem:
                raise CommandProblem(f"couldn't open file {name}: {reason(problem)}", 4) from None
        return status

    def _fetch(self) -> str | None:
        raw = next(self.lines, None)
        return None if raw is None else decode(raw)

    def _advance(self) -> bool:
        if self.ahead is None:
            return False
        line, self.ahead = self.ahead, self._fetch()
        self.missing_newline = not line.endswith("\n")
        self.space = line.removesuffix("\n")
        self.number += 1
        return True

    def _print(self, text: str) -> None:
        self.out(text + ("" if self.missing_newline and self.ahead is None else "\n"))

    def _finish(self, *, printing: bool) -> None:
        if printing and not self.quiet:
            self._print(self.space)
        for text in self.queue:
            self.out(text)
        self.queue.clear()

    def _script(self) -> None:
        label = ""
        while True:
            try:
                self._steps(self.script.steps, label)
                return
            except _Jump as jump:
                self.process.tick()
                if not jump.label:
                    return
                label = jump.label

    def _steps(self, steps: list[Step], label: str) -> str:
        """Run steps; with a label, only those behind it. Returns the label while it is not found."""
        for step in steps:
            if label:
                if step.name == ":" and step.text == label:
                    label = ""
                elif step.name == "{":
                    label = self._steps(step.body, label)
                continue
            if step.name not in ":}" and self._selected(step) != step.negated:
                self._one(step)
        return label

    # -- addresses -------------------------------------------------------------------------------

    def _hits(self, address: Address) -> bool:
        if address.number is not None:
            if address.step:
                return self.number >= address.number and (self.number - address.number) % address.step == 0
            return self.ahead is None if address.number == -1 else self.number == address.number
        pattern = address.pattern or self.last_pattern
        if pattern is None:
            raise CommandProblem("no previous regular expression")
        self.last_pattern = pattern
        return pattern.search(self.space) is not None

    def _selected(self, step: Step) -> bool:
        if step.first is None:
            return True
        if step.second is None:
            return self._hits(step.first)
        end = step.second
        if step.open:
            if step.until:
                step.open = self.number < step.until
                return self.number <= step.until
            step.open = not self._hits(end)
            return True
        starts_at_zero = step.first.number == 0 and self.number == 1
        if not (starts_at_zero or self._hits(step.first)):
            return False
        if end.relative:
            step.until = self.number + (end.number or 0)
        elif end.number is not None and end.number > 0:
            step.until = end.number
        else:
            step.until = 0
        if step.until:
            step.open = self.number < step.until
        elif end.number == -1:
            step.open = self.ahead is not None
        else:
            step.open = not (starts_at_zero and self._hits(end))
        return True

    # -- commands --------------------------------------------------------------------------------

    def _one(self, step: Step) -> None:  # noqa: C901 - one branch per case
        name = step.name
        if name == "{":
            self._steps(step.body, "")
        elif name == "s":
            self._substitute(step)
        elif name == "y":
            self.space = self.space.translate(step.table)
        elif name in "pP=":
            self._show(name)
        elif name == "d":
            raise _NextCycle(printing=False)
        elif name == "D":
            self.space, newline, rest = self.space.partition("\n")
            if newline:
                self.space = rest
                raise _NextCycle(printing=False, keep=True)
            raise _NextCycle(printing=False)
        elif name in "qQ":
            raise _Quit(int(step.text or 0), printing=name == "q")
        elif name in "aicr":
            self._insert(step)
        elif name in "nN":
            self._next(name)
        elif name in "gGhHx":
            self._hold(name)
        elif name == "b" or (name == "t" and self.substituted):
            self.substituted = self.substituted and name != "t"
            raise _Jump(step.text)
        elif name == "w":
            self._write(step.text)

    def _show(self, name: str) -> None:
        if name == "=":
            self.out(f"{self.number}\n")
        else:
            self._print(self.space if name == "p" else self.space.partition("\n")[0])

    def _insert(self, step: Step) -> None:
        if step.name == "i":
            self.out(step.text + "\n")
        elif step.name == "a":
            self.queue.append(step.text + "\n")
        elif step.name == "r":
            if self.process.files.exists(self.process.path(step.text), by=self.process.by):
                self.queue.append(
                    decode(self.process.files.read(self.process.path(step.text), by=self.process.by))
                )
        else:
            if not step.open or step.negated:
                self.out(step.text + "\n")
            raise _NextCycle(printing=False)

    def _next(self, name: str) -> None:
        if self.ahead is None:
            # GNU prints the pattern space when there is no next line.
            raise _Quit(0, printing=True)
        if name == "n":
            self._finish(printing=True)
            self._advance()
        else:
            before = self.space
            self._advance()
            self.space = f"{before}\n{self.space}"

    def _hold(self, name: str) -> None:
        if name == "g":
            self.space = self.hold
        elif name == "G":
            self.space += "\n" + self.hold
        elif name == "h":
            self.hold = self.space
        elif name == "H":
            self.hold += "\n" + self.space
        else:
            self.space, self.hold = self.hold, self.space

    def _write(self, name: str) -> None:
        if name == "/dev/stdout":
            self._print(self.space)
        else:
            self.outputs.setdefault(name, []).append(self.space + "\n")

    def _substitute(self, step: Step) -> None:
        pattern = step.pattern or self.last_pattern
        if pattern is None:
            raise CommandProblem("no previous regular expression")
        self.last_pattern = pattern
        count = 0
        out: list[str] = []
        at = 0
        for match in pattern.finditer(self.space):
            count += 1
            if count < step.nth:
                continue
            out.append(self.space[at : match.start()])
            out.append(_expand(step.replacement, match))
            at = match.end()
            if not step.every:
                break
        if not out:
            return
        self.space = "".join(out) + self.space[at:]
        self.substituted = True
        if step.prints:
            self._print(self.space)
        if step.target:
            self._write(step.target)


def _expand(pieces: list[tuple[str, str]], match: re.Match[str]) -> str:
    out: list[str] = []
    case, once = "", ""
    for kind, value in pieces:
        if kind == "case":
            if value in "ul":
                once = value
            else:
                case = "" if value == "E" else value
            continue
        text = value if kind == "text" else (match[int(value)] or "")
        text = text.upper() if case == "U" else text.lower() if case == "L" else text
        if once and text:
            text = (text[0].upper() if once == "u" else text[0].lower()) + text[1:]
            once = ""
        out.append(text)
    return "".join(out)
