"""A drawing of which lab builds on which, as SVG inside the page: layers from top to bottom.

The layout is that of Sugiyama, Tagawa and Toda (1981) in its simplest form: a lab stands below all it builds
on, an arrow over several layers goes through a gap in each, and within a layer everything stands near what it
hangs from. Colours come from the page's style sheet, so that the drawing follows light and dark.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from labkit.catalog import Lab

_WIDTH, _HEIGHT, _GAP, _RISE, _LANE = 148, 46, 14, 38, 14
_LETTERS, _LINES = 22, 2
_SWEEPS = 8


@dataclass(eq=False)
class _Spot:
    """A lab in its layer, or the gap (``lab`` is None) through which an arrow passes a layer."""

    lab: Lab | None
    layer: int
    above: list[_Spot] = field(default_factory=list)
    below: list[_Spot] = field(default_factory=list)
    x: float = 0.0

    @property
    def width(self) -> int:
        return _WIDTH if self.lab else _LANE

    @property
    def top(self) -> float:
        return self.layer * (_HEIGHT + _RISE) + 1.0

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def drawing(labs: Sequence[Lab], everything: Iterable[Lab], address: Callable[[Lab], str]) -> str:
    """The map of ``labs`` and of those from other tracks that they build on.

    Args:
        labs: in the order of the catalogue.
        everything: all labs there are.
        address: of a lab's page.
    """
    wanted = {identity for lab in labs for identity in lab.builds_on}
    own = {lab.id for lab in labs}
    shown = [lab for lab in everything if lab.id in own or lab.id in wanted]
    layers = _layers(shown)
    width = _place(layers)
    height = len(layers) * (_HEIGHT + _RISE) - _RISE + 2
    spots = [spot for layer in layers for spot in layer]
    arrows = "".join(_arrow(spot) for spot in spots if spot.lab)
    boxes = "".join(_box(spot, spot.lab, address, spot.lab.id in own) for spot in spots if spot.lab)
    return (
        f'<div class="map" tabindex="0" role="region" aria-label="Map of the labs">'
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{arrows}{boxes}</svg></div>\n"
    )


def depths(labs: Iterable[Lab]) -> dict[str, int]:
    """For each lab how many are in the longest chain above it; what is not among ``labs`` does not count."""
    known = {lab.id: lab for lab in labs}
    found: dict[str, int] = {}

    def depth(identity: str, on_the_way: frozenset[str]) -> int:
        if identity not in found:
            above = (a for a in known[identity].builds_on if a in known and a not in on_the_way)
            found[identity] = max((depth(a, on_the_way | {a}) + 1 for a in above), default=0)
        return found[identity]

    for identity in known:
        depth(identity, frozenset({identity}))
    return found


def _layers(labs: Sequence[Lab]) -> list[list[_Spot]]:
    """Labs in layers, arrows cut at each layer they pass."""
    layer_of = depths(labs)
    layers: list[list[_Spot]] = [[] for _ in range(max(layer_of.values(), default=-1) + 1)]
    spots = {lab.id: _Spot(lab, layer_of[lab.id]) for lab in labs}
    for spot in spots.values():
        layers[spot.layer].append(spot)
    for lab in labs:
        for identity in lab.builds_on:
            if identity in spots and layer_of[identity] < layer_of[lab.id]:
                chain = [spots[identity]]
                for layer in range(layer_of[identity] + 1, layer_of[lab.id]):
                    chain.append(_Spot(None, layer))
                    layers[layer].append(chain[-1])
                chain.append(spots[lab.id])
                for upper, lower in pairwise(chain):
                    upper.below.append(lower)
                    lower.above.append(upper)
    return layers


def _place(layers: Sequence[list[_Spot]]) -> float:
    """Give each spot its x, and return the width of the whole."""
    for layer in layers:
        _pack(layer, 0.0)
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        for layer in layers if downwards else reversed(layers):
            wish = {id(spot): _mean(spot.above if downwards else spot.below, spot.middle) for spot in layer}
            layer.sort(key=lambda spot: wish[id(spot)])
            _pack(layer, sum(wish.values()) / len(wish))
    left = min((spot.x for layer in layers for spot in layer), default=0.0) - 1
    for layer in layers:
        for spot in layer:
            spot.x -= left
    return max((spot.x + spot.width for layer in layers for spot in layer), default=0.0) + 1


def _mean(spots: Sequence[_Spot], default: float) -> float:
    return sum(spot.middle for spot in spots) / len(spots) if spots else default


def _pack(layer: Sequence[_Spot], middle: float) -> None:
    """Side by side, around ``middle``."""
    x = middle - (sum(spot.width for spot in layer) + _GAP * (len(layer) - 1)) / 2
    for spot in layer:
        spot.x = x
        x += spot.width + _GAP


def _arrow(spot: _Spot) -> str:
    """The lines from a lab to those that build on it."""
    paths = []
    for first in spot.below:
        x, y = spot.middle, spot.top + _HEIGHT
        path, step = [f"M{x:.0f} {y:.0f}"], first
        while True:
            bend = _RISE / 2
            path.append(
                f"C{x:.0f} {y + bend:.0f} {step.middle:.0f} {step.top - bend:.0f} "
                f"{step.middle:.0f} {step.top:.0f}"
            )
            if step.lab:
                break
            x, y = step.middle, step.top + _HEIGHT
            path.append(f"V{y:.0f}")
            step = step.below[0]
        paths.append(f'<path class="arrow" d="{"".join(path)}" marker-end="url(#tip)"/>')
    return "".join(paths)


def _box(spot: _Spot, lab: Lab, address: Callable[[Lab], str], own: bool) -> str:
    lines = textwrap.wrap(lab.title, _LETTERS, max_lines=_LINES, placeholder=" ...")
    text = "".join(
        f'<tspan x="{spot.middle:.0f}" dy="{13 if number else 0}">{html.escape(line)}</tspan>'
        for number, line in enumerate(lines)
    )
    kind = "lab" if own else "lab other"
    return (
        f'<a href="{html.escape(address(lab))}" class="{kind}">'
        f"<title>{html.escape(f'{lab.id} {lab.title}')}</title>"
        f'<rect x="{spot.x:.0f}" y="{spot.top:.0f}" width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>'
        f'<text class="number" x="{spot.middle:.0f}" y="{spot.top + 14:.0f}">{lab.id}</text>'
        f'<text x="{spot.middle:.0f}" y="{spot.top + 27:.0f}">{text}</text></a>'
    )
