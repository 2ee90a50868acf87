"""Places in a module where something can be changed, and what must not be changed there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

#: What a replacement may be: a node, several statements in the place of one, or nothing at all.
Replacement = ast.AST | list[ast.stmt] | None

_LOGGERS = re.compile(r"^_*(log|logger|logging)$", re.IGNORECASE)
_EXCEPTIONS = re.compile(r"(Error|Exception|Warning)$")
#: Fields that hold annotations, which decide nothing at run time.
_ANNOTATIONS = {"annotation", "returns", "type_params", "type_comment"}


@dataclass(frozen=True)
class Site:
    """A node and where it hangs.

    Attributes:
        node: the node.
        parent, field, index: where it hangs; ``index`` is None in a field that holds one node only.
        statement: the innermost statement that holds the node (a statement holds itself).
        place: the names of the enclosing classes and functions, joined by dots; empty in the module itself.
        text: within the text of an exception or of the module's documentation: words for people.
        keyword: the name of the keyword argument, parameter or variable that gets this value, if any.
        parents: the nodes above, from the module down.
    """

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    statement: ast.stmt
    place: str
    text: bool
    keyword: str
    parents: tuple[ast.AST, ...]

    def swap(self, new: Replacement) -> None:
        """Hang ``new`` in the place of the node."""
        if self.index is None:
            setattr(self.parent, self.field, new)
            return
        nodes = getattr(self.parent, self.field)
        inserted = new if isinstance(new, list) else [] if new is None else [new]
        setattr(self.parent, self.field, nodes[: self.index] + inserted + nodes[self.index + 1 :])

    def restore(self, held: object) -> None:
        """Undo :meth:`swap`, given what the field held before."""
        setattr(self.parent, self.field, held)


def sites(tree: ast.Module) -> Iterator[Site]:
    """All places of a module in which a mutant may be made, from the top down."""
    for index, statement in enumerate(tree.body):
        yield from _below(Site(statement, tree, "body", index, statement, "", False, "", (tree,)))


def _below(site: Site) -> Iterator[Site]:
    node = site.node
    if is_log_call(node) or (isinstance(node, ast.Expr) and _is_text(node.value)):
        return
    if isinstance(node, ast.Expr) and is_text_of_exception(site, node.value):
        return
    if site.text and isinstance(node, ast.JoinedStr):
        return  # its parts are words for people as well
    yield site
    place = site.place
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        place = f"{place}.{node.name}" if place else node.name
    inner = replace(site, place=place, parents=(*site.parents, node), text=site.text)
    for field, value in ast.iter_fields(node):
        if field in _ANNOTATIONS:
            continue
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                yield from _below(_child(inner, node, field, index, child))


def _child(inner: Site, node: ast.AST, field: str, index: int | None, child: ast.AST) -> Site:
    statement = child if isinstance(child, ast.stmt) else inner.statement
    text = inner.text and not isinstance(child, ast.stmt)
    if (isinstance(node, ast.Raise) and field == "exc") or is_text_of_exception(inner, node):
        text = True
    return replace(
        inner,
        node=child,
        parent=node,
        field=field,
        index=index,
        statement=statement,
        text=text,
        keyword=_bound_to(node, field, index) or ("" if isinstance(child, ast.stmt) else _passed_on(inner)),
    )


def _passed_on(inner: Site) -> str:
    """An arithmetic expression passes its name on to its parts: ``timeout=2 * patience``."""
    return inner.keyword if isinstance(inner.node, ast.BinOp | ast.UnaryOp) else ""


def _bound_to(node: ast.AST, field: str, index: int | None) -> str:
    """The name that a value in ``field`` of ``node`` is given to."""
    name = ""
    if isinstance(node, ast.keyword):
        name = node.arg or ""
    elif isinstance(node, ast.Assign) and field == "value" and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
    elif isinstance(node, ast.AnnAssign) and field == "value" and isinstance(node.target, ast.Name):
        name = node.target.id
    elif isinstance(node, ast.arguments) and index is not None and field == "defaults":
        positional = node.posonlyargs + node.args
        name = positional[len(positional) - len(node.defaults) + index].arg
    elif isinstance(node, ast.arguments) and index is not None and field == "kw_defaults":
        name = node.kwonlyargs[index].arg
    return name


def is_log_call(node: ast.AST) -> bool:
    """A call of a logger's method, as a statement or in an expression."""
    if isinstance(node, ast.Expr):
        node = node.value
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    holder = node.func.value
    name = holder.id if isinstance(holder, ast.Name) else getattr(holder, "attr", "")
    return bool(_LOGGERS.match(name))


def is_text_of_exception(site: Site, node: ast.AST) -> bool:
    """``super().__init__(text)`` in the class of an exception."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__"):
        return False
    classes = [upper for upper in site.parents if isinstance(upper, ast.ClassDef)]
    return any(_EXCEPTIONS.search(ast.unparse(base)) for upper in classes[-1:] for base in upper.bases)


def _is_text(node: ast.AST) -> bool:
    """A documentation string, or an ellipsis in the place of a body."""
    return isinstance(node, ast.Constant)
