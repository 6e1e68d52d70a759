"""What a signed-in person sees and changes herself: the rows that are her own, each cell with why it can or cannot be changed here, and when she last looked.

A change goes the way of every correction, so that it is the same in all stores and in the ledger; only which columns are hers to change is said in the
firm's folder (`profile.yaml`): `editable: [store.table.column]`, `confirm-every: 365` (days).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from upheld.duties.requests import Case
from upheld.engine.execution import asks
from upheld.engine.execution.corrections.reading import OwnCell, own_cells
from upheld.faces.app.asks.firm import opened_firm
from upheld.faces.app.asks.meaning import who_is_meant
from upheld.faces.app.asks.subjects import read_subjects
from upheld.faces.app.declared.profiles import FILE, Rules, read_rules
from upheld.faces.app.declared.reading import text_in
from upheld.faces.app.desk.model import Asked
from upheld.faces.app.errors import NotNow
from upheld.language.promises.model import Kind, Name
from upheld.records.people import facts_of
from upheld.records.people.choices import record_fact
from upheld.records.people.decisions import one_person
from upheld.records.people.rights.disputes import disputes_of
from upheld.records.people.rights.told import tell

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

REVIEWED = Name(Kind.FACT, "last-reviewed")
SCREEN = "profile-screen"
ASK = "a person looks at it first: ask for a rectification"


@dataclass(frozen=True, slots=True)
class Field:
    """One cell of the person's own row. `why_not` empty: she may change it herself. `disputed`: she says it is wrong, and nobody has decided yet."""

    place: str  # store.table.column
    leaf: str
    value: str | None
    why_not: str = ""
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """`ref`: who she is to us. `confirm_by`: the day from which she is asked whether all of it is still right; today or before means now."""

    ref: str
    fields: tuple[Field, ...]
    last_reviewed: date | None
    confirm_by: date


def rules_of(desk: Desk) -> Rules:
    """What the firm lets people change themselves, as its folder says now."""
    return read_rules(text_in(desk.folder, FILE))


def profile_of(desk: Desk, line: str, rules: Rules | None = None) -> Profile:
    """The cells of the person's own root rows, as the stores hold them now. `line`: who signed in, as a line of subjects says it."""
    rules = rules or rules_of(desk)
    with opened_firm(desk.app, desk.folder) as firm:
        (binding,) = who_is_meant(desk.app, firm, read_subjects([line], firm.estate))
        cells = own_cells(firm.estate, firm.catalogue, binding, firm.stores, desk.now.date())
    with desk.own.transaction() as connection:
        (known,) = asks.known_people(connection, desk.master, [binding], desk.now)
        reviewed = facts_of(connection, known.ref, desk.now.date()).get(REVIEWED)
        names = one_person(connection, [known.ref])[known.ref]
        wrong = frozenset(one.about for one in disputes_of(connection, names) if one.ended_at is None)
    last = reviewed if isinstance(reviewed, date) else None
    by = last + timedelta(days=rules.confirm_every) if last else desk.now.date()
    return Profile(known.ref, tuple(_field(rules, cell, wrong) for cell in cells), last, by)


def _field(rules: Rules, cell: OwnCell, wrong: frozenset[str]) -> Field:
    place = f"{cell.store}.{cell.table}.{cell.column}"
    why_not = cell.why_not or ("" if place in rules.editable else ASK)
    return Field(place, cell.leaf, cell.value, why_not, bool(wrong & {place, cell.leaf}))


def correct_profile(
    desk: Desk,
    line: str,
    ref: str,
    regime: str,
    changes: Mapping[str, tuple[str | None, str | None]],
    rules: Rules | None = None,
) -> Case:
    """The person changes cells of her own: place → (what stands there, what should). A case of the profile screen, which nobody has to approve and
    which recipients hear of; it is carried out by the next worker. NotNow (R242) for a cell that is not hers to change here."""
    rules = rules or rules_of(desk)
    for place in changes:
        if place not in rules.editable:
            raise NotNow("R242", f"`{place[:60]}` is not changed here.", "Ask for a rectification; a person looks at it.")
    said = "\n".join(json.dumps({"column": place, "was": was, "now": now}) for place, (was, now) in changes.items())
    details = {"corrections": said, "account": line}
    return desk.open(Asked(("rectification",), regime, SCREEN, desk.now, details, subject=ref)).case


def is_own_change(rules: Rules, case: Case, places: Iterable[str]) -> bool:
    """Whether a signed-in person changes on her own screen what is hers to change: then nobody approves."""
    wanted = set(places)
    return case.channel == SCREEN and case.subject is not None and bool(wanted) and wanted <= rules.editable


def confirm_profile(desk: Desk, ref: str, rules: Rules | None = None) -> date:
    """The person says that all of it is right: the day is kept, and asked for again when it is due; that day."""
    with desk.own.transaction() as connection:
        record_fact(connection, ref, REVIEWED, desk.now.date(), desk.now)
        tell(connection, "profile:confirmed", desk.now, (), ref, {})
    return desk.now.date() + timedelta(days=(rules or rules_of(desk)).confirm_every)
