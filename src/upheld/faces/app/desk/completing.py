"""What was missing comes in, by the person's own page or from an operator, and the case goes on; nothing that was said before is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of, note_details, note_event
from upheld.duties.requests.cases import locked
from upheld.faces.app.desk.opening import FOR, MISSING, MOST_WORDS, SAID_BY, UNPROVEN, WAYS
from upheld.faces.app.errors import Unusable

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

# What only the desk itself notes: what was proven, who has looked, who has approved.
OWN = frozenset({MISSING, UNPROVEN, "proven", "link", "representative", "guardian", "approved-by", "verifier"})
# By what a person is known and reached, and for whom she asks: of these more may come in at any time.
REACHED = frozenset({*(kind for kinds in SAID_BY.values() for kind in kinds), *WAYS, *(FOR + way for way in WAYS)})


def complete(desk: Desk, number: int, details: Mapping[str, str], by: str = "person", country: str = "") -> Case:
    """What was said is noted; the case moves when nothing that the notice wants lacks any more. Unusable (R110) for what is no text, and for
    what neither the notice asks of this case nor anybody is reached by: an account or a client that is written in later would be another's rows."""
    said = {
        kind: text.strip() for kind, text in details.items() if text and text.strip() and kind not in OWN and ":" not in kind
    }
    for kind, text in said.items():
        if len(text) > MOST_WORDS or "\0" in text:
            raise Unusable(
                "R110", f"What stands under `{kind[:30]}` is too long, or no text.", f"Write at most {MOST_WORDS:,} characters."
            )
    with desk.own.transaction() as connection:
        case = locked(connection, number)  # of two who complete it at once the second sees what the first said
        known = details_of(connection, desk.master, number) | said
        lacked = known.get(MISSING, "").split()
        strange = sorted(said.keys() - REACHED - {kind for item in lacked for kind in (item, *SAID_BY.get(item, ()))})
        if strange:
            raise Unusable(
                "R110",
                f"Nobody asked for `{strange[0][:30]}` here.",
                "Enter what was asked back for; anything else as a remark.",
            )
        lacks = [item for item in lacked if not any(known.get(kind) for kind in SAID_BY.get(item, (item,)))]
        note_details(connection, desk.master, number, said | {MISSING: " ".join(lacks)}, desk.now)
        if country:
            connection.execute("UPDATE request SET country = %s WHERE number = %s", [country, number])
        if case.state != "incomplete" or lacks:
            return note_event(connection, desk.master, desk.law, number, "completed-in-part", desk.now, by=by)
        kind = "content-complete" if known.get(UNPROVEN) else "content-received"
        return note_event(connection, desk.master, desk.law, number, kind, desk.now, by=by)
