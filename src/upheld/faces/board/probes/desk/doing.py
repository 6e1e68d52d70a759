"""Each right is asked for, proven, approved, carried out and answered, and what it changed is looked for where it must be: in stores, facts, orders, letters.

A right goes the whole way of the product and nothing is skipped: its plan is approved by the digest that was shown and by no other; the case cannot be
answered while a recipient has not; recipients are answered for by an operator, for nothing leaves this machine. Erasure comes last, for it ends the person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from upheld.duties.messages.letters.catalogue import said as letter_says
from upheld.duties.recipients import Answer, open_orders
from upheld.duties.requests import Case, RequestFault
from upheld.duties.requests.offers import offer_of
from upheld.engine.estate.model import Category, leaves_of
from upheld.faces.app.declared.points import FILE as POINTS
from upheld.faces.app.declared.points import read_points
from upheld.faces.app.declared.reading import text_in
from upheld.faces.app.desk import ordering
from upheld.faces.app.desk.going_on import outcomes_of, prepared_of
from upheld.faces.app.desk.opening import UNPROVEN
from upheld.faces.app.desk.rights import Weighed, announce_lifting, lift_restriction, weigh_objections
from upheld.faces.app.desk.rights.consenting import affected
from upheld.faces.app.desk.rights.deciding_points import BY_A_PERSON, record_decision
from upheld.faces.app.desk.rights.objecting import PURPOSES, WEIGHED, objectable
from upheld.faces.board.probes.canary import CANARY
from upheld.faces.board.probes.desk.fanning_out import tell_by_mail
from upheld.faces.board.probes.desk.opening import Granted
from upheld.faces.board.probes.desk.proving import LINKED, PAPER
from upheld.faces.board.probes.desk.standing_in import NAME
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import FORM, STAFF, DeskWorld
from upheld.faces.board.probes.people import PEOPLE, email
from upheld.language.promises.model import Kind, Name
from upheld.records.people import Choice, record_choice
from upheld.records.people.facts import OPTED_OUT, RESTRICTED, facts_of, objected_to
from upheld.records.people.rights import RightsFault, objections_of

BY_HAND = ("answer-to-question", "complaint-to-controller", "complaint")
CORRECTED = "Corrected"
REPLY = "We looked into it, and this is our answer."
DIRECT, EACH_RIGHT = "direct-transmission", "outcome-of-each-right"
SEVERAL_RIGHTS = ("access", "portability")  # both are answered by reading
DECIDED, HANDED_ON, STOPPED, EACH, NAMED = "decided", "handed on", "stopped", "each", "named"
GROUNDS = "My situation is another."
STATEMENT = "This is how I see it."
ANSWERED = "answered"
WEEK = timedelta(days=7)
LAST = "erasure"
ASKING = frozenset({"acknowledgement", "complaint-received", "prove-email", "more-identity", "more-content"})


@dataclass(slots=True)
class Went:
    """One right's way. `wrong`: what came out otherwise; `letter`: the last one's kind and text; `file`: what the person fetched; `noted`: what was looked at
    on the way and cannot be afterwards."""

    case: Case
    wrong: list[str]
    letters: list[tuple[str, str]]
    file: bytes = b""
    noted: dict[str, bool] = field(default_factory=dict)

    @property
    def letter(self) -> str:
        return self.letters[-1][1] if self.letters else ""


def try_rights(
    desk: DeskWorld, each: Sequence[Granted], tally: Tally, before_last: Callable[[], None]
) -> dict[tuple[str, str], Went]:
    """Every right that has a trial, once under each law; plans and states of each promise of it. (right, law) → the way it went.

    `before_last` is what else is tried of her while she is known.
    """
    went: dict[tuple[str, str], Went] = {}
    for right in (*BY_HAND, *TRIALS):
        if right == LAST:
            before_last()
        for one in (one for one in each if right in one.rights):
            if right == LAST and (right, one.regime) not in went and (desk.ambiguous or len(desk.erased) == len(PEOPLE)):
                continue  # by one key of several she is not erased whole; nobody is left to erase under a third law: nothing is claimed there
            if (right, one.regime) not in went:
                went[right, one.regime] = TRIALS.get(right, _by_hand)(desk, right, one.regime)
            wrong = went[right, one.regime].wrong
            for control in (f"plan:{right}", *(f"state:{state}" for state in STATES.get(right, ()))):
                tally.note(control, one.promise.id, not wrong, "; ".join(wrong))
    return went


def through(
    desk: DeskWorld, right: str | tuple[str, ...], regime: str, person: str = CANARY, **said: str
) -> tuple[Case, list[str]]:
    """A case that is proven and as far as it comes by itself; what came out otherwise. Where an address names several people, she is signed in."""
    said = desk.said(**{"email": email(desk.world.run, person), **said})
    rights = (right,) if isinstance(right, str) else right
    case = desk.ask(rights, regime, FORM, said, account=desk.account(person, regime))
    wanted = desk.details(case).get(UNPROVEN, "").split()
    for item in (item for item in wanted if item != LINKED):
        desk.desk.receive_paper(case.number, item, [PAPER])
        desk.desk.accept_papers(case.number, frozenset({item}), STAFF)
    if LINKED in wanted:
        desk.desk.prove_email(desk.token(case, "prove"))
    case = desk.go_on(case)
    return case, [] if case.state not in ("identity", "incomplete") else ["what was proven did not let the case go on"]


def ended(desk: DeskWorld, case: Case, wrong: list[str]) -> Went:
    """The case approved, told to recipients and answered."""
    shown = prepared_of(desk.details(case), case.rights)
    if case.state == "approval":
        if any(one.digest for one in shown.values()) and not _is_refused(
            lambda: desk.desk.approve(case.number, ["0" * 64], STAFF)
        ):
            wrong.append("a plan was approved that nobody was shown")
        with suppress(RequestFault):
            desk.desk.approve(case.number, [one.digest for one in shown.values() if one.digest], STAFF)
        case = desk.go_on(case)
    with desk.desk.own.connection() as connection:
        orders = open_orders(connection, case.id)
    if orders and case.state == ANSWERED:
        wrong.append("the case was answered before every recipient had")
    for act in {order.act for order in orders}:
        desk.mailed.setdefault(act, []).extend(tell_by_mail(desk, case, [order for order in orders if order.act == act]))
    with desk.desk.own.connection() as connection:
        orders = open_orders(connection, case.id)
    for order in orders:
        ordering.answer(desk.desk, order.number, Answer("done", by=STAFF))
    case = desk.go_on(case)
    letters = desk.letters(case)
    if case.state != ANSWERED or ANSWERED not in desk.happened(case):
        wrong.append(f"the case was not answered, but stands as {case.state}")
    elif not letters or letters[-1][0] in ASKING:
        wrong.append("no answer went out")
    return Went(case, wrong, letters, _fetched(desk, case))


def _fetched(desk: DeskWorld, case: Case) -> bytes:
    token = desk.token(case, "file")
    found = desk.desk.fetch(token) if token else None
    return b"".join(found.blocks) if found is not None else b""


def _is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except RequestFault:
        return True
    return False


def _facts(desk: DeskWorld, case: Case) -> Mapping[Name, object]:
    subject = desk.desk.case(case.number).subject
    if subject is None:
        return {}
    with desk.desk.own.connection() as connection:
        return dict(facts_of(connection, subject, desk.hour().date()))


# ---- the trials ----------------------------------------------------------------------------------------------------------


def _reading(desk: DeskWorld, right: str, regime: str) -> Went:
    went = ended(desk, *through(desk, right, regime))
    if not went.file:
        went.wrong.append("there was no file behind the link of the answer")
    if right == "access" and _is_promised(desk, "contents", EACH_RIGHT):
        _try_several(desk, went, regime)
    return went


def _is_promised(desk: DeskWorld, key: str, item: str) -> bool:
    return any(name.id == item for promise in desk.context.program.promises for name in promise.terms.get(key, ()))


def _try_several(desk: DeskWorld, went: Went, regime: str) -> None:
    """Two rights named in one request: both stand on record as she named them, and each has an answer of its own. Nothing is noted where no two can be read."""
    rights = tuple(right for right in SEVERAL_RIGHTS if offer_of(desk.desk.program, desk.desk.law, regime, right) is not None)
    if len(rights) < 2:
        return
    case, wrong = through(desk, rights, regime)
    went.noted[NAMED] = set(case.rights) == set(rights) and case.received_at == desk.hour()
    both = ended(desk, case, wrong)
    answers = [" ".join(text.split()) for kind, text in both.letters if kind.startswith("answer")]
    titles = [letter_says(case.language, "answer.title", right, case.regime) for right in rights]
    told = len(answers) == len(rights) and all(any(title in text for text in answers) for title in titles)
    went.noted[EACH] = told and not both.wrong and set(outcomes_of(desk.details(both.case), rights)) == set(rights)


def _rectified(desk: DeskWorld, right: str, regime: str) -> Went:
    place, row, column = _correctable(desk)
    was, now = desk.corrected or str(row[column]), f"{CORRECTED} {desk.serial}"
    corrections = json.dumps({"column": f"{place[0]}.{place[1]}.{column}", "was": was, "now": now})
    case, wrong = through(desk, right, regime, corrections=corrections, statement=STATEMENT)
    if _facts(desk, case).get(Name(Kind.FACT, f"disputed-{place[0]}.{place[1]}.{column}")) is not True:
        wrong.append("what she says is wrong was not marked as disputed")
    went = ended(desk, case, wrong)
    if (place[0], place[1], column) not in _found(desk, now):
        went.wrong.append("the corrected value does not stand in the store")
    else:
        desk.corrected = now
    with desk.desk.own.connection() as connection:
        if not connection.execute("SELECT 1 FROM person_statement LIMIT 1").fetchone():
            went.wrong.append("her statement does not stand beside her data")
    return went


def _correctable(desk: DeskWorld) -> tuple[tuple[str, str], Mapping[str, object], str]:
    """A cell of the canary's root row that bears no identifier, and is a text."""
    for name, rows in desk.world.rows.items():
        for row in rows:
            table = desk.world.estate.stores[name].tables.get(row.table)
            if table is None or table.root is None or row.person != CANARY:
                continue
            bearing = {one.column for one in table.identifies} | {one.column for one in table.identity} | {*table.key}
            for column in table.columns:
                value = row.values.get(column.name)
                if (
                    isinstance(column.role, Category)
                    and column.name not in bearing
                    and isinstance(value, str)
                    and "name" in leaves_of(column.role)
                ):
                    return (name, row.table), row.values, column.name
    raise LookupError("no root table has a name that could be corrected")


