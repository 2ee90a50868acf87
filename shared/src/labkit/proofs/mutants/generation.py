"""All mutants of a file: each differs from it in one place, and none compiles to the same bytecode."""

from __future__ import annotations
import __future__

import ast
import difflib
import itertools
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from labkit.proofs.mutants.expressions import expression_changes
from labkit.proofs.mutants.given import given_nodes
from labkit.proofs.mutants.sites import Site, sites
from labkit.proofs.mutants.statements import statement_changes


@dataclass(frozen=True)
class Mutant:
    """One change of one file of the solution.

    Attributes:
        file: relative to the solution's folder.
        place: the function or ``Class.method`` that is changed; empty for the module itself.
        operator: what was done, in words.
        first, last: the lines of the changed statement (of its head, where it has a body).
        was, mutant: the lines that differ, before and after, as :func:`ast.unparse` writes them.
        text: the whole changed file.
        on_load: it takes effect when the module is loaded: a default, a decorator, a constant.
        number: counts the mutants of a lab.
    """

    file: str
    place: str
    operator: str
    first: int
    last: int
    was: str
    mutant: str
    text: str
    on_load: bool = False
    number: int = 0

    def diff(self) -> str:
        """The change, as a diff shows it."""
        before = [f"-{line}" for line in self.was.splitlines()]
        after = [f"+{line}" for line in self.mutant.splitlines()]
        return "\n".join([f"{self.file}:{self.first} {self.place}: {self.operator}", *before, *after])


def generate(file: str, source: str, skeleton: str = "") -> list[Mutant]:
    """The mutants of ``source``, in the order of the lines.

    Args:
        file: the name of the file, for the mutants and for errors.
        source: its text.
        skeleton: the text of the same file in the starter: what it hands over is not changed.

    Raises:
        SyntaxError: the source cannot be read.
    """
    tree = ast.parse(source, file)
    text = _Text(source)
    given = given_nodes(tree, skeleton)
    known: dict[int, set[Any]] = {}
    found: list[Mutant] = []
    for site in sites(tree):
        heads = site.node.decorator_list if isinstance(site.node, ast.ClassDef) else []
        if any(id(node) in given for node in (*site.parents, site.node, *heads)):
            continue
        top = site.parents[1] if len(site.parents) > 1 else site.node
        index = next(place for place, statement in enumerate(tree.body) if statement is top)
        seen = known.setdefault(index, {_bytecode(tree.body[index : index + 1])})
        for operator, new in _changes(site):
            held = getattr(site.parent, site.field)
            whole = _spliced(site, text)
            before = ast.unparse(whole)
            site.swap(new)
            try:
                if isinstance(site.parent, ast.Module):
                    changed = new if isinstance(new, list) else [new]
                else:
                    changed = tree.body[index : index + 1]
                code = _bytecode(changed)
                if code is None or code in seen:
                    continue
                seen.add(code)
                after = _after(site, whole, new)
            finally:
                site.restore(held)
            was, mutant = _difference(before, after)
            first, last = _lines(site.statement)
            found.append(
                Mutant(
                    file,
                    _place(site),
                    operator,
                    first,
                    last,
                    was,
                    mutant,
                    text.with_replaced(whole, after),
                    _on_load(site),
                    len(found),
                )
            )
    return found


def _changes(site: Site) -> Iterator[tuple[str, Any]]:
    yield from statement_changes(site)
    yield from expression_changes(site)


def _place(site: Site) -> str:
    """A function's own head belongs to the function."""
    node = site.node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return f"{site.place}.{node.name}" if site.place else node.name
    return site.place


def _on_load(site: Site) -> bool:
    """Outside of all function bodies."""
    chain = (*site.parents, site.node)
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    for upper, lower in itertools.pairwise(chain):
        if isinstance(upper, functions) and lower not in (upper.args, *getattr(upper, "decorator_list", [])):
            return False
    return True


def _spliced(site: Site, text: _Text) -> ast.stmt:
    """The statement whose text is exchanged: the innermost one, but an ``elif`` only with its ``if``."""
    chain = [node for node in (*site.parents, site.node) if isinstance(node, ast.stmt)]
    while text.begins_with(chain[-1], b"elif") and len(chain) > 1:
        chain.pop()
    return chain[-1]


def _after(site: Site, whole: ast.stmt, new: Any) -> str:
    """The text of ``whole`` with the change in it (or of what took its place)."""
    if site.node is not whole:
        return ast.unparse(whole)
    statements = new if isinstance(new, list) else [new]
    return "\n".join(ast.unparse(statement) for statement in statements)


def _lines(statement: ast.stmt) -> tuple[int, int]:
    """First and last line of a statement, or of its head where it has a body."""
    body = getattr(statement, "body", None)
    last = statement.end_lineno or statement.lineno
    if isinstance(body, list) and body:
        last = max(statement.lineno, body[0].lineno - 1)
    decorators = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)]), last


def _difference(before: str, after: str) -> tuple[str, str]:
    """The lines that are only in one of two texts, without their indentation."""
    old, new = before.splitlines(), after.splitlines()
    removed, added = [], []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            removed += [line.strip() for line in old[a:b]]
            added += [line.strip() for line in new[c:d]]
    return "\n".join(removed), "\n".join(added)


class _Text:
    """A source text in which statements can be exchanged."""

    def __init__(self, source: str) -> None:
        self._bytes = source.encode()
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def begins_with(self, statement: ast.stmt, word: bytes) -> bool:
        start, _ = self._span(statement)
        return self._bytes.startswith(word, start)

    def with_replaced(self, statement: ast.stmt, text: str) -> str:
        start, end = self._span(statement)
        indent = "\n" + " " * statement.col_offset
        return (self._bytes[:start] + text.replace("\n", indent).encode() + self._bytes[end:]).decode()

    def _span(self, statement: ast.stmt) -> tuple[int, int]:
        decorators = getattr(statement, "decorator_list", [])
        line = min([statement.lineno, *(d.lineno for d in decorators)])
        end_line, end_column = statement.end_lineno or statement.lineno, statement.end_col_offset or 0
        return self._starts[line - 1] + statement.col_offset, self._starts[end_line - 1] + end_column


def _bytecode(statements: list[ast.stmt]) -> Any:
    """What statements compile to, without the positions; None when they do not compile."""
    module = ast.Module(statements, [])
    ast.fix_missing_locations(module)
    try:
        flags = __future__.annotations.compiler_flag
        code = compile(module, "mutant", "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, TypeError):
        return None
    return _stripped(code)


def _stripped(code: types.CodeType) -> Any:
    constants = tuple(
        _stripped(value) if isinstance(value, types.CodeType) else (type(value).__name__, repr(value))
        for value in code.co_consts
    )
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    table = getattr(code, "co_exceptiontable", b"")
    counts = (code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount, code.co_flags)
    return code.co_code, names, constants, table, counts, code.co_name
