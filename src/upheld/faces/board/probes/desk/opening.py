"""Every channel that a right's sentence names is gone by: a letter and a call that an operator writes down, a mail that comes in.

Each opens a case at the moment of receipt, under the sentence that promises it, is acknowledged, and stands under a last day no later than sentence and
law promise. A mail is handed over by SMTP to a mail server of the probe's own, lies in a mailbox, and is answered by mail; no mailbox of the firm is touched.
Where the firm's own mailbox and mail server are not set, or do not let us in, the channel is not claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from upheld.duties.incidents import incidents
from upheld.duties.requests import Case
from upheld.duties.requests.offers import Offer, offers
from upheld.faces.app.desk import keeping, post
from upheld.faces.app.desk.opening import UNPROVEN
from upheld.faces.app.desk.standing.charge import roles_of
from upheld.faces.board.probes.canary import CANARY
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import FORM, NOBODY, STAFF, DeskWorld
from upheld.faces.board.words import words_of as words
from upheld.language.law import Law, Span, add_span, law_terms
from upheld.language.law.due import due_dates
from upheld.language.law.lookup import bound
from upheld.language.promises.model import After, At, Name, Pick, Program, Promise

CLOCK, ROLE = "clock:respond", "role"
SCREENS: Mapping[str, frozenset[str]] = {
    "settings": frozenset({"withdraw-consent", "account-closing"})
}  # what is asked for at /my-data
CENTRE = "rights-page"  # what the notice calls our own privacy centre, whose form opens cases as any form does
THE_FORM = "web-form"  # under which channel its cases stand
WRITTEN_DOWN = ("letter", "phone")  # an operator writes down what came by these
MAIL = "email"
EARLIER = timedelta(days=1)  # what is written down came in before it was written down
RECEIPTS = frozenset({"acknowledgement", "complaint-received"})
SENTENCES: Mapping[str, str] = {
    "access": "Please send me a copy of my data.",
    "erasure": "Please erase my data.",
    "rectification": "Please correct my name; it is wrong.",
    "restriction": "Please restrict the use of my data.",
    "portability": "I ask for the portability of my data.",
    "objection": "I object to this use.",
    "objection-direct-marketing": "Please stop advertising to me.",
    "withdraw-consent": "I withdraw my consent.",
    "account-closing": "Please close my account.",
    "complaint-to-controller": "I have a complaint about you.",
    "leave": "I want to leave.",
    "child-report": "My child gave you data.",
}


@dataclass(frozen=True, slots=True)
class Granted:
    """A sentence's promise of rights under one law: which of its rights may be asked for there."""

    promise: Promise
    regime: str
    offers: tuple[Offer, ...]

    @property
    def rights(self) -> tuple[str, ...]:
        return tuple(offer.right for offer in self.offers)

    def said(self, key: str) -> frozenset[str]:
        return frozenset(name.id for name in self.promise.terms.get(key, ()))


def granted(program: Program, law: Law) -> tuple[Granted, ...]:
    """Every promise that grants rights, under each law of the notice under which somebody can use it."""
    found = []
    for regime in [one.id for one in program.notices[0].regimes]:
        menu = offers(program, law, regime)
        for promise in program.promises:
            of = tuple(offer for offer in menu if any(way.promise == promise.id for way in offer.ways))
            if promise.verb == "grant" and promise.modality != "never" and of:
                found.append(Granted(promise, regime, of))
    return tuple(found)


def try_channels(desk: DeskWorld, each: Sequence[Granted], tally: Tally) -> dict[str, Case]:
    """The channels of every promise, and its clock. Promise → a case that was opened for it."""
    cases: dict[str, Case] = {}
    written, mails = _WrittenDown(desk), _Mails(desk)
    charge = _InCharge(desk, tally)
    why_no_mail = desk.context.post()
    for one in each:
        for channel in sorted(one.said("by") & SCREENS.keys()):
            if set(one.rights) <= SCREENS[channel]:
                _on_screen(desk, one, channel, tally)
        if CENTRE in one.said("by"):
            _by_form(desk, one, tally)
        for channel in sorted(one.said("by") & {*WRITTEN_DOWN, MAIL}):
            if not _is_way(one, channel):
                tally.lacks(
                    f"channel:{channel}", one.promise.id, "this way is for those who are signed in, and nobody signs in by it"
                )
            elif channel != MAIL:
                cases.setdefault(one.promise.id, _written_down(written, one, channel, tally))
                charge.note(one, written.case(one, channel)[1])
            elif why_no_mail:
                tally.lacks(f"channel:{MAIL}", one.promise.id, why_no_mail)
            else:
                _mailed(desk, one, mails, tally)
                for right in one.rights:
                    charge.note(one, mails.case(right, one.regime)[0])
        if one.promise.id not in cases and _is_way(one, FORM):
            cases[one.promise.id] = _asked(desk, one, tally)
    return cases


