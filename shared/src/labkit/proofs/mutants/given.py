"""What a starter hands over as it is: learners do not write it, so no test has to notice a mistake in it."""

from __future__ import annotations

import ast
from collections.abc import Iterable

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def given_nodes(tree: ast.Module, skeleton: str) -> set[int]:
    """The parts of a solution that its starter holds in the same words.

    Statements of the module and of classes, and decorators, bases and options of classes, count as given.
    Functions never do: their heads are part of what is asked for.

    Args:
        tree: the solution.
        skeleton: the text of the same file in the starter; empty when there is none.

    Returns:
        The :func:`id` of each given node; what is below it is given as well.
    """
    try:
        starter = ast.parse(skeleton)
    except SyntaxError:
        return set()
    found = _same(tree.body, starter.body)
    classes = {node.name: node for node in starter.body if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name in classes:
            other = classes[node.name]
            found |= _same(node.body, other.body)
            found |= _same(node.decorator_list, other.decorator_list)
            found |= _same(node.bases, other.bases) | _same(node.keywords, other.keywords)
    return found


def _same(nodes: Iterable[ast.AST], others: Iterable[ast.AST]) -> set[int]:
    known = {ast.dump(other) for other in others}
    return {id(node) for node in nodes if not isinstance(node, _FUNCTIONS) and ast.dump(node) in known}
