"""What bad input gets: a refusal with its code, or a state to go on from; never a false done, a traceback, or anything lost."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cli.harbour import PLACEHOLDER, SHARED, Harbour, Installation, email, lines, tokens
from tests.cli.preloaded import ROOT
from upheld.records.own import EmbeddedServer

NOWHERE = "postgresql://clerk:sesame-open-0815@127.0.0.1:1/nowhere"


@pytest.fixture(scope="module")
def firm(harbour: Harbour) -> Iterator[Installation]:
    """A bookshop for refusals that touch nothing."""
    made = harbour.installation()
    yield made
    harbour.drop(made)


def ask(firm: Installation, stdin: str, kind: str = "erasure", **environment: str) -> tuple[int, str]:
    """The exit code and the code of the refusal; stdout holds the same as one document."""
    ran = firm.upheld("plan", str(firm.folder), "--ask", kind, "--subject", "-", "--json", stdin=stdin, environment=environment)
    error = ran.document["error"]
    assert ran.err.startswith(f"{error['code']}  {error['summary']}\n")
    return ran.code, error["code"]


# ---- who is meant ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stdin", "code", "exit"),
    [
        (lines(SHARED), "X202", 1),
        (lines(PLACEHOLDER), "X201", 1),
        (lines("nobody-at-all@harbour.example.test"), "X201", 1),
        (lines(4711), "X201", 1),
        ('{"table": "shopp.customers", "key": {"id": 1}}', "X203", 2),
        ('{"table": "shop.clients", "key": {"id": 1}}', "X203", 2),
        ('{"table": "shop.orders", "key": {"id": 11}}', "X203", 2),
        ('{"table": "shop.customers", "key": {"id": "seven"}}', "X203", 2),
        ('{"table": "shop.customers", "key": {"id": null}}', "X203", 2),
        ('{"table": "shop.customers", "key": {"id": [1]}}', "X203", 2),
        ('{"table": "shop.customers", "key": {"id": 1e400}}', "X203", 2),
        ('{"table": "shop.customers", "key": {"id": 99999999999999999999}}', "X203", 2),
        ('{"table": "shop.customers", "key": {"number": 1}}', "X203", 2),
        ('{"table": ["shop.customers"], "key": {"id": 1}}', "X203", 2),
        ('{"email": {"of": "ada"}}', "X203", 2),
        ('{"email": ""}', "X203", 2),
        ('{"email": "\\u0000"}', "X203", 2),
        ('{"shoe-size": "42"}', "X203", 2),
        ("{}", "X203", 2),
        ("[1, 2]", "X203", 2),
        ("not json at all", "X203", 2),
        ("[" * 20_000, "X203", 2),
        ("", "X203", 2),
        ("\n\n  \n", "X203", 2),
    ],
)
def test_whoever_cannot_be_meant_is_refused(firm: Installation, stdin: str, code: str, exit: int) -> None:
    assert ask(firm, stdin) == (exit, code)


def test_a_batch_of_no_firm_is_wrong_use(firm: Installation) -> None:
    ran = firm.upheld("batch", str(firm.folder / "nowhere"), "--json")
    assert ran.code == 2 and ran.document["error"]["code"] == "N001"


def test_a_refusal_of_a_person_shows_nothing_of_the_person(firm: Installation) -> None:
    ran = firm.upheld("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", stdin=lines(SHARED, email(3)))
    assert ran.code == 1 and SHARED not in ran.err + ran.out and "line 1" in ran.err


def test_one_bad_line_of_a_batch_is_named_and_nothing_is_stored(firm: Installation) -> None:
    before = firm.upheld("verify", "--json").document["leaves"]
    good = lines(*range(1, 21)).splitlines()
    good[11] = lines("nobody-here@harbour.example.test").strip()
    ran = firm.upheld("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", stdin="\n".join(good))
    assert ran.code == 1 and "X201" in ran.err and "line 12" in ran.err
    good[4] = '{"email": 7, "table"'
    ran = firm.upheld("plan", str(firm.folder), "--ask", "erasure", "--subject", "-", stdin="\n".join(good))
    assert ran.code == 2 and "X203" in ran.err and "Line 5" in ran.err
    assert firm.upheld("verify", "--json").document["leaves"] == before


def test_a_person_whom_several_lines_name_is_one_person(shop: Installation) -> None:
    asked = shop.plan("erasure", 2, email(2), 4, 2)
    assert asked["subjects"] == 2
    assert shop.erase(asked).code == 0
    again = shop.plan("access", 4, 2, 2)
    assert again["subjects"] == 2
    ran = shop.upheld("access", str(again["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "packages"))
    assert ran.code == 0 and len(list((shop.data / "packages").iterdir())) == 2


@pytest.mark.parametrize("what", ["a folder", "missing", "binary"])
def test_a_file_of_subjects_that_cannot_be_read(firm: Installation, what: str) -> None:
    place = firm.data / "subjects"
    if what == "binary":
        place.write_bytes(b"\xff\xfe\x00{")
    given = {"a folder": firm.data, "missing": firm.data / "missing", "binary": place}[what]
    ran = firm.upheld("plan", str(firm.folder), "--ask", "access", "--subject", str(given))
    assert ran.code == 2 and "X203" in ran.err


# ---- the folder and its stores -----------------------------------------------------------------------------------------


def copied(firm: Installation, name: str) -> Path:
    import shutil

    place = firm.data / name
    shutil.copytree(firm.folder, place)
    return place


def test_a_notice_in_latin_1(firm: Installation) -> None:
    place = copied(firm, "latin")
    (place / "notice.md").write_bytes(
        (place / "notice.md").read_text().replace("Harbour Books", "H\xe5rbour Books").encode("latin-1")
    )
    ran = firm.upheld("check", str(place), "--json")
    assert ran.code == 2 and ran.document["error"]["code"] == "N003"


def test_a_folder_where_a_file_should_be(firm: Installation) -> None:
    place = copied(firm, "folders")
    (place / "notice.md").unlink()
    (place / "notice.md").mkdir()
    assert firm.upheld("check", str(place)).code == 2
    again = copied(firm, "folders-too")
    (again / "estate" / "shop.yaml").unlink()
    (again / "estate" / "shop.yaml").mkdir()
    assert firm.upheld("check", str(again)).code == 2


@pytest.mark.parametrize(
    ("spoil", "code", "exit"),
    [
        (lambda place: (place / "estate" / "estate.lock").unlink(), "X121", 1),
        (lambda place: (place / "estate" / "estate.lock").write_text("stores: [half a"), "X122", 2),
        (lambda place: (place / "notice.md").write_text("---\nnotice: 7\n---\n# nothing"), "X120", 1),
        (lambda place: (place / "estate" / "shop.yaml").write_text("store: shop\ntables: {a: &a [*a]}"), "X120", 1),
    ],
    ids=["no lock", "half a lock", "no notice to speak of", "half an estate"],
)
def test_a_folder_that_does_not_check_plans_nothing(
    firm: Installation, tmp_path: Path, spoil: Callable[[Path], object], code: str, exit: int
) -> None:
    import shutil

    place = tmp_path / "firm"
    shutil.copytree(firm.folder, place)
    spoil(place)
    ran = firm.upheld("plan", str(place), "--ask", "access", "--subject", "-", "--json", stdin=lines(2))
    assert (ran.code, ran.document["error"]["code"]) == (exit, code)


def test_an_address_that_is_not_set(firm: Installation) -> None:
    environment = {name: value for name, value in firm.environment.items() if name != "HARBOUR_SHOP_URL"}
    ran = firm.process.run(
        "plan", str(firm.folder), "--ask", "access", "--subject", "-", "--json", stdin=lines(2), environment=environment
    )
    assert ran.code == 2 and ran.document["error"]["code"] == "X130" and "HARBOUR_SHOP_URL" in ran.err


@pytest.mark.parametrize(
    ("variable", "address", "code", "exit"),
    [
        ("HARBOUR_SHOP_URL", NOWHERE, "X101", 3),
        ("HARBOUR_SHOP_URL", "oracle://shop", "X132", 2),
        ("HARBOUR_SHOP_URL", "sqlite:///shop.sqlite", "X131", 2),
        ("HARBOUR_SHOP_URL", "postgresql://%zz", "X101", 3),
        ("HARBOUR_SHOP_URL", "mariadb://clerk:sesame-open-0815@127.0.0.1:1/nowhere", "X131", 2),
        ("HARBOUR_LETTERS_URL", "sqlite:////nowhere/letters.sqlite", "X101", 3),
    ],
)
def test_a_store_out_of_reach_is_the_world_and_not_the_user(
    firm: Installation, variable: str, address: str, code: str, exit: int
) -> None:
    assert ask(firm, lines(2), **{variable: address}) == (exit, code)
    ran = firm.upheld(
        "plan", str(firm.folder), "--ask", "erasure", "--subject", "-", stdin=lines(2), environment={variable: address}
    )
    assert "sesame" not in ran.err + ran.out


@pytest.mark.parametrize("words", [("prove",), ("scan",), ("serve", "--port", "0")], ids=" ".join)
def test_other_commands_without_their_store(firm: Installation, words: tuple[str, ...], pg: EmbeddedServer) -> None:
    if words[0] == "prove":
        firm.lend(pg)
    where = ("env:HARBOUR_SHOP_URL", "--to", str(firm.data / "scanned")) if words[0] == "scan" else (str(firm.folder),)
    if words[0] != "serve":  # which shows what is on record, and needs no store
        ran = firm.upheld(*words, *where, environment={"HARBOUR_SHOP_URL": NOWHERE})
        assert ran.code in ((3,) if words[0] == "scan" else (0, 1, 3)) and "X997" not in ran.err
        assert "sesame" not in ran.out + ran.err
        missing = {name: value for name, value in firm.environment.items() if name != "HARBOUR_SHOP_URL"}
        ran = firm.process.run(*words, *where, environment=missing)
        assert ran.code == 2 and "X130" in ran.err
    nowhere = firm.upheld(*words, *(("sqlite:///nowhere.db",) if words[0] == "scan" else (str(firm.data / "nothing-here"),)))
    assert nowhere.code in (2, 3) and "X997" not in nowhere.err


def test_a_public_address_is_refused_on_the_embedded_database(firm: Installation) -> None:
    ran = firm.upheld("serve", str(firm.folder), "--host", "host.nowhere.invalid", "--port", "0")
    assert ran.code in (1, 3) and "V90" in ran.err and "X997" not in ran.err


def test_a_path_that_does_not_exist_makes_no_empty_store(firm: Installation) -> None:
    place = firm.data / "typing-error.sqlite"
    assert ask(firm, lines(2), HARBOUR_LETTERS_URL=f"sqlite:///{place}")[0] == 3
    assert not place.exists()


def test_a_file_that_is_no_database(firm: Installation) -> None:
    place = firm.data / "text.sqlite"
    place.write_text("Dear reader, this is a letter and no database. " * 100)
    code, _ = ask(firm, lines(2), HARBOUR_LETTERS_URL=f"sqlite:///{place}")
    assert code == 3


def test_our_own_database_out_of_reach(firm: Installation) -> None:
    ran = firm.upheld("verify", "--json", environment={"UPHELD_DATABASE_URL": NOWHERE, "UPHELD_OWNER_DATABASE_URL": NOWHERE})
    assert ran.code == 3 and ran.document["error"]["code"] == "X902" and "sesame" not in ran.err


# ---- asks that may not run ------------------------------------------------------------------------------------------------


def test_words_that_no_ask_knows(firm: Installation) -> None:
    asked = firm.plan("erasure", 2)
    number, digest, place = str(asked["ask"]), str(asked["plan"]), ("--in", str(firm.folder))
    for words, code, exit in (
        (("erase", "A-9999", "--plan", digest, *place), "X154", 2),
        (("access", number, *place), "X155", 2),
        (("erase", number, "--plan", "0" * 64, *place), "L205", 1),
        (("erase", number, "--plan", digest[:4], *place), "L205", 1),
        (("erase", number, "--plan", "", *place), "L205", 1),
        (("explain", "00000000"), "X152", 2),
        (("explain", digest, "shop.prices"), "X153", 2),
        (("plan", str(firm.folder), "--again", "A-9999"), "X154", 2),
        (("plan", str(firm.folder)), "X150", 2),
    ):
        ran = firm.upheld(*words, "--json")
        assert (ran.code, ran.document["error"]["code"]) == (exit, code), words
    assert ask(firm, lines(2), "forget") == (2, "X150")
    ran = firm.upheld("plan", str(firm.folder), "--ask", "access", "--subject", "-", "--regime", "mars", stdin=lines(2))
    assert ran.code == 2 and "X151" in ran.err


def test_a_stored_plan_that_was_altered_is_not_carried_out(shop: Installation) -> None:
    asked, before = shop.plan("erasure", 2), shop.dump()
    with psycopg.connect(shop.own) as connection:
        connection.execute("UPDATE plan SET content = replace(content::text, '\"email\"', '\"phone\"')::jsonb")
    ran = shop.erase(asked)
    assert ran.code == 1 and ran.document["error"]["code"] == "L205"
    assert shop.upheld("explain", str(asked["plan"])).code == 1
    assert shop.dump() == before


def test_a_schema_that_drifted_since_the_plan_refuses_and_changes_nothing(shop: Installation) -> None:
    asked, before = shop.plan("erasure", 2), shop.dump()
    with psycopg.connect(shop.shop) as connection:
        connection.execute("CREATE TABLE gossip (about text)")
    ran = shop.erase(asked)
    assert ran.code == 1
    outcomes = {one["store"]: (one["outcome"], one.get("code")) for one in ran.document["stores"]}
    assert outcomes == {"letters": ("done", None), "shop": ("refused", "L202")}
    after = shop.dump()
    assert {table: rows for table, rows in after.items() if table.startswith("shop")} == {
        table: rows for table, rows in before.items() if table.startswith("shop")
    }
    assert not ran.document["fulfilled"] and ran.document["open"] == ["shop"]
    assert "L202" in ran.err or shop.erase(asked, "--resume").code == 1


def test_far_more_rows_than_were_shown_refuse_before_the_commit(shop: Installation) -> None:
    asked = shop.plan("erasure", 3)
    with psycopg.connect(shop.shop) as connection:
        connection.execute("INSERT INTO orders SELECT g, 3, 'bulk', now() FROM generate_series(5000, 5300) g")
    before = shop.dump()
    ran = shop.erase(asked)
    assert ran.code == 1
    assert {one["store"]: one.get("code") for one in ran.document["stores"]}["shop"] == "L204"
    assert shop.dump()["shop.orders"] == before["shop.orders"]
    again = shop.upheld("plan", str(shop.folder), "--again", str(asked["ask"]), "--json").document
    assert again["plan"] == asked["plan"] and again["counts"]["erased"] > asked["counts"]["erased"]  # type: ignore[index]
    assert shop.erase(again, "--resume").code == 0
    assert not [row for row in shop.dump()["shop.orders"] if row[1] == 3]


def test_an_access_that_was_asked_first_is_answered_first(shop: Installation) -> None:
    copy, erasure = shop.plan("access", 2), shop.plan("erasure", 2)
    ran = shop.erase(erasure)
    assert ran.code == 1 and ran.document["error"]["code"] == "X208" and str(copy["ask"]) in ran.err
    assert shop.upheld("access", str(copy["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "p")).code == 0
    assert shop.erase(erasure).code == 0


def test_an_erased_person_who_asks_again_is_told_the_date(shop: Installation) -> None:
    from datetime import UTC, datetime

    with psycopg.connect(shop.shop) as connection:
        connection.execute("DELETE FROM invoices WHERE customer_id = 3")  # so that nothing of her is held
    assert shop.erase(shop.plan("erasure", email(3), email(4))).code == 0
    for kind, person in (("access", 3), ("erasure", 3), ("erasure", 4)):
        ran = shop.upheld("plan", str(shop.folder), "--ask", kind, "--subject", "-", "--json", stdin=lines(email(person)))
        assert ran.code == 1
        error = ran.document["error"]
        assert error["code"] == "X204" and f"shop on {datetime.now(UTC).date().isoformat()}" in error["detail"]
    batch = lines(5, email(3), 6)
    ran = shop.upheld("plan", str(shop.folder), "--ask", "access", "--subject", "-", stdin=batch)
    assert ran.code == 1 and "X204" in ran.err and "line 2" in ran.err


def test_an_ask_that_is_done_gives_its_answer_again_and_touches_nothing(shop: Installation) -> None:
    asked = shop.plan("erasure", 2)
    first = shop.erase(asked).document
    before = shop.dump()
    again = shop.erase(asked)
    assert again.code == 0 and again.document["fulfilled"] and again.document["stores"] == first["stores"]
    assert shop.dump() == before


@pytest.mark.parametrize(
    "address", ["mariadb://clerk:sesame-open-0815@127.0.0.1:1/nowhere", "mysql://clerk:sesame-open-0815@shop:one/x"]
)
def test_a_mariadb_out_of_reach_is_the_world_and_its_password_stays_unsaid(firm: Installation, address: str) -> None:
    ran = firm.upheld(
        "scan", "env:HARBOUR_SHOP_URL", "--to", str(firm.data / "other"), environment={"HARBOUR_SHOP_URL": address}
    )
    assert ran.code == 3 and "X101" in ran.err and "sesame" not in ran.out + ran.err


# ---- the world breaks ----------------------------------------------------------------------------------------------------


def test_a_server_that_is_down_at_erase_waits_and_resumes(
    shop: Installation, untroubled: Callable[[Installation, int], None]
) -> None:
    asked = shop.plan("erasure", 6)
    ran = shop.erase(asked, environment={"HARBOUR_SHOP_URL": NOWHERE})
    assert ran.code == 3
    assert {one["store"]: (one["outcome"], one.get("code")) for one in ran.document["stores"]} == {
        "letters": ("done", None), "shop": ("failed", "X101"),
    }  # fmt: skip
    assert not ran.document["fulfilled"] and "sesame" not in ran.err
    assert shop.erase(asked).code == 1  # it was begun: whoever goes on must say so
    assert shop.erase(asked, "--resume").code == 0
    untroubled(shop, 6)


def test_a_file_that_somebody_else_locks_waits_and_resumes(
    shop: Installation, untroubled: Callable[[Installation, int], None]
) -> None:
    asked, before = shop.plan("erasure", 6), shop.dump()
    other = sqlite3.connect(shop.letters, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ran = shop.erase(asked)
    assert ran.code == 3 and ran.document["stores"][0]["code"] == "X103" and ran.document["stores"][1]["outcome"] == "open"
    other.execute("ROLLBACK")
    other.close()
    assert shop.dump() == before
    assert shop.erase(asked, "--resume" if "--resume" in ran.err else "--json").code == 0
    untroubled(shop, 6)


def test_a_file_that_is_gone_waits_and_resumes(shop: Installation, untroubled: Callable[[Installation, int], None]) -> None:
    asked = shop.plan("erasure", 6)
    away = shop.letters.rename(shop.letters.with_suffix(".away"))
    ran = shop.erase(asked)
    assert ran.code == 3 and ran.document["stores"][0]["code"] == "X101"
    assert not shop.letters.exists()
    away.rename(shop.letters)
    assert shop.erase(asked).code == 0
    untroubled(shop, 6)


def limited(shop: Installation, size: int, *words: str) -> subprocess.CompletedProcess[str]:
    """`upheld WORDS` in a process that cannot make a file longer than `size`: what a full disk looks like to it."""
    return subprocess.run(
        [sys.executable, "-m", "upheld", *words],
        env={**shop.environment, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )  # fmt: skip


def test_a_full_disk_under_a_store_loses_nothing_and_resumes(
    shop: Installation, untroubled: Callable[[Installation, int], None]
) -> None:
    asked, before = shop.plan("erasure", 6), shop.dump()
    words = ("erase", str(asked["ask"]), "--plan", str(asked["plan"]), "--in", str(shop.folder))
    ran = limited(shop, 512, *words)
    assert ran.returncode == 3 and "X107" in ran.stderr and "Traceback" not in ran.stderr, ran.stderr
    assert shop.dump() == before
    assert shop.erase(asked, "--resume" if "--resume" in ran.stderr else "--json").code == 0
    untroubled(shop, 6)


def test_a_full_disk_under_a_package_leaves_no_half_answer_and_the_ask_goes_on(shop: Installation) -> None:
    asked = shop.plan("access", 6, 7)
    words = ("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "packages"))
    ran = limited(shop, 3_000, *words)
    assert ran.returncode == 3 and "Traceback" not in ran.stderr, ran.stderr
    assert "X802" in ran.stderr or "X998" in ran.stderr
    assert not list((shop.data / "packages").glob("*/*")) and not list((shop.data / "work").glob("**/*.copy"))
    again = shop.upheld(*words, "--json")
    assert again.code == 0 and len(again.document["packages"]) == 2


def test_an_answer_never_overwrites_another(shop: Installation) -> None:
    asked = shop.plan("access", 6)
    place = shop.data / "packages" / f"{asked['ask']}-0001"
    place.mkdir(parents=True)
    (place / "data.json").write_text("somebody else's answer")
    ran = shop.upheld("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(place.parent))
    assert ran.code == 1 and "X801" in ran.err
    assert (place / "data.json").read_text() == "somebody else's answer"
    assert shop.upheld("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "elsewhere")).code == 0


def test_an_access_without_one_store_says_so_and_is_answered_whole_when_it_is_back(shop: Installation) -> None:
    asked = shop.plan("access", 6)
    words = ("access", str(asked["ask"]), "--in", str(shop.folder), "--to", str(shop.data / "packages"), "--json")
    away = shop.letters.rename(shop.letters.with_suffix(".away"))
    ran = shop.upheld(*words)
    assert ran.code == 3 and not ran.document["fulfilled"] and ran.document["open"] == ["letters"]
    package = shop.data / "packages" / f"{asked['ask']}-0001"
    assert json.loads((package / "data.json").read_text())["complete"] is False
    away.rename(shop.letters)
    ran = shop.upheld(*words)
    assert ran.code == 0 and ran.document["fulfilled"]
    assert json.loads((package / "data.json").read_text())["complete"] is True


def test_a_pipe_whose_reader_is_full_is_the_world(shop: Installation) -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "upheld", "check", str(shop.folder)],
            env={**shop.environment, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert ran.returncode == 3 and "X998" in ran.stderr and "Traceback" not in ran.stderr


def test_a_pipe_whose_reader_has_gone_is_no_fault(shop: Installation) -> None:
    ran = subprocess.run(
        f"{sys.executable} -m upheld check {ROOT / 'examples' / 'qualer'} --json | head -c 10",
        env={**shop.environment, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}, shell=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr and "BrokenPipe" not in ran.stderr


def test_nothing_that_was_refused_left_a_persons_value_in_our_tables(firm: Installation) -> None:
    from tests import searching

    with psycopg.connect(firm.own) as connection:
        assert searching.in_database(connection, [SHARED, tokens(2)[0], tokens(3)[1]]) == []
