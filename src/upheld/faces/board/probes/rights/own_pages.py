"""Her own pages: only a word that the firm's application signed opens them, they show her own row and nobody else's, and what is hers to change changes at once.

A word that nobody signed, an old one, one of later than now and one that was taken before open nothing. Every cell of her row is there; each that she may
change has a field, each other says why not, and a change of such a cell is refused. What an answer shall hold and her pages do not (rows beside her own)
is not claimed. Tried before anything of hers is erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from upheld.engine.estate.model import Category, leaves_of
from upheld.faces.app.declared.profiles import FILE
from upheld.faces.app.desk.rights import confirm_profile, correct_profile, profile_of
from upheld.faces.app.desk.rights.profile import SCREEN, Field, Profile
from upheld.faces.app.desk.signed_in.sessions import IDLE, SECRET, enter, hand_over, leave, who
from upheld.faces.app.errors import NotNow
from upheld.faces.board.probes.canary import CANARY, STRANGER, is_returned
from upheld.faces.board.probes.desk.doing import CORRECTED, ended
from upheld.faces.board.probes.desk.opening import CLOCK, Granted
from upheld.faces.board.probes.desk.tally import Tally
from upheld.faces.board.probes.desk.world import DeskWorld
from upheld.faces.board.probes.people import token
from upheld.faces.board.probes.registers.tally import Trials
from upheld.language.promises.model import Kind, Name, Program, Promise

CHANNEL, SIGN_IN = f"channel:{SCREEN}", "proof:sign-in"
SURFACE, CONFIRMED = f"surface:{SCREEN}", "contents:last-confirmed"
LOCKED, REASON, REVIEWED = "locked-fields", "reason-locked", "last-reviewed"
SHOWN = frozenset({"access", "rectification"})
OURS = frozenset({LOCKED, REASON, REVIEWED})
WORD, OWN_ROW, ASKED = "own-pages:sign-in", "own-pages:row", "own-pages:confirm"
SAYS = {
    WORD: "only a fresh word that the firm's application signed opens somebody's pages, once, and for a while",
    OWN_ROW: "her own row is shown whole, what is hers to change changes at once, and what is not says why and is refused",
    ASKED: "who never looked at it is asked, the day on which she did stands there, and she is asked again",
}
MEND = "Look at profile.yaml, and at what the firm's application signs."
ELSEWHERE = "her own pages show her own row; what else is hers comes with a copy"
Wrong = list[str]


def on_screen(one: Granted) -> bool:
    """Whether the sentence grants, on the profile screen, no more than is done there."""
    return SCREEN in one.said("by") and set(one.rights) <= SHOWN and "sign-in" in one.said("proof")


def reminding(program: Program) -> tuple[Promise, ...]:
    """Promises to ask people on that screen, again and again, whether all of it is right."""
    return tuple(
        promise
        for promise in program.promises
        if promise.verb == "tell" and promise.every is not None and _says(promise, "on", SCREEN) and _says(promise, "contents", "last-confirmed")
    )  # fmt: skip


def controls_of(one: Granted) -> frozenset[str]:
    """What is tried of one sentence of rights."""
    if not on_screen(one):
        return frozenset()
    return frozenset({CHANNEL, SIGN_IN, CLOCK, *(f"answer:{item}" for item in one.said("contents") & OURS)})


def controls(program: Program) -> frozenset[str]:
    """What is tried of sentences that remind."""
    return frozenset({SURFACE, CONFIRMED}) if reminding(program) else frozenset()


def try_pages(desk: DeskWorld, regime: str) -> Trials:
    """What holds of her pages whatever the sentences say of them; under one law."""
    trials = Trials()
    if not desk.editable:
        trials.lacking |= dict.fromkeys(SAYS, f"no {FILE} says what people change of their own row themselves")
        return trials
    wrong = _signed_in(desk, regime)
    for text in wrong or [""]:
        trials.note(WORD, not text, text)
    line = desk.session(CANARY, regime)
    profile = profile_of(desk.desk, line) if line else None
    found: dict[str, Wrong] = {ASKED: _confirmed(desk, regime)}
    if profile is not None:
        found[OWN_ROW] = [*_shown(desk, profile), *_changed(desk, line, profile, regime), *_locked(desk, profile, LOCKED)]
    for control, texts in found.items():
        for text in texts or [""]:
            trials.note(control, not text, text)
    return trials


def try_own_pages(desk: DeskWorld, each: Sequence[Granted], tally: Tally) -> None:
    """Once for each sentence and law; the reminder once."""
    for one in filter(on_screen, each):
        _note(tally, SIGN_IN, one.promise.id, _signed_in(desk, one.regime))
        line = desk.session(CANARY, one.regime)
        if not line:
            tally.note(CHANNEL, one.promise.id, False, "the firm's own word opened no pages")
            continue
        profile = profile_of(desk.desk, line)
        _note(tally, CHANNEL, one.promise.id, _shown(desk, profile))
        at_once = _changed(desk, line, profile, one.regime)
        _note(tally, CHANNEL, one.promise.id, at_once)
        _note(tally, CLOCK, one.promise.id, at_once)
        for item in one.said("contents"):
            _item(desk, item, one, profile, tally)
    for promise in reminding(desk.context.program):
        _reminded(desk, promise, tally)


def _note(tally: Tally, control: str, promise: str, wrong: Wrong) -> None:
    for text in wrong or [""]:
        tally.note(control, promise, not text, text)


# ---- who comes in ------------------------------------------------------------------------------------------------------


def _signed_in(desk: DeskWorld, regime: str) -> Wrong:
    wrong: Wrong = []
    secret, now = desk.desk.app.settings.environment[SECRET], desk.hour()
    said: dict[str, object] = {"subject": desk.row_of(CANARY), "regime": regime}
    for why, word in (
        ("a word that nobody signed", hand_over(secrets.token_hex(32), said, now)),
        ("a word of three minutes ago", hand_over(secret, said, now - timedelta(minutes=3))),
        ("a word of later than now", hand_over(secret, said, now + timedelta(minutes=1))),
    ):
        if enter(desk.desk, word) is not None:
            wrong.append(f"{why} opened her pages")
    word = hand_over(secret, said, now)
    session = enter(desk.desk, word) or ""
    if who(desk.desk, session) is None:
        return [*wrong, "the firm's own word opened no pages"]
    if enter(desk.desk, word) is not None:
        wrong.append("a word that was taken before opened her pages again")
    if who(desk.desk, secrets.token_urlsafe(32)) is not None:
        wrong.append("a session that nobody was given is one")
    desk.hour.at = now + IDLE + timedelta(minutes=1)
    if who(desk.desk, session) is not None:
        wrong.append("a session outlived its time")
    desk.hour.at = now
    leave(desk.desk, session)
    if who(desk.desk, session) is not None:
        wrong.append("a session that she left goes on")
    return wrong


# ---- what she sees and changes -----------------------------------------------------------------------------------------


def _owed(desk: DeskWorld, leaves: frozenset[str] | None = None) -> dict[str, str]:
    """Cells that were made for her in rows that are hers alone, by place; of these kinds, where some are named."""
    return {
        f"{name}.{row.table}.{column}": str(value)
        for name, rows in desk.world.rows.items()
        for row in rows
        if row.person == CANARY
        for column, value in row.values.items()
        if value is not None and is_returned(desk.world, (name, row.table, column))
        and (leaves is None or leaves & set(leaves_of(desk.world.estate.stores[name].tables[row.table].column(column).role)))
    }  # fmt: skip


def _own_row(desk: DeskWorld) -> str:
    return f"{desk.row_of(CANARY)['table']}."


def _shown(desk: DeskWorld, profile: Profile) -> Wrong:
    """Every text that was made for her in her own row, and nothing of anybody else's."""
    shown = {field.place: field.value or "" for field in profile.fields}
    texts = {place: value for place, value in _owed(desk).items() if place.startswith(_own_row(desk)) and "canary" in value}
    wrong = []
    if not texts or any(token(desk.world.run, CANARY) not in shown.get(place, "") for place in texts):
        wrong.append("a cell of her own row is not on her pages")
    if any(token(desk.world.run, STRANGER) in value for value in shown.values()):
        wrong.append("somebody else's words are on her pages")
    return wrong


