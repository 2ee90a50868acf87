"""One login at an IOS command line: modes, prompts, errors, filters."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.faults import Drop, Hang, Malformed, Slow
from labkit.hosts.ssh.program import Cut
from labkit.hosts.streams import Reader, Sink
from labkit.netdev.console import Gone, Terminal
from labkit.netdev.grammar import Found, Unclear
from labkit.netdev.ios.rules import CONFIG_MODES, grammar_of

if TYPE_CHECKING:
    from labkit.netdev.device import SimulatedSwitch

_PROMPTS = {
    "user": ">",
    "enable": "#",
    "config": "(config)#",
    "config-if": "(config-if)#",
    "config-if-range": "(config-if-range)#",
    "config-vlan": "(config-vlan)#",
}
_INVALID = "% Invalid input detected at '^' marker."
_FILTER = re.compile(r"\s\|\s*(?P<verb>[a-z]+)(?:\s+(?P<pattern>.*))?$")
_FILTERS = ("begin", "count", "exclude", "include", "section")


@dataclass(frozen=True)
class Access:
    """What a login may do: the enable secret (None: none is set) and its privilege level."""

    secret: str | None
    privilege: int


class Session:
    """The command line of one connection.

    Attributes:
        switch: the device.
        mode: ``user``, ``enable``, ``config`` or one of its sub-modes.
        ports: names of the interfaces being configured.
        chosen: numbers of the VLANs being configured.
    """

    def __init__(
        self, switch: SimulatedSwitch, access: Access, stdin: Reader, stdout: Sink, cancelled: threading.Event
    ) -> None:
        self.switch = switch
        self.access = access
        self.terminal = Terminal(stdin, stdout, cancelled)
        self.mode = "enable" if access.privilege == 15 else "user"
        self.ports: list[str] = []
        self.chosen: list[int] = []
        self.ended = False

    @property
    def prompt(self) -> str:
        return self.switch.hostname + _PROMPTS[self.mode]

    def run(self, command: str | None) -> int:
        """Run one command, or lines until the client leaves or logs out. Returns the exit status."""
        try:
            if command is not None:
                self.terminal.length = 0
                self.obey(command)
                return 0
            self.terminal.write("\n")
            while not self.ended:
                line = self.terminal.line(self.prompt, help_for=self._help)
                if line is None:
                    self.leave_configuration()
                elif line.strip():
                    self.obey(line)
        except Gone:
            pass
        return 0

    def _help(self, line: str) -> str:
        found = grammar_of(self.mode).completions(line)
        return (
            "".join(f"  {word:<20} {text}".rstrip() + "\n" for word, text in found)
            or "% Unrecognized command\n"
        )

    def leave_configuration(self) -> None:
        """Back to the mode before any configuration."""
        if self.mode in CONFIG_MODES:
            self.mode = "enable"

    # -- one line ----------------------------------------------------------------------------------

    def obey(self, line: str) -> None:
        """Do what a line says and show the output."""
        self.switch.commands.append((self.prompt, line.strip()))
        self._strike(line.strip())
        output = self.answer(line)
        if output:
            self.terminal.page(output)

    def answer(self, line: str) -> str:
        """Do what a line says and return its output."""
        if line.lstrip().startswith("!"):
            return ""
        command, keep = self._split_filter(line)
        mode, start = self.mode, len(command) - len(command.lstrip())
        if self.mode in CONFIG_MODES and (match := re.match(r"\s*do\s+", command)):
            mode, start = "enable", match.end()
        meaning = grammar_of(mode).parse(command[start:])
        if isinstance(meaning, Unclear):
            return self._complain(meaning, command, start)
        output = self._act(meaning)
        return keep(output) if output and keep else output

    def _act(self, meaning: Found) -> str:
        with self.switch.lock:
            unlocked = meaning.rule.action
            if not getattr(unlocked, "asks", False):
                return unlocked(self, **meaning.arguments) or ""
        return unlocked(self, **meaning.arguments) or ""

    def _complain(self, meaning: Unclear, command: str, start: int) -> str:
        if meaning.why == "incomplete":
            return "% Incomplete command.\n\n"
        if meaning.why == "ambiguous":
            return f'% Ambiguous command:  "{command.strip()}"\n\n'
        column = len(self.prompt) + start + meaning.column
        return " " * column + "^\n" + _INVALID + "\n\n"

    def _split_filter(self, line: str) -> tuple[str, Filter | None]:
        match = _FILTER.search(line)
        if match is None:
            return line, None
        verbs = [verb for verb in _FILTERS if verb.startswith(match["verb"])]
        if len(verbs) != 1 or (match["pattern"] is None):
            return line, None  # the bar is then an invalid word of the command
        return line[: match.start()], Filter(verbs[0], match["pattern"].strip())

    def _strike(self, line: str) -> None:
        """Act out a fault that is due at this line."""
        faults = self.switch.faults
        fault = faults.take("exec", line, kinds=(Hang, Drop, Slow, Malformed)) if line else None
        if isinstance(fault, Hang):
            self.terminal.cancelled.wait()
            raise Gone
        if isinstance(fault, Drop):
            raise Cut
        if isinstance(fault, Slow):
            self.terminal.cancelled.wait(fault.delay)
        if isinstance(fault, Malformed):
            self.terminal.write((fault.payload or b"%SYS-3-CPUHOG: \xff\xfe garbled\n").decode("latin-1"))


class Filter:
    """``| include`` and its relatives: which lines of an output are shown."""

    def __init__(self, verb: str, pattern: str) -> None:
        self._verb = verb
        try:
            self._pattern = re.compile(pattern)
        except re.error:
            self._pattern = re.compile(re.escape(pattern))

    def __call__(self, output: str) -> str:
        lines = output.rstrip("\n").split("\n")
        if self._verb == "count":
            return f"Number of lines which match regexp = {sum(map(self._matches, lines))}\n"
        kept = getattr(self, f"_{self._verb}")(lines)
        return "".join(f"{line}\n" for line in kept)

    def _matches(self, line: str) -> bool:
        return self._pattern.search(line) is not None

    def _include(self, lines: list[str]) -> list[str]:
        return [line for line in lines if self._matches(line)]

    def _exclude(self, lines: list[str]) -> list[str]:
        return [line for line in lines if not self._matches(line)]

    def _begin(self, lines: list[str]) -> list[str]:
        first = next((place for place, line in enumerate(lines) if self._matches(line)), len(lines))
        return lines[first:]

    def _section(self, lines: list[str]) -> list[str]:
        kept: list[str] = []
        inside = False
        for line in lines:
            inside = self._matches(line) or (inside and line.startswith(" "))
            if inside:
                kept.append(line)
        return kept
