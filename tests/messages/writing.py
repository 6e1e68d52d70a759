"""Values of every kind of letter, as an invented firm would give them; tests and docs/letters.md use the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from upheld.duties.messages import Authority, Firm, Letter, compose
from upheld.duties.messages.letters.templates import templates

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FIRM = Firm(
    "Larkspur Seeds",
    ("4 Weir Lane, Galway, Ireland",),
    "privacy@larkspur.example.test",
    "+353 91 000 000",
    "Maeve Orr",
    "Privacy lead, Larkspur Seeds",
    "larkspur.example.test/ledger",
)
INES = ("Ines Carvalho", "ines@example.test")
AUTHORITY = Authority("Data Watch", ("1 Quay Street, Galway",), "watch.example.test")
SITE = "https://larkspur.example.test"
VALUES: dict[str, object] = {
    "number": "R-0418",
    "right": "erasure",
    "received": date(2026, 11, 2),
    "answer_by": date(2026, 12, 2),
    "new_day": date(2027, 2, 2),
    "until": date(2026, 12, 1),
    "prove_link": f"{SITE}/d/4K7P-WX2M",
    "prove_until": datetime(2026, 11, 4, 19, 41, tzinfo=UTC),
    "status_link": f"{SITE}/s/9TQ2-81LM",
    "upload_link": f"{SITE}/u/77AB-0C1E",
    "answer_link": f"{SITE}/a/51ZZ-K2PQ",
    "download_link": f"{SITE}/w/C1D0-77AB",
    "download_until": date(2026, 12, 5),
    "opt_out_link": f"{SITE}/no",
    "fingerprint": "c1d077ab0c1e93f4" * 4,
    "asked_for": ("A bill of the last three months that bears your address", "The number of your last order"),
    "answer": "Your account, your addresses and your diary are gone.",
    "done": (("Shop", "Account and addresses erased."), ("Garden diary", "204 entries and 44 photographs erased.")),
    "done_on": date(2026, 11, 19),
    "kept": (("Eleven invoices and their payments", date(2031, 12, 31), "GDPR, Article 17(3)(b)"),),
    "backups_gone": date(2026, 12, 24),
    "recipients": (("Bracken Couriers", "Erased it on 20 November."), ("Petal Reviews", "Erased it on 20 November.")),
    "reasons": "You and we disagree about this order before the District Court, and need its record for that.",
    "refused": ("Order LS-19877, its delivery note and our letters about it: fourteen entries",),
    "cites": ("General Data Protection Regulation, Article 17(3)(e)",),
    "meanwhile": "Nobody can use these entries for anything but the case.",
    "authority": AUTHORITY,
    "appeal": f"{SITE}/again",
    "complaint_by": date(2027, 5, 20),
    "restricted_on": date(2026, 10, 1),
    "lift_day": date(2026, 12, 7),
    "what": ("Your address in the shop",),
    "destroyed_on": date(2026, 11, 20),
    "proofs": ("A copy of an identity card", "A telephone bill"),
    "amount": "€ 12.50",
    "fee_for": (("Printing 420 pages", "€ 8.40"), ("Postage", "€ 4.10")),
    "changes": (("Street", "11 Quarry Row"), ("Town", "Ennis")),
    "against": ("advertising by e-mail", "telephone surveys"),
    "about_what": ("Your address in the shop",),
    "statement": "I have never lived in Weir Lane.",
    "purpose": "recommending seeds by what you bought",
    "resume_on": date(2026, 12, 1),
    "closed_on": date(2026, 11, 21),
    "erased_by": date(2026, 12, 21),
    "erased_on": date(2026, 3, 4),
    "looked": ("The shop", "The garden diary"),
    "withdrawn_on": date(2026, 11, 20),
    "owner": "Maeve Orr",
    "measures": ("The form now says which fields may stay empty.",),
    "about": (("E-mail address", "ines@example.test"), ("Customer number", "20417")),
    "data": ("Reviews", "Ratings"),
    "sent_on": date(2026, 11, 7),
    "ledger_entry": 48702,
}
DROPPED = ("unverified",)


def values_of(kind: str, *, most: bool = True) -> dict[str, object]:
    """What a letter of this kind is given: all it may be, or only what it needs."""
    form = templates()[kind]
    names = (*form.needs, *(form.may if most else ()))
    return {name: VALUES[name] for name in names if name in VALUES and name not in DROPPED} | (
        {"ledger_entry": VALUES["ledger_entry"]} if most else {}
    )


def letter(
    kind: str = "acknowledgement", language: str = "en", regime: str = "eu-gdpr", to: tuple[str, ...] = INES, **more: object
) -> Letter:
    """A letter of the invented firm."""
    given: Mapping[str, object] = values_of(kind) | more
    return compose(kind, given, regime, language, firm=FIRM, to=to, today=TODAY, country="IE")
