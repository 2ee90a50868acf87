"""Mutation operators on expressions. Each yields what it is called and what takes the node's place.

A replacement is a fresh node that shares the unchanged parts: the original stays as it was.
"""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from labkit.proofs.mutants.signatures import lacks_arguments
from labkit.proofs.mutants.sites import Replacement, Site, is_text_of_exception

Change = tuple[str, Replacement]
_Node = TypeVar("_Node", bound=ast.AST)

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
#: Calls that hand on what they get, a little changed: without them the value often looks right still.
_PASSING_FUNCTIONS = re.compile(
    "sorted|reversed|list|set|tuple|frozenset|dict|str|int|float|bool|round|abs",
)
_PASSING_METHODS = re.compile(
    "[lr]?strip|lower|upper|casefold|title|removeprefix|removesuffix|replace|copy|resolve|expanduser|"
    "absolute|splitlines"
)
#: Names of values that say how long to wait and how often to try.
_PATIENCE = re.compile(
    r"timeout|retr(y|ies)|attempts|tries|delay|interval|backoff|deadline|patience|max_wait"
)


def expression_changes(site: Site) -> Iterator[Change]:
    """What can be changed about an expression (or a part of one)."""
    changes = _CHANGES.get(type(site.node))
    if changes is not None:
        yield from changes(site.node, site)
    yield from _patience(site)
    yield from _default(site)


def with_fields(node: _Node, **fields: Any) -> _Node:
    """A copy of ``node`` with some fields changed."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def without(nodes: list[Any], place: int) -> list[Any]:
    return nodes[:place] + nodes[place + 1 :]


def _is_none(node: ast.AST | None) -> bool:
    """None, or as good as None: a False in its place says the same."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _compare(node: ast.Compare, site: Site) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            operators = [*node.ops]
            operators[place] = other()
            yield f"{type(operator).__name__} to {other.__name__}", with_fields(node, ops=operators)


def _arithmetic(node: ast.BinOp, site: Site) -> Iterator[Change]:
    other = ARITHMETIC.get(type(node.op))
    # "%s" % value is formatting, and "a" + b joins: there the other operator is only a TypeError.
    joins = any(isinstance(side, ast.JoinedStr) or _text_constant(side) for side in (node.left, node.right))
    if other is not None and not joins:
        yield f"{type(node.op).__name__} to {other.__name__}", with_fields(node, op=other())
    elif joins and isinstance(node.op, ast.Add):
        yield "left part only", node.left
        yield "right part only", node.right


