"""What was left against what must be left: equal cell by cell, where a blank of a NOT NULL column may be any token."""

from __future__ import annotations

from tests.oracle.case import Row, Rows
from tests.oracle.oracle import Blank, Token

NEUTRAL = (0, False, "1970-01-01", "1970-01-01 00:00:00")


def is_blank(found: object, expected: Blank) -> bool:
    """NULL where the column may be NULL; otherwise a neutral value, or text that is not what was there."""
    if expected.nullable:
        return found is None
    if isinstance(expected.was, str) and not _is_date(expected.was):
        return isinstance(found, str) and found != "" and set(found) <= set("0123456789abcdef")
    return found in NEUTRAL and found is not None


def _is_date(text: str) -> bool:
    return len(text) in (10, 19) and text[4:5] == "-" and text[:4].isdigit()


def differences(found: Rows, expected: Rows) -> list[str]:
    """Each difference as a line; none if the dumps are the same. Both in the order of their keys."""
    lines = []
    for place in sorted(found.keys() | expected.keys()):
        left, right = found.get(place), expected.get(place)
        if left is None or right is None:
            lines.append(f"{place}: table {'missing' if left is None else 'unexpected'}")
            continue
        if len(left) != len(right):
            lines.append(f"{place}: {len(left)} rows, expected {len(right)}: found {left}, expected {right}")
            continue
        for n, (a, b) in enumerate(zip(left, right, strict=True)):
            lines += [f"{place}[{n}].{c}: found {a.get(c)!r}, expected {b[c]!r}, in {b}" for c in b if not _same(a, b, c)]
    return lines or _unlike_tokens(found, expected)


def _unlike_tokens(found: Rows, expected: Rows) -> list[str]:
    """A key that became a token is the same token wherever it stood, and no other key's."""
    pairs = {
        (place[0], wanted.was, a.get(c))
        for place in expected
        for a, b in zip(found[place], expected[place], strict=True)
        for c, wanted in b.items()
        if isinstance(wanted, Token) and a.get(c) != wanted
    }
    one, other = {(s, was) for s, was, _ in pairs}, {(s, now) for s, _, now in pairs}
    return [] if len(one) == len(pairs) == len(other) else [f"tokens of keys: {sorted(map(str, pairs))}"]


def _same(found: Row, expected: Row, column: str) -> bool:
    wanted = expected[column]
    if isinstance(wanted, Blank) and found.get(column) != wanted:
        return is_blank(found.get(column), wanted)
    return found.get(column) == wanted
