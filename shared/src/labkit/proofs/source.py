"""Functions and methods of a module as text: where they stand, and how they are called."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


class SourceError(Exception):
    """A module that cannot be read or lacks a name; says which and where."""

    def __init__(self, file: Path, problem: str, line: int = 0) -> None:
        self.file, self.problem, self.line = file, problem, line
        super().__init__(f"{file}: {problem}")


@dataclass(frozen=True)
class Span:
    """Lines of a definition, decorators and the comment right above included; counted from 1."""

    first: int
    last: int


class Module:
    """The text of a module and its syntax tree.

    Raises:
        SourceError: the file is missing or is not Python.
    """

    def __init__(self, file: Path, text: str | None = None) -> None:
        self.file = file
        try:
            self.text = file.read_text(encoding="utf-8") if text is None else text
            self.tree = ast.parse(self.text)
        except OSError as problem:
            raise SourceError(file, f"cannot be read: {problem.strerror}") from None
        except UnicodeDecodeError as problem:
            raise SourceError(file, f"is not UTF-8 text: {problem.reason}") from None
        except SyntaxError as problem:
            raise SourceError(file, f"is not Python: {problem.msg}", problem.lineno or 0) from None
        self.lines = self.text.splitlines(keepends=True)

    def find(self, name: str) -> Definition | None:
        """The definition of ``name`` (``function``, ``Class``, ``Class.method``); the last one counts."""
        body: list[ast.stmt] = self.tree.body
        found: Definition | None = None
        for part in name.split("."):
            found = next((node for node in reversed(body) if _defines(node, part)), None)  # type: ignore[assignment]
            if found is None:
                return None
            body = found.body if isinstance(found, ast.ClassDef) else []
        return found

    def span(self, name: str) -> Span:
        """Where ``name`` is defined.

        Raises:
            SourceError: nowhere.
        """
        node = self.find(name)
        if node is None:
            raise SourceError(self.file, f"has no {name}")
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        while first > 1 and self._is_comment(first - 1, node.col_offset):
            first -= 1
        return Span(first, node.end_lineno or node.lineno)

    def source(self, name: str) -> list[str]:
        """The lines that define ``name``, the last with its line end."""
        span = self.span(name)
        lines = self.lines[span.first - 1 : span.last]
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        return lines

    def _is_comment(self, line: int, column: int) -> bool:
        text = self.lines[line - 1]
        return text.lstrip().startswith("#") and len(text) - len(text.lstrip()) == column


def replaced(module: Module, other: Module, names: list[str]) -> str:
    """The text of ``module`` with each of ``names`` as ``other`` defines it.

    Raises:
        SourceError: one of the modules lacks a name.
    """
    lines = list(module.lines)
    spans = {name: module.span(name) for name in names}
    # A method goes with its class when both are named.
    outer = [name for name in names if not any(name.startswith(f"{n}.") for n in names)]
    for name in sorted(outer, key=lambda n: spans[n].first, reverse=True):
        lines[spans[name].first - 1 : spans[name].last] = other.source(name)
    return "".join(lines)


def signature(node: Definition) -> str:
    """How a function is called, with annotations and defaults, as one line of text; of a class, its bases."""
    if isinstance(node, ast.ClassDef):
        inside = [*map(ast.unparse, node.bases), *map(ast.unparse, node.keywords)]
        return f"class {node.name}" + (f"({', '.join(inside)})" if inside else "")
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return ast.unparse(node)
    head = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    result = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{head} {node.name}({ast.unparse(node.args)}){result}"


def _defines(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