class _InCharge:
    """Whether a case lies with whoever acts as the role that the sentence names."""

    def __init__(self, desk: DeskWorld, tally: Tally) -> None:
        self.desk, self.tally = desk, tally

    def note(self, one: Granted, case: Case) -> None:
        for role in sorted(one.said("handled-by")):
            control, known = f"{ROLE}:{role}", roles_of(self.desk.desk, case)
            if role not in self.desk.staff:
                self.tally.lacks(control, one.promise.id, f"the roster gives no address of who acts as {words(role)}")
            elif known != {role}:
                self.tally.lacks(
                    control,
                    one.promise.id,
                    "no sentence, or several, say who acts for what came by this way, so a person decides",
                )
            else:
                mine = case.owner == self.desk.staff[role]
                self.tally.note(control, one.promise.id, mine, f"a case does not lie with whoever acts as {words(role)}")


def _is_way(one: Granted, channel: str) -> bool:
    """Whether this sentence is what the desk goes by for who asks by this channel, and not signed in."""
    return all(any(way.promise == one.promise.id for way in offer.by(channel)) for offer in one.offers)


def try_lateness(desk: DeskWorld, case: Case) -> bool:
    """Whether a case that nobody answers is an incident once its day is over."""
    if case.answer_by is None:
        return True
    now = desk.hour.at
    desk.hour.at = datetime.combine(case.answer_by + timedelta(days=1), time(12), UTC)
    keeping.watch(desk.desk)
    desk.hour.at = now
    with desk.desk.own.connection() as connection:
        return case.id in {one.about for one in incidents(connection)}


# ---- by letter, by telephone -----------------------------------------------------------------------------------------


class _WrittenDown:
    """One case for each law, set of rights and channel, whatever the number of sentences that promise it."""

    def __init__(self, desk: DeskWorld) -> None:
        self.desk = desk
        self._opened: dict[tuple[str, tuple[str, ...], str], tuple[Case, Case]] = {}

    def case(self, one: Granted, channel: str) -> tuple[Case, Case]:
        """As it was opened, before anything is asked back, for which the law lets a clock stand still; and as far as it comes by itself."""
        key = (one.regime, one.rights, channel)
        if key not in self._opened:
            now = self.desk.hour.at
            self.desk.hour.at = now - EARLIER
            opened = self.desk.open(one.rights, one.regime, channel, by=STAFF)
            self.desk.hour.at = now
            self._opened[key] = opened, self.desk.go_on(opened)
        return self._opened[key]


def _written_down(written: _WrittenDown, one: Granted, channel: str, tally: Tally) -> Case:
    desk, control = written.desk, f"channel:{channel}"
    opened, case = written.case(one, channel)
    _try_clock(desk, one, opened, tally)
    stands = case.channel == channel and set(case.rights) == set(one.rights) and case.received_at == desk.hour.at - EARLIER
    tally.note(control, one.promise.id, stands, "a case opened by it stands under another channel, right or moment")
    mine = set(one.promise.source.clauses) <= set(case.clauses)
    tally.note(control, one.promise.id, mine, "a case opened by it does not stand under the sentence that promises it")
    tally.note(control, one.promise.id, _is_acknowledged(desk, case), "a case opened by it was not acknowledged")
    return case


def _by_form(desk: DeskWorld, one: Granted, tally: Tally) -> None:
    """What the form of the privacy centre hands over; without words of hers that the notice does not ask for."""
    control, asked = f"channel:{CENTRE}", desk.open(one.rights, one.regime, THE_FORM)
    stands = set(asked.rights) == set(one.rights) and asked.received_at == desk.hour()
    tally.note(control, one.promise.id, stands, "a case opened by the form stands under another right or moment")
    mine = set(one.promise.source.clauses) <= set(asked.clauses)
    case = desk.go_on(asked)
    good = mine and _is_acknowledged(desk, case)
    tally.note(
        control, one.promise.id, good, "a case opened by the form does not stand under its sentence, or was not acknowledged"
    )


def _on_screen(desk: DeskWorld, one: Granted, channel: str, tally: Tally) -> None:
    """On her own pages, signed in by a word of the firm's application: nothing more is to be proven, and each page's button opens a case at once."""
    for right in one.rights:
        line = desk.session(CANARY, one.regime)
        case = desk.ask((right,), one.regime, channel, desk.said(), account=line) if line else None
        stands = case is not None and (case.channel, case.rights, case.received_at) == (channel, (right,), desk.hour())
        tally.note(f"channel:{channel}", one.promise.id, stands, "what was asked on her own pages opened no case, or another")
        if case is not None:
            goes = not desk.details(case).get(UNPROVEN) and _is_acknowledged(desk, case)
            mine = set(one.promise.source.clauses) <= set(case.clauses)
            tally.note(
                f"channel:{channel}",
                one.promise.id,
                goes and mine,
                "what was asked on her own pages waits for a proof, or for nobody",
            )


def _asked(desk: DeskWorld, one: Granted, tally: Tally) -> Case:
    """By the web form, which is one way more, where no channel of the promise is one that is tried here."""
    case = desk.open(one.rights, one.regime)
    _try_clock(desk, one, case, tally)
    return desk.go_on(case)