def _found(desk: DeskWorld, text: str) -> set[tuple[str, str, str]]:
    return {(name, *cell) for name, shadow in desk.world.shadows.items() for cell in shadow.found(text)}


def _restricted(desk: DeskWorld, right: str, regime: str) -> Went:
    case, wrong = through(desk, right, regime, grounds="accuracy-contested")
    if _facts(desk, case).get(RESTRICTED) is not True:
        wrong.append("her data do not lie still")
    went = ended(desk, case, wrong)
    with suppress(RightsFault, RequestFault):
        lift_restriction(desk.desk, case.number, STAFF)
        went.wrong.append("a restriction was lifted before she was told")
    with suppress(RightsFault, RequestFault):
        announce_lifting(desk.desk, case.number, desk.hour().date() + WEEK, "It was looked into.", STAFF)
        desk.forward(WEEK)
        lift_restriction(desk.desk, case.number, STAFF)
    if _facts(desk, case).get(RESTRICTED) is True:
        went.wrong.append("a restriction cannot be lifted")
    return went


def _objected(desk: DeskWorld, right: str, regime: str) -> Went:
    case, wrong = through(desk, right, regime, grounds=GROUNDS)
    purposes = desk.details(case).get(PURPOSES, "").split()
    known = _facts(desk, case)
    if set(purposes) != objectable(desk.desk.program):
        wrong.append("not every use that may be objected to was found")
    if any(known.get(objected_to(purpose)) is not True for purpose in purposes):
        wrong.append("a use that is objected to does not rest")
    with suppress(RequestFault):
        if not purposes:  # the notice has none: a person answers
            desk.desk.answer_by_hand(case.number, REPLY, STAFF)
        weigh_objections(desk.desk, case.number, {purpose: Weighed("upheld") for purpose in purposes}, STAFF)
    went = ended(desk, desk.go_on(case), wrong)
    if any(_facts(desk, case).get(objected_to(purpose)) is not True for purpose in purposes):
        went.wrong.append("a use goes on although the objection was upheld")
    went.noted[DECIDED] = _decided(desk, went)
    return went


