"""A case and its timeline become what comes next, and it is done: acknowledge, ask back, ask who it is, prepare, carry out, tell, answer.

Run by the job `continue-case`, of which one at a time runs for a case. Each step is a transaction of its own and looks first whether it is
still to be done, so that a killed worker loses nothing and doubles nothing. What waits for the world is tried again at its hour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from upheld.duties.messages import MessageFault
from upheld.duties.requests import RequestFault, details_of, note_details, request_of, timeline
from upheld.duties.requests.cases import Hand, in_hand, looked_at, note_event
from upheld.duties.requests.cases import go_on as defer_again
from upheld.duties.requests.model import Case
from upheld.engine.stores import StoreFault
from upheld.faces.app.asks.meaning import THEIRS, held_for_clients
from upheld.faces.app.asks.subjects import TENANT, has_tenants
from upheld.faces.app.desk import delivering, identifying, telling, writing
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.errors import NotNow, OutOfReach, Unusable

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

PATIENCE = timedelta(minutes=5)  # before the world is tried again, where a work names no hour
MENDED = timedelta(hours=1)  # what a person must mend is looked at again by itself, for much is mended in a file
AWAY = "a store is out of reach"
ANEW = (
    "L201",
    "L202",
    "L203",
    "L204",
    "L205",
    "X207",
)  # the plan that was shown is not the one that should run: rows, schema, time, counts, a hold
TURNS = ("X208", "X258")  # another ask of the person comes first; her data lie still
FOR_CLIENTS = "held for a client, who decides: pass the person on, and answer that"
ALSO_FOR_CLIENTS = "rows of hers are held for a client, too: pass the person on for those"
OUTCOME, PLANNED = "outcome:", "planned:"


def as_its_job(desk: Desk, number: int) -> None:
    """`go_on` in the hand of the case's own job, whose steps need no other job to be followed by the next."""
    with in_hand(number) as hand:
        noted = go_on(desk, number, hand)
    if hand.noted > noted:  # the last step left something behind that nobody has looked at yet
        with desk.own.transaction() as connection:
            defer_again(connection, number)


def go_on(desk: Desk, number: int, hand: Hand | None = None) -> int:
    """The case is brought as far as it comes by itself. RequestFault R101 where there is none. How much `hand` had noted at the last look."""
    noted = 0
    try:
        while True:
            noted = hand.noted if hand else 0
            if not _step(desk, number):
                return noted
    except StoreFault:
        _said(desk, number, "waiting", AWAY, desk.now + PATIENCE)
    except Unusable as fault:
        with desk.own.connection() as connection:
            case = request_of(connection, number)
        if fault.code in ANEW and case.state == "working":
            _stopped(desk, case, f"{fault.code} {fault.reason}")
            return noted
        kind = "waiting" if fault.code in TURNS or isinstance(fault, OutOfReach) else "stuck"
        _said(desk, number, kind, f"{fault.code} {fault.reason}", desk.now + MENDED)
    except (MessageFault, RequestFault) as fault:
        _said(desk, number, "stuck", f"{fault.code} {fault.reason}", desk.now + MENDED)
    return noted


def _said(desk: Desk, number: int, kind: str, why: str, again: datetime) -> None:
    """What the case waits for, or what a person must mend, stands on the timeline, once; it goes on with what happens next, or at its hour."""
    with desk.own.transaction() as connection:
        last = timeline(connection, desk.master, number)[-1] if why else None
        if last and (last.kind, last.note) != (kind, why):
            note_event(connection, desk.master, desk.law, number, kind, desk.now, note=why)
        defer_again(connection, number, again)


def _step(desk: Desk, number: int) -> bool:
    """One thing is done; False where nothing is left to do by itself."""
    with desk.own.connection() as connection:
        case, happened = looked_at(connection, number)
    if "acknowledged" not in happened and case.open:
        return writing.acknowledge(desk, case)
    match case.state:
        case "incomplete":
            return "content-asked" not in happened and writing.ask_content(desk, case)
        case "identity":
            return "identity-asked" not in happened and identifying.ask(desk, case)
        case "ready":
            return _prepare(desk, case)
        case "working":
            return _carry_out(desk, case)
        case "recipients":
            return _conclude(desk, case)
        case "answering":
            return writing.answer(desk, case)
        case _:
            return False


def _prepare(desk: Desk, case: Case) -> bool:
    prepared = [_prepared(desk, case, right) for right in case.rights]
    waits = [one for one in prepared if one.waits]
    if waits:
        _later(desk, case, waits[0].waits, min((one.again for one in waits if one.again), default=None))
        return False
    said = {PLANNED + right: _as_json(one) for right, one in zip(case.rights, prepared, strict=True)}
    kind = "planned" if any(one.approval for one in prepared) else "approved"
    with desk.own.transaction() as connection:
        note_details(connection, desk.master, case.number, said, desk.now)
        note_event(connection, desk.master, desk.law, case.number, kind, desk.now)
    return kind == "approved"


