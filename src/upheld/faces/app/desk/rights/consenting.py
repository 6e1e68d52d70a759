"""Withdrawal of consent: every choice that the person names, or all that she ever said yes to, is a no from now on; what ends with it is named first.

As easy as giving it was, so nobody approves. Recipients that got data by the choice are told. GDPR Art. 7(3).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from upheld.duties.requests import Case, details_of
from upheld.faces.app.desk.model import Done, Prepared
from upheld.faces.app.desk.rights.marketing import marketing_choices, suppress_marketing
from upheld.faces.app.desk.rights.people import AGAIN, AWAY, UNREACHED, AtOnce, person_of
from upheld.faces.app.desk.works.nobody import nobody
from upheld.language.promises.model import AnyOf, Kind, Known, Name, Program
from upheld.records.people import Choice, facts_of, record_choice
from upheld.records.people.identities import identities_of

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk


class WithdrawalWork(AtOnce):
    """What ends with a choice stands on the form and in the answer; it is not a reason to wait."""

    rights = frozenset({"withdraw-consent"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        return Prepared(approval=False)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        try:
            ref = person_of(desk, case)
        except AWAY:
            return Done(waits=UNREACHED, again=desk.now + AGAIN)
        if ref is None:
            return nobody(desk, case)
        with desk.own.transaction() as connection:
            said = details_of(connection, desk.master, case.number, ["choices"]).get("choices", "").split()
            ended = withdraw(desk, connection, ref, tuple(said), case.channel, case.clauses)
        word, words = desk.labels.word, desk.labels.words_for
        done = [
            [word(choice, case.language), _ends(words(affected(desk.program, choice), case.language), desk.now.date())]
            for choice in ended
        ]
        return Done(
            "answer",
            values={"done": done, "done_on": desk.now.date().isoformat()},
            tell="opt-out",
            counts={"choices": len(ended)},
        )


def _ends(what: Iterable[str], today: date) -> dict[str, str]:
    """What no longer happens, as a letter says it."""
    named = ", ".join(what)
    return {"say": "no-longer", "what": named} if named else {"say": "stopped", "day": today.isoformat()}


def withdraw(
    desk: Desk, connection: Any, ref: str, choices: tuple[str, ...], channel: str, clauses: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """These choices (none named: every yes of hers) are a no from now on; those that were one before are left. In the caller's transaction."""
    facts = facts_of(connection, ref, desk.now.date())
    given = {name.id for name, value in facts.items() if name.kind is Kind.CHOICE and value not in (False, None)}
    offered = {name.id for name in desk.program.names if name.kind is Kind.CHOICE}
    wanted = (
        tuple(sorted((set(choices) & offered) - {name for name in offered if facts.get(Name(Kind.CHOICE, name)) is False}))
        if choices
        else tuple(sorted(given))
    )
    for choice in wanted:
        record_choice(connection, Choice(ref, choice, False, desk.now, desk.program.notices[0].updated, channel, clauses))
    if set(wanted) & marketing_choices(desk.program):
        suppress_marketing(desk, connection, identities_of(connection, desk.master, [ref]).get(ref, ()))
    return wanted


def affected(program: Program, choice: str) -> tuple[str, ...]:
    """What ends with a no to this choice, by id: the purposes and messages that it alone allows, to be named before anybody says no."""
    found: set[str] = set()
    for promise in program.promises:
        if promise.modality == "may" and any(
            isinstance(t, Known) and t.fact == Name(Kind.CHOICE, choice) for t in promise.scope
        ):
            found |= {name.id for test in promise.scope if isinstance(test, AnyOf) and test.key == "for" for name in test.names}
            found |= {name.id for name in promise.object} if promise.verb == "message" else set()
    return tuple(sorted(found))
