"""The tree that the parser makes and the interpreter walks. Everything in it is immutable."""

from __future__ import annotations

from dataclasses import dataclass

# -- words -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """Literal text; quoted text takes no part in splitting and globbing."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Tilde:
    """``~`` or ``~user`` at the beginning of a word."""

    user: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """``$name`` or ``${name...}``.

    ``operator`` is one of: empty, ``length``, ``indirect``, ``keys``, ``:-`` and its relatives,
    ``#`` ``##`` ``%`` ``%%``, ``/`` ``//`` ``/#`` ``/%``, ``slice``, ``^`` ``^^`` ``,`` ``,,``.
    """

    name: str
    quoted: bool
    operator: str = ""
    argument: Word | None = None
    second: Word | None = None
    index: Word | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class CommandText:
    """``$(...)`` or backticks."""

    program: Program
    quoted: bool


@dataclass(frozen=True, slots=True)
class ProcessText:
    """``<(...)``: the name of a file that holds the output."""

    program: Program
    quoted: bool = True


@dataclass(frozen=True, slots=True)
class ArithmeticText:
    """``$((...))``: the expression after expansion of its own parameters."""

    expression: Word
    quoted: bool


Part = Text | Tilde | Parameter | CommandText | ProcessText | ArithmeticText


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written. ``plain`` is its value when nothing in it needs expansion."""

    parts: tuple[Part, ...]
    raw: str
    plain: str | None = None


# -- commands --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirection. For a here-document ``target`` is its text."""

    operator: str
    descriptor: int | None
    target: Word


@dataclass(frozen=True, slots=True)
class Assignment:
    """``name=value``, ``name+=value``, ``name[index]=value`` or ``name=(values)``."""

    name: str
    value: Word | None = None
    elements: tuple[tuple[Word | None, Word], ...] | None = None
    index: Word | None = None
    append: bool = False


@dataclass(frozen=True, slots=True)
class Simple:
    """Assignments, a command with arguments, redirections; each may be missing."""

    assignments: tuple[Assignment, ...]
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    line: int
    # Assignment words after export, declare, local and readonly, by their place in ``words``.
    declared: tuple[tuple[int, Assignment], ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by ``|``; ``merge`` says which also pipe stderr (``|&``)."""

    commands: tuple[Command, ...]
    negated: bool = False
    timed: bool = False
    merge: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines joined by ``&&`` and ``||``."""

    first: Command
    rest: tuple[tuple[str, Command], ...]


@dataclass(frozen=True, slots=True)
class Background:
    """A command followed by ``&``."""

    body: Command


@dataclass(frozen=True, slots=True)
class Sequence:
    """Commands one after the other."""

    items: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Subshell:
    body: Sequence


@dataclass(frozen=True, slots=True)
class Group:
    body: Sequence


@dataclass(frozen=True, slots=True)
class If:
    clauses: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None


@dataclass(frozen=True, slots=True)
class For:
    """``words`` is None for a loop over the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    line: int


@dataclass(frozen=True, slots=True)
class ArithmeticFor:
    start: Word | None
    condition: Word | None
    step: Word | None
    body: Sequence
    line: int


@dataclass(frozen=True, slots=True)
class While:
    condition: Sequence
    body: Sequence
    until: bool


@dataclass(frozen=True, slots=True)
class Case:
    """``items``: patterns, body, and how the item ends (``;;``, ``;&`` or ``;;&``)."""

    subject: Word
    items: tuple[tuple[tuple[Word, ...], Sequence, str], ...]


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    body: Command


@dataclass(frozen=True, slots=True)
class Redirected:
    """A compound command with redirections."""

    body: Command
    redirects: tuple[Redirect, ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``((...))``."""

    expression: Word
    line: int


@dataclass(frozen=True, slots=True)
class Condition:
    """``[[ ... ]]``; ``test`` is a tree of the classes below."""

    test: Test
    line: int


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Word


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Word
    right: Word


@dataclass(frozen=True, slots=True)
class Not:
    test: Test


@dataclass(frozen=True, slots=True)
class Both:
    left: Test
    right: Test


@dataclass(frozen=True, slots=True)
class Either:
    left: Test
    right: Test


Test = Unary | Binary | Not | Both | Either
Command = (
    Simple
    | Pipeline
    | AndOr
    | Background
    | Sequence
    | Subshell
    | Group
    | If
    | For
    | ArithmeticFor
    | While
    | Case
    | Function
    | Redirected
    | Arithmetic
    | Condition
)


@dataclass(frozen=True, slots=True)
class Program:
    """A whole script. Bash runs what stands before a syntax error, so both are kept."""

    items: tuple[Command, ...]
    problem: ShellSyntaxError | None = None
    warnings: tuple[str, ...] = ()


class ShellSyntaxError(Exception):
    """The text is no valid script.

    Args:
        message: as bash words it, without the prefix.
        line: line number it complains about.
        source: the line to show under the message, or None.
        incomplete: more input could still make it valid (an interactive shell asks for it).
    """

    def __init__(self, message: str, line: int, source: str | None = None, *, incomplete: bool = False):
        super().__init__(message)
        self.message = message
        self.line = line
        self.source = source
        self.incomplete = incomplete


class UnsupportedSyntax(Exception):
    """Valid Bash that this shell does not know; said aloud, never ignored."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
