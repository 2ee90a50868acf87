"""Calls that cannot be made: too few arguments for a function or a dataclass of the same module.

Such a mutant is only a TypeError, wherever the call is made: it says nothing about the tests.
"""

from __future__ import annotations

import ast


def lacks_arguments(call: ast.Call, module: ast.AST) -> bool:
    """Whether ``call`` leaves out what its function needs, as far as ``module`` alone can tell."""
    if not isinstance(call.func, ast.Name) or not isinstance(module, ast.Module):
        return False
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return False
    given = {keyword.arg for keyword in call.keywords}
    if None in given:  # **more
        return False
    found = [node for node in module.body if getattr(node, "name", None) == call.func.id]
    needs = _needs(found[0]) if len(found) == 1 else None
    if needs is None:
        return False
    positional, required = needs
    return bool(required - given - set(positional[: len(call.args)]))


def _needs(node: ast.stmt) -> tuple[list[str], set[str | None]] | None:
    """The parameters that can be given by position, and all that must be given; None when not known."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _of_function(node.args)
    return _of_dataclass(node) if isinstance(node, ast.ClassDef) else None


def _of_function(arguments: ast.arguments) -> tuple[list[str], set[str | None]]:
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    required: set[str | None] = {*positional[: len(positional) - len(arguments.defaults)]}
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return positional, required | {argument.arg for argument, default in named if default is None}


def _of_dataclass(node: ast.ClassDef) -> tuple[list[str], set[str | None]] | None:
    plain = [ast.unparse(decorator) for decorator in node.decorator_list]
    if node.bases or plain not in (["dataclass"], ["dataclass(frozen=True)"]):
        return None
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    names = [ast.unparse(field.target) for field in fields]
    return names, {name for name, field in zip(names, fields, strict=True) if _has_no_default(field.value)}


def _has_no_default(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        return not {"default", "default_factory"} & {keyword.arg for keyword in value.keywords}
    return value is None
