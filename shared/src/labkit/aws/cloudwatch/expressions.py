"""Metric math: arithmetic over series (Amazon CloudWatch User Guide, "Using math expressions with metrics").

What is here: numbers, ids, ``+ - * /``, brackets, ``FILL(id, number)``, and ``AVG``, ``MIN``, ``MAX`` and
``SUM`` of one id.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

#: Values by the beginning of their period.
Values = dict[float, float]

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_SUMMARIES: dict[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
    "SUM": sum,
}


def evaluate(expression: str, series: Mapping[str, Values]) -> Values:
    """The value of an expression in each period.

    Args:
        expression: such as ``100 * errors / requests``.
        series: values by the ids of the other queries. A period counts when all that are used have it.

    Raises:
        ValueError: the expression cannot be read, uses an id that is not there, or something not simulated.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        raise ValueError(f"Syntax error in expression '{expression}'") from None
    found = _value(tree, series, expression)
    if isinstance(found, float):
        raise ValueError(f"The expression '{expression}' does not evaluate to a time series")
    return found


def _value(node: ast.expr, series: Mapping[str, Values], whole: str) -> Values | float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _combined(_OPERATORS[ast.Sub], 0.0, _value(inner, series, whole))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            sides = _value(left, series, whole), _value(right, series, whole)
            return _combined(_OPERATORS[type(op)], *sides)
        case ast.Name(id=name):
            if name not in series:
                raise ValueError(f"Error in expression '{whole}': {name} is not defined")
            return series[name]
        case ast.Call(func=ast.Name(id="FILL"), args=[inner, filler], keywords=[]):
            return _filled(_value(inner, series, whole), _value(filler, series, whole), series)
        case ast.Call(func=ast.Name(id=name), args=[inner], keywords=[]) if name in _SUMMARIES:
            values = _value(inner, series, whole)
            if isinstance(values, float) or not values:
                return values
            return dict.fromkeys(values, _SUMMARIES[name](list(values.values())))
    raise ValueError(f"'{ast.unparse(node)}' in expression '{whole}' is not simulated here")


def _combined(
    act: Callable[[float, float], float], left: Values | float, right: Values | float
) -> Values | float:
    if isinstance(left, float) and isinstance(right, float):
        return act(left, right)
    found: Values = {}
    for time in _times(left, right):
        try:
            found[time] = act(_at(left, time), _at(right, time))
        except ZeroDivisionError:
            continue  # CloudWatch has no datapoint there
    return found


def _times(*sides: Values | float) -> list[float]:
    known = [set(side) for side in sides if not isinstance(side, float)]
    return sorted(set.intersection(*known))


def _at(side: Values | float, time: float) -> float:
    return side if isinstance(side, float) else side[time]


def _filled(values: Values | float, filler: Values | float, series: Mapping[str, Values]) -> Values | float:
    """A value in each period that any series has."""
    if isinstance(values, float) or not isinstance(filler, float):
        return values
    times = sorted({time for each in series.values() for time in each})
    return {time: values.get(time, filler) for time in times}
