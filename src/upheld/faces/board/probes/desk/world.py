"""A firm's folder and its stores' shadows become a desk of its own, with an hour that is set by hand and two invented people.

Everything is the product's: the same verbs, tables, letters and plans, in a database that is gone afterwards; so no case, count or clock of the
firm's own desk is touched, and nothing leaves the machine: its mail goes to a mail server of its own, whose mailboxes are folders that go with it, and it knows no
recipient's secret. Not taken: marked cases in
the firm's own desk; a queue that people work from must hold nobody invented.
"""

from __future__ import annotations

import base64
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from upheld.duties.messages.intake import parse
from upheld.duties.messages.loopback import MailServer, mail_server
from upheld.duties.messages.outbox import letters_of, read_letter
from upheld.duties.requests import Case, details_of, timeline
from upheld.engine.estate.lock import read_lock, write_lock
from upheld.engine.estate.model import Catalogue, Category, Table, leaves_of
from upheld.engine.stores.shadow import PostgreSQLShadow
from upheld.faces.app import App, Settings
from upheld.faces.app.declared.profiles import FILE as PROFILES
from upheld.faces.app.declared.profiles import read_rules
from upheld.faces.app.declared.reading import text_in
from upheld.faces.app.desk import Asked, Desk
from upheld.faces.app.desk.post import send
from upheld.faces.app.desk.signed_in.sessions import SECRET as SIGN_IN
from upheld.faces.app.desk.signed_in.sessions import enter, hand_over, who
from upheld.faces.app.desk.standing.firm import address_of, firm_of
from upheld.faces.app.desk.works.pushing import Destination
from upheld.faces.board.probes.canary import CANARY, World, canary_world
from upheld.faces.board.probes.context import ProbeContext
from upheld.faces.board.probes.desk.standing_in import NAME, SECRET, OtherFirm, other_firm
from upheld.faces.board.probes.people import email
from upheld.language.law.lookup import authorities
from upheld.language.promises.model import Program
from upheld.records.own import on_server
from upheld.records.own.embedded import APP, OWNER
from upheld.records.staff import add

OWN = "own"  # what the desk's own database is called among the shadows that a twin plants in
ORIGIN = "ledger.example.test/probe"
STAFF, ANOTHER = "staff:1", "staff:2"
FORM = "web"
NOBODY = "privacy@example.test"  # where mail goes to a firm that names no address


