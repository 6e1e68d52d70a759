"""Ways of doing the same work become times: in turn, each as often, in an order that rotates, so that whatever else the machine does hits all.

Medians, never the best run. The limit is the better of the hand-written ways, by median.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

PAIRS = 10


def times_of(
    ways: Mapping[str, Callable[[int], Callable[[], object]]], rounds: int = PAIRS, warm: int = 2
) -> dict[str, list[float]]:
    """Seconds of each round by way. A way prepares round n (not timed) and returns what is timed. The first `warm` rounds do not count."""
    names = list(ways)
    took: dict[str, list[float]] = {name: [] for name in names}
    for n in range(rounds + warm):
        turn = n % len(names)
        for name in names[turn:] + names[:turn]:
            work = ways[name](n)
            gc.collect()
            began = time.perf_counter()
            work()
            took[name].append(time.perf_counter() - began)
    return {name: of[warm:] for name, of in took.items()}


def row(name: str, took: Mapping[str, list[float]], goal: float, says: str) -> dict[str, Any]:
    """The bench's row: `ours` against the better of the others."""
    medians = {way: statistics.median(of) for way, of in took.items()}
    ours = medians.pop("ours")
    best = min(medians, key=lambda way: medians[way])
    others = ", ".join(f"{way} {seconds * 1000:.1f} ms" for way, seconds in sorted(medians.items()))
    return {
        "name": name,
        "ours_s": round(ours, 6),
        "limit_s": round(medians[best], 6),
        "ratio": round(ours / medians[best], 3),
        "goal": goal,
        "detail": f"{says}; by hand: {others}; {len(took['ours'])} rounds, ours {min(took['ours']) * 1000:.1f}-{max(took['ours']) * 1000:.1f} ms",
    }
