"""A size and a seed become the firm's people, in memory: the same rows every time.

The awkward people of real databases are made on purpose and counted: shared, blank, placeholder and case-variant e-mail
addresses, people with two accounts, rows of two owners, soft-deleted rows, orphans, free text that names others, and one
person who owns a tenth of a table. Everybody is invented; every address is at example.test or example.invalid.
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
GIVEN = "Ada Bram Cleo Dario Edda Faro Gwen Hugo Ines Jonas Kirsi Lars Mina Nils Oona Pavel Quinn Rosa Sami Tilde Ulla Vito Wanda Yara Zeno".split()
FAMILY = "Abel Birk Castellan Dorn Ekman Falk Garnet Holm Ivers Jelinek Kestrel Lund Marek Norling Okafor Pell Quist Rowan Sorel Thorne Ulm Vance Weir Yates Zoll".split()
INSTRUMENTS = (
    "torque wrench|pressure gauge|micrometer|thermocouple|analytical balance|multimeter|vernier calliper|pipette".split("|")
)
CITIES = (
    ("Aarhus", "DK"),
    ("Bergen", "NO"),
    ("Cork", "IE"),
    ("Dijon", "FR"),
    ("Essen", "DE"),
    ("Fresno", "US"),
    ("Ghent", "BE"),
)
PAGES = ("/", "/pricing", "/calibration", "/events", "/blog/gauge-blocks", "/support", "/account")
DEVICES = (("Linux", "Chromium", "156"), ("macOS", "Safari", "20"), ("iOS", "Safari", "20"), ("Windows", "Firefox", "151"))
TITLES = ("Quality lead", "Metrologist", "Technician", "Buyer", "Plant manager")
HEAVY = 7  # customer who owns a tenth of the support cases
SHARED_DESK = "reception@birk-tools.example.test"
PLACEHOLDER = "unknown@example.invalid"


@dataclass(slots=True)
class Firm:
    """Rows by store and table, in the column order of `columns`, and the count of each awkward kind."""

    rows: dict[tuple[str, str], list[tuple[object, ...]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, store: str, table: str, *row: object) -> None:
        self.rows.setdefault((store, table), []).append(row)

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + n


def make_firm(customers: int = 2000, seed: int = SEED) -> Firm:
    """The firm with this many customers (at least 60): about 25 rows a customer over 31 tables of two stores."""
    if customers < 60:
        raise ValueError("the firm needs at least 60 customers to hold its awkward people; give --customers 60 or more")
    chance = random.Random(seed)
    firm = Firm()
    organisations = max(5, customers // 20)
    for number in range(1, organisations + 1):
        firm.add(
            "platform",
            "organisations",
            number,
            f"{chance.choice(FAMILY)} Instruments {number}",
            chance.choice(CITIES)[1],
            _ago(chance, 3000),
        )
    people = [_customer(firm, chance, number, organisations) for number in range(1, customers + 1)]
    _employees(firm, chance, customers // 2, organisations, people)
    _accounts(firm, chance, people)
    _orders(firm, chance, people)
    _cases(firm, chance, people)
    _messages(firm, chance, people)
    _meetings(firm, chance, people)
    _surveys(firm, chance, people)
    _referrals(firm, chance, people)
    _history(firm, chance, people)
    _platform_rest(firm, chance, people)
    _web(firm, chance, people)
    return firm


def email_of(number: int, name: str) -> str:
    """The ordinary address of a customer."""
    return f"{name.lower().replace(' ', '.')}.{number}@example.test"


def _customer(firm: Firm, chance: random.Random, number: int, organisations: int) -> tuple[int, str, str | None]:
    name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
    email: str | None = email_of(number, name)
    if number % 50 == 11:
        email = ["", None, "   "][number % 3]
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
    city, country = chance.choice(CITIES)
    created, deleted = _ago(chance, 3000), None
    if number % 40 == 17:
        deleted = _ago(chance, 200)
        firm.count("soft-deleted row")
    firm.add(
        "platform",
        "customers",
        number,
        number % organisations + 1,
        f"Q{number:08d}",
        name,
        email,
        f"+4520{number:06d}",
        f"+4530{number:06d}" if number % 9 == 0 else None,
        f"{chance.choice(FAMILY)} Road {number}",
        f"{1000 + number % 9000}",
        city,
        country,
        "CA" if country == "US" else None,
        (NOW - timedelta(days=7000 + chance.randrange(15000))).date() if number % 5 else None,
        20 + number % 50 if number % 5 == 0 else None,
        chance.choice(("female", "male", None, None)),
        f"{chance.choice(FAMILY)} Instruments",
        chance.choice(TITLES),
        f"TX{number:07d}" if number % 25 == 0 else None,
        None,
        created,
        deleted,
    )
    return number, name, email


def _employees(
    firm: Firm, chance: random.Random, count: int, organisations: int, people: list[tuple[int, str, str | None]]
) -> None:
    for number in range(1, count + 1):
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        email = f"staff.{name.lower().replace(' ', '.')}.{number}@example.test"
        if number == 21:
            name, email = people[20][1], str(people[20][2])
            firm.count("customer who is an employee too")
        manager = None if number < 3 else chance.randrange(1, number)
        firm.add(
            "platform",
            "employees",
            number,
            number % organisations + 1,
            manager,
            name,
            email,
            f"+4540{number:06d}",
            chance.choice(TITLES),
            _ago(chance, 2000),
            _ago(chance, 300) if number % 7 == 0 else None,
        )


def _accounts(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    account = 0
    for number, name, _ in people:
        for turn in range(2 if number % 60 == 20 else 1):
            account += 1
            _account(firm, chance, account, "customer", number, f"{name.split()[0].lower()}{number}{'b' * turn}")
        if number % 60 == 20:
            firm.count("person with two accounts")
    for number in range(1, len(people) // 2 + 1):
        account += 1
        _account(firm, chance, account, "employee", number, f"staff{number}")
    account += 1
    _account(firm, chance, account, "customer", 10_000_000 + account, "left-behind")
    firm.count("orphan row")


def _account(firm: Firm, chance: random.Random, account: int, kind: str, person: int, username: str) -> None:
    salt = hashlib.sha256(f"salt {account}".encode()).hexdigest()[:32]
    settings = {
        "language": chance.choice(("en", "de", "fr")),
        "contact": {"backup_email": f"{username}.home@example.test"},
        "theme": "plain",
    }
    firm.add(
        "platform",
        "accounts",
        account,
        kind,
        person,
        username,
        f"$argon2id$v=19$m=65536,t=3,p=4${salt}$made-up",
        "First instrument you calibrated?",
        f"$argon2id$v=19$m=65536,t=3,p=4${salt[::-1]}$made-up",
        _ago(chance, 2000),
        _ago(chance, 300),
        None if account % 25 else _ago(chance, 90),
        json.dumps(settings),
    )
    for turn in range(account % 3):
        sign_in = account * 10 + turn
        firm.add(
            "platform",
            "sign_ins",
            sign_in,
            account,
            "passed" if turn else "wrong password",
            "orders, certificates",
            _ago(chance, 300),
        )
    if account % 8 == 0:
        firm.add(
            "platform",
            "device_locations",
            account,
            account,
            f"{50 + account % 9}.12345",
            f"{5 + account % 9}.54321",
            chance.choice(CITIES)[0],
            _ago(chance, 300),
        )
    if account % 30 == 0:
        firm.add(
            "platform",
            "linked_accounts",
            account,
            "cloud-drive.example.test",
            f"{username}@cloud-drive.example.test",
            _ago(chance, 300),
            None,
        )


def _orders(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    order = 0
    for number, name, email in people:
        for _ in range(number % 4):
            order += 1
            placed = _ago(chance, 4000)
            instruction = f"Ask for {chance.choice(GIVEN)} at the gate." if order % 7 == 0 else None
            if instruction:
                firm.count("free text naming others")
            firm.add(
                "platform",
                "orders",
                order,
                number,
                f"PO-{order:07d}",
                instruction,
                placed,
                placed + timedelta(days=9) if order % 5 else None,
                placed + timedelta(days=9),
            )
            for line in range(1, 2 + order % 3):
                firm.add(
                    "platform",
                    "order_lines",
                    order,
                    line,
                    chance.choice(INSTRUMENTS),
                    "calibration",
                    4000 + chance.randrange(9000),
                )
            certificate = {
                "result": "pass",
                "signed_for": name,
                "points": [{"nominal": 10, "error": 1}],
                "contact": {"email": email or ""},
            }
            firm.add(
                "platform",
                "service_records",
                order,
                order,
                number,
                f"SN{order:08d}",
                "Within tolerance.",
                json.dumps(certificate),
                placed + timedelta(days=5),
                placed + timedelta(days=9),
            )
            invoiced = placed + timedelta(days=10)
            amount = 5000 + chance.randrange(90000)
            firm.add(
                "platform",
                "invoices",
                order,
                order,
                number,
                f"INV-{order:07d}",
                name,
                f"{name}, Road {number}",
                email,
                amount,
                invoiced,
            )
            firm.add(
                "platform",
                "payments",
                order,
                order,
                number,
                "tok_" + hashlib.sha256(f"card {number}".encode()).hexdigest()[:24],
                f"{number % 10000:04d}",
                amount,
                invoiced + timedelta(days=12),
            )


def _cases(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    total = max(20, len(people) // 2)
    before = 0
    for case in range(1, total + 1):
        owner = HEAVY if case % 10 == 0 else chance.choice(people)[0]
        parent = case - 1 if case % 6 == 0 else None
        if parent is not None and owner != before:
            firm.count("case whose parent is another person's")
        before = owner
        other = chance.choice(GIVEN)
        firm.add(
            "platform",
            "support_cases",
            case,
            owner,
            parent,
            "Certificate question",
            f"{other} said the certificate was late.",
            _ago(chance, 700),
            _ago(chance, 100),
        )
        firm.count("free text naming others")
    firm.count("rows of the heaviest person in support_cases", total // 10)


def _messages(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    for message in range(1, len(people) + 1):
        sender, recipient = chance.choice(people)[0], chance.choice(people)[0]
        if message % 90 == 0:
            recipient = sender
            firm.count("message to oneself")
        firm.add(
            "platform",
            "messages",
            message,
            sender,
            recipient if message % 33 else None,
            f"Could {chance.choice(GIVEN)} call me back?",
            "check before Friday" if message % 3 == 0 else None,
            _ago(chance, 500),
        )
        firm.count("row of two owners")


def _meetings(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    for meeting in range(1, 9):
        held = NOW + timedelta(days=90 * (meeting - 5))
        firm.add("platform", "meetings", meeting, f"Measurement day {meeting}", held)
        for number, name, _ in people:
            if (number + meeting) % 11 == 0:
                firm.add(
                    "platform",
                    "event_registrations",
                    meeting,
                    number,
                    name,
                    chance.choice((None, "vegetarian", "no nuts")),
                    held < NOW or None,
                    _ago(chance, 600),
                    held,
                )


def _surveys(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    for number, name, _ in people[::3]:
        answers = {
            "score": 1 + chance.randrange(10),
            "comment": f"{chance.choice(GIVEN)} was kind to us.",
            "respondent": {"name": name, "role": chance.choice(TITLES)},
        }
        firm.add("platform", "survey_answers", number, number, "autumn", json.dumps(answers), _ago(chance, 400))


def _referrals(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    for referral, (number, _, _) in enumerate(people[::10], start=1):
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        email = f"friend.{referral}@example.test"
        if referral == 3:
            name, email = people[29][1], str(people[29][2])
            firm.count("referral of somebody who is a customer")
        firm.add(
            "platform",
            "referrals",
            referral,
            number,
            name,
            email,
            _ago(chance, 300),
            None if referral % 2 else _ago(chance, 20),
        )


def _history(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    for number, _, _ in people[::8]:
        firm.add("platform", "customer_history", number, f"old.{number}@example.test", f"+4599{number:06d}", _ago(chance, 900))


def _platform_rest(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    for topic in range(1, 6):
        firm.add("platform", "topics", topic, INSTRUMENTS[topic])
    for number, name, _ in people:
        if number % 6 == 0:
            other = chance.choice(GIVEN)
            reply = number // 6 - 1 if number % 12 == 0 else None
            firm.add(
                "platform",
                "postings",
                number // 6,
                number,
                reply or None,
                f"I agree with {other} about gauge blocks.",
                _ago(chance, 700),
            )
            firm.count("free text naming others")
        if number % 4 == 0:
            firm.add("platform", "followed_topics", number % 5 + 1, number, _ago(chance, 500))
        if number % 9 == 0:
            firm.add(
                "platform",
                "documents",
                number,
                number,
                f"Certificate of {name}",
                "Scanned certificate, page 1 of 1.",
                _ago(chance, 900),
            )
        if number % 10 == 0:
            firm.add(
                "platform",
                "identity_checks",
                number,
                number,
                "badge shown at the counter",
                "none" if number % 20 else "two addresses in a day",
                _ago(chance, 400),
            )
        if number % 14 == 0:
            firm.add(
                "platform",
                "network_connections",
                number,
                number,
                f"02:00:00:{number % 251:02x}:{number % 241:02x}:{number % 239:02x}",
                "Hall A",
                _ago(chance, 300),
            )
        firm.add(
            "platform", "privacy_preferences", number, "email-news", "no" if number % 12 == 0 else "yes", _ago(chance, 900)
        )


def _web(firm: Firm, chance: random.Random, people: list[tuple[int, str, str | None]]) -> None:
    subscriber = view = download = 0
    for number, name, email in people:
        if number % 3 == 0:
            subscriber += 1
            written = email.upper() if email and number % 6 == 0 else email
            firm.add("web", "subscribers", subscriber, written, name, "gauges, balances", _text(_ago(chance, 1000)))
            for issue in range(number % 5):
                firm.add(
                    "web",
                    "sends",
                    subscriber,
                    f"2026-{issue + 1:02d}",
                    "/events" if issue % 2 else None,
                    _text(_ago(chance, 200)),
                )
            if number % 12 == 0:
                firm.add("web", "unsubscribes", number, written, "no", _text(_ago(chance, 90)))
        for _ in range(number % 6):
            view += 1
            _page_view(firm, chance, view, number, email if number % 2 else None)
            if view % 9 == 0:
                download += 1
                firm.add(
                    "web", "downloads", download, view if download % 20 else None, "gauge-guide.pdf", _text(_ago(chance, 60))
                )
    firm.add("web", "subscribers", subscriber + 1, "reader.only@example.test", "Reader Only", None, _text(_ago(chance, 50)))
    firm.count("subscriber who is no customer")


def _page_view(firm: Firm, chance: random.Random, view: int, number: int, email: str | None) -> None:
    system, browser, version = chance.choice(DEVICES)
    key = hashlib.sha256(f"visitor {number}".encode()).hexdigest()[:16]
    firm.add(
        "web",
        "page_views",
        view,
        email,
        key,
        f"192.0.2.{number % 254 + 1}",
        chance.choice(CITIES)[0],
        system,
        browser,
        version,
        chance.choice(PAGES),
        chance.randrange(300),
        "https://search.example.test/" if view % 4 == 0 else None,
        _text(_ago(chance, 60)),
    )


def _ago(chance: random.Random, days: int) -> datetime:
    return NOW - timedelta(days=chance.randrange(1, days), minutes=chance.randrange(1440))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def tables(firm: Firm, store: str) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """The tables of one store in an order that its foreign keys allow."""
    order = {
        "platform": (
            "organisations",
            "customers",
            "customer_history",
            "employees",
            "accounts",
            "orders",
            "order_lines",
            "service_records",
            "invoices",
            "payments",
            "support_cases",
            "messages",
            "meetings",
            "event_registrations",
            "survey_answers",
            "referrals",
            "topics",
            "postings",
            "followed_topics",
            "documents",
            "device_locations",
            "linked_accounts",
            "sign_ins",
            "identity_checks",
            "network_connections",
            "privacy_preferences",
        ),
        "web": ("subscribers", "sends", "unsubscribes", "page_views", "downloads"),
    }[store]
    for table in order:
        yield table, firm.rows.get((store, table), [])
