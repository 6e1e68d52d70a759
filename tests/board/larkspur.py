"""Larkspur Seeds, an invented firm: a notice of every state, its program and evidence made by hand for the board's tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from upheld.faces.board.model import Attestation, Board, Cause, Coverage, Evidence, LedgerPath, PathStep, State
from upheld.faces.board.states import states
from upheld.language.promises.model import (
    After,
    AllOf,
    AnyOf,
    Clause,
    Definition,
    Kind,
    Name,
    NoticeVersion,
    Period,
    Program,
    Promise,
    Source,
)

NOW = datetime(2026, 11, 19, 9, 12, tzinfo=UTC)
EXISTING = frozenset(
    {
        "estate:classified",
        "store:absent:card-number",
        "plan:erasure",
        "plan:access",
        "holds:kept",
        "law:clock",
        "location:declared",
        "page:version-date",
        "notice:version",
        "waits:version-effective",
    }
)


def data(*ids: str) -> frozenset[Name]:
    return frozenset(Name(Kind.DATA, i) for i in ids)


def names(kind: Kind, *ids: str) -> frozenset[Name]:
    return frozenset(Name(kind, i) for i in ids)


def _promise(clause: str, modality, verb, obj, n: int = 1, **keys) -> Promise:  # type: ignore[no-untyped-def]
    source = Source("larkspur", date(2026, 9, 3), (clause,), 1)
    return Promise(f"{clause}#{n}", source, modality, verb, obj, **keys)


def promises() -> tuple[Promise, ...]:
    month = After(Period(30, "days"), Period(30, "days"), Name(Kind.EVENT, "account-closed"))
    by_mail = (AnyOf("by", names(Kind.CHANNEL, "email", "letter")), AllOf("proof", names(Kind.ITEM, "identity")))
    return (
        _promise(
            "larkspur.who.2",
            "will",
            "tell",
            names(Kind.TOPIC, "version-date"),
            scope=(AnyOf("to", names(Kind.PARTY, "anyone")), AnyOf("on", names(Kind.SURFACE, "notice"))),
            blocks=Name(Kind.EVENT, "version-effective"),
        ),
        _promise(
            "larkspur.tell.2",
            "may",
            "disclose",
            data("name", "postal-address", "telephone"),
            scope=(
                AnyOf("to", names(Kind.PARTY, "bracken-couriers")),
                AnyOf("ground", names(Kind.GROUND, "delivery")),
                AllOf("needs", names(Kind.RECORD, "order")),
            ),
        ),
        _promise("larkspur.tell.3", "never", "retain", data("card-number")),
        _promise(
            "larkspur.tell.4",
            "never",
            "disclose",
            data("name", "email-address", "purchase-history"),
            scope=(AnyOf("consideration", names(Kind.VALUE, "any")),),
        ),
        _promise("larkspur.keep.1", "may", "retain", data("name", "email-address"), end=month, then="erase", due=month),
        _promise(
            "larkspur.keep.2",
            "may",
            "retain",
            data("invoice"),
            state="held",
            end=month,
            then="erase",
            scope=(AnyOf("ground", names(Kind.GROUND, "tax-law")),),
        ),
        _promise("larkspur.keep.3", "never", "retain", data("password")),
        _promise("larkspur.rights.1", "will", "grant", names(Kind.RIGHT, "access", "erasure"), scope=by_mail, due=month),
        _promise(
            "larkspur.rights.2",
            "will",
            "protect",
            data("name"),
            every=Period(1, "years"),
            scope=(AnyOf("by", names(Kind.MEASURE, "locked-archive")),),
            terms={"proven": (Name(Kind.VALUE, "attestation"),), "handled-by": (Name(Kind.ROLE, "privacy-lead"),)},
        ),
    )


def clauses() -> tuple[Clause, ...]:
    rows = [
        (
            "who.1",
            "Who we are",
            "We are a seed shop of eleven people in Galway, and this page says what we do with what you tell us.",
            "informs",
        ),
        (
            "who.2",
            "Who we are",
            "The date above is the day this text last changed. No change takes effect before it is shown here.",
            "bound",
        ),
        (
            "collect.1",
            "What we collect",
            "Data about you is whatever points to you, alone or joined with other data we hold.",
            "bound",
        ),
        (
            "tell.1",
            "Whom we tell",
            "We are a small firm and cannot do everything ourselves. Below is everyone who sees some of what you tell us, and why.",
            "informs",
        ),
        (
            "tell.2",
            "Whom we tell",
            "Bracken Couriers receive your name, your address and your telephone number to bring the parcel to your door, and for nothing else.",
            "bound",
        ),
        ("tell.3", "Whom we tell", "Quayside Pay takes the payment. We never store a card number.", "bound"),
        ("tell.4", "Whom we tell", "We never sell personal data, and never lend, rent or swap it.", "bound"),
        (
            "tell.5",
            "Whom we tell",
            "Once a year we ask each of these firms to show us that it still keeps its side.",
            "unbound",
        ),
        ("tell.6", "Whom we tell", "What Quayside Pay does with your card is governed by its own notice.", "outside"),
        (
            "keep.1",
            "How long we keep it",
            "When you close your account, we erase your name and e-mail address within thirty days.",
            "bound",
        ),
        (
            "keep.2",
            "How long we keep it",
            "Invoices stay for six years because tax law asks for them, out of reach of every other use.",
            "bound",
        ),
        ("keep.3", "How long we keep it", "Passwords are never kept in a form that anybody can read.", "bound"),
        (
            "rights.1",
            "Your rights",
            "You may ask for a copy of your data, or for its erasure, by e-mail or letter. We answer within thirty days.",
            "bound",
        ),
        ("rights.2", "Your rights", "Paper letters lie in a locked archive, looked after by one named person.", "bound"),
    ]
    by_clause: dict[str, tuple[str, ...]] = {}
    for p in promises():
        by_clause[p.source.clauses[0]] = (*by_clause.get(p.source.clauses[0], ()), p.id)
    personal = Name(Kind.DATA, "personal-data")
    return tuple(
        Clause(
            f"larkspur.{i}",
            section,
            text,
            20 + 7 * n,
            binding,
            by_clause.get(f"larkspur.{i}", ()),  # type: ignore[arg-type]
            (personal,) if i == "collect.1" else (),
            f"<p>{text}</p>",
        )
        for n, (i, section, text, binding) in enumerate(rows)
    )


def program() -> Program:
    notice = NoticeVersion(
        "larkspur",
        "Privacy notice of Larkspur Seeds",
        "en",
        date(2026, 9, 3),
        date(2026, 9, 10),
        "larkspur-seeds",
        (Name(Kind.REGIME, "eu-gdpr"),),
        clauses(),
        "examples/larkspur/notice.md",
    )
    personal = Name(Kind.DATA, "personal-data")
    leaves = data("name", "email-address", "purchase-history", "invoice")
    return Program((notice,), {personal: Definition(personal, leaves)}, promises(), (), (), "0" * 64)


def evidence(ago: timedelta = timedelta(minutes=41)) -> tuple[Evidence, ...]:
    at = NOW - ago
    red = NOW - timedelta(hours=5)
    return (
        Evidence(
            "estate:classified",
            "estate-classified/1",
            at,
            226,
            "held",
            "count",
            twin_red=red,
            entry=48213,
            coverage=Coverage(5, 5, "stores"),
            detail={"live columns": 226, "not classified": 0},
            says="226 live columns, each classified.",
        ),
        Evidence(
            "store:absent:card-number",
            "absent/1",
            at,
            184_220,
            "failed",
            "count",
            twin_red=red,
            entry=48214,
            coverage=Coverage(5, 5, "stores"),
            detail={"values looked at": 184_220, "card numbers found": 3},
            says="three values that are card numbers by shape and check digit stand in shop.orders.note",
            mend="Blank them, and have the checkout refuse digits in the note.",
        ),
        Evidence(
            "store:absent:password",
            "absent/1",
            at,
            9_117,
            "held",
            "count",
            twin_red=red,
            entry=48215,
            coverage=Coverage(5, 5, "stores"),
            says="9,117 stored passwords, all of them slow hashes.",
        ),
        Evidence(
            "plan:erasure",
            "plan-erasure/1",
            at,
            1,
            "held",
            "marked",
            twin_red=red,
            entry=48216,
            detail={"rows erased": 14, "values found afterwards": 0},
            says="the canary was erased, and nothing of it was left.",
        ),
        Evidence(
            "plan:access",
            "plan-access/1",
            at,
            1,
            "held",
            "marked",
            twin_red=red,
            entry=48217,
            says="the canary's copy held each of its 41 cells.",
        ),
        Evidence(
            "holds:kept",
            "holds-kept/1",
            NOW - timedelta(days=9),
            3,
            "held",
            "count",
            twin_red=red,
            entry=46001,
            says="3 holds keep named fields only.",
        ),
        Evidence(
            "notice:version", "notice-version/1", at, 1, "held", "count", twin_red=red, says="the page's date is the file's."
        ),
        Evidence("page:version-date", "page-shown/1", at, 1, "held", "count", twin_red=red, says="the page shows its date."),
        Evidence(
            "waits:version-effective",
            "waits/1",
            at,
            1,
            "held",
            "rolled back",
            twin_red=red,
            entry=48218,
            says="A canary version stayed shut until its date was shown.",
        ),
    )


def causes() -> tuple[Cause, ...]:
    return (Cause("C-0031", "store:absent:card-number", frozenset(), NOW - timedelta(hours=31), "card numbers in order notes"),)


def attestations() -> tuple[Attestation, ...]:
    signed = datetime(2026, 10, 2, 10, 0, tzinfo=UTC)
    return (Attestation("larkspur.rights.2", "Maeve Orr", "privacy lead", signed, signed.replace(year=2027), 40_112),)


def board() -> Board:
    found = states(program(), EXISTING | {"store:absent:password"}, evidence(), causes(), attestations(), NOW)
    steps = tuple(PathStep(f"{i:064x}", bool((48_213 >> i) & 1)) for i in range(16))
    paths = {
        e.entry: LedgerPath(e.entry, f"{e.entry * 7919:064x}", 48_640, "f" * 64, NOW - timedelta(minutes=40), steps)
        for e in evidence()
        if e.entry
    }
    days: list[tuple[date, State]] = [(NOW.date() - timedelta(days=d), "kept") for d in range(59, 0, -1)]
    days[:0] = [(NOW.date() - timedelta(days=89 - d), "unproven") for d in range(28)]
    days[28:30] = [(days[28][0], "broken"), (days[29][0], "broken")]
    return Board("larkspur", NOW, found, {"larkspur.collect.1": tuple(days)}, paths, causes(), 48_640)
