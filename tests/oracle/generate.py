"""A shape and a seed become a world: two stores, their estate, DDL and rows, what must be kept, and who asks.

Each feature of a shape adds tables or awkward rows; everything else (columns, nullability, rules, ends of keys) is drawn
from the seed. Rows are made person first, and every text cell bears a token of its own, so that a dump tells whose it is.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from tests.oracle.case import Case, Row, Rows, Subject
from tests.oracle.draw_schema import DAYS, FEATURES, SchemaBuilder, Shape
from tests.oracle.hard import BY_HAND, HARD, draw_hard, fill_hard
from tests.oracle.ownership import normal_form
from tests.oracle.schema import Col, Store, Tab, files_yaml, object_stores, to_catalogue, to_estate, to_yaml
from upheld.engine.estate.model import (
    Category,
    Event,
    FreeText,
    JsonPaths,
    Key,
    NotPersonal,
)
from upheld.engine.plan.ends import Dated, Hop, Over
from upheld.engine.plan.model import DueAfter, KeepRule, Lasts, Until, Why

PERIODS = ((2, "years"), (40, "months"), (900, "days"), (6, "years"), (1, "months"))
LEAVES = ("name", "physical-address", "phone-number", "email-address", "own-writing")
EVERY = (*FEATURES, *HARD)
FIRM = "firm"  # the person of rows and cells that are nobody's


def shapes(engines: tuple[tuple[str, str], ...]) -> st.SearchStrategy[Shape]:
    """Features are shuffled by a seed and the first so many are taken: every one of them comes often, and fewer of them is simpler."""
    return st.builds(
        Shape,
        features=st.builds(_first, st.integers(0, 10_000), st.integers(0, 30)),
        engines=st.sampled_from(engines),
        people=st.integers(2, 5),
        rows=st.integers(1, 3),
        seed=st.integers(0, 10_000),
    )


def _first(seed: int, count: int) -> frozenset[str]:
    return frozenset(random.Random(seed).sample(EVERY, len(EVERY))[:count])


@dataclass
class World:
    """A case with what a database needs of it. `person` says for whom a token was written."""

    shape: Shape
    stores: list[Store]
    rows: Rows
    keeps: dict[tuple[str, str], tuple[KeepRule, ...]]
    subjects: tuple[Subject, ...]
    tokens: dict[str, str]
    asked: tuple[str, ...] = ()
    today: date = DAYS[0]

    @property
    def case(self) -> Case:
        views = {(s.name, v.name): v for s in self.stores for v in s.views}
        return Case(to_estate(self.stores), to_catalogue(self.stores), self.rows, self.subjects, self.keeps, self.today, views)

    @property
    def yaml(self) -> dict[str, str]:
        objects = {f"{name}.yaml": files_yaml(name) for name in object_stores(self.stores)}
        return {f"{s.name}.yaml": to_yaml(s) for s in self.stores} | objects


def generate(shape: Shape) -> World:
    """The world of a shape; the same for the same shape."""
    return Builder(shape).build()


@dataclass
class Builder(SchemaBuilder):
    def build(self) -> World:
        self._schema()
        draw_hard(self)
        if self.has("large"):
            for store in (self.shop, self.post):
                names = [t.name for t in store.tabs if not t.not_covered]
                store.large = tuple(self.rng.sample(names, max(1, len(names) // 2)))
        self.today, seed = self.rng.choice(DAYS), self.rng.random()
        self.rng = random.Random(repr((self.shape.people, self.shape.rows, self.shape.depth, seed)))
        self._data()
        self._generated()
        fill_hard(self)
        subjects, asked = self._subjects()
        self.rng = random.Random(seed)
        self._keeps(subjects)
        stores = [self.shop, self.post]
        return World(self.shape, stores, self.rows, self.keeps, subjects, self.tokens, asked, self.today)

    # ---- data --------------------------------------------------------------------------------------------------------

    def token(self, person: str, column: str) -> str:
        self.counter += 1
        token = f"{person}-{column[:6]}-{self.counter}"
        self.tokens[token] = person
        return token

    def fill(self, column: Col, person: str) -> object:
        """A value of the column's type, with a token where it is text."""
        if column.source or (column.nullable and self.chance(0.12)):
            return None
        match column.role:
            case JsonPaths() if column.name == "lists":
                return self._lists(person)
            case JsonPaths():
                document: Row = {"contact": {"email": self.token(person, "mail"), "phone": self.token(person, "phone")}}
                document |= {"theme": self.token(FIRM, "theme"), "bio": self.token(person, "bio"), "z": self.token(person, "z")}
                for name in self.rng.sample(sorted(document), self.rng.randint(0, 2)):
                    del document[name]
                return self._odd(document, person) if self.has("odd-documents") and self.chance(0.5) else document
            case NotPersonal() if column.family == "text":
                return self.token(FIRM, column.name)
        if column.family == "integer":
            self.counter += 1
            return 7_000_000 + self.counter
        if column.family == "boolean":
            return True
        if column.family in ("date", "timestamp"):
            day = self._day().isoformat()
            return day if column.family == "date" else f"{day} 10:20:30"
        return self.token(person, column.name)

    def _lists(self, person: str) -> object:
        """A document of arrays, some of them of other things than the declared paths expect."""
        word = lambda: self.token(person, "list")  # noqa: E731
        contacts: list[object] = [{"email": word(), "kind": word(), "z": word()} for _ in range(self.rng.randint(0, 2))]
        document: Row = {"contacts": contacts, "nicknames": [word(), word()], "tags": [self.token(FIRM, "tag")], "z": [word()]}
        document["odd 'name: 50%"] = word()
        document["deep"] = [{"more": [{"bio": word()}, {"x": word()}]}, {"more": []}, {"y": word()}]
        for name in self.rng.sample(sorted(document), self.rng.randint(0, 2)):
            del document[name]
        if self.rng.random() < 0.25:
            return [{"email": word(), "z": word()}, [{"bio": word()}], None, document]
        if self.has("odd-documents") and self.chance(0.6):
            contacts += self.rng.sample([word(), None, [word()], {}, 7], 2)
            odd = [[], {"contacts": {"email": word()}}, {"nicknames": word()}, {"deep": [[{"bio": word()}], {"more": word()}]}]
            document |= {"tags": {"a": word()}} if self.chance(0.3) else {}
            return self.rng.choice([document, document, *odd, word()])
        return document

    def _odd(self, document: Row, person: str) -> object:
        """A document of a shape that the declared paths do not expect."""
        word = self.token(person, "odd")
        odd = [
            word,
            [word],
            {},
            document | {"contact": word},
            document | {"contact": [word]},
            document | {"theme": {"x": word}},
        ]
        return self.rng.choice([*odd, document | {"contact": {"email": {"x": word}}}, document | {"bio": [1, word]}])

    def _day(self) -> date:
        """A day of an event; with "at-the-end" mostly one whose period ends about today, also across short months."""
        if not (self.has("at-the-end") and self.chance(0.7)):
            return self.today - timedelta(days=self.rng.randint(-30, 3000))
        amount, unit = self.rng.choice(PERIODS)
        if unit == "days":
            return self.today - timedelta(days=amount + self.rng.randint(-1, 1))
        months = self.today.year * 12 + self.today.month - 1 - amount * (12 if unit == "years" else 1)
        first = date(months // 12, months % 12 + 1, 1)
        day = self.rng.choice([self.today.day - 1, self.today.day, self.today.day + 1, 31])
        return min(first + timedelta(days=max(day, 1) - 1), (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))

    def add(self, store: Store, name: str, person: str, **given: object) -> Row:
        tab = store.tab(name)
        row: Row = {}
        for column in tab.cols:
            if column.name in given:
                row[column.name] = given[column.name]
            elif (column.name,) == tab.key or (column.name == "id" and column.name in tab.key):
                self.serials[name] = self.serials.get(name, self.rng.randint(0, 40)) + 1
                row[column.name] = self.serials[name]
            elif isinstance(column.role, Key):
                row[column.name] = self.rng.randint(1, 2) if column.name in ("region", "part") else None
            else:
                row[column.name] = self.fill(column, person)
        self.rows[store.name, name].append(row)
        return row

    def _data(self) -> None:
        for store in (self.shop, self.post):
            for tab in store.tabs:
                self.rows[store.name, tab.name] = []
        for _ in range(2):
            self.add(self.shop, "products", FIRM)
        self._people()
        for tab in self.shop.tabs:
            if (
                tab.owning
                and tab.name not in BY_HAND
                and tab.name not in ("messages", "friends", "attachments", "tags", "signups", "teams", "players")
                and not tab.serial
            ):
                self._children(tab)
        for name in ("folders", "docs"):
            self._tangle(name)
        for name in ("messages", "friends"):
            self._between(name)
        self._in_teams()
        self._inherited()
        self._polymorphic()
        for name in ("orders_history", "customers_history"):
            if (self.shop.name, name) in self.rows:
                self._past(name)
        for tab in self.shop.tabs:
            if tab.name.startswith("notes_"):
                self._notes(tab)
        if self.has("unmapped"):
            self.add(self.shop, "metrics", FIRM)
        self._letters()

    def _generated(self) -> None:
        for store in (self.shop, self.post):
            for tab in store.tabs:
                for column in (c for c in tab.cols if c.source):
                    for row in self.rows[store.name, tab.name]:
                        value = row[column.source]
                        row[column.name] = None if value is None else str(value).lower()

    def _people(self) -> None:
        for person in self.people:
            row = self.add(self.shop, "customers", person, email=self._mail(person))
            self.roots[person] = row
            if self.has("phones"):
                row["phone"] = self._writing(self.people.index(person), "DE")
            if self.has("soft-delete"):
                row["gone_at"] = "2024-02-03" if self.chance(0.5) else None
        rows = self.rows["shop", "customers"]
        if self.has("contested"):
            twin = self.add(self.shop, "customers", self.people[-1], email=str(rows[0]["email"]).upper())
            twin["name"] = self.token(self.people[-1], "name")
        if self.has("overshared"):
            for _ in range(4):
                self.add(self.shop, "customers", FIRM, email=rows[-1]["email"])
        if self.has("blank-mails"):
            for mail in (None, " ", "n/a", "Unknown@example.test"):
                self.add(self.shop, "customers", FIRM, email=mail)
            if self.chance(0.5):
                self.roots[self.people[1]]["email"] = "N/A "
        if self.has("second-root"):
            for _ in range(2):
                self.add(self.shop, "staff", "staff")
            self.serials["staff"] += 1

    def _mail(self, person: str) -> str:
        token = self.token(person, "mail")
        if not self.has("odd-mails"):
            return f"{token}@example.test"
        local = self.rng.choice([token, f"{token}~ä", f"{token}~Ä"])
        return f"{local}@{self.rng.choice(['example.test', 'bücher.test', 'straße.test', 'xn--bcher-kva.test'])}"

    def _respelt(self, mail: str, same: bool = False) -> str:
        """The same address as other programs write it; or, unless `same`, another address that looks the same."""
        local, _, domain = mail.partition("@")
        if domain == "xn--bcher-kva.test":
            domain = "bücher.test"
        wide = "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in domain).replace(".", "\uff0e")
        ways = [
            mail, f" {mail}", unicodedata.normalize("NFD", mail), f"{local}@{domain.upper()}", f"{local.upper()}@{wide}",
            f"{unicodedata.normalize('NFD', local.upper())}@{domain}", f"{local}@{wide}", f"{local}@{domain.encode('idna').decode()}",
        ]  # fmt: skip
        return self.rng.choice(
            [w for w in ways if normal_form("email/1", w, "") == normal_form("email/1", mail, "")] if same else ways
        )

    def _writing(self, number: int, region: str) -> str:
        """A person's telephone number as somebody wrote it; national only where the store's region reads it so."""
        rest = f"151 2345 678{number}"
        ways = [f"+49 {rest}", f"+49 (0){rest}", f"0049-{rest.replace(' ', '.')}", f"+49{rest.replace(' ', '')}"]
        if region == "DE":
            ways += [f"0{rest}", f"(0{rest[:3]}){rest[3:]}"]
        return self.rng.choice(ways)

    def _parent(self, row: Row, link_columns: tuple[str, ...], to: tuple[str, ...], parent: Row | None) -> None:
        for column, target in zip(link_columns, to, strict=True):
            row[column] = None if parent is None else parent[target]

    def _owner_of(self, parent: Row) -> str:
        """For whom a row was made, told by its first token; the firm if it bears none."""
        for value in parent.values():
            if isinstance(value, str) and (person := value.split("-")[0]) in (*self.people, "staff"):
                return person
        return FIRM

    def _children(self, tab: Tab) -> None:
        link = tab.owning[0]
        nullable = all(tab.col(c).nullable for c in link.columns)
        for parent in list(self.rows["shop", link.parent]):
            for _ in range(self.rng.randint(0, self.shape.rows)):
                given = dict(zip(link.columns, (parent[c] for c in link.parent_columns), strict=True))
                self._refer(tab, self.add(self.shop, tab.name, self._owner_of(parent), **given))
        if nullable:
            self._refer(tab, self.add(self.shop, tab.name, FIRM))
        if not any(k.columns == link.columns for k in tab.fks):
            self._refer(tab, self.add(self.shop, tab.name, FIRM, **dict.fromkeys(link.columns, 999_999)))

    def _refer(self, tab: Tab, row: Row) -> None:
        """Fill the foreign keys that own nothing, and second owning links."""
        for k in tab.fks:
            if k.columns == tab.owning[0].columns or k.target in ("folders", "docs", "accounts"):
                continue
            targets = self.rows["shop", k.target]
            nullable = all(tab.col(c).nullable for c in k.columns)
            self._parent(row, k.columns, k.target_columns, None if nullable and self.chance(0.4) else self.rng.choice(targets))

    def _tangle(self, name: str) -> None:
        """Links among folders and docs, with loops."""
        rows = self.rows.get(("shop", name), [])
        for link in self.shop.tab(name).owning[0 if name == "docs" else 1 :] if rows else ():
            targets = self.rows["shop", link.parent]
            for row in rows:
                if targets and self.chance(0.6):
                    self._parent(row, link.columns, link.parent_columns, self.rng.choice(targets))
        if rows and name == "folders" and self.has("self-reference"):
            self._chains()

    def _chains(self) -> None:
        [up] = [link for link in self.shop.tab("folders").owning if link.parent == "folders"]
        for person, root in self.roots.items():
            link = self.shop.tab("folders").owning[0]
            given: Row = dict(zip(link.columns, (root[c] for c in link.parent_columns), strict=True))
            for _ in range(self.shape.depth):
                above = self.add(self.shop, "folders", person, **given)
                given = {up.columns[0]: above["id"]}

    def _between(self, name: str) -> None:
        if ("shop", name) not in self.rows:
            return
        tab, customers = self.shop.tab(name), self.rows["shop", "customers"]
        seen = set()
        for _ in range(self.shape.rows * len(self.people)):
            one, two = self.rng.choice(customers), self.rng.choice(customers)
            given: Row = {}
            for link, parent in zip(tab.owning, (one, two), strict=True):
                if tab.col(link.columns[0]).nullable and link.columns[0] not in tab.key and self.chance(0.1):
                    parent = None
                self._parent(given, link.columns, link.parent_columns, parent)
            values = tuple(given.values())
            if name == "friends" and values in seen:
                continue
            seen.add(values)
            mine = {c: self._owner_of(one) for c in ("body", "sender_note", "nickname")}
            theirs = {c: self._owner_of(two) for c in ("reply", "remark")}
            texts = {c: self.token(p, c) for c, p in (mine | theirs).items() if any(x.name == c for x in tab.cols)}
            self.add(self.shop, name, FIRM, **given, **texts)

    def _in_teams(self) -> None:
        if ("shop", "teams") not in self.rows:
            return
        link = self.shop.tab("teams").owning[0]
        for parent in self.rows["shop", "customers"]:
            person = self._owner_of(parent)
            for _ in range(self.rng.randint(0, 2)):
                given = dict(zip(link.columns, (parent[c] for c in link.parent_columns), strict=True))
                team = self.add(self.shop, "teams", person, **given)
                players = [self.add(self.shop, "players", person, team_id=team["id"]) for _ in range(self.rng.randint(1, 2))]
                team["lead_id"] = self.rng.choice(players)["id"]
        leads = [row["id"] for row in self.rows["shop", "players"]]
        for team in self.rows["shop", "teams"]:
            if self.chance(0.06):
                team["lead_id"] = self.rng.choice(leads)

    def _inherited(self) -> None:
        if ("shop", "attachments") in self.rows:
            for message in self.rows["shop", "messages"]:
                for _ in range(self.rng.randint(0, 2)):
                    texts = {"title": self.token("shared", "title"), "reply": self.token("shared", "reply")}
                    self.add(self.shop, "attachments", FIRM, message_id=message["id"], **texts)

    def _polymorphic(self) -> None:
        if ("shop", "tags") not in self.rows:
            return
        for link in self.shop.tab("tags").owning:
            for parent in self.rows["shop", link.parent]:
                if self.chance(0.7):
                    self.add(self.shop, "tags", self._owner_of(parent), of_type=link.when[1], of_id=parent["id"])
        self.add(self.shop, "tags", FIRM, of_type="Nothing", of_id=self.rows["shop", "customers"][0]["id"])

    def _past(self, name: str) -> None:
        base = name.removesuffix("_history")
        for row in self.rows["shop", base]:
            if self.chance(0.4):
                link = self.shop.tab(name).owning[0]
                given = {c: row[c.removeprefix("of_")] for c in link.columns}
                self.add(self.shop, name, self._owner_of(row), **given)

    def _notes(self, tab: Tab) -> None:
        targets = self.rows["shop", tab.fks[0].target]
        for _ in range(2):
            if targets:
                given: Row = {}
                self._parent(given, tab.fks[0].columns, tab.fks[0].target_columns, self.rng.choice(targets))
                self.add(self.shop, tab.name, FIRM, **given)

    def _letters(self) -> None:
        for row in list(self.rows["shop", "customers"]):
            person = self._owner_of(row)
            for _ in range(self.rng.randint(0, 2)):
                mail = row["email"]
                if mail is not None and self.has("odd-mails"):
                    mail = self._respelt(str(mail))
                if mail is not None and self.has("case-variants"):
                    mail = self.rng.choice([str(mail).upper(), f" {mail} ", str(mail).capitalize()])
                self._clicked(self.add(self.post, "letters", person, email=mail), person)
            if self.has("same-store-identity") and self.chance(0.7):
                respelt = row["email"] is not None and self.has("odd-mails")
                given: Row = {"email": self._respelt(str(row["email"])) if respelt else row["email"]}
                for link in self.shop.tab("signups").owning:
                    other = self.rng.choice([row, row, None, self.rng.choice(self.rows["shop", "customers"])])
                    self._parent(given, link.columns, link.parent_columns, other)
                self.add(self.shop, "signups", person, **given)
        self._clicked(self.add(self.post, "letters", FIRM, email="stranger@example.test"), FIRM)
        if self.has("blank-mails"):
            for mail in (None, "", "  ", "N/A", "unknown@example.test"):
                self.add(self.post, "letters", FIRM, email=mail)
        if ("post", "subscribers") in self.rows:
            for row in self.rows["shop", "customers"]:
                if self.chance(0.7):
                    self._subscriber(row)
        if self.has("phones"):
            self._calls()
        if self.has("identity-roles"):
            self._mails_of_two()

    def _subscriber(self, row: Row) -> None:
        person = self._owner_of(row)
        mail = self._respelt(str(row["email"])) if self.has("odd-mails") and row["email"] else row["email"]
        row = self.add(self.post, "subscribers", person, email=mail)
        if not self.has("expand"):
            return
        row["code"] = code = self.token(person, "code")
        other = f"{self.token(person, 'mail')}@example.test"
        if self.chance(0.7):
            self.add(self.shop, "members", person, code=code, email=other)
        if self.chance(0.3):
            self.add(self.shop, "members", FIRM, code=None, email=other)
        if self.chance(0.5):
            self.add(self.post, "readers", person, email=other)
        self.add(self.post, "badges", person, code=code)
        self._clicked(self.add(self.post, "letters", person, email=other), person)

    def _calls(self) -> None:
        for number, person in enumerate(self.people):
            for _ in range(self.rng.randint(0, 2)):
                self.add(self.post, "calls", person, phone=self._writing(number, self.post.region))
            said = self._writing(number, self.post.region)
            self.add(self.post, "calls", FIRM, phone=self.rng.choice([f"tel {said}", f"{said}/7", "", "n/a", None]))
            # Read as this store's own country, a national number is another one, or none.
            self.add(self.post, "calls", FIRM, phone=f"0151 2345 678{number}")

    def _mails_of_two(self) -> None:
        mails = [r["email"] for r in self.rows["shop", "customers"]]
        for _ in range(self.shape.rows * len(self.people)):
            ends = [self.rng.choice([*mails, *mails, None, " ", "\t", "n/a", "stranger@example.test"]) for _ in range(2)]
            if self.has("odd-mails"):
                ends = [self._respelt(str(m)) if m and "@" in str(m) else m for m in ends]
            texts = {"body": self.token("shared", "body"), "answer": self.token("shared", "answer")}
            row = self.add(self.post, "mails", FIRM, from_mail=ends[0], to_mail=ends[1], **texts)
            if ("post", "mail_files") in self.rows and self.chance(0.6):
                texts = {"title": self.token("shared", "title"), "reply": self.token("shared", "reply")}
                self.add(self.post, "mail_files", FIRM, mail_id=row["id"], **texts)

    def _clicked(self, letter: Row, person: str) -> None:
        for _ in range(self.rng.randint(0, 2)):
            self.add(self.post, "clicks", person, letter_id=letter["id"])

    # ---- who asks, what is kept --------------------------------------------------------------------------------------

    def _subjects(self) -> tuple[tuple[Subject, ...], tuple[str, ...]]:
        count = 2 if self.has("batch") else 1
        asked = tuple(self.rng.sample(self.people, min(count, len(self.people))))
        tab = self.shop.tab("customers")
        subjects = []
        for n, person in enumerate(asked):
            row = self.roots[person]
            by_mail = self.has("asked-by-mail") and n == 0 and row["email"] not in (None, "N/A ")
            if by_mail:
                mail = self._respelt(str(row["email"]), same=True) if self.has("odd-mails") else str(row["email"])
                subjects.append(Subject(f"s-{n}", {}, (("customer", "email/1", mail),)))
            elif self.has("phones") and self.chance(0.3) and row["phone"] is not None:
                subjects.append(Subject(f"s-{n}", {}, (("customer", "phone/1", self._writing(self.people.index(person), "")),)))
            else:
                subjects.append(Subject(f"s-{n}", {("shop", "customers"): (tuple(row[c] for c in tab.key),)}))
        if self.has("second-root") and self.chance(0.4):
            first = self.rows["shop", "staff"][0]
            subjects[0] = Subject("s-0", {("shop", "staff"): ((first["id"],),)})
            asked = ("staff", *asked[1:])
        return tuple(subjects), asked

    def _keeps(self, subjects: tuple[Subject, ...]) -> None:
        for store in (self.shop, self.post):
            for tab in store.tabs:
                if tab.not_covered or not (tab.owning or tab.identity or tab.root):
                    continue
                rules = self._rules(tab, subjects)
                if rules:
                    self.keeps[store.name, tab.name] = tuple(rules)

    def _rules(self, tab: Tab, subjects: tuple[Subject, ...]) -> list[KeepRule]:
        leaves = sorted({leaf for c in tab.cols if (leaf := leaf_of(c)) is not None})
        rules: list[KeepRule] = []
        events = [c.name for c in tab.cols if isinstance(c.role, Event)]
        if self.has("keep") and events and leaves and self.chance(0.7):
            for _ in range(self.rng.randint(1, 2)):
                chosen = set(self.rng.sample(leaves, self.rng.randint(1, min(2, len(leaves)))))
                amount, unit = self.rng.choice(PERIODS)
                columns = tuple(c.name for c in tab.cols if leaf_of(c) in chosen)
                ends = DueAfter(self.rng.choice(events), amount, unit)
                rules.append(KeepRule("legal-obligation", columns, ends, Why((f"keep.{tab.name}".replace("_", "-"),))))
        far = self._rule_of_owner(tab, leaves) if self.has("keep") and leaves and self.chance(0.5) else None
        if far is not None:
            rules.append(far)
        if self.has("hold") and leaves and self.chance(0.5):
            leaf = self.rng.choice(leaves)
            columns = tuple(c.name for c in tab.cols if leaf_of(c) == leaf)
            until = Until(self.today + timedelta(days=self.rng.choice([-1, 0, 200, 5000])))
            rules.append(KeepRule("case-1", columns, until, Why(("hold.1",)), frozenset({subjects[0].ref})))
        return rules

    def _rule_of_owner(self, tab: Tab, leaves: list[str]) -> KeepRule | None:
        """A rule that is counted from the event of a row that owns this one."""
        store = self.shop if tab in self.shop.tabs else self.post
        ways = [
            (link, col.name)
            for link in tab.owning
            for col in store.tab(link.parent).cols
            if isinstance(col.role, Event) and link.parent != tab.name
        ]
        if not ways:
            return None
        link, event = self.rng.choice(ways)
        leaf = self.rng.choice(leaves)
        hop = Hop(link.parent, link.parent_columns, link.columns, True, link.when)
        columns = tuple(c.name for c in tab.cols if leaf_of(c) == leaf)
        ends = Lasts(Over((hop,), Dated(event, (self.rng.choice(PERIODS),))))
        return KeepRule("tax-law", columns, ends, Why((f"keep.{tab.name}.far".replace("_", "-"),)))


def leaf_of(column: Col) -> str | None:
    """The leaf that keep rules know a column by."""
    match column.role:
        case Category(leaf=leaf) | FreeText(leaf=leaf) | Event(leaf=leaf):
            return leaf
    return None


def coverage(worlds: list[World]) -> Mapping[str, int]:
    """How many worlds have each feature."""
    return {f: sum(f in w.shape.features for w in worlds) for f in FEATURES}
