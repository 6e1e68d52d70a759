"""The board's words: from judged controls to what the margin and the finding say.

Sentences end with a full stop, carry the number first and the way out last. Never a value from a row. Not taken: wording in
the templates; the command line and the page say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from upheld.faces.board.model import Attestation, Coverage, Finding, Judged, State

SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NAMED_AT_MOST = 3
SPOKEN = {"email": "e-mail", "email-address": "e-mail address", "email-news": "e-mail news"}


def number(n: int) -> str:
    """Up to twelve in words, beyond in figures with a comma at thousands."""
    return SMALL[n] if 0 <= n < len(SMALL) else f"{n:,}"


def day(moment: date) -> str:
    """`2 December 2026`."""
    return f"{moment.day} {moment:%B %Y}"


def clock(moment: datetime) -> str:
    """`2 December 2026, 04:05`."""
    return f"{day(moment)}, {moment:%H:%M}"


def age(length: timedelta | None) -> str:
    """The margin's age: `now`, `6 min`, `5 h`, `3 days`; nothing where there is no evidence."""
    if length is None:
        return ""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // 1440} days"


def covered(coverage: Coverage) -> str:
    """`8 of 9 stores reached`."""
    return f"{coverage.reached} of {coverage.of} {coverage.noun} reached"


def ways_round(n: int) -> str:
    """`one way round it is not attested`."""
    return f"{number(n)} {'way' if n == 1 else 'ways'} round it {'is' if n == 1 else 'are'} not attested"


def several(parts: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def words_of(name: str) -> str:
    """A name as it is read aloud: `card-number` is `card number`."""
    return SPOKEN.get(name, name.replace("-", " "))


def sentence(text: str) -> str:
    """First letter large, a full stop at the end."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def margin(
    state: State,
    judged: Sequence[Judged],
    signed: Attestation | None = None,
    ledger_verified: bool = True,
) -> str:
    """One or two sentences for the margin of a clause in this state."""
    if state == "informs":
        return "Only informs."
    if state == "outside":
        return "Binds somebody else."
    if state == "attested" and signed is not None:
        return f"Attested by {signed.by}, {signed.role}, on {day(signed.at)}; lapses on {day(signed.until)}."
    if state == "unbound":
        return "No control."
    if state == "kept":
        return _kept(judged)
    if state == "broken":
        failed = [j for j in judged if j.standing == "failed"]
        return sentence(f"{several([j.need.says for j in failed])} failed") + " " + sentence(ran(judged))
    lost = "" if ledger_verified else " The ledger does not verify, so nothing counts as kept."
    return sentence(ran(judged)) + _why_not(judged) + lost


def ran(judged: Sequence[Judged]) -> str:
    """`2 of 5 controls ran`: those with fresh evidence, of those that the clause's keys call for."""
    done = sum(1 for j in judged if j.standing in ("held", "failed"))
    return f"{done} of {len(judged)} {'control' if len(judged) == 1 else 'controls'} ran"


def finding(state: State, judged: Sequence[Judged], since: datetime | None) -> Finding | None:
    """What stands below a broken or unbound clause; None for the other states."""
    if state == "broken":
        failed = [j for j in judged if j.standing == "failed"]
        mend = [j.evidence.mend for j in failed if j.evidence is not None and j.evidence.mend]
        return Finding(
            _found_on(failed),
            " ".join(sentence(j.why) for j in failed),
            " ".join(dict.fromkeys(mend)),
            since,
        )
    if state == "unbound":
        if not judged:
            return Finding("Nothing keeps this sentence.", "It says what is done, and no promise stands under it.", "")
        return Finding("Nothing keeps this sentence yet.", f"It calls for {_named(judged)}.", "")
    return None


def _found_on(failed: Sequence[Judged]) -> str:
    moments = [j.evidence.at for j in failed if j.evidence is not None]
    return f"Found on {clock(max(moments))}." if moments else "Found broken."


def _kept(judged: Sequence[Judged]) -> str:
    parts = [sentence(j.evidence.says) for j in judged if j.evidence is not None and j.evidence.says]
    return " ".join(dict.fromkeys(parts)) or sentence(ran(judged))


def _why_not(judged: Sequence[Judged]) -> str:
    weak = [f"{j.need.says}: {j.why}" for j in judged if j.standing in ("stale", "hollow", "not run")]
    missing = [j for j in judged if j.standing == "missing"]
    said = "".join(" " + sentence(w) for w in weak)
    said += " To renew it, run upheld prove." if any(j.standing == "stale" for j in judged) else ""
    return said + (f" Not there yet: {_named(missing)}." if missing else "")


def _named(judged: Sequence[Judged]) -> str:
    said = [j.need.says for j in judged]
    if len(said) <= NAMED_AT_MOST + 1:
        return several(said)
    return f"{', '.join(said[:NAMED_AT_MOST])} and {number(len(said) - NAMED_AT_MOST)} more"
