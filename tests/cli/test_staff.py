"""`upheld staff` over our own database: accounts are made, listed, given roles, disabled; a password comes by stdin and is never shown."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.console.conftest import quick
from upheld.faces.app import App, Settings
from upheld.faces.cli import Context, Terminal, build
from upheld.records.own import EmbeddedServer, on_server
from upheld.records.staff.accounts import account_at, set_password
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.passwords import PasswordRules, fits

PASSWORD = "three wet umbrellas hum"
EMAIL = "maeve@desk.example.test"
Run = Callable[..., Result]
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


__all__ = ["quick"]  # argon2id with the least memory


@pytest.fixture(scope="module")
def app(pg: EmbeddedServer, own_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    name = f"own_{uuid.uuid4().hex[:12]}"
    on_server(pg, name, template=own_template).let_go()
    made = App(Settings(pg.url(name, "upheld_app"), pg.url(name, "upheld_owner"), tmp_path_factory.mktemp("staff")))
    yield made
    made.close()
    pg.drop_database(name)


@pytest.fixture
def run(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command `upheld staff …` in an empty folder; what it says never holds the password."""
    monkeypatch.chdir(tmp_path)
    line = build(lambda ascii_only: Context(lambda: app, Terminal()))

    def command(*words: str, stdin: str = "") -> Result:
        ran = CliRunner().invoke(line, ["staff", *words], input=stdin)
        assert PASSWORD not in ran.output and "Traceback" not in ran.output
        return ran

    return command


def test_an_account_is_made_with_a_password_from_stdin_and_listed(run: Run, app: App) -> None:
    assert run("list").output.startswith("There is no account yet.")
    ran = run("add", EMAIL, "--name", "Maeve Orr", "--role", "privacy-lead", stdin=f"{PASSWORD}\n")
    assert ran.exit_code == 0, ran.output
    [one] = json.loads(run("list", "--json").output)
    assert (one["name"], one["role"], one["second"], one["disabled"]) == ("Maeve Orr", "privacy-lead", False, False)
    with app.own.connection() as connection:
        row = connection.execute("SELECT password, password_handed FROM staff").fetchone()
    assert row is not None and fits(row[0], PASSWORD) and row[1] is False, "whoever makes the first account makes their own"


@pytest.mark.parametrize(
    ("words", "stdin", "code", "exit"),
    [
        (("add", EMAIL, "--name", "Maeve Orr", "--role", "auditor"), f"{PASSWORD}\n", "R506", 1),
        (("add", "new@desk.example.test", "--name", "New One", "--role", "auditor"), "short\n", "R503", 1),
        (("add", "new@desk.example.test", "--name", "New One", "--role", "auditor"), "", "R503", 2),
        (("add", "new@desk.example.test", "--name", "New One", "--role", "king"), f"{PASSWORD}\n", "R507", 1),
        (("role", EMAIL, "--role", "auditor"), "", "R511", 1),
        (("disable", EMAIL), "", "R511", 1),
        (("role", "nobody@desk.example.test", "--role", "auditor"), "", "R505", 1),
        (("reset", "nobody@desk.example.test"), f"{PASSWORD}\n", "R505", 1),
    ],
)
def test_what_cannot_be_done_says_so_and_leaves_nothing(
    run: Run, words: tuple[str, ...], stdin: str, code: str, exit: int
) -> None:
    ran = run(*words, stdin=stdin)
    assert ran.exit_code == exit and code in ran.output
    assert len(json.loads(run("list", "--json").output)) == 1


def test_a_colleague_is_given_a_role_disabled_and_let_in_again(run: Run, app: App) -> None:
    other = "tomasz@desk.example.test"
    assert run("add", other, "--name", "Tomasz Wilk", "--role", "verifier", stdin=f"{PASSWORD}\n").exit_code == 0
    with app.own.connection() as connection:
        assert account_at(connection, other).handed, "somebody else chose it"
    assert run("role", other, "--role", "operator").exit_code == 0
    assert run("disable", other).exit_code == 0
    found = {one["email"]: one for one in json.loads(run("list", "--json").output)}
    assert found[other]["role"] == "operator" and found[other]["disabled"]
    assert "disabled" in run("list").output
    assert run("disable", other, "--undo").exit_code == 0
    assert run("reset", other, stdin="another slow umbrella\n").exit_code == 0
    assert not {one["email"]: one for one in json.loads(run("list", "--json").output)}[other]["disabled"]


def test_a_reset_is_not_undone_by_whoever_it_shuts_out(run: Run, app: App) -> None:
    """A password chosen in a session that a reset ends meanwhile is not taken."""
    with app.own.connection() as connection, ThreadPoolExecutor(1) as aside:
        ref = account_at(connection, EMAIL).ref

        def chosen() -> None:
            with app.own.connection() as theirs:
                set_password(theirs, ref, "two dry parasols sing", PasswordRules(), datetime.now(UTC))

        with connection.transaction():
            connection.execute("UPDATE staff SET password = 'of the reset', password_handed = true WHERE ref = %s", [ref])
            choosing = aside.submit(chosen)
            while not choosing.done() and connection.execute(WAITING).fetchone() == (0,):
                pass
        with pytest.raises(StaffRefused, match="R503"):
            choosing.result()
        assert connection.execute("SELECT password FROM staff WHERE ref = %s", [ref]).fetchone() == ("of the reset",)
