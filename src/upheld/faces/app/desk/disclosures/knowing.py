"""What the disclosure ledger knows of a case's person: who got her data, and who of the recipients that it holds whole never did.

A recipient counts as held whole where its entry says `recorded: yes`. Must never: spare a recipient because we do not know who the person is.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from upheld.duties.recipients import Registry
from upheld.duties.requests import Case, details_of
from upheld.duties.requests.cases import asks_of
from upheld.engine.estate.forms import normalise
from upheld.faces.app.desk.opening import FOR, known_by
from upheld.records.people import find_subjects
from upheld.records.people.disclosures import Disclosure, disclosures_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

FORMS = {"email": "email/1", "phone": "phone/1"}


def people_of(desk: Desk, connection: Any, case: Case) -> frozenset[str]:
    """Every reference under which the case's person is known: bound to the case, to its asks, or borne by what she proved."""
    if case.subject is not None:
        return frozenset({case.subject})
    asked = [ask for ask, _ in asks_of(connection, case.number)]
    rows = connection.execute("SELECT DISTINCT subject FROM ask_subject WHERE ask = ANY(%s)", [asked]).fetchall()
    if rows:
        return frozenset(ref for (ref,) in rows)
    said = known_by(details_of(connection, desk.master, case.number, [*FORMS, *(FOR + kind for kind in FORMS)]))
    given = [(form, normal) for kind, form in FORMS.items() if (normal := normalise(form, said.get(kind, ""), ""))]
    return frozenset().union(*find_subjects(connection, desk.master, given).values()) if given else frozenset()


def on_record(desk: Desk, connection: Any, case: Case, since: date = date.min) -> tuple[Disclosure, ...]:
    """What is on record of the case's person from `since` on, the oldest first."""
    return disclosures_of(connection, people_of(desk, connection, case), since)


def spared(desk: Desk, connection: Any, case: Case, registry: Registry) -> frozenset[str]:
    """Entries whose ledger is whole and says that they got nothing of this person; none where we do not know who she is."""
    whole = [entry for entry in registry.entries.values() if entry.recorded and entry.connector != "none"]
    if not whole or not (people := people_of(desk, connection, case)):
        return frozenset()
    got = {one.recipient for one in disclosures_of(connection, people)}
    return frozenset(entry.name for entry in whole if not got & {entry.name, entry.party, *registry.covers.get(entry.name, ())})
