"""Nothing is released before it is proven who asks: each proof is given falsely, too late and twice, and only then as it should be.

By a link: an unknown, an older, an expired and a used one open nothing. By papers: only pictures and PDF, seen by one verifier, destroyed on the
decision. What a notice wants said of an asker is asked back for, and the case waits. Until then no plan is made and none can be approved.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from upheld.duties.requests import Case, RequestFault
from upheld.duties.requests.cases import asks_of
from upheld.faces.app.desk.opening import MISSING, UNPROVEN
from upheld.faces.board.probes.desk.opening import Granted
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import ANOTHER, FORM, STAFF, DeskWorld

PAPER = b"%PDF-1.4\nnothing stands here\n"
NO_PAPER = b"MZ this is no picture"
LINKED = "identity"
WAITING = ("identity", "incomplete")
LAW, NONE = "law", "none"
Wrong = list[str]


def try_proofs(desk: DeskWorld, each: Sequence[Granted], cases: dict[str, Case], tally: Tally) -> None:
    """Every proof that a promise names. A trial of a proof is made once; that a sentence's own case waits for it is asked of each."""
    trials: dict[tuple[str, str], Wrong] = {}
    for one in each:
        wanted = one.said("proof") - {NONE}
        case = cases.get(one.promise.id)
        if case is None or not wanted:
            continue
        said = desk.details(case)
        unproven = set(said.get(UNPROVEN, "").split())
        for proof in sorted(wanted):
            control = f"proof:{proof}"
            items = unproven if proof == LAW else {proof}
            trial = _trial(proof, unproven)
            if trial is None or (items and not items <= unproven and trial is not _try_content):
                continue  # a session of the firm's own pages: nobody signs in here
            waits = not unproven or _waits(desk, case) if trial is not _try_content else True
            tally.note(control, one.promise.id, waits, "a case went on before anything was proven")
            key = (one.regime, proof) if trial is not _try_content else (one.promise.id, proof)
            if key not in trials:
                trials[key] = trial(desk, one, proof)
            for wrong in trials[key] or [""]:
                tally.note(control, one.promise.id, not wrong, wrong)


def _trial(proof: str, unproven: set[str]) -> Callable[[DeskWorld, Granted, str], Wrong] | None:
    if proof == "sign-in":
        return None
    if proof in (LINKED, LAW):
        return _try_link
    return _try_papers if proof in unproven else _try_content


def _waits(desk: DeskWorld, case: Case) -> bool:
    """The case stands, nothing of it was planned, and nobody can approve it."""
    with desk.desk.own.connection() as connection:
        planned = asks_of(connection, case.number)
    with suppress(RequestFault):
        desk.desk.approve(case.number, [], STAFF)
        return False
    return case.state in WAITING and not planned


def _try_link(desk: DeskWorld, one: Granted, proof: str) -> Wrong:
    right = next(right for right in one.rights if LINKED in next(o for o in one.offers if o.right == right).proof(FORM))
    case = desk.ask((right,), one.regime)
    wrong: Wrong = []
    first = desk.token(case, "prove")
    if not first or not _waits(desk, case):
        return ["no link was sent, or the case did not wait for it"]
    if desk.desk.prove_email(secrets.token_urlsafe(32)) is not None or desk.desk.fetch(first) is not None:
        wrong.append("a link that nobody was sent opened something")
    before = desk.hour.at
    desk.forward(desk.desk.policy.link + timedelta(minutes=1))
    if desk.desk.proves(first):
        wrong.append("a link opened something after its end")
    desk.hour.at = before
    desk.desk.link_again(case.number)
    if desk.desk.proves(first):
        wrong.append("an older link still opened something")
    second = desk.token(case, "prove")
    desk.desk.proves(second)
    if not _waits(desk, desk.desk.case(case.number)):
        wrong.append("a visit alone proved something")
    if desk.desk.prove_email(second) is None:
        wrong.append("the link that was sent proved nothing")
    if not _refused(lambda: desk.desk.prove_email(second)):
        wrong.append("a link opened something twice")
    return wrong


def _try_papers(desk: DeskWorld, one: Granted, proof: str) -> Wrong:
    case = desk.ask(one.rights[:1], one.regime)
    wrong: Wrong = []
    number = case.number
    if proof not in desk.details(case).get(UNPROVEN, "").split():
        return [f"nobody asked for proof of {proof}"]
    if not _refused(lambda: desk.desk.receive_paper(number, proof, [NO_PAPER])):
        wrong.append("a file that is no picture was taken as a paper")
    if not _refused(lambda: desk.desk.receive_paper(number, "another-thing", [PAPER])):
        wrong.append("a paper that nobody asked for was taken")
    first = desk.desk.receive_paper(number, proof, [PAPER])
    if b"".join(desk.desk.see_paper(number, first.serial, STAFF)[1]) != PAPER:
        wrong.append("the verifier saw another paper")
    if not _refused(lambda: desk.desk.see_paper(number, first.serial, ANOTHER)):
        wrong.append("a second verifier saw a paper")
    desk.desk.reject_papers(number, "It cannot be read.", STAFF)
    if not _waits(desk, desk.desk.case(number)):
        wrong.append("papers that prove nothing let the case go on")
    desk.desk.receive_paper(number, proof, [PAPER])
    desk.desk.accept_papers(number, frozenset({proof}), STAFF)
    left = set(desk.details(case).get(UNPROVEN, "").split())
    if proof in left:
        wrong.append("papers that were accepted proved nothing")
    others = left - {LINKED}
    if others:
        desk.desk.accept_papers(number, frozenset(others), STAFF)
    if LINKED in left:
        desk.desk.prove_email(desk.token(case, "prove"))
    if any(paper.destroyed_at is None for paper in desk.desk.papers(number)):
        wrong.append("papers outlived the decision that they were for")
    return wrong


def _try_content(desk: DeskWorld, one: Granted, proof: str) -> Wrong:
    """The case waits for what was not said of the asker, and goes on when it comes in."""
    kinds = {"first-name": ("first-name", "name"), "last-name": ("last-name", "name")}.get(proof, (proof,))
    channel = next(iter(sorted(one.said("by") & {"letter", "email", "phone"})), FORM)
    said = {kind: text for kind, text in desk.said().items() if kind not in kinds}
    case = desk.ask(one.rights, one.regime, channel, said, by=STAFF)
    if case.state != "incomplete" or proof not in desk.details(case).get(MISSING, "").split():
        return [f"a request without the {proof.replace('-', ' ')} went on"]
    if "content-asked" not in desk.happened(case):
        return [f"the {proof.replace('-', ' ')} was not asked for"]
    after = desk.desk.complete(case.number, {proof: desk.said()[proof]})
    return [] if after.state != "incomplete" else ["what came in was not noted"]


def _refused(act: Callable[[], object]) -> bool:
    """Whether it came to nothing: refused with a code, or answered with None."""
    try:
        return act() is None
    except RequestFault:
        return True
