"""A small bookshop with two stores, for trying the product as its users and its enemies would: filled once, copied for each test.

Everybody in it is invented. Each person's values are tokens that occur nowhere else, so that a leak is found by searching for them.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.cli.preloaded import Preloaded, Ran
from upheld.records.own import EmbeddedServer

FIRM = Path(__file__).parent / "firm"
PEOPLE = 40
SHARED = "reception@harbour.example.test"  # two customers bear it
PLACEHOLDER = "none@example.invalid"


def email(number: int) -> str:
    """The address of a customer, which no other bears."""
    return f"kestrel{number:04d}quill@harbour.example.test"


def tokens(number: int) -> list[str]:
    """Values of one customer that may stand nowhere but in the firm's stores and the person's own package."""
    return [email(number), f"Wrenhollow{number:04d}Marsh", f"+4755{number:06d}", f"note-of-{number:04d}-thistledown"]


def shop_rows() -> dict[str, list[tuple[object, ...]]]:
    """Rows of the shop by table: two orders and an invoice each; two share the reception's address, one has a placeholder."""
    address = {**{n: email(n) for n in range(1, PEOPLE + 1)}, 38: SHARED, 39: SHARED, 40: PLACEHOLDER}
    people = [(n, tokens(n)[1], address[n], tokens(n)[2], tokens(n)[3]) for n in range(1, PEOPLE + 1)]
    orders = [(10 * n + k, n, f"book-{n:04d}-{k}", f"2026-01-{n % 27 + 1:02d}") for n in range(1, PEOPLE + 1) for k in (1, 2)]
    invoices = [(n, n, tokens(n)[1], tokens(n)[2], 1200 + n, f"2025-03-{n % 27 + 1:02d}") for n in range(1, PEOPLE + 1)]
    return {"customers": people, "orders": orders, "invoices": invoices}


def fill_shop(url: str) -> None:
    """The PostgreSQL store."""
    with psycopg.connect(url) as connection:
        connection.execute((FIRM / "shop.sql").read_text())
        for table, rows in shop_rows().items():
            marks = ", ".join(["%s"] * len(rows[0]))
            with connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # type: ignore[arg-type]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")


def fill_letters(path: Path) -> None:
    """The SQLite store: every second customer reads the newsletter."""
    connection = sqlite3.connect(path)
    connection.executescript((FIRM / "letters.sql").read_text())
    people = range(2, PEOPLE - 3, 2)
    with connection:
        connection.executemany("INSERT INTO subscribers VALUES (?, ?, ?)", [(n, email(n), tokens(n)[1]) for n in people])
        connection.executemany(
            "INSERT INTO sendings VALUES (?, ?, ?, ?)", [(n, n, f"issue for {n:04d}", "2025-06-01") for n in people]
        )
        connection.executemany("INSERT INTO opens VALUES (?, ?, ?)", [(n, n, f"link-{n:04d}-opened") for n in people])
    connection.close()


