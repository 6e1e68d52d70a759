"""Holds as a list: number, ground, data, end, how many people, how many rows stand on it; nobody's name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from upheld.faces.app.installation import Installation
from upheld.records.people.holds import HoldState, all_holds


@dataclass(frozen=True, slots=True)
class Holds:
    """Every hold, the oldest first, as of `today`."""

    states: tuple[HoldState, ...]
    today: date

    def rows(self) -> list[list[str]]:
        """Mark, number, ground with its law, data, until, people, rows kept."""
        return [
            [
                "held" if one.is_in_force(self.today) else "waiting" if one.kept else "kept",
                one.hold.id,
                f"{one.hold.ground} ({one.hold.cites.source} {one.hold.cites.at})",
                ", ".join(one.hold.leaves),
                self._until(one),
                f"{one.people:,}",
                f"{one.kept:,}",
            ]
            for one in self.states
        ]

    def _until(self, one: HoldState) -> str:
        if one.ended_at is not None:
            return f"ended {one.ended_at:%Y-%m-%d}"
        return one.hold.until.isoformat() if one.is_in_force(self.today) else f"ran out {one.hold.until.isoformat()}"

    def foot(self) -> list[str]:
        """What is to be done."""
        over = [one.hold.id for one in self.states if one.kept and not one.is_in_force(self.today)]
        if over:
            return [f"Over, and rows of it still stand: {', '.join(over)}. Erase them: upheld hold end FOLDER"]
        return [] if self.states else ["No hold was ever accepted."]

    def as_json(self) -> list[dict[str, Any]]:
        """The same for machines."""
        return [
            {
                "hold": one.hold.id, "ground": one.hold.ground, "cites": f"{one.hold.cites.source} {one.hold.cites.at}", "clause": one.hold.clause or None,
                "data": list(one.hold.leaves), "until": one.hold.until.isoformat(), "in_force": one.is_in_force(self.today),
                "accepted_at": one.accepted_at.isoformat(timespec="seconds"),
                "ended_at": one.ended_at.isoformat(timespec="seconds") if one.ended_at else None, "people": one.people, "rows_kept": one.kept,
            }
            for one in self.states
        ]  # fmt: skip


def list_holds(app: Installation) -> Holds:
    """Every hold that was ever accepted."""
    with app.own.connection() as connection:
        return Holds(all_holds(connection), app.settings.today)
