"""Personal keys, files that rows point to and materialised views become part of a world: their tables, columns and rows.

Drawn after everything else, so that a world without them is as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle.case import Row
from tests.oracle.schema import Col, Fk, Store, Tab, View, key, object_stores, owned_by, personal, plain
from upheld.engine.estate.model import Category, Identifier

if TYPE_CHECKING:
    from tests.oracle.generate import Builder

HARD = ("personal-keys", "files", "views")
BY_HAND = ("accounts", "sessions", "seats", "profiles", "notes_k")  # tables whose rows are made here
POINTING = ("customers", "orders", "returns", "folders", "visits", "accounts", "letters", "messages")
NOBODY = ("", "n/a", "unknown@example.test", "none@example.test")
FILES = ("uploads", "files")  # the place of the files' names among a world's rows


# ---- schema ----------------------------------------------------------------------------------------------------------


def draw_hard(b: Builder) -> None:
    """The tables and columns of what is hard."""
    if b.has("personal-keys"):
        _accounts(b)
    if b.has("files"):
        _pointers(b)
    if b.has("views"):
        for store in (b.shop, b.post):
            _views(b, store)


def _accounts(b: Builder) -> None:
    """Rows whose key says who they are, and rows that lead to them in every way that a key can be led to."""
    root, nullable = b.chance(0.35), b.chance(0.6)
    leaf = "email-address" if root else "identifier"
    tab = Tab(
        "accounts",
        [Col("login", Category(leaf), "code", nullable=False), plain("sort_no", "integer", nullable=False)],
        ("login",),
    )
    b.shop.tabs.append(tab)
    if root:
        tab.root, tab.identifies = "customer", (Identifier("login", "email/1", "one"),)
    else:
        b._link(tab, "customers", "customer", nullable)
    b._dress(tab, shared=False, event=b.chance(0.5))
    tab.erasure = b.rng.choice(["blank", "blank", "delete", "cut" if nullable and not root else "blank"])
    for name, hard in (("sessions", True), ("seats", False)):
        child = Tab(name, [key("id"), key("account_login", b.chance(0.5), "code")])
        child.owning = [owned_by("account_login", "accounts", ("login",))]
        child.fks = [_to_login(b, "account_login", child.col("account_login").nullable)] if hard else []
        b.shop.tabs.append(b._dress(child, shared=False, event=b.chance(0.5)))
        child.erasure = b.rng.choice(["delete", "blank"])
    if not root and b.has("trigger") and b.chance(0.6):
        orders = b.shop.tab("orders")
        orders.cols.append(key("by_login", True, "code"))
        orders.fks.append(_to_login(b, "by_login", True))
        copies = b.shop.tab("orders_history")
        copies.cols.append(key("of_by_login", True, "code"))
        copies.owning.append(owned_by("of_by_login", "accounts", ("login",)))
    if b.chance(0.4):
        notes = Tab("notes_k", [key("id"), plain("text"), key("about_login", b.chance(0.7), "code")])
        notes.fks = [_to_login(b, "about_login", False)]
        b.shop.tabs.append(notes)
    if b.chance(0.5) and not (
        b.has("keep") or b.has("hold")
    ):  # a kept row under a key that follows another is refused: tests/plan
        profile = Tab(
            "profiles", [key("account_login", False, "code"), personal("about"), plain("sort_no", "integer", nullable=False)]
        )
        profile.key = ("account_login",)
        profile.owning = [owned_by("account_login", "accounts", ("login",))]
        profile.fks = [_to_login(b, "account_login", False)]
        profile.erasure = b.rng.choice(["delete", "blank"])
        b.shop.tabs.append(profile)


def _to_login(b: Builder, column: str, nullable: bool) -> Fk:
    action, deferrable = b._action(nullable)
    if column == "about_login" and action == "cascade":
        action = "no action"
    on_update = "cascade" if b.shop.engine == "mariadb" else b.rng.choice(["no action", "cascade"])
    return Fk((column,), "accounts", ("login",), action, deferrable, on_update)


def _pointers(b: Builder) -> None:
    for store in (b.shop, b.post):
        for tab in [t for t in store.tabs if t.name in POINTING]:
            if not b.chance(0.6) or tab.shared:
                continue
            photo = Col("photo", Category("picture"), nullable=b.chance(0.7), file=FILES[0])
            tab.cols.append(photo)
            if tab.history:
                copies = store.tab(tab.history)
                copies.cols.append(Col("of_photo", photo.role, file=FILES[0]))


def _views(b: Builder, store: Store) -> None:
    """Views of PostgreSQL that repeat what tables hold; one of them reads another."""
    if store.engine != "postgresql":
        return
    for tab in b.rng.sample([t for t in store.tabs if t.cols[0].name in ("id", "region")], 2):
        texts = [c.name for c in tab.cols if isinstance(c.role, Category) and c.family == "text"]
        if texts:
            store.views.append(View(f"seen_{tab.name}", tab.name, b.rng.choice(texts), b.chance(0.5)))
    if store.views and b.chance(0.5):
        first = store.views[0]
        store.views.append(View(f"again_{first.of}", first.name, first.text, b.chance(0.5)))


# ---- rows ------------------------------------------------------------------------------------------------------------


def fill_hard(b: Builder) -> None:
    """The rows of what is hard; columns of files already point somewhere."""
    if b.has("personal-keys"):
        _log_in(b)
    if b.has("files"):
        _place_files(b)
    for store in (b.shop, b.post):
        for view in store.views:
            b.rows[store.name, view.name] = view.rows(b.rows[store.name, view.of])


def _log_in(b: Builder) -> None:
    tab, seen = b.shop.tab("accounts"), set[str]()
    for customer in list(b.rows["shop", "customers"]):
        person = b._owner_of(customer)
        for _ in range(b.rng.randint(0, 2)):
            login = str(customer["email"]) if tab.root else b.token(person, "login")
            if customer["email"] is None or login.strip().lower() in {*seen, *NOBODY}:
                continue
            seen.add(login.strip().lower())
            given: Row = {"login": login}
            if not tab.root:
                b._parent(given, tab.owning[0].columns, tab.owning[0].parent_columns, customer)
            b.add(b.shop, "accounts", person, **given)
            for name in ("sessions", "seats"):
                for _ in range(b.rng.randint(0, b.shape.rows)):
                    b.add(b.shop, name, person, account_login=login)
            if any(c.name == "by_login" for c in b.shop.tab("orders").cols):
                _ordered(b, customer, login)
            if ("shop", "profiles") in b.rows and b.chance(0.7):
                b.add(b.shop, "profiles", person, account_login=login)
            if ("shop", "notes_k") in b.rows and b.chance(0.12):
                b.add(b.shop, "notes_k", "firm", about_login=login)


def _ordered(b: Builder, customer: Row, login: str) -> None:
    """Orders of the person alone: a trigger copies each row that follows a key, and a stranger's row would be copied, too."""
    link = b.shop.tab("orders").owning[0]
    for row in b.rows["shop", "orders"]:
        if all(row[c] == customer[p] for c, p in zip(link.columns, link.parent_columns, strict=True)) and b.chance(0.7):
            row["by_login"] = login


def _place_files(b: Builder) -> None:
    """Each pointer gets a file; some point to one that another row points to as well, some to none that was ever written."""
    names: list[str] = []
    for store in (b.shop, b.post):
        for tab in store.tabs:
            for column in (c for c in tab.cols if c.file):
                for row in b.rows[store.name, tab.name]:
                    value = row[column.name]
                    if value is None:
                        continue
                    if names and b.chance(0.25):
                        row[column.name] = name = b.rng.choice(names)
                        b.tokens[name] = "shared"
                        continue
                    folder = b.rng.choice(["", "", "deep/er/"])
                    names.append(f"{folder}{value}.jpg")
                    b.tokens[names[-1]] = b.tokens[str(value)]
                    row[column.name] = names[-1]
    if object_stores([b.shop, b.post]):
        b.rows[FILES] = [{"name": name} for name in names if b.chance(0.9)]
