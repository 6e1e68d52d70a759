"""At a desk of our own making: more time is taken once and told, a copy costs nothing before the second and its price is told first, and every letter that says no names the authority.

Tried by the second invented person, before anything of hers is erased; each case is withdrawn or answered in the end. Not taken: a desk of its own for
these few trials; the world of the desk's other trials takes seconds to make.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from upheld.duties.requests import Case, RequestFault
from upheld.duties.requests.clock import clock_of
from upheld.faces.app.desk import keeping
from upheld.faces.app.desk.works.copies import fee_now
from upheld.faces.board.model import Evidence
from upheld.faces.board.probes.canary import CANARY
from upheld.faces.board.probes.desk.doing import ANSWERED, through
from upheld.faces.board.probes.desk.opening import WRITTEN_DOWN, Granted, try_lateness
from upheld.faces.board.probes.desk.world import ANOTHER, FORM, STAFF, DeskWorld
from upheld.faces.board.probes.people import PEOPLE
from upheld.faces.board.probes.registers.tally import Trials
from upheld.language.law import law_terms
from upheld.language.law.lookup import authorities, bound

CLOCK, FEE, TOLD = "clock:rule", "fee:rule", "authorities:told"
SAYS = {
    CLOCK: "the clock starts at receipt whatever the channel, a day that comes near is warned of, one that is missed is an incident, more time is taken once, no longer than the law gives, and told with its reason",
    FEE: "a first copy costs nothing, and the price of a further one is told before it is made",
    TOLD: "a refusal and the answer to a complaint name the authority, and how to reach it",
}
RULES = frozenset(SAYS)
VERSION = "desk/2"
WAITING = ("objection", "rectification", "restriction", "erasure", "opt-out-sale-sharing", "account-closing")
CHANNELS = (*WRITTEN_DOWN, FORM)
PRICE, REASON = "12.50 EUR", "This takes longer than we thought."
MEND = "Look at the case's way with `upheld desk`, and at the law's files."


def try_rules(desk: DeskWorld, each: Sequence[Granted]) -> list[Evidence]:
    """Evidence of each rule; what broke in a trial leaves the desk's other trials alone."""
    trials = Trials()
    regimes = list(dict.fromkeys(one.regime for one in each))
    for regime in regimes[:1] if desk.context.sandboxed else regimes:  # over a planted fault one red is as good as many
        rights = {right for one in each if one.regime == regime for right in one.rights}
        waiting = next((right for right in WAITING if right in rights), "")
        if waiting:
            _part(trials, CLOCK, lambda w=waiting, r=regime: _more_time(desk, w, r, trials))  # type: ignore[misc]
            _part(trials, TOLD, lambda w=waiting, r=regime: _refused(desk, w, r, trials))  # type: ignore[misc]
        if "complaint-to-controller" in rights:
            _part(trials, TOLD, lambda r=regime: _complained(desk, r, trials))  # type: ignore[misc]
        if "access" in rights and FEE not in trials.tried:  # under the next law it would be a further copy
            _part(trials, FEE, lambda r=regime: _copies(desk, r, trials))  # type: ignore[misc]
    return [replace(one, canary="shadow") for one in trials.found(desk.context, VERSION, SAYS, MEND)]


def _part(trials: Trials, control: str, act: Callable[[], None]) -> None:
    """One trial: the desk's own refusal where it should have acted is a failure; anything else that broke is no trial."""
    try:
        act()
    except RequestFault as fault:
        trials.note(control, False, f"the desk refused what it promises ({fault.code})")
    except Exception as error:  # the class alone: a message may quote a row
        trials.lacking[control] = f"could not be tried ({type(error).__name__})"


def _asked(desk: DeskWorld, right: str, regime: str) -> Case:
    other = next(one for one in PEOPLE if one != CANARY)
    case, _ = through(desk, right, regime, other)
    return case


def _is_refused(code: str, act: object, *given: object) -> bool:
    try:
        act(*given)  # type: ignore[operator]
    except RequestFault as fault:
        return fault.code == code
    return False


# ---- the clock ---------------------------------------------------------------------------------------------------------


def _more_time(desk: DeskWorld, right: str, regime: str, trials: Trials) -> None:
    case = _asked(desk, right, regime)
    before, terms = case.answer_by, law_terms(desk.desk.law, regime, right)
    if before is None or terms.clock is None:
        return
    ends = {_opened(desk, right, regime, channel) for channel in CHANNELS}
    trials.note(CLOCK, len(ends) == 1 and None not in ends, f"the clock starts otherwise on another channel under {regime}")
    trials.note(CLOCK, try_lateness(desk, case), "a case whose day was missed is no incident")
    trials.note(CLOCK, _warned(desk, case), f"nobody is warned of a day that comes near under {regime}")
    longer = terms.clock.extension
    fixed = _fixed(desk, case, right)
    if longer is None or fixed:
        refused = _is_refused("R122", desk.desk.extend, case.number, REASON, STAFF)
        trials.note(CLOCK, refused, f"{fixed or regime} gives no more time, and it was taken")
    else:
        after = desk.desk.extend(case.number, REASON, STAFF).answer_by
        days = {"days": 1, "working days": 2, "weeks": 7, "months": 31, "years": 366, "hours": 1}[longer.by.value.unit]
        most = before + timedelta(days=longer.by.value.amount * days + 4)  # a last day that rolls to a working day
        trials.note(CLOCK, after is not None and before < after <= most, f"more time is taken than {regime} gives")
        said = desk.letters(case)[-1:]
        trials.note(
            CLOCK, bool(said) and said[0][0] == "extension" and REASON in said[0][1], "more time is not told with its reason"
        )
        trials.note(CLOCK, _is_refused("R122", desk.desk.extend, case.number, REASON, STAFF), "more time is taken twice")
    desk.desk.withdraw(case.number)


