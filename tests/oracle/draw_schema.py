"""A shape becomes the schema of a world: two stores whose tables, rules and keys are drawn from the seed.

Each feature adds tables or awkward columns. The rows are made in `generate`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from tests.oracle.case import Row, Rows
from tests.oracle.schema import Col, Fk, Store, Tab, key, owned_by, personal, plain
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
from upheld.engine.plan.model import KeepRule

FEATURES = (
    "deep", "composite", "self-reference", "cycle", "many-to-many", "messages", "inherited", "polymorphic", "soft-delete",
    "orphans", "json", "keep", "hold", "trigger", "cascade", "set-null", "deferrable", "second-root", "outside-nullable",
    "outside-need", "subscriber-root", "contested", "overshared", "blank-mails", "asked-by-mail", "batch", "unmapped",
    "root-history", "not-null", "unique", "case-variants", "odd-documents", "same-store-identity", "at-the-end", "large",
    "expand", "identity-roles", "phones", "odd-mails", "checked", "generated", "partitions", "not-null-cycle", "json-arrays",
)  # fmt: skip
DAYS = (date(2026, 1, 15), date(2026, 2, 28), date(2024, 2, 29), date(2026, 3, 31), date(2026, 3, 1))
PEOPLE = ("ada", "ben", "cem", "dora", "eli", "fay", "gus", "hana")


@dataclass(frozen=True)
class Shape:
    """What hypothesis draws and shrinks; the rest follows from the seed."""

    features: frozenset[str]
    engines: tuple[str, str] = ("postgresql", "sqlite")
    people: int = 3
    rows: int = 2
    seed: int = 0
    depth: int = 0  # a chain of so many folders under each person


@dataclass
class SchemaBuilder:
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
        if self.has("partitions"):
            self._visits()
        if self.has("not-null-cycle") and shop.engine != "mariadb":  # refused there: tests/estate
            self._teams()
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
        if self.has("phones"):
            tab.cols.append(personal("phone", "telephone-number"))
            tab.identifies += (Identifier("phone", "phone/1", self.rng.choice(["one", "one", "several"])),)
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
        if self.has("checked") and self.chance(0.7):
            check = "badge <> '' AND length(badge) <= 24"
            tab.cols.append(personal("badge", "name", family="short", nullable=False, unique=True, check=check))
        if self.has("generated") and any(c.name == "name" for c in tab.cols):
            tab.cols.append(personal("name_low", "name", source="name"))
        if self.has("json-arrays") and self.chance(0.6):
            others = self.rng.choice([FreeText("review"), FreeText("never-names-others"), NotPersonal("settings")])
            paths = {
                "$.contacts[*].email": Category("email-address"),
                "$.contacts[*].kind": NotPersonal("which of them"),
                "$.nicknames[*]": Category("name"),
                "$.deep[*].more[*].bio": FreeText("review"),
                "$.tags[*]": NotPersonal("colours"),
                "$[*].email": Category("email-address"),
                "$[*][*].bio": FreeText("review"),
                '$."odd \'name: 50%"': Category("name"),
            }
            chosen = dict(self.rng.sample(sorted(paths.items()), self.rng.randint(1, 4)))
            tab.cols.append(Col("lists", JsonPaths(chosen, others), "json"))
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

    def _visits(self) -> None:
        """A partitioned table, owned, and one that hangs on it by its whole key."""
        visits = Tab("visits", [key("id"), key("part")], ("id", "part"), parts="part")
        self._link(visits, "customers", "customer", True)
        self.shop.tabs.append(self._dress(visits, shared=False, event=self.chance(0.5)))
        visits.cols = [c for c in visits.cols if not c.unique]  # a unique index must hold the partition's column
        visits.erasure = self.rng.choice(["delete", "delete", "blank", "cut"])
        remarks = Tab("remarks", [key("id"), personal("said")])
        self.shop.tabs.append(remarks)
        self._link(remarks, "visits", "visit", self.chance(0.5))

    def _teams(self) -> None:
        """Two tables that need each other: neither row can be first to come or to go."""
        teams = Tab("teams", [key("id"), key("lead_id", False), personal("call")])
        self._link(teams, "customers", "customer", self.chance(0.5))
        players = Tab("players", [key("id"), key("team_id", False), personal("number")])
        players.owning = [owned_by("team_id", "teams")]
        players.fks = [Fk(("team_id",), "teams", ("id",), deferrable=self.has("deferrable"))]
        teams.fks.append(Fk(("lead_id",), "players", ("id",), deferrable=self.has("deferrable") and self.chance(0.5)))
        for tab in (teams, players):
            self.shop.tabs.append(self._dress(tab, shared=False, event=self.chance(0.5)))

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
        if self.has("subscriber-root") or self.has("expand"):
            tab = Tab("subscribers", [key("id"), personal("email", "email-address"), personal("wish")], root="customer")
            tab.identifies = (Identifier("email", "email/1", "one"),)
            self.post.tabs.append(tab)
        if self.has("expand"):
            self._chained()
        if self.has("phones"):
            self.shop.region, self.post.region = "DE", self.rng.choice(["", "US"])
            calls = Tab("calls", [key("id"), personal("phone", "telephone-number"), personal("said")])
            calls.identity = [IdentityLink("phone", "customer", "phone/1")]
            self.post.tabs.append(self._dress(calls, shared=False))
        if self.has("identity-roles"):
            self._mails()

    def _chained(self) -> None:
        """Root tables that name one another by what they bear: customer, subscriber, member, reader."""
        self.shop.expand, self.post.expand = self.rng.choice([(1, 2), (2, 1), (3, 3), (1, 1)])
        code = Identifier("code", "exact/1", "one")
        subscribers = self.post.tab("subscribers")
        subscribers.cols.append(personal("code", "identifier"))
        subscribers.identifies += (code,)
        for store, name, identifies in (
            (self.shop, "members", (code, Identifier("email", "email/1", "one"))),
            (self.post, "readers", (Identifier("email", "email/1", "one"),)),
        ):
            tab = Tab(name, [key("id"), personal("email", "email-address"), personal("code", "identifier"), personal("wish")])
            tab.root, tab.identifies = "customer", identifies
            store.tabs.append(tab)
        badges = Tab("badges", [key("id"), personal("code", "identifier"), personal("label")])
        badges.identity = [IdentityLink("code", "customer", "exact/1")]
        self.post.tabs.append(badges)

    def _mails(self) -> None:
        """Rows of two people who are both found by what the row says, and rows that hang on them."""
        texts = [personal("body", "own-writing"), personal("answer", "own-writing")]
        tab = Tab("mails", [key("id"), personal("from_mail", "email-address"), personal("to_mail", "email-address"), *texts])
        tab.identity = [
            IdentityLink("from_mail", "customer", "email/1", "sender"),
            IdentityLink("to_mail", "customer", "email/1", "recipient"),
        ]
        tab.shared = {"sender": self._rule(("body",), ("answer",)), "recipient": self._rule(("answer",), ("body",))}
        self.post.tabs.append(tab)
        if self.chance(0.6):
            files = Tab("mail_files", [key("id"), key("mail_id"), personal("title"), personal("reply")])
            files.owning = [owned_by("mail_id", "mails")]
            files.fks = [Fk(("mail_id",), "mails", ("id",), self._action(True)[0])]
            files.shared = {"sender": self._rule(("title",), ()), "recipient": self._rule(("reply",), ("title",))}
            self.post.tabs.append(files)