@dataclass(slots=True)
class Installation:
    """One firm's copy with an installation of its own. `upheld` runs a command in it."""

    process: Preloaded
    folder: Path  # the firm's
    data: Path
    shop: str
    letters: Path
    own: str
    owner: str
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "UPHELD_DATA": str(self.data),
            "UPHELD_DATABASE_URL": self.own,
            "UPHELD_OWNER_DATABASE_URL": self.owner,
            "HARBOUR_SHOP_URL": self.shop,
            "HARBOUR_LETTERS_URL": f"sqlite:///{self.letters}",
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.data),
            "LANG": "C.UTF-8",
            **self.more,
        }

    def upheld(self, *words: str, stdin: str = "", environment: Mapping[str, str] | None = None) -> Ran:
        """`upheld WORDS`; it never shows a traceback, whatever happens."""
        ran = self.process.run(*words, stdin=stdin, environment={**self.environment, **(environment or {})})
        assert "Traceback" not in ran.err + ran.out, ran.err
        return ran

    def lend(self, server: EmbeddedServer) -> None:
        """Shadows stand on this server: one of their own takes seconds to make."""
        (self.data / "shadows").symlink_to(server.folder)

    def plan(self, kind: str, *people: int | str) -> dict[str, object]:
        """An ask of these people (numbers: by key; texts: by address) is planned; the document."""
        ran = self.upheld("plan", str(self.folder), "--ask", kind, "--subject", "-", "--json", stdin=lines(*people))
        assert ran.code == 0, ran.err
        return dict(ran.document)

    def erase(self, asked: Mapping[str, object], *words: str, environment: Mapping[str, str] | None = None) -> Ran:
        """The planned erasure is carried out."""
        given = ("erase", str(asked["ask"]), "--plan", str(asked["plan"]), "--in", str(self.folder), "--json", *words)
        return self.upheld(*given, environment=environment)

    def dump(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table of both stores."""
        found: dict[str, list[tuple[object, ...]]] = {}
        with psycopg.connect(self.shop) as connection:
            for table in ("customers", "orders", "invoices"):
                found[f"shop.{table}"] = sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)  # type: ignore[arg-type]
        sqlite = sqlite3.connect(self.letters)
        for table in ("subscribers", "sendings", "opens"):
            found[f"letters.{table}"] = sorted(sqlite.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
        sqlite.close()
        return found


def database_of(url: str) -> str:
    """The name of the database that an address leads to."""
    return str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])


def lines(*people: int | str) -> str:
    """JSON lines: a number is a customer's key, a text an address."""
    from json import dumps

    said = [{"table": "shop.customers", "key": {"id": one}} if isinstance(one, int) else {"email": one} for one in people]
    return "".join(dumps(one) + "\n" for one in said)


class Harbour:
    """Makes installations: the filled stores and the migrated own database are copied, which takes milliseconds."""

    def __init__(self, server: EmbeddedServer, own_template: str, process: Preloaded, scratch: Path) -> None:
        self.server, self.own_template, self.process, self.scratch = server, own_template, process, scratch
        self._letters = scratch / "letters.sqlite"
        fill_letters(self._letters)
        self.template = f"harbour_{uuid.uuid4().hex[:12]}"
        server.create_database(self.template)
        fill_shop(server.url(self.template, "upheld_firm"))
        self.folder = scratch / "harbour"
        shutil.copytree(FIRM, self.folder)
        self._lock()

    def _lock(self) -> None:
        first = self.installation()
        for store in ("shop", "letters"):
            url = f"env:HARBOUR_{store.upper()}_URL"
            ran = first.upheld("scan", url, "--to", str(self.folder), "--store", store, "--place", "NO")
            assert ran.code == 0, ran.err
        self.drop(first)

    def installation(self) -> Installation:
        """A fresh copy of everything."""
        name = uuid.uuid4().hex[:12]
        self.server.create_database(f"shop_{name}", template=self.template)
        self.server.create_database(f"own_{name}", "upheld_owner", self.own_template)
        self.server.grant_connect(f"own_{name}", "upheld_app")
        data = self.scratch / name
        data.mkdir()
        data.chmod(0o711)
        letters = shutil.copy(self._letters, data / "letters.sqlite")
        shop = self.server.url(f"shop_{name}", "upheld_firm")
        own = self.server.url(f"own_{name}", "upheld_app"), self.server.url(f"own_{name}")
        return Installation(self.process, self.folder, data, shop, Path(letters), *own)

    def copy(self, of: Installation) -> Installation:
        """The same installation once more, with the same asks, keys and rows. No process of it may run."""
        made = self.installation()
        for url, name in ((of.shop, made.shop), (of.own, made.own)):
            target, source = database_of(name), database_of(url)
            self.server.drop_database(target)
            self.server.create_database(target, "upheld_owner" if target.startswith("own_") else "upheld_firm", source)
        self.server.grant_connect(database_of(made.own), "upheld_app")
        shutil.copy(of.letters, made.letters)
        for secret in of.data.glob("master.key"):
            shutil.copy2(secret, made.data / secret.name)
        return made

    def drop(self, installation: Installation) -> None:
        for url in (installation.shop, installation.own):
            self.server.drop_database(database_of(url))
        shutil.rmtree(installation.data, ignore_errors=True)
