"""How probable it is that values pass a check by accident: what separates a check digit that is there from one that seems to be.

The accident that counts is not of random digits but of strings alike: each place of a value is drawn anew from what stands at that
place in the column's other values, so that a fixed prefix or a year counts for nothing. Drawn with a fixed seed: the same sample
gives the same answer. Not taken: a fixed number of hits; ten of ten is much for one check and nothing for another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

ACCIDENT = 1e-7  # a large estate has some ten thousand columns, and few of them look like any number that is checked
DRAWS = 300


def by_accident(tried: int, passed: int, chance: float) -> float:
    """An upper bound (Chernoff) of the probability that at least `passed` of `tried` pass, each with probability `chance`."""
    if not tried or passed <= chance * tried:
        return 1.0
    share = passed / tried
    distance = share * math.log(share / chance)
    if share < 1:
        distance += (1 - share) * math.log((1 - share) / (1 - chance))
    return math.exp(-tried * distance)


def chance_alike(values: Sequence[str], valid: Callable[[str], bool]) -> float:
    """How often a string like these passes. Never 0: what was not seen in all draws may still happen once."""
    chance = Random(len(values))
    by_length: dict[int, list[str]] = {}
    for value in values:
        by_length.setdefault(len(value), []).append(value)
    passed = 0
    for n in range(DRAWS):
        alike = by_length[len(values[n % len(values)])]
        passed += valid("".join(chance.choice(alike)[place] for place in range(len(alike[0]))))
    return (passed + 1) / (DRAWS + 1)


def no_accident(values: Sequence[str], valid: Callable[[str], bool], share: float) -> int:
    """How many values pass, if that many are the share and no accident would bring them; else 0."""
    passed = sum(map(valid, values))
    if not values or passed < share * len(values):
        return 0
    return passed if by_accident(len(values), passed, min(0.999, chance_alike(values, valid))) < ACCIDENT else 0
