"""A size and a seed become the shop's people, in memory: the same rows every time.

The awkward people of real databases are made on purpose and counted: shared, blank, placeholder and case-variant e-mail
addresses, people with two accounts, rows of two owners, soft-deleted rows, orphans, free text that names others, and one
customer with a tenth of a table. Everybody is invented; every address is at example.test or example.invalid.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SEED = 20261122
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LEAST = 60
GIVEN = "Alix Beau Coralie Denis Elise Farid Gaelle Hubert Imane Jules Kim Leonie Marcel Nadia Olivier Pascale Remi Sara Tristan Ursule Victor Wendy Xavier Yann Zoe".split()
FAMILY = "Arsenault Bouchard Cormier Desrosiers Emond Fraser Gagnon Hebert Iverson Joly Kelly Lavoie MacLeod Nadeau Ouellet Pelletier Quirion Rioux Savard Theriault Ulrich Vachon White Yelle Zeller".split()
CITIES = (("Halifax", "NS", "CA"), ("Laval", "QC", "CA"), ("Regina", "SK", "CA"), ("Guelph", "ON", "CA"), ("Gatineau", "QC", "CA"), ("Portland", None, "US"), ("Nantes", None, "FR"))  # fmt: skip
PRODUCTS = "storefront plan|till reader|label printer|stock module|shipping module|training day".split("|")
TITLES = ("Shopkeeper", "Buyer", "Bookkeeper", "Web editor", "Owner")
FEATURES = (("stock", "count"), ("till", "open"), ("report", "print"), ("label", "make"), ("shop", "edit"))
PAGES = ("/", "/plans", "/events", "/blog/stocktaking", "/support", "/account")
PAPERS = ("guide-to-stocktaking.pdf", "duties-and-taxes.pdf", "label-sizes.pdf")
CHOICES = ("commercial-mail", "bought-lately", "asked-lately", "cookies", "transfers")
HEAVY = 7  # customer with a tenth of the support cases
SHARED_DESK = "office@savard-toys.example.test"
PLACEHOLDER = "noreply@example.invalid"

ORDER = {
    "shop": (
        "customers", "customer_changes", "orders", "order_lines", "invoices", "payments", "support_cases", "messages", "files",
        "promotions", "promotion_entries", "remembered_answers",
    ),
    "events": ("leads", "registrations", "downloads", "app_events", "visits", "consents", "sourced_contacts"),
}  # fmt: skip
Person = tuple[int, str, str, str | None]


@dataclass(slots=True)
class Firm:
    """Rows by store and table, in column order, and the count of each awkward kind."""

    rows: dict[tuple[str, str], list[tuple[object, ...]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, store: str, table: str, *row: object) -> None:
        self.rows.setdefault((store, table), []).append(row)

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + n


def make_firm(customers: int = 2000, seed: int = SEED) -> Firm:
    """The firm with this many customers (at least 60): about 20 rows a customer over 19 tables of two stores."""
    if customers < LEAST:
        raise ValueError(
            f"the firm needs at least {LEAST} customers to hold its awkward people; give --customers {LEAST} or more"
        )
    chance = random.Random(seed)
    firm = Firm()
    people: list[Person] = []
    for number in range(1, customers + 1):
        people.append(_customer(firm, chance, number, people))
    _orders(firm, chance, people)
    _cases(firm, chance, people)
    _messages(firm, chance, people)
    _content(firm, chance, people)
    _leads(firm, chance, people)
    _traces(firm, chance, people)
    _sourced(firm, chance, people)
    return firm


def tables(firm: Firm, store: str) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """The tables of one store in an order that its foreign keys allow."""
    for table in ORDER[store]:
        yield table, firm.rows.get((store, table), [])


def _customer(firm: Firm, chance: random.Random, number: int, before: list[Person]) -> Person:
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    email: str | None = f"{given}.{family}.{number}@example.test".lower()
    if number % 50 == 11:
        email = ("", None, "   ")[number % 3]
        firm.count("blank e-mail")
    elif number % 50 == 12:
        email = PLACEHOLDER
        firm.count("placeholder e-mail")
    elif number in (13, 14):
        email = SHARED_DESK
        firm.count("shared e-mail")
    elif number % 50 == 15:
        email = f" {email.title()} "
        firm.count("case-variant e-mail")
    elif number % 60 == 31:
        _, given, family, email = before[-1]
        firm.count("person with two accounts")
    city, province, country = chance.choice(CITIES)
    opened, active, closed, deleted = _ago(chance, 3000), _ago(chance, 500), None, None
    if number % 10 == 3:
        closed = _ago(chance, 300)
        firm.count("closed account")
    if number % 12 == 5:
        active = _ago(chance, 400) - timedelta(days=800)
        firm.count("account asleep for two years")
    if number % 40 == 17:
        deleted = _ago(chance, 200)
        firm.count("soft-deleted row")
    found = None
    if number % 30 == 28:
        found = _ago(chance, 20)
        firm.count("customer who turned out to be a child")
    young = 3000 if found else 7000
    born = (NOW - timedelta(days=young + chance.randrange(600 if found else 15000))).date() if number % 3 else None
    salt = hashlib.sha256(f"salt {number}".encode()).hexdigest()[:32]
    likes = {"topics": ["stock", "tills"], "contact": {"other_email": f"other.{number}@example.test"}, "theme": "plain"}
    firm.add(
        "shop", "customers", number, f"Q{number:07d}", given, family, email, f"+1416{5550000 + number}", f"{number} {chance.choice(FAMILY)} Avenue",
        city, f"M{number % 9}V {number % 10}A1", province, country, country != "CA", born, True, chance.choice(TITLES),
        f"{chance.choice(FAMILY)} Toys", f"{given.lower()}{number}", f"$argon2id$v=19$m=65536,t=3,p=4${salt}$made-up", _ago(chance, 500),
        json.dumps(likes), opened, active, closed, _ago(chance, 300) if number % 7 == 2 else None, found, deleted,
    )  # fmt: skip
    if number % 8 == 1:
        firm.add(
            "shop", "customer_changes", number, f"before.{number}@example.test", f"+1604{5550000 + number}", _ago(chance, 900)
        )
    return number, given, family, email


def _orders(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    order = 0
    for number, given, family, email in people:
        for _ in range(number % 4):
            order += 1
            placed = _ago(chance, 3500)
            note = f"Leave it with {chance.choice(GIVEN)} next door." if order % 7 == 0 else None
            if note:
                firm.count("free text naming others")
            done = placed + timedelta(days=6) if order % 9 else None
            firm.add("shop", "orders", order, number, f"SO-{order:07d}", note, placed, done)
            for line in range(1, 2 + order % 3):
                firm.add("shop", "order_lines", order, line, chance.choice(PRODUCTS), 900 + chance.randrange(90000))
            amount = 900 + chance.randrange(90000)
            name, address = f"{given} {family}", f"{number} Avenue"
            firm.add(
                "shop",
                "invoices",
                order,
                order,
                number,
                f"I-{order:07d}",
                name,
                address,
                email,
                amount,
                placed + timedelta(days=7),
            )
            token = "tok_" + hashlib.sha256(f"card {number}".encode()).hexdigest()[:24]
            firm.add(
                "shop", "payments", order, order, number, token, f"{number % 10000:04d}", amount, placed + timedelta(days=9)
            )


def _cases(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    total, before = max(20, len(people) // 2), 0
    for case in range(1, total + 1):
        owner = HEAVY if case % 10 == 0 else chance.choice(people)[0]
        follows = case - 1 if case % 6 == 0 else None
        if follows is not None and owner != before:
            firm.count("case that follows another person's")
        before = owner
        told = f"{chance.choice(GIVEN)} could not print either."
        firm.add("shop", "support_cases", case, owner, follows, "Printer does nothing", told, _ago(chance, 700))
        firm.count("free text naming others")
    firm.count("rows of the heaviest person in support_cases", total // 10)


def _messages(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    for message in range(1, len(people) + 1):
        sender, recipient = chance.choice(people)[0], chance.choice(people)[0]
        if message % 50 == 0:
            recipient = sender
            firm.count("message to oneself")
        note = "answer before Friday" if message % 3 == 0 else None
        said = f"Has {chance.choice(GIVEN)} sent you the labels?"
        firm.add("shop", "messages", message, sender, recipient if message % 33 else None, said, note, _ago(chance, 500))
        firm.count("row of two owners")


def _content(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    for promotion in range(1, 4):
        firm.add("shop", "promotions", promotion, f"Spring of labels {promotion}")
    for number, given, _, _ in people:
        if number % 5 == 0:
            caption = f"{chance.choice(GIVEN)} at our counter."
            firm.add(
                "shop",
                "files",
                number,
                number,
                f"Shop window of {given}",
                caption,
                _ago(chance, 900),
                "a telephone",
                _ago(chance, 800),
            )
            firm.count("free text naming others")
        if number % 6 == 0:
            ends = NOW + timedelta(days=30 if number % 12 else -30)
            why = f"{chance.choice(GIVEN)} told me of it."
            firm.add("shop", "promotion_entries", number % 3 + 1, number, f"entry {number}", why, "open", ends)
        if number % 4 == 0:
            firm.add(
                "shop", "remembered_answers", number, number, "company", f"{chance.choice(FAMILY)} Toys", _ago(chance, 600)
            )
    left = len(people) + 1
    firm.add("shop", "remembered_answers", left, 10_000_000 + left, "company", "left behind", _ago(chance, 100))
    firm.count("orphan row")


def _leads(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    lead = paper = seat = 0
    for number, given, family, email in people:
        if number % 3:
            continue
        lead += 1
        written = email.upper() if email and number % 6 == 0 else email
        occasion = ("interest", "event", "webinar", "download", "app")[number % 5]
        firm.add(
            "events",
            "leads",
            lead,
            written,
            given,
            family,
            f"{family} Toys",
            "stock module",
            occasion,
            "2021-09-01",
            _text(_ago(chance, 700)),
        )
        for _ in range(number % 4):
            seat += 1
            kind = "webinar" if seat % 2 else "event"
            came = None if seat % 3 == 0 else seat % 2
            firm.add(
                "events", "registrations", seat, lead, f"Counting days {seat % 4 + 1}", kind, came, _text(_ago(chance, 700))
            )
        for _ in range(number % 3 + 1):
            paper += 1
            firm.add(
                "events", "downloads", paper, lead if paper % 25 else None, chance.choice(PAPERS), _text(_ago(chance, 700))
            )
    firm.add(
        "events", "leads", lead + 1, "only.curious@example.test", "Only", "Curious", None, None, "interest", "2021-09-01", _text(_ago(chance, 90))
    )  # fmt: skip
    firm.count("lead who is no customer")


def _traces(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    event = visit = consent = 0
    for number, _, _, email in people:
        for _ in range(number % 5):
            event += 1
            feature, action = chance.choice(FEATURES)
            firm.add("events", "app_events", event, email, "till", feature, action, _text(_ago(chance, 600)))
        for _ in range(number % 4):
            visit += 1
            key = hashlib.sha256(f"visitor {number}".encode()).hexdigest()[:16]
            site = "https://elsewhere.example.test/" if visit % 11 == 0 else None
            firm.add(
                "events", "visits", visit, email if number % 2 else None, key, f"192.0.2.{number % 254 + 1}", "Firefox", chance.choice(PAGES),
                "spring" if visit % 5 == 0 else None, site, _text(_ago(chance, 600)),
            )  # fmt: skip
        if number % 2 == 0:
            consent += 1
            ended = _ago(chance, 2000) if number % 8 == 0 else None
            firm.add(
                "events", "consents", consent, email, CHOICES[number % 5], "yes", "Yes, send me offers.", f"form {consent}",
                _text((ended or NOW) - timedelta(days=40)), _text(ended) if ended else None,
            )  # fmt: skip


def _sourced(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    for number, given, family, email in people:
        if number % 10 == 4:
            own = number % 20 == 4
            if own:
                firm.count("sourced contact who is a customer")
            written = email if own else f"desk.{number}@{family.lower()}.example.test"
            firm.add(
                "events", "sourced_contacts", number, f"{given} {family}", written, chance.choice(TITLES), f"{family} Toys",
                "Ledger Lane Intelligence", "L-2024-7", _text(_ago(chance, 1200)),
            )  # fmt: skip


def _ago(chance: random.Random, days: int) -> datetime:
    return NOW - timedelta(days=chance.randrange(1, days), minutes=chance.randrange(1440))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