def _changed(desk: DeskWorld, line: str, profile: Profile, regime: str) -> Wrong:
    """A cell that is hers to change is changed, without anybody's leave, in the very hour; one that is not is refused."""
    locked = next((field.place for field in profile.fields if field.place not in desk.editable), "")
    wrong: Wrong = []
    if locked:
        try:
            correct_profile(desk.desk, line, profile.ref, regime, {locked: ("", "x")})
            wrong.append("a cell that is not hers to change could be changed")
        except NotNow:
            pass
    field = next((one for one in profile.fields if _is_open(desk, one)), None)
    if field is None:
        return [*wrong, "no cell of her pages is hers to change"]
    desk.serial += 1
    new = f"{CORRECTED} {desk.serial}"
    case = correct_profile(desk.desk, line, profile.ref, regime, {field.place: (field.value, new)})
    stands = (case.channel, case.received_at) == (SCREEN, desk.hour())
    case = desk.go_on(case)
    after = {one.place: one.value for one in profile_of(desk.desk, line).fields}
    if not stands or case.state == "approval" or after.get(field.place) != new:
        wrong.append("what she changed on her pages did not change at once")
    wrong += ended(desk, case, []).wrong
    if after.get(field.place) == new:  # put back, for what is looked for later
        back = correct_profile(desk.desk, line, profile.ref, regime, {field.place: (new, field.value)})
        wrong += ended(desk, desk.go_on(back), []).wrong
    return wrong


