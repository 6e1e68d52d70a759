"""Registers as counts: the choices that people made, and the rows that erasures left standing. Over everybody; nobody is named.

Each is one statement. Must never: a count by person, or one that a row of our own could be found by.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

CHOICES = """
SELECT choice, count(*) FILTER (WHERE answer), count(*) FILTER (WHERE NOT answer)
FROM (SELECT DISTINCT ON (subject, choice) choice, answer FROM person_choice ORDER BY subject, choice, serial DESC) AS latest
GROUP BY choice ORDER BY choice
"""
KEPT = "SELECT store, place, rule, until, hold, sum(rows) FROM kept_row GROUP BY store, place, rule, until, hold ORDER BY until NULLS LAST, store, place"


@dataclass(frozen=True, slots=True)
class ChoiceCount:
    """How many people said yes and no to a choice, by the last answer of each."""

    choice: str
    yes: int
    no: int


@dataclass(frozen=True, slots=True)
class KeptCount:
    """Rows of a table that erasures left: the ground (empty: as its clause says), the hold that keeps them, the day on which it ends."""

    store: str
    place: str
    rows: int
    ground: str
    hold: str
    until: date | None


def choices_counted(desk: Desk) -> tuple[ChoiceCount, ...]:
    """By choice, in alphabetical order."""
    with desk.own.connection() as connection:
        return tuple(ChoiceCount(str(choice), yes, no) for choice, yes, no in connection.execute(CHOICES).fetchall())


def kept_counted(desk: Desk) -> tuple[KeptCount, ...]:
    """What ends first stands first; what has no day stands last."""
    with desk.own.connection() as connection:
        rows = connection.execute(KEPT).fetchall()
    return tuple(
        KeptCount(store, place, int(count), _ground(rule), hold or "", until) for store, place, rule, until, hold, count in rows
    )


def _ground(rule: str | dict[str, Any]) -> str:
    said = rule if isinstance(rule, dict) else json.loads(rule)
    ground = said.get("ground") if isinstance(said, dict) else None
    return str(ground) if ground else ""
