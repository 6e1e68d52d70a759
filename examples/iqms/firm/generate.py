"""A size and a seed become the people of the office and the website, in memory: the same rows every time.

The awkward people of real databases are made on purpose and counted: shared, blank, placeholder and case-variant e-mail addresses, people
with two accounts, rows of two owners, closed and orphan rows, visits of nobody, free text that names others, and one user with a tenth of
the cases. Everybody is invented; addresses are at example.test or example.invalid.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SEED = 20180524
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GIVEN = "Abel Bente Ciro Dilys Egon Frida Gwyn Hedy Ilan Juno Klaas Lio Mette Nuno Orla Pim Rhea Silke Tadeo Ursa Velma Wolf Yves Zita".split()
FAMILY = "Anvil Bolt Casting Drill Edging Forge Gearing Hob Ingot Jig Kiln Lathe Mill Nut Oxley Press Quill Ream Spindle Tap Vise".split()
TOWNS = (("Leeds", "GB"), ("Malmo", "SE"), ("Turin", "IT"), ("Brno", "CZ"), ("Bristol", "GB"), ("Ulm", "DE"))
PRODUCTS = "shop floor|scheduling|quality|warehouse|training".split("|")
PAGES = ("/", "/erp", "/webinars", "/support", "/account")
BROWSERS = ("Firefox", "Chromium", "Safari")
HEAVY = 7  # the user with a tenth of the cases
SHARED = "works.office@example.test"
PLACEHOLDER = "none@example.invalid"
LEAST = 60


@dataclass(slots=True)
class Firm:
    """Rows by store and table in the tables' column order, and the count of each awkward kind."""

    rows: dict[tuple[str, str], list[tuple[object, ...]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, store: str, table: str, *row: object) -> None:
        self.rows.setdefault((store, table), []).append(row)

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + n


Person = tuple[int, str, str | None]


def make_firm(users: int = 2000, seed: int = SEED) -> Firm:
    """The firm with this many users (at least 60): about 14 rows a user over 13 tables of two stores."""
    if users < LEAST:
        raise ValueError(f"the firm needs at least {LEAST} users to hold its awkward people; give --customers {LEAST} or more")
    chance = random.Random(seed)
    firm = Firm()
    organisations = max(5, users // 15)
    for number in range(1, organisations + 1):
        firm.add("office", "organisations", number, f"{chance.choice(FAMILY)} Works {number}", chance.choice(TOWNS)[1])
    for number in range(1, 5):
        firm.add("office", "merchants", number, f"{FAMILY[number]} Trading", _ago(chance, 900))
        firm.add("office", "providers", number, f"{FAMILY[-number]} Mailing", _ago(chance, 900))
    people = [_user(firm, chance, number, organisations) for number in range(1, users + 1)]
    _registrations(firm, chance, people)
    _bills(firm, chance, people)
    _cases(firm, chance, people)
    _website(firm, chance, people)
    return firm


def email_of(number: int, name: str) -> str:
    """The ordinary address of a user."""
    return f"{name.lower().replace(' ', '.')}.{number}@example.test"


def _email(firm: Firm, number: int, name: str) -> str | None:
    if number % 50 == 11:
        firm.count("blank e-mail")
        return ("", None, "   ")[number % 3]
    if number % 50 == 12:
        firm.count("placeholder e-mail")
        return PLACEHOLDER
    if number in (13, 14):
        firm.count("shared e-mail")
        return SHARED
    if number % 50 == 15:
        firm.count("case-variant e-mail")
        return f" {email_of(number, name).title()} "
    return email_of(number, name)


def _user(firm: Firm, chance: random.Random, number: int, organisations: int) -> Person:
    name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
    email = _email(firm, number, name)
    if number % 60 == 21:
        name, email = str(firm.rows["office", "users"][-1][3]), f"second.{number}@example.test"
        firm.count("person with two accounts")
    town, country = chance.choice(TOWNS)
    closed = _ago(chance, 28) if number % 25 == 9 else None
    firm.count("closed account", 1 if closed else 0)
    settings = {"home": chance.choice(PAGES), "contact": {"second_email": f"home.{number}@example.test"}, "colour": "grey"}
    salt = hashlib.sha256(f"salt {number}".encode()).hexdigest()[:32]
    firm.add(
        "office", "users", number, number % organisations + 1, f"U{number:08d}", name, email, f"+3538{number:07d}",
        f"{chance.choice(FAMILY)} Street {number}", f"{1000 + number % 9000}", town, country, country == "GB",
        f"{chance.choice(FAMILY)} Works", chance.choice(("Planner", "Buyer", "Plant lead")), f"user{number}",
        f"$argon2id$v=19$m=65536,t=3,p=4${salt}$made-up", json.dumps(settings), closed is None, _ago(chance, 3000, 1200),
        _ago(chance, 1000), _ago(chance, 400) if number % 3 else None, closed,
    )  # fmt: skip
    return number, name, email


def _registrations(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    serial = 0
    for number, _, _ in people:
        for _ in range(1 + number % 2):
            serial += 1
            other = chance.choice(GIVEN)
            why = f"{other} in planning will use it." if serial % 5 == 0 else None
            firm.count("free text naming others", 1 if why else 0)
            kind = "service" if serial % 3 == 0 else "product"
            firm.add("office", "registrations", serial, number, chance.choice(PRODUCTS), kind, why, _ago(chance, 1000))


def _bills(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    bill = 0
    for number, name, _ in people:
        if number % 3 == 0:
            firm.add("office", "payment_means", number, f"GB00TEST{number:014d}", _ago(chance, 900))
        for _ in range(number % 3):
            bill += 1
            firm.add(
                "office", "invoices", bill, number, f"INV-{bill:07d}", name, f"{name}, Street {number}",
                f"{chance.choice(FAMILY)} Works", 5000 + chance.randrange(90_000), _ago(chance, 3200),
            )  # fmt: skip
            for line in range(1, 2 + bill % 2):
                firm.add("office", "invoice_lines", bill, line, chance.choice(PRODUCTS), 5000)


def _cases(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    total = max(20, len(people) // 2)
    for case in range(1, total + 1):
        owner: int | None = HEAVY if case % 10 == 0 else chance.choice(people)[0]
        if case == total - 1:
            owner = None
            firm.count("orphan row")
        opened = _ago(chance, 900)
        closed = opened + timedelta(days=4) if case % 4 else None
        plant = {"operator": f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}", "remark": "Runs hot.", "machines": [3, 4]}
        said = f"{chance.choice(GIVEN)} restarted it twice."
        firm.count("free text naming others")
        parent = case - 1 if case % 6 == 0 else None
        firm.add("office", "cases", case, owner, parent, "It stopped", said, json.dumps(plant), opened, closed)
        writer, reader = chance.choice(people)[0], chance.choice(people)[0]
        firm.count("note to oneself" if writer == reader else "note of two owners")
        firm.add("office", "notes", case, writer, reader, "The new release mends it.", opened, closed)
    firm.count("rows of the heaviest person in cases", total // 10)
    for number, _, _ in people:
        if number % 9 == 0:
            decided = _ago(chance, 30) if number % 2 else None
            firm.add("office", "identity_checks", number, number, "a passport and a bill of the water works", decided)


def _website(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    visit = 0
    for number, name, email in people:
        known = email if number % 2 else None
        firm.count("visitor who is nobody we know", 0 if known else 1)
        interest = _text(_ago(chance, 200)) if number % 3 == 0 else None
        firm.add("web", "visitors", number, f"{chance.getrandbits(64):016x}", known, interest)
        for _ in range(1 + number % 3):
            visit += 1
            firm.add(
                "web", "visits", visit, number, f"198.51.100.{visit % 250}", chance.choice(BROWSERS), chance.randrange(9),
                chance.choice(TOWNS)[1], "Example Net", "https://search.example.test/", _text(_ago(chance, 600)),
            )  # fmt: skip
            for position in range(1, 3):
                firm.add("web", "pages_viewed", visit, position, chance.choice(PAGES))
        if number % 2 == 0:
            out = _text(_ago(chance, 20)) if number % 12 == 0 else None
            gone = _text(_ago(chance, 20)) if number % 34 == 0 else None
            address = email.upper() if email and number % 16 == 0 else email
            firm.count("subscriber in other letter case", 1 if address != email else 0)
            firm.add("web", "subscribers", number, address, name, chance.choice(PRODUCTS), "no" if out else "yes",
                     _text(_ago(chance, 900, 30)), out, gone)  # fmt: skip
    firm.add("web", "subscribers", 10_000_000, "reader.only@example.test", "Reader Only", "training", "yes",
             _text(_ago(chance, 90)), None, None)  # fmt: skip
    firm.count("subscriber without account")
    for number, page in enumerate(PAGES, 1):
        firm.add("web", "counts", number, page, "spring fair", chance.randrange(900), "2026-11-01")


def tables(firm: Firm, store: str) -> list[tuple[str, list[tuple[object, ...]]]]:
    """The tables of one store in an order in which parents come first."""
    return [(table, rows) for (at, table), rows in firm.rows.items() if at == store]


def _ago(chance: random.Random, most_days: int, least_days: int = 0) -> datetime:
    return NOW - timedelta(days=least_days + chance.randrange(max(1, most_days - least_days)), seconds=chance.randrange(86_400))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