@dataclass(slots=True)
class Hour:
    """The desk's time."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at


@dataclass(slots=True)
class DeskWorld:
    """The desk, the stores that it works on, and the invented person who writes to it. `staff`: role of the notice → the account of who acts as it.
    `editable`: cells that are people's own to change, as the firm's own file says it. `fanned`: acts of which an order went out by mail; `mailed`: by
    act, what came out otherwise with it."""

    context: ProbeContext
    world: World
    desk: Desk
    hour: Hour
    post: MailServer
    other: OtherFirm
    staff: Mapping[str, str]
    serial: int = 0
    corrected: str = ""
    erased: list[str] = field(default_factory=list)
    countries: dict[str, str] = field(default_factory=dict)
    editable: frozenset[str] = frozenset()
    fanned: set[str] = field(default_factory=set)
    mailed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the stores know the canary."""
        return email(self.world.run, CANARY)

    @property
    def elsewhere(self) -> str:
        """An address that no store knows: for cases of which nothing but their opening is tried."""
        return f"asks.{self.world.run}@example.test"

    def said(self, **more: str) -> dict[str, str]:
        """What she says of herself, beside what she asks for."""
        return {
            "name": "Ada Canary", "first-name": "Ada", "last-name": "Canary", "email": self.elsewhere, "company-name": "Canary",
            "company-place": "Nowhere", "address-text": "1 Nowhere\n0000 Nowhere", "words": "I ask for this.", **more,
        }  # fmt: skip

    def ask(
        self,
        rights: tuple[str, ...],
        regime: str,
        channel: str = FORM,
        details: Mapping[str, str] | None = None,
        by: str = "person",
        account: str = "",
    ) -> Case:
        """The case as it stands when it came as far as it comes by itself."""
        return self.go_on(self.open(rights, regime, channel, details, by, account))

    def open(
        self,
        rights: tuple[str, ...],
        regime: str,
        channel: str = FORM,
        details: Mapping[str, str] | None = None,
        by: str = "person",
        account: str = "",
    ) -> Case:
        """The case as it stands when nothing of it was looked at yet. `account`: the line by which the firm's application signed her in."""
        self.serial += 1
        said = dict(self.said() if details is None else details) | ({"account": account} if account else {})
        asked = Asked(
            rights, regime, channel, self.hour(), said, country=self.country(regime), origin=f"probe-{self.serial}", by=by,
            signed_in=bool(account),
        )  # fmt: skip
        return self.desk.open(asked).case

    def go_on(self, case: Case) -> Case:
        """What the worker would do of it."""
        self.desk.go_on(case.number)
        return self.desk.case(case.number)

    def country(self, regime: str) -> str:
        """A country whose authority the regime knows; empty where it has one for all."""
        known = self.desk.law.regimes.get(regime)
        if known is not None and regime not in self.countries:
            self.countries[regime] = next((one.place for one in authorities(known) if one.place), "")
        return self.countries.get(regime, "")

    def happened(self, case: Case) -> list[str]:
        """The kinds of events on the case's timeline, in order."""
        with self.desk.own.connection() as connection:
            return [event.kind for event in timeline(connection, self.desk.master, case.number)]

    def details(self, case: Case) -> dict[str, str]:
        with self.desk.own.connection() as connection:
            return details_of(connection, self.desk.master, case.number)

    def letters(self, case: Case) -> list[tuple[str, str]]:
        """Kind and text of each letter of the case, the first first."""
        with self.desk.own.connection() as connection:
            return [
                (one.kind, read_letter(connection, self.desk.master, one.id).text) for one in letters_of(connection, case.id)
            ]

    def token(self, case: Case, page: str) -> str:
        """The token of the newest link to this page (`prove`, `file`) that a letter of the case gives; empty where none does."""
        for _, text in reversed(self.letters(case)):
            if found := re.search(rf"/your-data/{page}/([\w-]+)", text):
                return found.group(1)
        return ""

    def mail_of(self, case: Case, address: str = "") -> str:
        """What she reads in the newest mail of her mailbox (absent: of `elsewhere`), after the letters of the case were handed to the mail server."""
        with self.desk.own.connection() as connection:
            ids = [one.id for one in letters_of(connection, case.id) if one.state == "queued"]
        for id in ids:
            send(self.desk, id)
        mails = self.post.received(address or self.elsewhere)
        return parse(mails[-1], self.hour()).text if mails else ""

    def account(self, person: str, regime: str) -> str:
        """As `session`, where an address names several people; empty elsewhere."""
        return self.session(person, regime) if self.ambiguous else ""

    def session(self, person: str, regime: str) -> str:
        """Who she is by the session that a signed word of the firm's application opened; empty where it opened none."""
        word = hand_over(
            self.desk.app.settings.environment[SIGN_IN], {"subject": self.row_of(person), "regime": regime}, self.hour()
        )
        found = who(self.desk, enter(self.desk, word) or "")
        return found.line if found is not None else ""

    @property
    def ambiguous(self) -> bool:
        """Whether nobody is found by her address alone."""
        for name, rows in self.world.rows.items():
            for id, table in self.world.estate.stores[name].tables.items():
                hers = [row for row in rows if row.table == id and row.person == CANARY]
                if table.root is not None and (len(hers) > 1 or any(one.names != "one" for one in table.identifies)):
                    return True
        return False

    def row_of(self, person: str) -> dict[str, object]:
        """The person by her key, in the first table of people that knows a name."""
        for name, rows in sorted(self.world.rows.items()):
            for row in rows:
                table = self.world.estate.stores[name].tables.get(row.table)
                if table is not None and table.root is not None and row.person == person and _named(table):
                    return {"table": f"{name}.{row.table}", "key": {one: row.values[one] for one in table.key}}
        raise LookupError("no table of people knows a name")

    def forward(self, span: timedelta) -> None:
        self.hour.at += span


def _named(table: Table) -> bool:
    return any(isinstance(one.role, Category) and "name" in leaves_of(one.role) for one in table.columns)


