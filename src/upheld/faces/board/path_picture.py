"""The ledger path as a picture: from an inclusion path to lines and dots with coordinates. Pure.

Drawn from the true sides of the siblings: the leaf at the foot, the signed root at the head. Not taken: the whole tree; a
person checks a path, not a forest.
"""

from __future__ import annotations

from dataclasses import dataclass

from upheld.faces.board.model import LedgerPath

HEIGHT = 150
STEP_AT_MOST = 34
REACH = 17
EDGE = 8


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    on: bool


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    on: bool


@dataclass(frozen=True, slots=True)
class PathPicture:
    width: float
    height: float
    lines: tuple[Line, ...]
    dots: tuple[Dot, ...]
    root: Dot
    leaf: Dot


def draw(path: LedgerPath) -> PathPicture:
    """Lines and dots of the path, within a height of 150; wide as its siblings ask for."""
    steps = path.steps
    rise = min(STEP_AT_MOST, (HEIGHT - 2 * EDGE) / max(len(steps), 1))
    xs = [0.0]
    for step in steps:
        xs.append(xs[-1] - REACH if step.left else xs[-1] + REACH)
    sides = [x - 2 * REACH if step.left else x + 2 * REACH for x, step in zip(xs, steps, strict=False)]
    shift = EDGE - min([*xs, *sides])
    foot = EDGE + rise * len(steps)
    on = [Dot(round(x + shift, 1), round(foot - i * rise, 1), True) for i, x in enumerate(xs)]
    off = [Dot(round(x + shift, 1), on[i].y, False) for i, x in enumerate(sides)]
    lines = [Line(off[i].x, off[i].y, on[i + 1].x, on[i + 1].y, False) for i in range(len(steps))]
    lines += [Line(on[i].x, on[i].y, on[i + 1].x, on[i + 1].y, True) for i in range(len(steps))]
    width = max([*(d.x for d in on), *(d.x for d in off)]) + EDGE
    return PathPicture(round(width, 1), round(foot + EDGE, 1), tuple(lines), (*off, *on), on[-1], on[0])