def _fixed(desk: DeskWorld, case: Case, right: str) -> str:
    """What lets the day stand though a law gives more time: the notice's own period, or another law that binds too; empty where nothing does."""
    own = clock_of(desk.desk.law, "", case.rights, case.received_at, (), case.promised).answer_by
    if own is not None and own == case.answer_by:
        return "the notice"
    clocks = {one: law_terms(desk.desk.law, one, right).clock for one in bound(case.regime)}
    stands = (one for one, clock in clocks.items() if clock and clock.length.value is not None and clock.extension is None)
    return next(stands, "")


def _opened(desk: DeskWorld, right: str, regime: str, channel: str) -> date | None:
    """The last day of a case that came in yesterday by this channel."""
    now = desk.hour.at
    desk.hour.at = now - timedelta(days=1)
    case = desk.open((right,), regime, channel, by="person" if channel == FORM else STAFF)
    desk.hour.at = now
    desk.desk.withdraw(case.number)
    return case.answer_by


def _warned(desk: DeskWorld, case: Case) -> bool:
    assert case.answer_by is not None
    now = desk.hour.at
    desk.hour.at = datetime.combine(case.answer_by - timedelta(days=2), time(12), UTC)
    keeping.watch(desk.desk)
    desk.hour.at = now
    return "warned" in desk.happened(case)


# ---- whom to complain to -----------------------------------------------------------------------------------------------


def _refused(desk: DeskWorld, right: str, regime: str, trials: Trials) -> None:
    case = _asked(desk, right, regime)
    ground = next(iter(sorted(desk.desk.grounds(case.number, right))), "")
    if not ground:
        desk.desk.withdraw(case.number)
        return
    desk.desk.propose_refusal(case.number, right, ground, REASON, STAFF)
    desk.desk.confirm_refusal(case.number, right, ANOTHER)
    trials.note(TOLD, _names(desk, case, regime, "refusal"), f"a refusal under {regime} names no authority, or no way to it")


def _complained(desk: DeskWorld, regime: str, trials: Trials) -> None:
    case = desk.ask(("complaint-to-controller",), regime)
    desk.desk.answer_by_hand(case.number, REASON, STAFF)
    case = desk.go_on(case)
    if case.state == "approval":
        desk.desk.approve(case.number, [], STAFF)
        case = desk.go_on(case)
    trials.note(
        TOLD,
        _names(desk, case, regime, "complaint-answered"),
        f"the answer to a complaint under {regime} names no authority, or no way to it",
    )


def _names(desk: DeskWorld, case: Case, regime: str, kind: str) -> bool:
    """Whether the letter of this kind names the authority of the person's country, and its page."""
    text = next((text for said, text in reversed(desk.letters(case)) if said == kind), "")
    known = authorities(desk.desk.law.regimes[regime], desk.country(regime))
    if not known:
        return bool(text)
    return any(one.name in text and (not one.web or one.web in text) for one in known)


# ---- what a copy costs --------------------------------------------------------------------------------------------------


def _copies(desk: DeskWorld, regime: str, trials: Trials) -> None:
    first = _asked(desk, "access", regime)
    trials.note(
        FEE,
        _is_refused("R124", desk.desk.ask_fee, first.number, "access", PRICE, "Printing", STAFF),
        "a price was asked of a first copy",
    )
    if first.state != ANSWERED:
        return
    trials.note(FEE, bool(desk.token(first, "file")), "a first copy was answered without a file")
    again = _asked(desk, "access", regime)
    if "access" not in fee_now(desk.desk, again).rights:
        refused = _is_refused("R124", desk.desk.ask_fee, again.number, "access", PRICE, "Printing", STAFF)
        trials.note(FEE, refused, "a price was asked that neither notice nor law knows")
        return
    trials.note(FEE, not desk.token(again, "file"), "a further copy was made before its price was told")
    desk.desk.ask_fee(again.number, "access", PRICE, "Printing", STAFF)
    said = desk.letters(again)[-1:]
    trials.note(FEE, bool(said) and said[0][0] == "fee" and PRICE in said[0][1], "the price of a further copy is not told")
    twice = _is_refused("R124", desk.desk.ask_fee, again.number, "access", PRICE, "Printing", STAFF)
    trials.note(FEE, twice, "a price was asked twice")
    desk.desk.withdraw(again.number)