def _is_acknowledged(desk: DeskWorld, case: Case) -> bool:
    receipts = [text for kind, text in desk.letters(case) if kind in RECEIPTS]
    return "acknowledged" in desk.happened(case) and any(case.id in text for text in receipts)


# ---- the clock ---------------------------------------------------------------------------------------------------------


def _try_clock(desk: DeskWorld, one: Granted, case: Case, tally: Tally) -> None:
    day = last_day(desk, one, case.received_at, one.rights)
    if day is None:
        return
    late = case.answer_by is None or case.answer_by > day
    tally.note(
        CLOCK, one.promise.id, not late, f"a case may be answered later than sentence and law promise ({one.promise.id})"
    )


def last_day(desk: DeskWorld, one: Granted, received: datetime, rights: Sequence[str]) -> date | None:
    """Until when this promise is to be answered: by the law where it says so, else by its own period; None where neither gives a day."""
    if "law" not in one.said("within"):
        return _own_day(one.promise.due, received)
    days = [day for right in rights for day in _law_days(desk, one.regime, right, received)]
    return min(days, default=None)


def _law_days(desk: DeskWorld, regime: str, right: str, received: datetime) -> Iterator[date]:
    clock = law_terms(desk.desk.law, regime, right).clock
    for due in due_dates(desk.desk.law.regimes[regime], clock.id, received) if clock is not None else ():
        if due.step == "first" and due.day is not None:
            yield due.day.date() if isinstance(due.day, datetime) else due.day


def _own_day(due: object, received: datetime) -> date | None:
    if isinstance(due, At):
        return received.date() if due.what == "at once" else None
    if isinstance(due, After) and isinstance(due.of, Name):
        if due.high.unit == "hours":
            return (received + timedelta(hours=due.high.amount)).date()
        return add_span(received.date(), Span(due.high.amount, due.high.unit))  # type: ignore[arg-type]
    if isinstance(due, Pick):
        days = [day for each in due.of if (day := _own_day(each, received)) is not None]
        return (max if due.latest else min)(days, default=None)
    return None


# ---- by mail -------------------------------------------------------------------------------------------------------------


class _Mails:
    """One mail for each right, taken in once whatever the number of sentences that promise it."""

    def __init__(self, desk: DeskWorld) -> None:
        self.desk = desk
        self._taken: dict[tuple[str, str], tuple[Case, bool]] = {}

    def case(self, right: str, regime: str) -> tuple[Case, bool]:
        """As far as it comes by itself, and whether a mail with its number came back."""
        if (right, regime) not in self._taken:
            self._taken[right, regime] = self._take(right, regime)
        return self._taken[right, regime]

    def _take(self, right: str, regime: str) -> tuple[Case, bool]:
        desk = self.desk
        message = _mail(desk, right, regime)
        assert desk.post.deliver(message, desk.elsewhere, message["To"]), "its own mail server takes every mail"
        taken = post.take(desk.desk)
        assert taken is not None and taken.taken == 1, "a person's mail opens a case"
        with desk.desk.own.connection() as connection:
            (number,) = connection.execute("SELECT max(number) FROM request").fetchone() or (0,)
        case = desk.go_on(desk.desk.case(number))
        return case, _is_acknowledged(desk, case) and case.id in desk.mail_of(case)


def _mail(desk: DeskWorld, right: str, regime: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Ada Canary <{desk.elsewhere}>"
    message["To"] = desk.desk.firm.contact or NOBODY
    message["Subject"] = "My data"
    message["Message-ID"] = f"<{right}.{regime}.{desk.world.run}@example.test>"
    message["Date"] = format_datetime(desk.hour())
    short, law = regime.rpartition("-")[2], desk.desk.law.regimes.get(regime)
    called = short.upper() if short.isalpha() or law is None else law.name
    asks = SENTENCES.get(right, f"I ask for this: {words(right)}.")
    message.set_content(f"Good morning,\n\n{asks}\n\nBy this law: {called}.\n\nAda Canary\n")
    return message


def _mailed(desk: DeskWorld, one: Granted, mails: _Mails, tally: Tally) -> None:
    """A mail names a right, or it is a question that a person reads in time for the right that was meant."""
    control = f"channel:{MAIL}"
    for right in one.rights:
        day = last_day(desk, one, desk.hour(), (right,))
        case, answered = mails.case(right, one.regime)
        stands = (case.channel, case.received_at) == (MAIL, desk.hour().replace(microsecond=0)) and one.regime in bound(
            case.regime
        )
        tally.note(control, one.promise.id, stands, "a mail's case stands under another channel, law or moment")
        in_time = case.rights == (right,) or (case.answer_by is not None and (day is None or case.answer_by <= day))
        tally.note(
            control,
            one.promise.id,
            in_time,
            f"a mail that asks for {words(right)} is not read as such, and may be read too late",
        )
        tally.note(control, one.promise.id, answered, "a mail was not acknowledged by mail")