def _boolean(node: ast.BoolOp, site: Site) -> Iterator[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{type(node.op).__name__} to {type(other).__name__}", with_fields(node, op=other)
    for place in range(len(node.values)):
        rest = without(node.values, place)
        yield f"operand {place + 1} removed", rest[0] if len(rest) == 1 else with_fields(node, values=rest)


def _constant(node: ast.Constant, site: Site) -> Iterator[Change]:
    value = node.value
    if isinstance(site.parent, ast.JoinedStr | ast.FormattedValue | ast.MatchValue):
        return
    if isinstance(value, bool):
        if not _dataclass_option(site):  # dropped as an argument already
            yield f"{value} to {not value}", ast.Constant(not value)
    elif isinstance(value, int | float):
        yield "number + 1", ast.Constant(value + 1)
        if value not in (0, 1):
            yield "number - 1", ast.Constant(value - 1)
    elif isinstance(value, str):
        # In an exception, one word is a datum (a status, a key); several are its text.
        if not (site.text and not value.isidentifier()):
            yield "text changed", ast.Constant(f"XX{value}XX")
    elif isinstance(value, bytes):
        yield "bytes changed", ast.Constant(b"XX" + value + b"XX")


def _text_with_values(node: ast.JoinedStr, site: Site) -> Iterator[Change]:
    if site.text or isinstance(site.parent, ast.FormattedValue):
        return
    for place, part in enumerate(node.values):
        values = [*node.values]
        if isinstance(part, ast.Constant):
            values[place] = ast.Constant(f"XX{part.value!s}XX")
            yield "text changed", with_fields(node, values=values)
        elif isinstance(part, ast.FormattedValue):
            values[place] = ast.Constant("XX")
            yield "value left out", with_fields(node, values=values)
            if part.format_spec is not None:
                values = [*node.values]
                values[place] = with_fields(part, format_spec=None)
                yield "format left out", with_fields(node, values=values)
            if part.conversion != -1:
                values = [*node.values]
                values[place] = with_fields(part, conversion=-1)
                yield "conversion left out", with_fields(node, values=values)


def _unary(node: ast.UnaryOp, site: Site) -> Iterator[Change]:
    if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield f"{type(node.op).__name__} removed", node.operand


def _either(node: ast.IfExp, site: Site) -> Iterator[Change]:
    yield "always the first", node.body
    yield "always the second", node.orelse


def _comprehension(node: ast.comprehension, site: Site) -> Iterator[Change]:
    for place in range(len(node.ifs)):
        yield "filter removed", with_fields(node, ifs=without(node.ifs, place))


def _slice(node: ast.Slice, site: Site) -> Iterator[Change]:
    for end in ("lower", "upper", "step"):
        if getattr(node, end) is not None:
            yield f"slice without {end}", with_fields(node, **{end: None})


def _yield(node: ast.Yield, site: Site) -> Iterator[Change]:
    if node.value is not None and ast.unparse(node.value) != "None":
        yield "yields None", with_fields(node, value=ast.Constant(None))


def _call(node: ast.Call, site: Site) -> Iterator[Change]:
    if isinstance(site.parent, ast.Raise) or is_text_of_exception(site, node):
        return  # an exception's arguments are its text
    yield from _passing(node)
    for name, changed in itertools.chain(_positional(node), _keywords(node, site)):
        if not lacks_arguments(changed, site.parents[0]):
            yield name, changed


def _passing(node: ast.Call) -> Iterator[Change]:
    """The call is left out, and what it would have worked on is taken as it is."""
    function, arguments = node.func, node.args
    if isinstance(function, ast.Attribute):
        if _PASSING_METHODS.fullmatch(function.attr) and not isinstance(function.value, ast.Constant):
            yield f"{function.attr}() removed", function.value
    elif isinstance(function, ast.Name) and _PASSING_FUNCTIONS.fullmatch(function.id):
        plain = [argument for argument in arguments[:1] if not isinstance(argument, ast.Starred)]
        yield from ((f"{function.id}() removed", argument) for argument in plain)


def _positional(node: ast.Call) -> Iterator[tuple[str, ast.Call]]:
    arguments = node.args
    several = len(arguments) + len(node.keywords) > 1
    for place, argument in enumerate(arguments):
        if not isinstance(argument, ast.Starred | ast.GeneratorExp) and not _is_none(argument):
            nothing: list[ast.expr] = [*arguments[:place], ast.Constant(None), *arguments[place + 1 :]]
            yield f"argument {place + 1} is None", with_fields(node, args=nothing)
        if several:
            yield f"argument {place + 1} dropped", with_fields(node, args=without(arguments, place))
        if place and not isinstance(arguments[place - 1], ast.Starred) and not _in_any_order(node):
            swapped = [*arguments]
            swapped[place - 1], swapped[place] = swapped[place], swapped[place - 1]
            yield f"arguments {place} and {place + 1} swapped", with_fields(node, args=swapped)


def _in_any_order(node: ast.Call) -> bool:
    """The smallest of some values is the smallest in whatever order they come."""
    return isinstance(node.func, ast.Name) and node.func.id in ("min", "max")


def _keywords(node: ast.Call, site: Site) -> Iterator[tuple[str, ast.Call]]:
    for place, keyword in enumerate(node.keywords):
        name = keyword.arg or "**"
        yield f"argument {name} dropped", with_fields(node, keywords=without(node.keywords, place))
        if keyword.arg and not _is_none(keyword.value) and not _in_decorator(site):
            changed = [*node.keywords]
            changed[place] = with_fields(keyword, value=ast.Constant(None))
            yield f"argument {name} is None", with_fields(node, keywords=changed)


def _patience(site: Site) -> Iterator[Change]:
    """What is waited for, or tried again, is not any more (or once only)."""
    node = site.node
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return
    if isinstance(node.value, int | float) and node.value not in (0, 1) and _PATIENCE.search(site.keyword):
        # 0 would mean "no limit" to some libraries and "at once" to others.
        yield "next to no patience", ast.Constant(1 if isinstance(node.value, int) else 0.001)


def _default(site: Site) -> Iterator[Change]:
    """The default of a parameter or a field becomes None where it is more than a constant."""
    node = site.node
    is_default = isinstance(site.parent, ast.arguments) and site.field in ("defaults", "kw_defaults")
    if is_default and not isinstance(node, ast.Constant):
        yield "default is None", ast.Constant(None)


def _text_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _dataclass_option(site: Site) -> bool:
    return isinstance(site.parent, ast.keyword) and _in_decorator(site)


def _in_decorator(site: Site) -> bool:
    """Whether the node is part of a decorator of the statement it belongs to."""
    decorators = getattr(site.statement, "decorator_list", [])
    return any(part in decorators for part in (*site.parents, site.node))


_CHANGES: dict[type[ast.AST], Callable[[Any, Site], Iterator[Change]]] = {
    ast.BinOp: _arithmetic,
    ast.BoolOp: _boolean,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.comprehension: _comprehension,
    ast.Constant: _constant,
    ast.IfExp: _either,
    ast.JoinedStr: _text_with_values,
    ast.Slice: _slice,
    ast.UnaryOp: _unary,
    ast.Yield: _yield,
}
