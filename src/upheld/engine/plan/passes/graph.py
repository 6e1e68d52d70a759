"""Tables and who points to whom, as an order: parents before children, and what no order can part, together.

Pure graph work for owning links (key sets walk parents first) and for foreign keys (deletes walk children first). A
component of more than one table, or of one that points to itself, is a cycle. Names are sorted wherever order is free, so
that one estate gives one plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Edges = Mapping[str, frozenset[str]]  # from → to


def components(nodes: Iterable[str], edges: Edges) -> list[tuple[str, ...]]:
    """Strongly connected components, each after all components that it points to (Tarjan; iterative, linear)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    result: list[tuple[str, ...]] = []
    known = set(nodes)
    for start in sorted(known):
        if start in index:
            continue
        work = [(start, iter(sorted(edges.get(start, frozenset()) & known)))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(edges.get(target, frozenset()) & known))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    result.append(_pop(node, stack, on_stack))
    return result


def _pop(node: str, stack: list[str], on_stack: set[str]) -> tuple[str, ...]:
    found = []
    while True:
        top = stack.pop()
        on_stack.discard(top)
        found.append(top)
        if top == node:
            return tuple(sorted(found))


def is_cycle(component: tuple[str, ...], edges: Edges) -> bool:
    """More than one table, or one that points to itself."""
    return len(component) > 1 or component[0] in edges.get(component[0], frozenset())
