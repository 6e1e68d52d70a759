"""A size and a seed become the media house's people, in memory: the same rows and files every time.

The awkward people of real databases are made on purpose and counted: shared, blank, placeholder and case-variant e-mail addresses, people
with two accounts, people who wrote before they joined, messages of two owners, hidden and orphan rows, free text that names others, a file
that two rows name, and one member with a tenth of the postings. Everybody is invented; addresses are at example.test or example.invalid.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SEED = 20210308
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GIVEN = "Alba Bo Cato Dunya Eskil Fenna Gil Hedda Ivo Jorun Kaya Leif Mai Noor Odd Pia Quim Runa Sven Tove Una Vidar Wil Xara Ymir".split()
FAMILY = "Aske Brook Calder Dahl Elm Frost Gale Heath Isen Juul Kell Lind Moor Nord Ore Perch Quay Reed Strand Thorn Umber Voss".split()
TOWNS = (("Cork", "IE"), ("Lyon", "FR"), ("Graz", "AT"), ("Porto", "PT"), ("Turku", "FI"), ("Nice", "FR"))
BOARDS = ("Film", "Radio plays", "Music", "Books", "What to cook")
ITEMS = "poster|audio book|season ticket|tote bag|record|cook book".split("|")
HEAVY = 7  # the member with a tenth of the postings
SHARED = "household@example.test"
PLACEHOLDER = "nobody@example.invalid"
LEAST = 60


@dataclass(slots=True)
class Firm:
    """Rows by store and table in the tables' column order, files by name, and the count of each awkward kind."""

    rows: dict[tuple[str, str], list[tuple[object, ...]]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, store: str, table: str, *row: object) -> None:
        self.rows.setdefault((store, table), []).append(row)

    def count(self, what: str, n: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + n


def make_firm(members: int = 2000, seed: int = SEED) -> Firm:
    """The house with this many members (at least 60): about 15 rows a member over 19 tables, and a file for every third."""
    if members < LEAST:
        raise ValueError(
            f"the firm needs at least {LEAST} members to hold its awkward people; give --customers {LEAST} or more"
        )
    chance = random.Random(seed)
    firm = Firm()
    for number, title in enumerate(BOARDS, 1):
        firm.add("media", "boards", number, title)
    people = [_member(firm, chance, number) for number in range(1, members + 1)]
    _postings(firm, chance, people)
    _chats(firm, chance, people)
    _uploads(firm, chance, people)
    _shop(firm, chance, people)
    _games(firm, chance, people)
    _cases(firm, chance, people)
    _website(firm, chance, people)
    return firm


Person = tuple[int, str, str | None]


def email_of(number: int, name: str) -> str:
    """The ordinary address of a member."""
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


def _member(firm: Firm, chance: random.Random, number: int) -> Person:
    name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
    email = _email(firm, number, name)
    if number % 60 == 21:
        name, email = firm.rows["media", "members"][-1][2], f"second.{number}@example.test"  # type: ignore[assignment]
        firm.count("person with two accounts")
    town, country = chance.choice(TOWNS)
    seen = _ago(chance, 500)
    closed = _ago(chance, 25) if number % 30 == 9 else None
    hidden = closed if number % 60 == 9 else None
    firm.count("hidden row", 1 if hidden else 0)
    born = (NOW - timedelta(days=6600 + chance.randrange(18000))).date() if number % 5 else None
    firm.add(
        "media", "members", number, f"M{number:08d}", name, email, f"+3532{number:07d}", chance.choice(("female", "male", None)),
        f"{chance.choice(FAMILY)} Lane {number}", f"{1000 + number % 9000}", town, country, country == "FR", born,
        None if born else 19 + number % 50, town if number % 4 == 0 else None, closed is None, _ago(chance, 2000, 500), seen,
        seen if number % 3 else None, closed, hidden,
    )  # fmt: skip
    for choice in ("promotional-offers", "contact-by-sms")[: 1 + number % 2]:
        firm.add("media", "choices", number, choice, "no" if number % 3 else "yes", _ago(chance, 400))
    for topic in chance.sample(BOARDS, number % 3):
        firm.add("media", "member_interests", number, topic, _ago(chance, 300))
    return number, name, email


def _postings(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    total = 2 * len(people)
    for number in range(1, total + 1):
        author: int | None = HEAVY if number % 10 == 0 else chance.choice(people)[0]
        if number == total:
            author = None
            firm.count("orphan row")
        other = chance.choice(GIVEN)
        firm.count("free text naming others", 1 if number % 9 == 0 else 0)
        body = f"{other} told me the ending." if number % 9 == 0 else "I liked the second part best."
        answered = chance.randrange(1, number) if number % 3 == 0 else None
        board = 1 + number % len(BOARDS)
        firm.add("media", "postings", number, board, author, answered, body, _ago(chance, 900), None)
    firm.count("rows of the heaviest person in postings", total // 10)


def _chats(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    for number in range(1, len(people) + 1):
        sender, recipient = chance.choice(people)[0], chance.choice(people)[0]
        firm.count("message to oneself" if sender == recipient else "message of two owners")
        firm.add(
            "media",
            "chat_messages",
            number,
            sender,
            recipient,
            f"See you at the {chance.choice(ITEMS)} stand.",
            _ago(chance, 400),
        )


def _uploads(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    for turn, (number, name, _) in enumerate(people):
        if turn % 3 == 0:
            path = f"photos/{number:06d}.jpg"
            firm.files[path] = b"\xff\xd8\xff" + f"picture of {number}".encode()
            shown = chance.choice(("only-me", "members", "everybody"))
            firm.add("media", "photos", number, number, path, f"{name.split()[0]} at the fair", shown, _ago(chance, 700), None)
        if turn % 12 == 0:
            path = f"videos/{number:06d}.mp4"
            firm.files[path] = b"\x00\x00\x00\x18ftyp" + f"film of {number}".encode()
            firm.add("media", "videos", number, number, path, None, "members", _ago(chance, 700), None)
    twice, name = people[0][0], f"photos/{people[0][0]:06d}.jpg"
    firm.add("media", "photos", 10_000_000 + twice, twice, name, "the same picture again", "only-me", _ago(chance, 700), None)
    firm.count("file that two rows name")


def _shop(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    order = 0
    for number, name, email in people:
        for _ in range(number % 3):
            order += 1
            placed = _ago(chance, 3000)
            note = f"For {chance.choice(GIVEN)} with love." if order % 6 == 0 else None
            firm.count("free text naming others", 1 if note else 0)
            firm.add(
                "media", "orders", order, number, f"IMS-{order:07d}", name, f"Lane {number}", email, 900 + chance.randrange(9000),
                note, placed, placed + timedelta(days=5) if order % 20 else None,
            )  # fmt: skip
            for line in range(1, 2 + order % 2):
                firm.add("media", "order_lines", order, line, chance.choice(ITEMS), 900)
            if order % 4 == 0:
                firm.add("media", "reviews", order, number, chance.choice(ITEMS), "Better than the last one.", placed)


def _games(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    for number, name, _ in people:
        if number % 2:
            said = {"nickname": name.split()[0], "score": chance.randrange(100), "levels": [1, 2]}
            firm.add("media", "entries", number, number, "autumn quiz", json.dumps(said), _ago(chance, 300))
        if number % 7 == 0:
            answers = {"score": 1 + number % 5, "comment": f"Ask {chance.choice(GIVEN)}, too."}
            firm.add("media", "survey_answers", number, number, "readers 2026", json.dumps(answers), _ago(chance, 300))
            firm.count("free text naming others")


def _cases(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    writers = len(people) // 5
    for number in range(1, writers + 1):
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        email: str | None = f"writer.{number}@example.test"
        if number == 5:
            email = people[29][2]
            firm.count("writer who joined later")
        if number == 6:
            email = None
            firm.count("blank e-mail")
        firm.add("media", "writers", number, name, email, f"+3539{number:07d}", f"{chance.choice(FAMILY)} Mews {number}", True,
                 _ago(chance, 300))  # fmt: skip
    for number in range(1, len(people) // 2 + 1):
        member = None if number <= 2 * writers and number % 2 else chance.choice(people)[0]
        writer = None if member else (number + 1) // 2
        opened = _ago(chance, 200)
        closed = opened + timedelta(days=3) if number % 4 else None
        body = f"{chance.choice(GIVEN)} says the parcel is late."
        firm.count("free text naming others")
        firm.add(
            "media", "cases", number, member, writer, number - 1 if number % 8 == 0 else None, "A parcel", body, opened, closed
        )


def _website(firm: Firm, chance: random.Random, people: list[Person]) -> None:
    for number, name, email in people:
        if number % 2 == 0:
            gone = _text(_ago(chance, 20)) if number % 14 == 0 else None
            kind = ("newsletter", "product-updates", "status-updates")[number % 3]
            address = email.upper() if email and number % 16 == 0 else email
            firm.count("subscriber in other letter case", 1 if address != email else 0)
            firm.add("web", "subscribers", number, address, name, kind, _text(_ago(chance, 900, 30)), gone)
            firm.add("web", "sends", number, "2026-10", _text(_ago(chance, 40)))
    firm.add(
        "web", "subscribers", 10_000_000, "reader.only@example.test", "Reader Only", "newsletter", _text(_ago(chance, 90)), None
    )
    firm.count("subscriber without account")
    for number in range(1, len(people) + 1):
        firm.add("web", "log_lines", number, f"192.0.2.{number % 250}", "Firefox", _text(_ago(chance, 29)))
        firm.add("web", "visitors", number, f"{chance.getrandbits(64):016x}", chance.choice(BOARDS), _text(_ago(chance, 360)))


def tables(firm: Firm, store: str) -> list[tuple[str, list[tuple[object, ...]]]]:
    """The tables of one store in an order in which parents come first."""
    return [(table, rows) for (at, table), rows in firm.rows.items() if at == store]


def _ago(chance: random.Random, most_days: int, least_days: int = 0) -> datetime:
    return NOW - timedelta(days=least_days + chance.randrange(max(1, most_days - least_days)), seconds=chance.randrange(86_400))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
