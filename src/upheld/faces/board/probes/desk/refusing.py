"""Each ground on which a sentence or its law lets a right be refused is gone by: proposed with reasons by one person, confirmed by another, told in a letter.

A ground that nobody gives refuses nothing, nor does one without reasons; nobody confirms what she proposed. The letter holds the reasons, where the ground
stands, and the authority to complain to. Grounds that say what they keep are tried as holds, elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from upheld.duties.messages import MessageFault
from upheld.duties.requests import Case, RequestFault
from upheld.faces.app.desk import refusing
from upheld.faces.board.controls import names_under
from upheld.faces.board.probes.desk.opening import Granted
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import ANOTHER, STAFF, DeskWorld
from upheld.language.promises.model import Kind, Name, Program

LAW = "law"  # the word by which a sentence takes in every ground of its law
REASON = "record:reason"
SAID = "This is what is so in this case"
NOBODYS = "because-we-like"
NUMBERS = re.compile(r"\d+(?:\.\d+)*(?:\([^)]*\))*")  # 17(3)(e), 1798.105(d)(1): a letter writes the law's name out


def refusals(program: Program, one: Granted) -> tuple[str, ...]:
    """The grounds of this promise that are refused on, and not held."""
    found = names_under(one.promise, "unless")
    return tuple(ground for ground in found if ground == LAW or not _holds(program, ground))


def _holds(program: Program, ground: str) -> bool:
    defined = program.names.get(Name(Kind.GROUND, ground))
    return defined is not None and bool(defined.keys.get("keeps-only"))


def try_refusals(desk: DeskWorld, each: Sequence[Granted], tally: Tally) -> None:
    """Every ground of every promise, once for each right and law; and that a refusal's reason is on record, where the promise says so."""
    tried: dict[tuple[str, str, str], list[str]] = {}
    for one in each:
        wrong: list[str] = []
        for ground in refusals(desk.context.program, one):
            if ground == LAW:
                continue
            found = [_refused(desk, tried, right, one.regime, ground) for right in one.rights]
            of_ground = [text for texts in found if texts is not None for text in texts]
            if any(texts is not None for texts in found):
                tally.note(f"ground:{ground}", one.promise.id, not of_ground, "; ".join(of_ground))
            wrong += of_ground
        if LAW in names_under(one.promise, "unless"):
            tally.note(f"ground:{LAW}", one.promise.id, not wrong, "; ".join(wrong))
        if "reason" in one.said("needs") and refusals(desk.context.program, one):
            tally.note(REASON, one.promise.id, not wrong, "; ".join(wrong))


def _refused(
    desk: DeskWorld, tried: dict[tuple[str, str, str], list[str]], right: str, regime: str, ground: str
) -> list[str] | None:
    """What came out otherwise; None where this right cannot be refused on this ground."""
    key = (right, regime, ground)
    if key not in tried:
        case = desk.open((right,), regime)
        known = refusing.grounds(desk.desk, case, right)
        if ground not in known:
            return None
        try:
            tried[key] = _try(desk, case, right, ground, known[ground])
        except (RequestFault, MessageFault) as fault:
            tried[key] = [f"a refusal on a ground that law or notice gives came to nothing ({fault.code})"]
    return tried[key]


def _try(desk: DeskWorld, case: Case, right: str, ground: str, stands: str) -> list[str]:
    wrong: list[str] = []
    number = case.number
    said = f"{SAID} ({desk.serial})."
    if not _no(lambda: refusing.propose(desk.desk, number, right, NOBODYS, said, STAFF)):
        wrong.append("a ground that nobody gives was taken")
    if not _no(lambda: refusing.propose(desk.desk, number, right, ground, " ", STAFF)):
        wrong.append("a refusal without reasons was taken")
    refusing.propose(desk.desk, number, right, ground, said, STAFF)
    if not _no(lambda: refusing.confirm(desk.desk, number, right, STAFF)) or desk.desk.case(number).state == "refused":
        wrong.append("one person alone refused")
    refusing.confirm(desk.desk, number, right, ANOTHER)
    letters = [text for kind, text in desk.letters(case) if kind == "refusal"]
    if desk.desk.case(number).state != "refused" or not letters:
        return [*wrong, "two people refused, and no letter says so"]
    text = " ".join(letters[-1].split())
    if said not in text or not all(number in text for number in NUMBERS.findall(stands)):
        wrong.append("the letter of a refusal lacks its reasons, or where its ground stands")
    return wrong


def _no(act: Callable[[], object]) -> bool:
    try:
        act()
    except (RequestFault, MessageFault):
        return True
    return False