def _decided(desk: DeskWorld, went: Went) -> bool:
    """The decision of each use is on record, with who decided; where the notice has no such use, the answer that a person wrote."""
    said = desk.details(went.case)
    with desk.desk.own.connection() as connection:
        known = {one.purpose: one for one in objections_of(connection, went.case.subject or "")}
    weighed = json.loads(said.get(WEIGHED, "{}"))
    if not weighed:
        return REPLY in went.letter
    return all(
        one in known and known[one].decision == said["decision"] and known[one].decided_by == STAFF
        for one, said in weighed.items()
    )


def _marketing(desk: DeskWorld, right: str, regime: str) -> Went:
    case = desk.ask((right,), regime, details=desk.said(email=desk.address), account=desk.account(CANARY, regime))
    wrong = []
    if case.state in ("identity", "incomplete"):
        if not offer_of(desk.desk.program, desk.desk.law, regime, right).proof(FORM):  # type: ignore[union-attr]
            wrong.append("an objection to advertising was made to wait for a proof that nobody wants")
        case, more = through(desk, right, regime)
        wrong += more
    if not case.open or _facts(desk, case).get(OPTED_OUT) is True:
        return ended(desk, case, wrong)
    return Went(case, [*wrong, "advertising did not stop at once"], [])


def _withdrawn(desk: DeskWorld, right: str, regime: str) -> Went:
    choices = [name for name in sorted(desk.desk.program.names) if name.kind is Kind.CHOICE]
    choice = next((name for name in choices if affected(desk.desk.program, name.id)), next(iter(choices), None))
    subject = next((one.subject for one in desk.desk.queue(ended=True) if one.subject), None)
    if choice is not None and subject is not None:
        with desk.desk.own.transaction() as connection:
            record_choice(
                connection, Choice(subject, choice.id, True, desk.hour(), desk.desk.program.notices[0].updated, "form")
            )
    went = ended(desk, *through(desk, right, regime))
    if choice is None or _facts(desk, went.case).get(choice) is not False:
        went.wrong.append("a consent that was withdrawn still stands")
    elif stops := affected(desk.desk.program, choice.id):
        words, letter = desk.desk.labels.words_for(stops, went.case.language), " ".join(went.letter.split())
        went.noted[STOPPED] = all(word in letter for word in words)
    return went