@contextmanager
def desk_world(context: ProbeContext) -> Iterator[DeskWorld]:
    """The world, gone when the block ends. Some three seconds."""
    assert context.folder is not None
    server, name = context.server(), f"shadow_{secrets.token_hex(6)}"
    with canary_world(context) as world, tempfile.TemporaryDirectory(prefix="uph-desk-") as place:
        folder = _copied(context.folder, Path(place) / "firm", world)
        if context.altering is not None:
            context.altering(folder)
        hour = Hour(context.now())
        on_server(server, name, pool_size=1).let_go()
        own_url, owner_url = (server.url(name, role) for role in (APP, OWNER))
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        data = Path(place) / "data"
        data.mkdir(mode=0o700)
        with mail_server(Path(place) / "post", hour) as post, other_firm(hour) as other:
            contact = firm_of(folder, context.program.notices[0]).contact or NOBODY
            environment = {**_environment(world), **_mail(post, contact), SECRET: other.secret, SIGN_IN: secrets.token_hex(32)}
            app = App(
                Settings(own_url, owner_url, data, environment, master_key=key, origin=ORIGIN, public_url="https://probe.example.test", now=hour)
            )  # fmt: skip
            try:
                app.own.migrate()
                PostgreSQLShadow(server.url(name)).execute(
                    f"ALTER DATABASE {name} SET synchronous_commit = off"
                )  # gone after the probe
                if context.planting is not None:
                    context.planting({OWN: PostgreSQLShadow(server.url(name))}, {})
                desk = Desk(app, folder)
                desk.destinations = {**desk.destinations, NAME: Destination(NAME, other.address, SECRET, private=True)}
                editable = read_rules(text_in(context.folder, PROFILES)).editable
                yield DeskWorld(
                    context, world, desk, hour, post, other, _staffed(app, folder, context.program), editable=editable
                )
            finally:
                app.close()
                server.drop_database(name)


def _copied(source: Path, target: Path, world: World) -> Path:
    """The firm's texts without those of stores that are not reached: what the desk reads, and nothing else of the folder."""
    for file in sorted((*source.glob("*.md"), *source.glob("*.yaml"), *source.glob("estate/*"))):
        if file.parent.name == "estate" and file.suffix == ".yaml":
            store = (yaml.safe_load(file.read_text("utf-8")) or {}).get("store", "")
            if store not in world.estate.stores and store not in world.estate.objects:
                continue
        to = target / file.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)
    # A shadow is compared with its own schema: a server says a copied table otherwise than the one it was copied from.
    lock = target / "estate" / "estate.lock"
    if lock.is_file():
        frozen = read_lock(lock.read_text("utf-8"))
        lock.write_text(write_lock(Catalogue({**frozen.stores, **world.catalogue.stores})), encoding="utf-8")
    return target


def _staffed(app: App, folder: Path, program: Program) -> dict[str, str]:
    """Role → an account at the address that the roster gives for it, for each role that some right is handled by."""
    roles = {name.id for promise in program.promises if promise.verb == "grant" for name in promise.terms.get("handled-by", ())}
    found: dict[str, str] = {}
    with app.own.transaction() as connection:
        for role in sorted(roles):
            if address := address_of(folder, role):
                found[role] = add(connection, role, address, "operator", app.settings.now()).ref
    return found


def _mail(post: MailServer, address: str) -> dict[str, str]:
    """The settings by which this desk sends and takes in mail."""
    return {"UPHELD_SMTP_URL": post.url, "UPHELD_MAIL_FROM": address, "UPHELD_IMAP_URL": post.mailbox(address)}


def _environment(world: World) -> dict[str, str]:
    """The addresses of the shadows, under the names by which the estate calls its stores."""
    found = {}
    for name, store in world.estate.stores.items():
        url = world.shadows[name].url
        found[store.url.removeprefix("env:")] = (
            f"sqlite:///{url.removeprefix('sqlite:///')}" if store.engine == "sqlite" else url
        )
    return found | {
        one.url.removeprefix("env:"): f"file://{world.files_at / name}" for name, one in world.estate.objects.items()
    }