def _is_open(desk: DeskWorld, field: Field) -> bool:
    store, table, column = field.place.split(".")
    role = desk.world.estate.stores[store].tables[table].column(column).role
    return (
        not field.why_not and isinstance(role, Category) and "canary" in (field.value or "") and "@" not in (field.value or "")
    )


def _item(desk: DeskWorld, item: str, one: Granted, profile: Profile, tally: Tally) -> None:
    control = f"answer:{item}"
    if item == REVIEWED:
        _note(tally, control, one.promise.id, _confirmed(desk, one.regime))
    elif item in OURS:
        _note(tally, control, one.promise.id, _locked(desk, profile, item))
    else:
        meaning = desk.context.program.names.get(Name(Kind.DATA, item))
        leaves = frozenset(leaf.id for leaf in meaning.leaves) if meaning is not None else None
        shown = {field.place for field in profile.fields}
        if not _owed(desk, leaves).keys() <= shown:
            tally.lacks(control, one.promise.id, ELSEWHERE)


def _locked(desk: DeskWorld, profile: Profile, item: str) -> Wrong:
    """As the firm's own file says it, and not the one that the desk was given: each other cell is there, and says why it is not changed."""
    locked = [field for field in profile.fields if field.place not in desk.editable]
    if not locked or any(not field.why_not for field in locked):
        return [
            "a cell that is not hers to change is open"
            if item == LOCKED
            else "a cell that is not hers to change does not say why"
        ]
    return []


def _confirmed(desk: DeskWorld, regime: str) -> Wrong:
    """She says that all of it is right: the day stands on her pages, and nobody asks again before it is due."""
    line, today = desk.session(CANARY, regime), desk.hour().date()
    if not line:
        return ["the firm's own word opened no pages"]
    before = profile_of(desk.desk, line)
    asked = before.last_reviewed is None and before.confirm_by <= today
    again = confirm_profile(desk.desk, before.ref)
    after = profile_of(desk.desk, line)
    if after.last_reviewed != today or after.confirm_by != again or again <= today:
        return ["the day on which she looked at it does not stand on her pages"]
    return [] if asked or before.last_reviewed is not None else ["who never looked at it is not asked"]


def _reminded(desk: DeskWorld, promise: Promise, tally: Tally) -> None:
    """She is asked at once, not before the period of the sentence is over, and then again."""
    regime = desk.context.program.notices[0].regimes[0].id
    wrong = _confirmed(desk, regime)
    line, period = desk.session(CANARY, regime), promise.every
    assert period is not None
    if line and not wrong:
        now, days = desk.hour.at, {"days": 1, "weeks": 7, "months": 31, "years": 366}[period.unit] * period.amount
        desk.hour.at = now + timedelta(days=days)
        profile = profile_of(desk.desk, line)
        if profile.confirm_by > desk.hour().date():
            wrong = ["nobody asks her again when the sentence says so"]
        desk.hour.at = now
    for control in (SURFACE, CONFIRMED):
        _note(tally, control, promise.id, wrong)


def _says(promise: Promise, key: str, item: str) -> bool:
    return any(name.id == item for name in promise.terms.get(key, ()))
