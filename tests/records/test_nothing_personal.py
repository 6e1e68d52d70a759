"""No value of a person is left in what a whole run leaves: asks planned, answered, refused and carried out as commands.

One person of the example firm gets values that stand nowhere else. They are then searched, in every form, in the ledger and its
export, in the logs of the database server, in what commands print, in arguments of processes and temporary files while commands run, in
the data folder, and in our own tables outside the columns mapped as personal.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import psycopg
import pytest

from tests import searching
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Category, Event, FreeText
from upheld.records.own import EmbeddedServer

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "qualer"
CUSTOMER = 23
TOKENS = {
    "name": "Zq81na Quillfeather",
    "email": "zq81em.quillfeather@example.test",
    "phone": "+46 70 981 45 67",
    "street": "Zq81st Heron Lane",
    "tax_number": "ZQ81-TAX-55021",
    "employer": "Zq81co Larkspur Tools",
}
WORDS = ["Zq81bo what she wrote", "Zq81no what she noted"]


@dataclass
class Firm:
    """The example firm in databases of its own, and an installation that knows them. `leaks` is what was met while commands ran."""

    place: Path
    server: EmbeddedServer
    platform: str
    web: Path
    leaks: list[searching.Found] = field(default_factory=list)
    looks: int = 0

    @property
    def tokens(self) -> list[str]:
        return [*TOKENS.values(), *WORDS]

    @property
    def temporary(self) -> Path:
        return self.place / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        named = {
            "UPHELD_DATA": str(self.server.folder),
            "UPHELD_PLATFORM_URL": self.platform,
            "UPHELD_WEB_URL": f"sqlite:///{self.web}",
        }
        here = {"TMPDIR": str(self.temporary), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("UPHELD_")}
        return {**kept, **named, **here}

    def run(self, *words: str, said: str = "", code: int = 0) -> str:
        """A command in a process of its own. While it runs, arguments of processes and temporary files are searched."""
        command = [sys.executable, "-m", "upheld", *words]
        with subprocess.Popen(
            command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.place
        ) as running:  # fmt: skip
            answered = None
            while answered is None:
                try:
                    answered = running.communicate(said, timeout=0.1)
                except subprocess.TimeoutExpired:
                    said = ""
                    self.looks += 1
                    self.leaks += searching.in_processes(self.tokens)
                    self.leaks += searching.in_folder(self.temporary, self.tokens)
        printed = "".join(answered)
        self.leaks += searching.in_bytes(printed.encode(), self.tokens, f"printed by upheld {words[0]}")
        assert running.returncode == code, printed
        return answered[0]


@pytest.fixture(scope="module")
def firm() -> Iterator[Firm]:
    place = Path(tempfile.mkdtemp(prefix="uph-", dir="/tmp"))
    place.chmod(0o711)
    (place / "tmp").mkdir()
    server = EmbeddedServer(place / "d", durable=False)
    server.create_database("firm")
    made = Firm(place, server, server.url("firm", "upheld_firm"), place / "web.sqlite")
    fill = [sys.executable, str(EXAMPLE / "firm" / "fill.py"), "--customers", "60"]
    subprocess.run(fill, env=made.environment, check=True, capture_output=True)
    _mark(made)
    yield made
    server.close()
    shutil.rmtree(place, ignore_errors=True)


def _mark(firm: Firm) -> None:
    """The person's values become the tokens, in both stores and in texts that others may read."""
    with psycopg.connect(firm.platform, autocommit=True) as platform:
        columns = ", ".join(f"{column} = %s" for column in TOKENS)
        platform.execute(f"UPDATE customers SET {columns} WHERE id = %s", [*TOKENS.values(), CUSTOMER])  # type: ignore[arg-type]
        platform.execute("DELETE FROM customer_history WHERE customer_id = %s", [CUSTOMER])
        text = "INSERT INTO messages (id, sender_id, recipient_id, body, sender_note, sent_at) VALUES (990001, %s, 24, %s, %s, now())"
        platform.execute(text, [CUSTOMER, *WORDS])
    with sqlite3.connect(firm.web) as web:
        web.execute(
            "INSERT INTO subscribers (id, email, name, subscribed_at) VALUES (990001, ?, ?, '2026-01-01 10:00:00')",
            (TOKENS["email"], TOKENS["name"]),
        )
    web.close()


