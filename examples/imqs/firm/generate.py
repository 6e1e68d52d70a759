"""A size and a seed become the host's clients, consumers and users, in memory: the same rows every time.

The awkward people of real databases are made on purpose and counted: shared, blank, placeholder and case-variant e-mail
addresses, one person with two clients, rows of two owners, soft-deleted rows, orphans, free text that names others, and one
consumer with a tenth of a table. Everybody is invented; every address is at example.test or example.invalid.
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
GIVEN = "Anele Bram Chantel Dumi Elna Fatima Gugu Hanri Itumeleng Johan Karabo Lerato Mpho Naledi Ockert Palesa Riaan Sipho Thandi Unathi Vuyo Willem Xola Zanele".split()
FAMILY = "Adams Botha Cele Daniels Erasmus Fortuin Galela Hendricks Isaacs Jacobs Khumalo Louw Mbeki Ndlovu October Petersen Rabie September Tsotetsi Uys Visagie Williams Xaba Zulu".split()
TOWNS = ("Ashford", "Bergdal", "Cederkop", "Duinfontein", "Elandsrivier", "Klipvallei", "Rooisand")
USES = ("residential", "business", "farm", "church", "school")
SCREENS = ("map", "account", "readings", "demand")
FAULTS = ("Pipe leaks at the gate", "No water since morning", "Meter stands still", "Bill looks wrong")
TITLES = ("Town engineer", "Water manager", "Clerk", "Project lead")
HEAVY = 7  # consumer with a tenth of the fault reports
SHARED_HOUSE = "house@erasmus-family.example.test"
PLACEHOLDER = "noreply@example.invalid"

ORDER = {
    "hosting": (
        "clients", "consultants", "datasets", "consumers", "consumer_changes", "stands", "supply_agreements", "meters",
        "readings", "demand_figures", "fault_reports", "users", "sign_ins", "reads",
    ),
    "office": ("subscribers", "contacts", "document_requests", "enquiry_counts"),
}  # fmt: skip


@dataclass(slots=True)
class Firm:
    """Rows by store and table, in column order, and the count of each awkward kind."""

    rows: dict[tuple[str, str], list[tuple[object, ...]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, store: str, table: str, *row: object) -> None:
        self.rows.setdefault((store, table), []).append(row)

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + n


def make_firm(consumers: int = 2000, seed: int = SEED) -> Firm:
    """The firm with this many consumers (at least 60): about 20 rows a consumer over 18 tables of two stores."""
    if consumers < LEAST:
        raise ValueError(
            f"the firm needs at least {LEAST} consumers to hold its awkward people; give --customers {LEAST} or more"
        )
    chance = random.Random(seed)
    firm = Firm()
    clients = _clients(firm, chance, consumers)
    people = [_consumer(firm, chance, number, clients) for number in range(1, consumers + 1)]
    _land(firm, chance, people)
    _faults(firm, chance, people)
    users = _users(firm, chance, clients, consumers // 5)
    _reads(firm, chance, users, people)
    _office(firm, chance, users)
    return firm


def tables(firm: Firm, store: str) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """The tables of one store in an order that its foreign keys allow."""
    for table in ORDER[store]:
        yield table, firm.rows.get((store, table), [])


def _clients(firm: Firm, chance: random.Random, consumers: int) -> int:
    clients = max(4, consumers // 100)
    for number in range(1, 4):
        firm.add(
            "hosting", "consultants", number, f"{FAMILY[number]} Consulting", _day(_ago(chance, 300)), _day(_ahead(chance, 500))
        )
    for number in range(1, clients + 1):
        kind = "utility" if number % 4 == 0 else "local municipality"
        name = f"{TOWNS[number % 7]} {'Water' if kind == 'utility' else 'Municipality'} {number}"
        firm.add("hosting", "clients", number, name, kind, 10 + number % 4, 60 + 30 * (number % 2), _day(_ahead(chance, 360)))
        firm.add("hosting", "datasets", number, number, 1 + number % 3, f"Accounts of {name}", _ago(chance, 200))
    return clients


def _consumer(firm: Firm, chance: random.Random, number: int, clients: int) -> tuple[int, int, str, str | None]:
    client = 1 + number % clients
    a_firm = number % 20 == 6
    name = f"{chance.choice(FAMILY)} Trading {number}" if a_firm else f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
    email: str | None = f"{name.lower().replace(' ', '.')}.{number}@example.test"
    if a_firm:
        firm.count("firm among the consumers")
    if number % 50 == 11:
        email = ("", None, "   ")[number % 3]
        firm.count("blank e-mail")
    elif number % 50 == 12:
        email = PLACEHOLDER
        firm.count("placeholder e-mail")
    elif number in (13, 14):
        email = SHARED_HOUSE
        firm.count("shared e-mail")
    elif number % 50 == 15:
        email = f" {email.title()} " if email else email
        firm.count("case-variant e-mail")
    elif number == 31:
        name, email = _person_of(firm, 30)
        firm.count("person with two clients")
    deleted = None
    if number % 40 == 17:
        deleted = _ago(chance, 200)
        firm.count("soft-deleted row")
    ended = _ago(chance, 200) if number % 9 == 8 else None
    if ended:
        firm.count("consumer no longer held for a client")
    created = _ago(chance, 3000)
    firm.add(
        "hosting", "consumers", number, client, client, f"C{client:03d}-{number:07d}", "firm" if a_firm else "person", name,
        None if a_firm else f"ID{number:011d}", f"{number} {chance.choice(FAMILY)} Street", chance.choice(TOWNS), email,
        f"+2721{5000000 + number}", number % 8 == 0, created, ended, deleted,
    )  # fmt: skip
    if number % 8 == 1:
        old = f"before.{number}@example.test"
        firm.add("hosting", "consumer_changes", number, old, f"+2722{5000000 + number}", _ago(chance, 900))
    return number, client, name, email


def _person_of(firm: Firm, number: int) -> tuple[str, str]:
    """Name and address of a consumer made before."""
    row = firm.rows[("hosting", "consumers")][number - 1]
    return str(row[5]), str(row[9])


def _land(firm: Firm, chance: random.Random, people: list[tuple[int, int, str, str | None]]) -> None:
    for number, _, name, _ in people:
        features: dict[str, object] = {"pool": number % 6 == 0, "layers": ["pipes", "meters"]}
        if number % 5 == 0:
            features["contact"] = {"name": chance.choice(GIVEN), "phone": f"+2723{5000000 + number}"}
        firm.add(
            "hosting",
            "stands",
            number,
            number,
            f"STAND {number}",
            chance.choice(USES),
            10000 * (20 + chance.randrange(400)),
            json.dumps(features),
        )
        firm.add("hosting", "meters", number, number, f"MTR{number:08d}")
        for back in range(1 + number % 4):
            firm.add(
                "hosting",
                "readings",
                number,
                _day(NOW - timedelta(days=30 * back + 1)),
                f"{20 + chance.randrange(60)}.{number % 10}",
            )
        if number % 2:
            firm.add(
                "hosting",
                "demand_figures",
                number,
                number,
                f"0.{300 + chance.randrange(600)}",
                1 + number % 12,
                _ago(chance, 300),
            )
        landlord = number if number % 3 else chance.choice(people)[0]
        note = f"Key at the back door of {name.split()[0]}." if number % 7 == 0 else None
        firm.add(
            "hosting", "supply_agreements", number, number, landlord if number % 29 else None, f"ACC{number:08d}", note,
            "Pays by the month." if number % 3 == 0 else None, _ago(chance, 2000),
        )  # fmt: skip
        firm.count("supply agreement with oneself" if landlord == number else "row of two owners")
    left = len(people) + 1
    firm.add("hosting", "demand_figures", left, 10_000_000 + left, "0.500", 1, _ago(chance, 300))
    firm.count("orphan row")


def _faults(firm: Firm, chance: random.Random, people: list[tuple[int, int, str, str | None]]) -> None:
    total, before = max(20, len(people) // 2), 0
    for fault in range(1, total + 1):
        owner = HEAVY if fault % 10 == 0 else chance.choice(people)[0]
        follows = fault - 1 if fault % 6 == 0 else None
        if follows is not None and owner != before:
            firm.count("fault that follows another consumer's")
        before = owner
        told = f"{chance.choice(GIVEN)} next door saw it first."
        firm.add(
            "hosting", "fault_reports", fault, owner, follows, chance.choice(FAULTS), told, _ago(chance, 700), _ago(chance, 90)
        )
        firm.count("free text naming others")
    firm.count("rows of the heaviest consumer in fault_reports", total // 10)


def _users(firm: Firm, chance: random.Random, clients: int, count: int) -> list[tuple[int, int, str, str]]:
    users = []
    for number in range(1, count + 1):
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        email = f"user.{number}@example.test"
        if number == 4:
            name, email = users[2][2], users[2][3].upper()
            firm.count("person with two sign-ins")
        users.append((number, 1 + number % clients, name, email))
        salt = hashlib.sha256(f"salt {number}".encode()).hexdigest()[:32]
        settings = {"contact": {"backup_email": f"user.{number}.home@example.test"}, "layers": ["pipes"]}
        removed = _ago(chance, 200) if number % 8 == 0 else None
        if removed:
            firm.count("user removed by a client")
        firm.add(
            "hosting", "users", number, 1 + number % clients, name, email, f"user{number}",
            f"$argon2id$v=19$m=65536,t=3,p=4${salt}$made-up", json.dumps(settings), _ago(chance, 1500), removed,
        )  # fmt: skip
        for turn in range(number % 4):
            firm.add(
                "hosting", "sign_ins", number * 10 + turn, number, "passed" if turn else "wrong password", _ago(chance, 700)
            )
    return users


def _reads(
    firm: Firm, chance: random.Random, users: list[tuple[int, int, str, str]], people: list[tuple[int, int, str, str | None]]
) -> None:
    by_client: dict[int, list[int]] = {}
    for number, client, _, _ in people:
        by_client.setdefault(client, []).append(number)
    read = 0
    for user, client, _, _ in users:
        for _ in range(user % 6):
            read += 1
            firm.add(
                "hosting", "reads", read, user, chance.choice(by_client[client]), chance.choice(SCREENS), _ago(chance, 700)
            )


def _office(firm: Firm, chance: random.Random, users: list[tuple[int, int, str, str]]) -> None:
    for number, client, name, email in users:
        if number % 3 == 0:
            ended = _text(_ago(chance, 300)) if number % 9 == 0 else None
            firm.add(
                "office", "contacts", number, client, name, email.upper() if number % 6 == 0 else email, f"+2724{5000000 + number}",
                chance.choice(TITLES), _text(_ago(chance, 900)), ended,
            )  # fmt: skip
            firm.count("contact who is a user too")
        if number % 4 == 0:
            withdrawn = _text(_ago(chance, 120)) if number % 12 == 0 else None
            written = PLACEHOLDER if number % 40 == 0 else f" {email} " if number % 8 == 0 else email
            firm.add(
                "office",
                "subscribers",
                number,
                name,
                written,
                "Send me news of IMQS products.",
                _text(_ago(chance, 600)),
                withdrawn,
            )
        if number % 5 == 0:
            sent = _text(_ago(chance, 200)) if number % 10 == 0 else None
            firm.add(
                "office", "document_requests", number, name, email if number % 15 else None, _text(_ago(chance, 400)), sent
            )
    last = len(users) + 1
    firm.add(
        "office",
        "subscribers",
        last,
        "Only Reader",
        "only.reader@example.test",
        "Send me news of IMQS products.",
        _text(_ago(chance, 90)),
        None,
    )
    firm.count("subscriber who is nobody else")
    for back in range(1, 31):
        firm.add("office", "enquiry_counts", _day(NOW - timedelta(days=back)), chance.randrange(9), chance.randrange(3))


def _ago(chance: random.Random, days: int) -> datetime:
    return NOW - timedelta(days=chance.randrange(1, days), minutes=chance.randrange(1440))


def _ahead(chance: random.Random, days: int) -> datetime:
    return NOW + timedelta(days=chance.randrange(1, days))


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
