"""A shape and a seed become a world: two stores, their estate, DDL and rows, what must be kept, and who asks.

Each feature of a shape adds tables or awkward rows; everything else (columns, nullability, rules, ends of keys) is drawn
from the seed. Rows are made person first, and every text cell bears a token of its own, so that a dump tells whose it is.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from tests.oracle.case import Case, Row, Rows, Subject
from tests.oracle.schema import Col, Fk, Store, Tab, key, owned_by, personal, plain, to_catalogue, to_estate, to_yaml
from upheld.engine.estate.model import (
    Category,
    Event,
    FreeText,
    Identifier,
    IdentityLink,
    JsonPaths,
    Key,
    NotPersonal,
    SharedRule,
)
from upheld.engine.plan.model import DueAfter, KeepRule, Until, Why

FEATURES = (
    "deep", "composite", "self-reference", "cycle", "many-to-many", "messages", "inherited", "polymorphic", "soft-delete",
    "orphans", "json", "keep", "hold", "trigger", "cascade", "set-null", "deferrable", "second-root", "outside-nullable",
    "outside-need", "subscriber-root", "contested", "overshared", "blank-mails", "asked-by-mail", "batch", "unmapped",
    "root-history", "not-null", "unique", "case-variants", "odd-documents", "same-store-identity", "at-the-end", "large",
)  # fmt: skip
DAYS = (date(2026, 1, 15), date(2026, 2, 28), date(2024, 2, 29), date(2026, 3, 31), date(2026, 3, 1))
PERIODS = ((2, "years"), (40, "months"), (900, "days"), (6, "years"), (1, "months"))
LEAVES = ("name", "physical-address", "phone-number", "email-address", "own-writing")
PEOPLE = ("ada", "ben", "cem", "dora", "eli", "fay", "gus", "hana")
FIRM = "firm"  # the person of rows and cells that are nobody's


@dataclass(frozen=True)
class Shape:
    """What hypothesis draws and shrinks; the rest follows from the seed."""

    features: frozenset[str]
    engines: tuple[str, str] = ("postgresql", "sqlite")
    people: int = 3
    rows: int = 2
    seed: int = 0
    depth: int = 0  # a chain of so many folders under each person


def shapes(engines: tuple[tuple[str, str], ...]) -> st.SearchStrategy[Shape]:
    return st.builds(
        Shape,
        features=st.tuples(*[st.sampled_from((False, False, True))] * len(FEATURES)).map(_chosen),
        engines=st.sampled_from(engines),
        people=st.integers(2, 5),
        rows=st.integers(1, 3),
        seed=st.integers(0, 10_000),
    )


def _chosen(flags: tuple[bool, ...]) -> frozenset[str]:
    return frozenset(f for f, flag in zip(FEATURES, flags, strict=True) if flag)


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
        return Case(to_estate(self.stores), to_catalogue(self.stores), self.rows, self.subjects, self.keeps, self.today)

    @property
    def yaml(self) -> dict[str, str]:
        return {f"{s.name}.yaml": to_yaml(s) for s in self.stores}


def generate(shape: Shape) -> World:
    """The world of a shape; the same for the same shape."""
    return _Builder(shape).build()


@dataclass
class _Builder:
    shape: Shape
    rng: random.Random = field(init=False)
    shop: Store = field(init=False)
    post: Store = field(init=False)
    rows: Rows = field(default_factory=dict)
    keeps: dict[tuple[str, str], tuple[KeepRule, ...]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    counter: int = 0
    serials: dict[str, int] = field(default_factory=dict)
    roots: dict[str, Row] = field(default_factory=dict)
    today: date = DAYS[0]

    def __post_init__(self) -> None:
        # The schema does not depend on the size, so that statements can be counted over one schema and ten times the rows.
        self.rng = random.Random(repr((sorted(self.shape.features), self.shape.seed)))
        self.shop = Store("shop", self.shape.engines[0], [], placeholders=("n/a", "unknown@example.test"))
        self.post = Store("post", self.shape.engines[1], [])
        self.people = PEOPLE[: self.shape.people]

    def has(self, feature: str) -> bool:
        return feature in self.shape.features

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def build(self) -> World:
        self._schema()
        if self.has("large"):
            for store in (self.shop, self.post):
                names = [t.name for t in store.tabs if not t.not_covered]
                store.large = tuple(self.rng.sample(names, max(1, len(names) // 2)))
        self.today, seed = self.rng.choice(DAYS), self.rng.random()
        self.rng = random.Random(repr((self.shape.people, self.shape.rows, self.shape.depth, seed)))
        self._data()
        subjects, asked = self._subjects()
        self.rng = random.Random(seed)
        self._keeps(subjects)
        stores = [self.shop, self.post]
        return World(self.shape, stores, self.rows, self.keeps, subjects, self.tokens, asked, self.today)

    # ---- schema ------------------------------------------------------------------------------------------------------

    def _schema(self) -> None:
        shop = self.shop
        shop.tabs.append(Tab("products", [key("id"), plain("title")]))
        self._customers()
        if self.has("second-root"):
            staff = Tab("staff", [key("id"), personal("name")], root="staff")
            shop.tabs.append(self._dress(staff, shared=False))
        self._child("orders", "customers", event=True)
        # Not where a trigger copies orders: a row outside of the ask whose key is cut would be copied, once per statement.
        if self.has("second-root") and not self.has("trigger"):
            self._reference("orders", "rep_id", "staff", nullable=self.chance(0.7))
        if self.has("deep"):
            self._child("lines", "orders")
            self._reference("lines", "product_id", "products", nullable=self.chance(0.5))
            if self.chance(0.5):
                self._child("returns", "lines", event=True)
        if self.has("self-reference") or self.has("cycle"):
            self._folders()
        if self.has("messages") or self.has("inherited"):
            self._messages()
        if self.has("many-to-many"):
            self._friends()
        if self.has("polymorphic"):
            self._tags()
        if self.has("same-store-identity"):
            signups = Tab("signups", [key("id"), personal("email", "email-address")])
            signups.identity = [IdentityLink("email", "customer", "email/1")]
            self.shop.tabs.append(self._dress(signups, shared=False, event=True))
            signups.erasure = self.rng.choice(["delete", "blank"])
            if self.chance(0.5):
                self._link(signups, "customers", "customer", True)
        for feature, table in (("trigger", "orders"), ("root-history", "customers")):
            if self.has(feature):
                self._history(table)
        for feature, nullable in (("outside-nullable", True), ("outside-need", False)):
            if self.has(feature):
                self._outside(f"notes_{'n' if nullable else 'x'}", nullable)
        if self.has("unmapped"):
            shop.tabs.append(Tab("metrics", [key("id"), plain("value")], not_covered="numbers of machines"))
        self._post()

    def _customers(self) -> None:
        columns = [key("id"), personal("name"), personal("email", "email-address")]
        tab = Tab("customers", columns, root="customer", identifies=(Identifier("email", "email/1", "one"),))
        if self.has("composite"):
            tab.cols.insert(0, Col("region", Key(), "integer"))
            tab.key = ("region", "id")
        if self.has("soft-delete"):
            tab.cols.append(plain("gone_at", "date"))
            tab.soft_delete = "gone_at"
        if self.chance(0.3):
            tab.erasure = "blank"
        tab.placeholders = ("none@example.test",) if self.chance(0.3) else ()
        self.shop.tabs.append(self._dress(tab, shared=False))

    def _dress(self, tab: Tab, shared: bool, event: bool = False) -> Tab:
        """Random columns of many roles and types."""
        palette: list[Col] = [
            personal("address", "physical-address"),
            Col("memo", FreeText("review")),
            Col("motto", FreeText("never-names-others", "own-writing")),
            personal("born", "birth-date", family="date"),
            Col("seen_at", Event(f"{tab.name}-seen", "usage-data"), "timestamp"),
            plain("rank", "integer"),
            plain("colour", nullable=False),
            personal("vip", "name", family="boolean"),
        ]
        tab.cols += self.rng.sample(palette, self.rng.randint(1, 4))
        if self.has("not-null") and self.chance(0.7):
            tab.cols += self.rng.sample(
                [
                    personal("caption", "name", nullable=False),
                    personal("score", "name", family="integer", nullable=False),
                    personal("since", "birth-date", family="date", nullable=False),
                    personal("agreed", "name", family="boolean", nullable=False),
                ],
                2,
            )
        if self.has("unique") and self.chance(0.7):
            tab.cols.append(
                personal("handle", "name", family=self.rng.choice(["text", "short"]), unique=True, nullable=self.chance(0.4))
            )
        if self.has("json") and self.chance(0.7):
            others = self.rng.choice([FreeText("review"), FreeText("never-names-others"), NotPersonal("settings")])
            paths = {
                "$.contact.email": Category("email-address"),
                "$.theme": NotPersonal("a colour"),
                "$.bio": FreeText("review"),
            }
            chosen = dict(self.rng.sample(sorted(paths.items()), self.rng.randint(1, 3)))
            tab.cols.append(Col("doc", JsonPaths(chosen, others), "json"))
        if event or self.chance(0.3):
            tab.cols.append(Col("done_at", Event(f"{tab.name}-done"), self.rng.choice(["date", "timestamp"])))
        return tab

    def _action(self, nullable: bool) -> tuple[str, bool]:
        actions = ["no action"]
        if self.has("cascade"):
            actions += ["cascade"] * 2
        if self.has("set-null") and nullable:
            actions += ["set null"] * 2
        return self.rng.choice(actions), self.has("deferrable") and self.chance(0.6)

    def _link(self, tab: Tab, parent: str, prefix: str, nullable: bool, role: str = "owner", fk: bool = True) -> None:
        """An owning link with its columns and, mostly, its foreign key."""
        to = self.shop.tab(parent).key
        columns = tuple(f"{prefix}_{c}" for c in to)
        tab.cols += [key(c, nullable) for c in columns]
        tab.owning.append(owned_by(columns, parent, to, role))
        if fk:
            action, deferrable = self._action(nullable)
            tab.fks.append(Fk(columns, parent, to, action, deferrable))

    def _child(self, name: str, parent: str, event: bool = False) -> Tab:
        tab = Tab(name, [key("id")])
        nullable = self.chance(0.6)
        soft = self.has("orphans") and self.chance(0.6)
        self._link(tab, parent, parent[:-1], nullable, fk=not soft)
        self._dress(tab, shared=False, event=event)
        tab.erasure = self.rng.choice(["delete", "delete", "blank", "cut" if nullable else "delete"])
        if self.has("deep") and name == "returns" and self.chance(0.5):
            self._link(tab, "customers", "by", True)
        self.shop.tabs.append(tab)
        return tab

    def _reference(self, name: str, column: str, target: str, nullable: bool) -> None:
        """A foreign key that owns nothing."""
        tab = self.shop.tab(name)
        to = self.shop.tab(target).key
        columns = (column,) if len(to) == 1 else tuple(f"{column}_{c}" for c in to)
        tab.cols += [key(c, nullable) for c in columns]
        action, deferrable = self._action(nullable)
        # A cascade beyond the map is refused by `check` (E307); tests/estate has it.
        tab.fks.append(Fk(columns, target, to, "no action" if action == "cascade" else action, deferrable))

    def _folders(self) -> None:
        tab = Tab("folders", [key("id")])
        self._link(tab, "customers", "customer", True)
        self.shop.tabs.append(tab)
        self._dress(tab, shared=False)
        tab.erasure = self.rng.choice(["delete", "delete", "blank"])
        if self.has("self-reference"):
            self._link(tab, "folders", "parent", True)
        if self.has("cycle"):
            docs = Tab("docs", [key("id")])
            self._link(docs, "folders", "folder", True)
            self.shop.tabs.append(self._dress(docs, shared=False))
            self._link(tab, "docs", "main_doc", True)

    def _rule(self, mine: tuple[str, ...], others: tuple[str, ...]) -> SharedRule:
        erasure = self.rng.choice(["blank-mine", "delete-when-last", "keep"])
        access = self.rng.choice(["full", "full", "none"])
        without = others if access == "full" and self.chance(0.6) else ()
        return SharedRule(access, without, erasure, mine if erasure != "keep" else ())

    def _messages(self) -> None:
        tab = Tab("messages", [key("id"), personal("body", "own-writing"), personal("sender_note"), personal("reply")])
        needs = self.chance(0.3)
        for role in ("sender", "recipient"):
            self._link(tab, "customers", role, nullable=not needs, role=role)
        tab.shared = {
            "sender": self._rule(("body", "sender_note"), ("reply",)),
            "recipient": self._rule(("reply",), ("sender_note",)),
        }
        if self.chance(0.5):
            tab.cols.append(Col("done_at", Event("messages-done"), "date"))
        self.shop.tabs.append(tab)
        if self.has("inherited"):
            child = Tab("attachments", [key("id"), personal("title"), personal("reply")])
            self._link(child, "messages", "message", nullable=self.chance(0.5))
            child.shared = {"sender": self._rule(("title",), ()), "recipient": self._rule(("reply",), ("title",))}
            self.shop.tabs.append(child)

    def _friends(self) -> None:
        tab = Tab("friends", [personal("nickname"), personal("remark")])
        for role in ("one", "other"):
            self._link(tab, "customers", role, nullable=False, role=role)
        tab.key = tuple(c for link in tab.owning for c in link.columns)
        tab.shared = {"one": self._rule(("nickname",), ("remark",)), "other": self._rule(("remark",), ("nickname",))}
        self.shop.tabs.append(tab)

    def _tags(self) -> None:
        tab = Tab("tags", [key("id"), plain("of_type"), key("of_id"), personal("label")])
        parents = ["orders"] + ([] if self.has("composite") else ["customers"])
        tab.owning = [owned_by("of_id", p, when=("of_type", p.capitalize())) for p in parents]
        tab.erasure = self.rng.choice(["delete", "blank", "cut"])
        self.shop.tabs.append(self._dress(tab, shared=False))

    def _history(self, of: str) -> None:
        """A copy of every changed row, owned as the row was."""
        base = self.shop.tab(of)
        if of == "customers":
            links = [owned_by(tuple(f"of_{c}" for c in base.key), of, base.key)]
        else:
            links = [
                owned_by(tuple(f"of_{c}" for c in link.columns), link.parent, link.parent_columns) for link in base.owning[:1]
            ]
        cols = [key("seq")] + [key(c) for c in links[0].columns]
        cols += [
            Col(f"of_{c.name}", c.role, c.family) for c in base.cols if isinstance(c.role, Category) and c.family == "text"
        ]
        self.shop.tabs.append(Tab(f"{of}_history", cols, ("seq",), owning=links, serial=True))
        base.history = f"{of}_history"

    def _outside(self, name: str, nullable: bool) -> None:
        self.shop.tabs.append(Tab(name, [key("id"), plain("text")]))
        self._reference(name, "about", self.rng.choice(["customers", "orders"]), nullable)

    def _post(self) -> None:
        letters = Tab("letters", [key("id"), personal("email", "email-address"), personal("topic")])
        letters.identity = [IdentityLink("email", "customer", "email/1")]
        letters.erasure = self.rng.choice(["delete", "delete", "blank"])
        self.post.placeholders = ("n/a", "unknown@example.test")
        self.post.max_shared = self.rng.choice([2, 3])
        self.post.tabs.append(self._dress(letters, shared=False, event=self.chance(0.5)))
        clicks = Tab("clicks", [key("id"), key("letter_id", self.chance(0.5)), personal("page", "usage-data")])
        clicks.owning = [owned_by("letter_id", "letters")]
        clicks.fks = [Fk(("letter_id",), "letters", ("id",), self._action(False)[0])]
        self.post.tabs.append(self._dress(clicks, shared=False))
        if self.has("subscriber-root"):
            tab = Tab("subscribers", [key("id"), personal("email", "email-address"), personal("wish")], root="customer")
            tab.identifies = (Identifier("email", "email/1", "one"),)
            self.post.tabs.append(tab)

    # ---- data --------------------------------------------------------------------------------------------------------

    def token(self, person: str, column: str) -> str:
        self.counter += 1
        token = f"{person}-{column[:6]}-{self.counter}"
        self.tokens[token] = person
        return token

    def fill(self, column: Col, person: str) -> object:
        """A value of the column's type, with a token where it is text."""
        if column.nullable and self.chance(0.12):
            return None
        match column.role:
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
            elif (column.name,) == tab.key or (column.name == tab.key[-1] and tab.root):
                self.serials[name] = self.serials.get(name, self.rng.randint(0, 40)) + 1
                row[column.name] = self.serials[name]
            elif isinstance(column.role, Key):
                row[column.name] = self.rng.randint(1, 2) if column.name == "region" else None
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
            if tab.owning and tab.name not in ("messages", "friends", "attachments", "tags", "signups") and not tab.serial:
                self._children(tab)
        for name in ("folders", "docs"):
            self._tangle(name)
        for name in ("messages", "friends"):
            self._between(name)
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

    def _people(self) -> None:
        for person in self.people:
            row = self.add(self.shop, "customers", person, email=f"{self.token(person, 'mail')}@example.test")
            self.roots[person] = row
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
            if k.columns == tab.owning[0].columns or k.target in ("folders", "docs"):
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
                if mail is not None and self.has("case-variants"):
                    mail = self.rng.choice([str(mail).upper(), f" {mail} ", str(mail).capitalize()])
                self._clicked(self.add(self.post, "letters", person, email=mail), person)
            if self.has("same-store-identity") and self.chance(0.7):
                given: Row = {"email": row["email"]}
                for link in self.shop.tab("signups").owning:
                    other = self.rng.choice([row, row, None, self.rng.choice(self.rows["shop", "customers"])])
                    self._parent(given, link.columns, link.parent_columns, other)
                self.add(self.shop, "signups", person, **given)
        self._clicked(self.add(self.post, "letters", FIRM, email="stranger@example.test"), FIRM)
        if self.has("blank-mails"):
            for mail in (None, "", "  ", "N/A", "unknown@example.test"):
                self.add(self.post, "letters", FIRM, email=mail)
        if self.has("subscriber-root"):
            for row in self.rows["shop", "customers"]:
                if self.chance(0.7):
                    self.add(self.post, "subscribers", self._owner_of(row), email=row["email"])

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
                subjects.append(Subject(f"s-{n}", {}, (("customer", "email/1", str(row["email"])),)))
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
                rules.append(KeepRule("legal-obligation", columns, ends, Why((f"keep.{tab.name}",))))
        if self.has("hold") and leaves and self.chance(0.5):
            leaf = self.rng.choice(leaves)
            columns = tuple(c.name for c in tab.cols if leaf_of(c) == leaf)
            until = Until(self.today + timedelta(days=self.rng.choice([-1, 0, 200, 5000])))
            rules.append(KeepRule("case-1", columns, until, Why(("hold.1",)), frozenset({subjects[0].ref})))
        return rules


def leaf_of(column: Col) -> str | None:
    """The leaf that keep rules know a column by."""
    match column.role:
        case Category(leaf=leaf) | FreeText(leaf=leaf) | Event(leaf=leaf):
            return leaf
    return None


def coverage(worlds: list[World]) -> Mapping[str, int]:
    """How many worlds have each feature."""
    return {f: sum(f in w.shape.features for w in worlds) for f in FEATURES}