HER = json.dumps({"email": TOKENS["email"]})


@pytest.fixture(scope="module")
def lived(firm: Firm) -> Firm:
    """Everything that can be asked about her, refusals and a failing store included; then the ledger's export."""
    asked = json.loads(firm.run("plan", str(EXAMPLE), "--ask", "access", "--subject", "-", "--json", said=HER))
    firm.run("access", asked["ask"], "--in", str(EXAMPLE), "--to", str(firm.place / "packages"))
    firm.run("plan", str(EXAMPLE), "--ask", "erasure", "--subject", "-", said=f"{HER}\n{TOKENS['email']}", code=2)
    firm.run(
        "plan", str(EXAMPLE), "--ask", "erasure", "--subject", "-", said=json.dumps({"email": f"no.{TOKENS['email']}"}), code=1
    )
    asked = json.loads(firm.run("plan", str(EXAMPLE), "--ask", "erasure", "--subject", "-", "--json", said=HER))
    with psycopg.connect(firm.platform, autocommit=True) as platform:
        platform.execute("REVOKE UPDATE ON customers FROM upheld_firm")
        run = ("erase", asked["ask"], "--plan", asked["plan"], "--in", str(EXAMPLE))
        firm.run(*run, code=3)
        platform.execute("GRANT UPDATE ON customers TO upheld_firm")
    firm.run(*run, "--resume", code=4)  # a recipient has not answered
    firm.run("verify", "--export", str(firm.place / "export.jsonl"))
    return firm


def test_she_was_answered_and_then_erased(lived: Firm) -> None:
    package = lived.place / "packages"
    assert searching.in_folder(package, [TOKENS["email"]]), "the search would have found her"
    with psycopg.connect(lived.platform) as platform:
        row = platform.execute(f"SELECT {', '.join(TOKENS)} FROM customers WHERE id = %s", [CUSTOMER]).fetchone()  # type: ignore[arg-type]
    assert row == (None,) * len(TOKENS)


def test_no_argument_no_temporary_file_and_no_line_that_was_printed_bore_a_value(lived: Firm) -> None:
    assert lived.looks > 10 and lived.leaks == []


def test_the_export_bears_no_value(lived: Firm) -> None:
    assert (lived.place / "export.jsonl").stat().st_size > 1000
    assert searching.in_file(lived.place / "export.jsonl", lived.tokens) == []


def test_the_servers_log_bears_no_value(lived: Firm) -> None:
    assert searching.in_file(lived.server.data_folder / "log", lived.tokens) == []


def test_the_data_folder_bears_no_value_outside_the_databases_files(lived: Firm) -> None:
    """The firm's own database lies in the same server, whose files hold its rows until they are compacted."""
    seen = [
        place
        for place in lived.server.folder.rglob("*")
        if place.is_file() and not place.is_relative_to(lived.server.data_folder)
    ]
    assert [hit for place in seen for hit in searching.in_file(place, lived.tokens)] == []


def test_the_website_s_file_bears_no_value_any_more(lived: Firm) -> None:
    assert searching.in_sqlite(lived.web, lived.tokens) == []


def test_our_own_tables_bear_a_value_in_no_column_at_all(lived: Firm) -> None:
    """Even in those mapped as personal she stands sealed only; and her reference nowhere but in keys and details."""
    text = (resources.files("upheld.records.own") / "estate" / "upheld.yaml").read_text("utf-8")
    store = read_estate({"upheld.yaml": text})[0].stores["upheld"]
    personal = {
        table.name: [column.name for column in table.columns if isinstance(column.role, Category | FreeText | Event)]
        for table in store.tables.values()
    }
    with psycopg.connect(lived.server.url("upheld")) as own:
        assert searching.in_database(own, lived.tokens, personal) == []
        assert searching.in_database(own, lived.tokens) == []
        assert own.execute("SELECT count(*) FROM ledger_leaf").fetchone() != (0,)
