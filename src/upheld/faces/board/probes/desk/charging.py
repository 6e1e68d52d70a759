"""A further copy is asked for: its price, and how it was reckoned, come by mail before anything is made; and a first copy costs nothing.

Only where a sentence promises it so. The person had a copy before, by an ordinary case of hers; the fee is asked by an operator, as the product lets her.
"""

from __future__ import annotations

from collections.abc import Sequence

from upheld.duties.requests import RequestFault
from upheld.faces.app.desk.works.copies import ask_fee, fee_now, fee_paid, may_cost
from upheld.faces.board.probes.desk.doing import ended, through
from upheld.faces.board.probes.desk.opening import Granted
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import FORM, STAFF, DeskWorld
from upheld.language.promises.model import Program, Promise

FURTHER, COST = "answer-form:further-copy", "fee:cost"
TOLD = {"contents:amount": "amount", "contents:how-computed": "how-computed"}
BY_MAIL, BEFORE = "channel:email", "waits:choice-made"
AMOUNT, WHAT = "12.50 EUR", "Printing and posting"
RIGHT = "access"


def charged(one: Granted) -> bool:
    """Whether this sentence grants a further copy that may cost something."""
    return RIGHT in one.rights and "further-copy" in one.said("as") and "cost" in one.said("fee")


def telling(program: Program) -> tuple[Promise, ...]:
    """The promises to tell the fee by mail before."""
    return tuple(
        promise
        for promise in program.promises
        if promise.verb == "tell" and any(name.id == "fee" for name in promise.object) and _says(promise, "by", "email")
    )


def controls(program: Program, one: Granted) -> frozenset[str]:
    """What is tried of this sentence and of those that tell the fee."""
    if not charged(one):
        return frozenset()
    found = {FURTHER, COST}
    for promise in telling(program):
        found |= {control for control, item in TOLD.items() if _says(promise, "contents", item)} | {BY_MAIL}
        found |= {BEFORE} if promise.blocks is not None and promise.blocks.id == "choice-made" else set()
    return frozenset(found)


def try_fee(desk: DeskWorld, each: Sequence[Granted], tally: Tally) -> None:
    """Once under each law of a sentence that promises it."""
    why_no_mail = desk.context.post()
    for one in (one for one in each if charged(one)):
        wrong = _charged(desk, one)
        for control in (FURTHER, COST):
            tally.note(control, one.promise.id, not wrong, "; ".join(wrong))
        for promise in telling(desk.context.program):
            for control in controls(desk.context.program, one) - {FURTHER, COST}:
                tally.note(control, promise.id, not wrong, "; ".join(wrong))
            if why_no_mail:
                tally.lacks(BY_MAIL, promise.id, why_no_mail)


def _charged(desk: DeskWorld, one: Granted) -> list[str]:
    first = desk.open((RIGHT,), one.regime, FORM, desk.said(email=f"first.{desk.world.run}@example.test"))
    case, wrong = through(desk, RIGHT, one.regime)
    if may_cost(desk.desk, first, RIGHT):
        wrong.append("a first copy could cost something")
    if case.state != "approval" or RIGHT not in fee_now(desk.desk, case).rights:
        return [*wrong, "no fee could be asked of a further copy"]
    ask_fee(desk.desk, case.number, RIGHT, AMOUNT, WHAT, STAFF)
    case = desk.go_on(case)
    mail = desk.mail_of(case, desk.address)
    if case.id not in mail or AMOUNT not in mail or WHAT not in mail:
        wrong.append("the price and what it is for did not come by mail")
    if case.state != "approval" or desk.token(case, "file"):
        wrong.append("the copy was made before she knew its price")
    try:
        fee_paid(desk.desk, case.number, STAFF)
    except RequestFault:
        wrong.append("a fee that was paid was not taken")
    went = ended(desk, desk.desk.case(case.number), wrong)
    return [*went.wrong, *([] if went.file else ["the copy that was paid for was not made"])]


def _says(promise: Promise, key: str, item: str) -> bool:
    return any(name.id == item for name in promise.terms.get(key, ()))