def _by_a_person(desk: DeskWorld, right: str, regime: str) -> Went:
    """Nothing that a machine proposes of her stands any more: of every point that the firm declares it becomes a review."""
    went = ended(desk, *through(desk, right, regime))
    if _facts(desk, went.case).get(BY_A_PERSON) is not True:
        went.wrong.append("that she asked for a person is not known")
    subject = desk.desk.case(went.case.number).subject
    for point in read_points(desk.desk.program, text_in(desk.desk.folder, POINTS)):
        if subject is None or record_decision(desk.desk, point, subject, "no").stands:
            went.wrong.append("a machine decided of her alone")
    return went


def _ported(desk: DeskWorld, right: str, regime: str) -> Went:
    went = _reading(desk, right, regime)
    with suppress(ValueError):
        read = json.loads(went.file or b"null")
        if isinstance(read, dict) and desk.address in json.dumps(read, ensure_ascii=False):
            went.noted[HANDED_ON] = _is_handed_on(desk, right, regime)
            return went
    went.wrong.append("what was carried away cannot be read back, or does not hold what she gave")
    return went


def _is_handed_on(desk: DeskWorld, right: str, regime: str) -> bool:
    """At her word the bundle went to another firm, whose receipt is in the letter; and what it got is what she has. False where no sentence says so."""
    promises = desk.context.program.promises
    if not any(name.id == DIRECT for promise in promises for name in promise.terms.get("as", ())):
        return False
    sent = ended(desk, *through(desk, right, regime, recipient=NAME))
    got = [body for receipt, body in desk.other.got.items() if receipt in sent.letter]
    return not sent.wrong and bool(sent.file) and got == [sent.file]


def _erased(desk: DeskWorld, right: str, regime: str) -> Went:
    """The stranger under the first law, the canary under the next: whoever is erased cannot ask again."""
    person = next(person for person in reversed(PEOPLE) if person not in desk.erased)
    desk.erased.append(person)
    before = desk.world.cells(person)
    went = ended(desk, *through(desk, right, regime, person))
    after = desk.world.cells(person)
    if not before or len(after) >= len(before):
        went.wrong.append("nothing of hers was erased")
    return went


def _by_hand(desk: DeskWorld, right: str, regime: str) -> Went:
    case, wrong = through(desk, right, regime)
    with suppress(RequestFault):
        desk.desk.answer_by_hand(case.number, REPLY, STAFF)
    went = ended(desk, desk.go_on(case), wrong)
    if REPLY not in went.letter:
        went.wrong.append("the answer that was written did not go out")
    return went


TRIALS: Mapping[str, Callable[[DeskWorld, str, str], Went]] = {
    "access": _reading,
    "confirm": _reading,
    "information": _reading,
    "portability": _ported,
    "rectification": _rectified,
    "restriction": _restricted,
    "objection": _objected,
    "objection-direct-marketing": _marketing,
    "withdraw-consent": _withdrawn,
    "automated-decision": _by_a_person,
    "erasure": _erased,
}
STATES: Mapping[str, tuple[str, ...]] = {
    "rectification": ("marked-disputed",),
    "restriction": ("stored-only",),
    "objection": ("suspended",),
}
