"""A few people's identifiers become a condition on rows, in each engine's SQL: only rows that may bear one leave the store.

INVARIANT: a row in which the sweep's own test finds an identifier meets the condition; a row that meets it need not bear one. An address of ASCII
letters alone stands in the cell as it is, but for its case; any other has a letter beyond ASCII beside its `@`; a phone number has its digits in one
row, with spaces, brackets, dots and hyphens between. Must never: put a value into the text of a statement where the engine takes values beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

FEW = 12  # from more on, reading everything is quicker than looking for each
_BETWEEN = "[ ().-]*"  # what may stand between the digits of a phone number
_BEYOND = "[^\\x01-\\x7f]\\S*@|@\\S*[^\\x01-\\x7f]"
Value = Callable[[str], str]  # a value becomes what stands for it in the statement


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: values as they stand, normal forms of e-mail addresses, the digits of phone numbers. Not empty, and few."""

    exact: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()

    @property
    def are_few(self) -> bool:
        """Whether the condition is quicker than reading everything."""
        return 0 < len(self.exact) + len(self.emails) + len(self.phones) <= FEW

    @property
    def plain_emails(self) -> tuple[str, ...]:
        """Those that may stand in a cell in ASCII."""
        return tuple(one for one in self.emails if one.isascii())


def on_postgresql(sought: Sought, row: str, value: Value, *, unicode: bool) -> str:
    """Over `row`, one text of collation "C". `unicode`: the database stores UTF-8, so that a letter beyond ASCII can be told by its length."""
    found = [f"strpos({row}, {value(one)}) > 0" for one in sought.exact]
    found += [f"{row} ~ {value(_BETWEEN.join(digits))}" for digits in sought.phones]
    if sought.emails:
        same = [f"strpos(lower({row}), {value(one)}) > 0" for one in sought.plain_emails]
        beyond = f"octet_length({row}) <> length({row}) AND {row} ~ '{_BEYOND}'"
        found.append(f"strpos({row}, '@') > 0" + (f" AND ({' OR '.join([*same, beyond])})" if unicode else ""))
    return " OR ".join(found)


def on_sqlite(sought: Sought, cells: Sequence[str], value: Value) -> str:
    """Over cells, each a text. No pattern looks behind a NUL, so that a cell with one is read wherever a pattern is used."""

    def over(cell: str) -> list[str]:
        found = [f"instr({cell}, {value(one)}) > 0" for one in sought.exact]
        found += [f"{cell} GLOB {value('*' + '*'.join(digits) + '*')}" for digits in sought.phones]
        if sought.phones:
            found.append(f"instr({cell}, char(0)) > 0")
        if sought.emails:
            same = [f"instr(lower({cell}), {value(one)}) > 0" for one in sought.plain_emails]
            beyond = f"length({cell}) <> length(CAST({cell} AS BLOB))"
            found.append(f"instr({cell}, '@') > 0 AND ({' OR '.join([*same, beyond])})")
        return found

    # Bracketed cell by cell: the engine counts how deep a condition is.
    return " OR ".join(f"({' OR '.join(over(cell))})" for cell in cells)


def on_mariadb(sought: Sought, cells: Sequence[str], value: Value) -> str:
    """Over cells, each a text in utf8mb4; compared byte by byte."""

    def over(cell: str) -> list[str]:
        plain = f"({cell} COLLATE utf8mb4_bin)"
        found = [f"LOCATE({value(one)}, {plain}) > 0" for one in sought.exact]
        found += [f"{plain} REGEXP {value(_BETWEEN.join(digits))}" for digits in sought.phones]
        if sought.emails:
            same = [f"LOCATE({value(one)}, LOWER({plain})) > 0" for one in sought.plain_emails]
            beyond = f"LENGTH({plain}) <> CHAR_LENGTH({plain})"
            found.append(f"LOCATE('@', {plain}) > 0 AND ({' OR '.join([*same, beyond])})")
        return found

    return " OR ".join(each for cell in cells for each in over(cell))
