"""Mutation operators on statements, and on the clauses that belong to them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from labkit.proofs.mutants.expressions import ARITHMETIC, Change, with_fields, without
from labkit.proofs.mutants.sites import Site


def statement_changes(site: Site) -> Iterator[Change]:
    """What can be changed about a statement as a whole."""
    changes = _CHANGES.get(type(site.node))
    if changes is not None:
        yield from changes(site.node)


def _deleted(node: ast.stmt) -> Iterator[Change]:
    yield "statement deleted", ast.Pass()


def _expression(node: ast.Expr) -> Iterator[Change]:
    if isinstance(node.value, ast.Call | ast.Await | ast.Yield | ast.YieldFrom):
        yield "statement deleted", ast.Pass()


def _assign(node: ast.Assign) -> Iterator[Change]:
    """Without the assignment to a name, most often only a NameError would come."""
    if any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
        yield "statement deleted", ast.Pass()


def _augmented(node: ast.AugAssign) -> Iterator[Change]:
    yield "statement deleted", ast.Pass()
    yield "assigned only", ast.Assign([node.target], node.value)
    other = ARITHMETIC.get(type(node.op))
    if other is not None:
        yield f"{type(node.op).__name__} to {other.__name__}", with_fields(node, op=other())


def _return(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and ast.unparse(node.value) != "None":
        yield "returns None", ast.Return(ast.Constant(None))


def _continue(node: ast.Continue) -> Iterator[Change]:
    yield "continue to break", ast.Break()
    yield "statement deleted", ast.Pass()


def _break(node: ast.Break) -> Iterator[Change]:
    yield "break to continue", ast.Continue()
    yield "statement deleted", ast.Pass()


def _if(node: ast.If) -> Iterator[Change]:
    yield "condition always true", with_fields(node, test=ast.Constant(True))
    yield "condition always false", with_fields(node, test=ast.Constant(False))


def _while(node: ast.While) -> Iterator[Change]:
    if not isinstance(node.test, ast.Constant):
        yield "condition always false", with_fields(node, test=ast.Constant(False))


def _definition(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Change]:
    for place in range(len(node.decorator_list)):
        yield "decorator removed", with_fields(node, decorator_list=without(node.decorator_list, place))


def _try(node: ast.Try) -> Iterator[Change]:
    if node.finalbody:
        rest = with_fields(node, finalbody=[])
        yield "finally removed", rest if node.handlers else node.body
    if node.orelse:
        yield "else removed", with_fields(node, orelse=[])
    for place, handler in enumerate(node.handlers):
        handlers = without(node.handlers, place)
        if handlers or node.finalbody:
            orelse = node.orelse if handlers else []
            body = node.body if handlers else node.body + node.orelse
            yield "except removed", with_fields(node, handlers=handlers, orelse=orelse, body=body)
        else:
            yield "except removed", node.body + node.orelse
        for name, changed in _handler(handler):
            handlers = [*node.handlers]
            handlers[place] = changed
            yield name, with_fields(node, handlers=handlers)


def _handler(handler: ast.ExceptHandler) -> Iterator[tuple[str, ast.ExceptHandler]]:
    """Narrowed: without one of its types. Widened: catches everything that is no exit."""
    kind = handler.type
    if kind is None:
        return
    if isinstance(kind, ast.Tuple):
        for place, element in enumerate(kind.elts):
            narrow = with_fields(kind, elts=without(kind.elts, place))
            yield f"except without {ast.unparse(element)}", with_fields(handler, type=narrow)
    if not (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")):
        yield "except widened", with_fields(handler, type=ast.Name("Exception", ast.Load()))


def _with(node: ast.With) -> Iterator[Change]:
    """Without the context manager: what it would have given is still assigned, nothing is closed."""
    for place, item in enumerate(node.items):
        rest = without(node.items, place)
        inner: list[ast.stmt] = [with_fields(node, items=rest)] if rest else node.body
        kept: ast.stmt
        if item.optional_vars is None:
            kept = ast.Expr(item.context_expr)
        else:
            kept = ast.Assign([item.optional_vars], item.context_expr)
        # Those before it in the same statement are entered first.
        if rest and place:
            inner = [with_fields(node, items=node.items[:place], body=[kept, *_after(node, place)])]
            yield "context manager removed", inner
        else:
            yield "context manager removed", [kept, *inner]


def _after(node: ast.With, place: int) -> list[ast.stmt]:
    rest = node.items[place + 1 :]
    return [with_fields(node, items=rest)] if rest else node.body


_CHANGES: dict[type[ast.AST], Callable[[Any], Iterator[Change]]] = {
    ast.Assert: _deleted,
    ast.Assign: _assign,
    ast.AsyncFunctionDef: _definition,
    ast.AugAssign: _augmented,
    ast.Break: _break,
    ast.ClassDef: _definition,
    ast.Continue: _continue,
    ast.Delete: _deleted,
    ast.Expr: _expression,
    ast.FunctionDef: _definition,
    ast.If: _if,
    ast.Raise: _deleted,
    ast.Return: _return,
    ast.Try: _try,
    ast.While: _while,
    ast.With: _with,
}