def _prepared(desk: Desk, case: Case, right: str) -> Prepared:
    """What would be done of one right; where its rows are held for clients, a person passes whoever asked on to them."""
    try:
        prepared = desk.work(right).prepare(desk, case, right)
    except NotNow as refusal:
        if refusal.code != THEIRS:
            raise
        return Prepared(approval=True, note=FOR_CLIENTS)
    if prepared.ask and not prepared.waits and _also_theirs(desk, case):
        return replace(prepared, approval=True, note="; ".join(filter(None, (prepared.note, ALSO_FOR_CLIENTS))))
    return prepared


def _also_theirs(desk: Desk, case: Case) -> bool:
    """Whether clients hold rows of hers beside ours: then a person looks, and passes her on for those."""
    from upheld.faces.app.desk.works.subjects import subject_line

    if desk.estate is None or not has_tenants(desk.estate):
        return False
    with desk.own.connection() as connection:
        if details_of(connection, desk.master, case.number, [TENANT]):
            return False
    return held_for_clients(desk.app, desk.folder, subject_line(desk, case))


def _carry_out(desk: Desk, case: Case) -> bool:
    with desk.own.connection() as connection:
        done = details_of(connection, desk.master, case.number)
    prepared = prepared_of(done, case.rights)
    left = [right for right in case.rights if not done.get(OUTCOME + right)]
    for right in left:
        theirs = right in prepared and prepared[right].note == FOR_CLIENTS
        outcome = Done(waits="the answer is not written") if theirs else desk.work(right).carry_out(desk, case, right)
        if outcome.stopped:
            return _stopped(desk, case, outcome.stopped)
        if outcome.waits:
            _later(desk, case, "" if outcome.soon else outcome.waits, outcome.again)
            return False
        _keep(desk, case, right, outcome, "executed" if right == left[-1] else "")
    if not left:
        with desk.own.transaction() as connection:
            note_event(connection, desk.master, desk.law, case.number, "executed", desk.now)
    return True


def _conclude(desk: Desk, case: Case) -> bool:
    """No order holds the case any more: what each right still needs is done, and the answer may go out."""
    if telling.holding(desk, case):
        return False
    with desk.own.connection() as connection:
        outcomes = outcomes_of(details_of(connection, desk.master, case.number), case.rights)
    said: dict[str, str] = {}
    for right, outcome in outcomes.items():
        values = outcome["values"]
        assert isinstance(values, dict)
        done = desk.work(right).conclude(desk, case, right, values)
        if done is None:
            continue
        if done.waits:
            _later(desk, case, done.waits, done.again)
            return False
        said[OUTCOME + right] = json.dumps({**outcome, "letter": done.letter, "values": dict(done.values)}, ensure_ascii=False)
    with desk.own.transaction() as connection:
        note_details(connection, desk.master, case.number, said, desk.now)
        note_event(connection, desk.master, desk.law, case.number, "recipients-answered", desk.now)
    return True


def _keep(desk: Desk, case: Case, right: str, outcome: Done, then: str) -> None:
    """What was done of one right is on record: files to fetch, orders to recipients, the answer's values, the next event; in one transaction."""
    sealed = [(delivering.seal_file(desk, case, file), file.media_type) for file in outcome.files]
    with desk.own.transaction() as connection:
        for (kept, name), media_type in sealed:
            delivering.record(desk, connection, case, kept, name, media_type)
        if outcome.tell:
            telling.place(desk, connection, case, outcome.tell, outcome.told)
        files = [kept.as_json() for (kept, _), _ in sealed]
        said = {"letter": outcome.letter, "refused": outcome.refused, "values": dict(outcome.values), "files": files}
        note_details(connection, desk.master, case.number, {OUTCOME + right: json.dumps(said, ensure_ascii=False)}, desk.now)
        note_event(connection, desk.master, desk.law, case.number, "done", desk.now, counts=outcome.counts, then=then)


def _stopped(desk: Desk, case: Case, why: str) -> bool:
    """What was approved is not what may be done now: it is planned anew, and whoever approves looks at that."""
    with desk.own.transaction() as connection:
        note_event(connection, desk.master, desk.law, case.number, "stopped", desk.now, note=why)
        note_event(connection, desk.master, desk.law, case.number, "sent-back", desk.now, note=why)
        note_details(
            connection, desk.master, case.number, dict.fromkeys((PLANNED + right for right in case.rights), ""), desk.now
        )
    return True


def _later(desk: Desk, case: Case, why: str, again: datetime | None) -> None:
    _said(desk, case.number, "waiting", why, again or desk.now + PATIENCE)


def _as_json(prepared: Prepared) -> str:
    return json.dumps(
        {
            "approval": prepared.approval,
            "digest": prepared.digest,
            "ask": prepared.ask,
            "note": prepared.note,
            "second": prepared.second,
        }
    )


def prepared_of(details: Mapping[str, str], rights: Sequence[str]) -> dict[str, Prepared]:
    """What was prepared of each right, as it was noted."""
    found = {}
    for right in rights:
        if details.get(PLANNED + right):
            found[right] = Prepared(**json.loads(details[PLANNED + right]))
    return found


def outcomes_of(details: Mapping[str, str], rights: Sequence[str]) -> dict[str, dict[str, object]]:
    """What was done of each right: `letter`, `refused`, `values`, `files`."""
    return {right: json.loads(details[OUTCOME + right]) for right in rights if details.get(OUTCOME + right)}
