"""Erasure by hand, on real engines: what goes, what stays, what refuses, and what a crash leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest

from tests import mariadb
from tests.execution.shop import TODAY, run_sql, shop_of
from upheld.engine.execution import Bound, Subject, bind, settle
from upheld.engine.execution.journal import MemoryJournal
from upheld.engine.execution.preview import preview
from upheld.engine.plan.model import DueAfter, Failed, KeepRule, Refused, Until, Why
from upheld.engine.plan.plans import Preview
from upheld.engine.stores import StoreFault, Timeouts


def test_a_persons_rows_go_in_both_stores_and_nobody_elses(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        answer = shop.erase("ADA@example.test")
        assert answer.is_done and answer.open == ()
        assert shop.sql("shop", "SELECT id FROM customers ORDER BY id") == [(2,), (3,)]
        assert shop.sql("shop", "SELECT id FROM orders") == [(20,)]
        assert shop.sql("shop", "SELECT id FROM lines") == [(200,)]
        assert shop.sql("post", "SELECT id FROM letters ORDER BY id") == [(2,), (3,)]
        assert answer.store("shop").rows == 5


INVOICES = KeepRule("tax-law", ("address",), DueAfter("done_at", 7, "years"), Why(("shop.keep.1",)))


def test_an_order_that_the_tax_rule_holds_stays_with_its_customer_and_the_answer_says_until_when(
    address: str, tmp_path: Path
) -> None:
    with shop_of(address, tmp_path) as shop:
        answer = shop.erase("ada@example.test", plan=shop.plan(keeps={("shop", "orders"): (INVOICES,)}))
        assert shop.sql("shop", "SELECT id, address FROM orders WHERE customer_id = 1") == [(10, "Ada Street 1")]
        assert shop.sql("shop", "SELECT name, email FROM customers WHERE id = 1") == [(None, None)]
        assert shop.sql("shop", "SELECT id FROM lines ORDER BY id") == [(200,)]
        [kept] = answer.store("shop").kept
        assert (kept.table, kept.keys, kept.until) == ("orders", ((10,),), (date(2032, 6, 1),))
        assert kept.rule.ground == "tax-law" and kept.rule.why.clauses == ("shop.keep.1",)


def test_a_hold_on_one_of_two_people_keeps_only_hers(address: str, tmp_path: Path) -> None:
    hold = KeepRule("dispute", ("name",), Until(date(2027, 1, 1)), Why((), (), "case 7"), frozenset({"s-1"}))
    with shop_of(address, tmp_path) as shop:
        shop.erase("ada@example.test", "ben@example.test", plan=shop.plan(keeps={("shop", "customers"): (hold,)}))
        assert shop.sql("shop", "SELECT id, name, email FROM customers ORDER BY id") == [
            (2, "Ben Example", None),
            (3, "Cem Example", "cem@example.test"),
        ]


def test_run_again_it_finds_nothing(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        bound, plan = shop.bind("ada@example.test"), shop.plan()
        assert isinstance(bound, Bound)
        shop.erase("ada@example.test", plan=plan)
        again = settle(plan, shop.estate, shop.catalogue, bound.bindings, shop.stores, today=TODAY, secret="5e" * 16)
        assert again.is_done and [s.rows for s in again.stores] == [0, 0]


def test_a_row_written_after_the_run_is_found_when_it_settles(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        bound, plan = shop.bind("ada@example.test"), shop.plan()
        assert isinstance(bound, Bound)
        shop.erase("ada@example.test", plan=plan)
        shop.sql("post", "INSERT INTO letters VALUES (9, 'ada@example.test', 'late')")
        again = settle(plan, shop.estate, shop.catalogue, bound.bindings, shop.stores, today=TODAY, secret="5e" * 16)
        assert again.store("post").rows == 1
        assert shop.sql("post", "SELECT count(*) FROM letters WHERE id = 9") == [(0,)]


def test_a_large_table_is_emptied_in_bounded_transactions(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upheld.engine.execution.chunks import drain
    from upheld.engine.stores.sql import scripts

    monkeypatch.setattr(scripts, "DRAIN_ROWS", 40)
    monkeypatch.setattr(drain, "DRAIN_ROWS", 40)
    with shop_of(address, tmp_path) as shop:
        rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT 1000 + i, 10, 'engraved' FROM n"
        shop.sql("shop", f"INSERT INTO lines {rows}")
        shop.estate.stores["shop"] = replace(shop.estate.stores["shop"], large=("lines",))  # type: ignore[index]
        commits = []
        shop.stores["shop"].commit = _counted(shop.stores["shop"].commit, commits)  # type: ignore[method-assign]
        answer = shop.erase("ada@example.test")
        assert answer.is_done and len(commits) == 4
        assert shop.sql("shop", "SELECT id FROM lines") == [(200,)]
        assert answer.store("shop").rows == 5 + 100


def _counted(commit: Callable[[], None], commits: list[int]) -> Callable[[], None]:
    def counted() -> None:
        commits.append(1)
        commit()

    return counted


# ---- who is meant --------------------------------------------------------------------------------------------------


def test_nobody_and_two_are_refused_and_never_guessed(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        shop.sql("shop", "INSERT INTO customers VALUES (4, 'Ada Other', 'ada@EXAMPLE.test')")
        two, nobody = shop.bind("ada@example.test"), shop.bind("eve@example.test")
        assert isinstance(two, Refused) and two.code == "X202"
        assert isinstance(nobody, Refused) and nobody.code == "X201"
        assert "example.test" not in f"{two} {nobody}"


@pytest.mark.parametrize(
    "subject",
    [
        Subject("s", {("shop", "customers"): (("one",),)}),
        Subject("s", {("shop", "customers"): ((1, 2),)}),
        Subject("s", {("shop", "customers"): ((2**70,),)}),
        Subject("s", {("shop", "orders"): ((1,),)}),
        Subject("s", {("nowhere", "customers"): ((1,),)}),
        Subject("s", {}, (("customer", "phone/1", "+353 1 234 5678"),)),
        Subject("s", {}, (("supplier", "email/1", "ada@example.test"),)),
    ],
)
def test_a_key_of_another_type_and_an_unknown_place_are_told_before_anything_is_read(
    subject: Subject, address: str, tmp_path: Path
) -> None:
    with shop_of(address, tmp_path) as shop:
        found = bind(shop.estate, shop.catalogue, shop.stores, [subject])
        assert isinstance(found, Refused) and found.code == "X203"


def test_a_shared_address_makes_rows_contested_and_leaves_them_alone(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        shop.sql("shop", "INSERT INTO customers VALUES (4, 'Ada Other', 'ada@example.test')")
        bound = bind(shop.estate, shop.catalogue, shop.stores, [Subject("s-0", {("shop", "customers"): ((1,),)})])
        assert isinstance(bound, Bound)
        assert [i.bearers for i in bound.bindings[0].identifiers] == [2]


# ---- what refuses --------------------------------------------------------------------------------------------------

LOANS = "CREATE TABLE loans (id integer PRIMARY KEY, borrower integer NOT NULL REFERENCES customers (id) ON DELETE CASCADE);"


def test_a_row_outside_refuses_before_a_large_table_loses_anything(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, schema=LOANS + "INSERT INTO loans VALUES (1, 1)") as shop:
        shop.estate.stores["shop"] = replace(shop.estate.stores["shop"], large=("lines",))  # type: ignore[index]
        before = shop.sql("shop", "SELECT count(*) FROM lines")
        problem = shop.erase("ada@example.test").store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "L201"
        assert shop.sql("shop", "SELECT count(*) FROM lines") == before


def test_a_row_outside_that_needs_the_person_refuses_and_nothing_changes(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, schema=LOANS + "INSERT INTO loans VALUES (1, 1)") as shop:
        answer = shop.erase("ada@example.test")
        problem = answer.store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "L201" and "loans" in problem.reason
        assert not answer.is_done and answer.open == ("shop",)
        assert shop.sql("shop", "SELECT count(*) FROM lines") == [(3,)]


def test_a_schema_that_drifted_is_not_touched(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        plan = shop.plan()
        shop.erase("ben@example.test", plan=plan)
        shop.sql("shop", "ALTER TABLE lines ADD COLUMN colour text")
        problem = shop.erase("ada@example.test", plan=plan).store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "L202"
        assert shop.sql("shop", "SELECT count(*) FROM customers WHERE id = 1") == [(1,)]


def test_far_more_rows_than_the_preview_counted_stop_before_the_commit(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:
        preview = Preview({("post", n): 5 for n in range(20)}, 1)
        problem = shop.erase("ada@example.test", preview=preview).store("shop").problem
        assert isinstance(problem, Refused) and problem.code == "L204"
        assert shop.sql("shop", "SELECT count(*) FROM customers") == [(3,)]


WRITES_BACK = {
    "sqlite": "CREATE TRIGGER again AFTER DELETE ON lines BEGIN INSERT INTO lines VALUES (old.id + 1000, old.order_id, old.engraving); END;",
    "postgresql": """CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO lines VALUES (old.id + 1000, old.order_id, old.engraving); RETURN NULL; END $$;
        CREATE TRIGGER again AFTER DELETE ON lines FOR EACH ROW EXECUTE FUNCTION again()""",
    # The engine itself lets no trigger write to its own table.
    "mariadb": "CREATE TRIGGER again AFTER DELETE ON lines FOR EACH ROW INSERT INTO lines VALUES (old.id + 1000, old.order_id, old.engraving)",
}


def test_a_trigger_that_writes_rows_back_is_not_believed_to_be_harmless(address: str, tmp_path: Path) -> None:
    schema = WRITES_BACK[address.split(":")[0]]
    with shop_of(address, tmp_path, schema=schema) as shop:
        undeclared = shop.try_plan()
        assert isinstance(undeclared, Refused) and undeclared.code == "L103"
        lines = shop.estate.table("shop", "lines")
        from upheld.engine.estate.model import TriggerRule

        shop.estate.stores["shop"].tables["lines"] = replace(lines, triggers=(TriggerRule("again", "harmless"),))  # type: ignore[index]
        problem = shop.erase("ada@example.test").store("shop").problem
        assert problem is not None and getattr(problem, "code", "") in (
            "X301",
            "X108",
            "X102" if address.startswith("mariadb") else "",
        )
        assert shop.sql("shop", "SELECT count(*) FROM lines") == [(3,)]


# ---- the world breaks ----------------------------------------------------------------------------------------------


def test_a_store_that_is_down_leaves_the_ask_open_and_it_goes_on_later(address: str, tmp_path: Path) -> None:
    journal = MemoryJournal()
    with shop_of(address, tmp_path) as shop:
        plan, away = shop.plan(), shop.stores.pop("shop")
        bound = bind(
            shop.estate, shop.catalogue, {**shop.stores, "shop": away}, [Subject("s-0", {("shop", "customers"): ((1,),)})]
        )
        assert isinstance(bound, Bound)
        from upheld.engine.execution import run_erasure

        def run() -> object:
            return run_erasure(
                plan, shop.estate, shop.catalogue, bound.bindings, shop.stores, today=TODAY, secret="5e" * 16, journal=journal
            )

        first = run()
        assert not first.is_done and first.open == ("shop",)  # type: ignore[attr-defined]
        assert shop.sql("post", "SELECT count(*) FROM letters") == [(2,)]
        shop.stores["shop"] = away
        assert run().is_done  # type: ignore[attr-defined]
        assert shop.sql("shop", "SELECT count(*) FROM customers") == [(2,)]


def test_rows_that_others_lock_fail_in_time_and_nothing_is_half_done(address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path, timeouts=Timeouts(lock_ms=50)) as shop:
        import sqlite3

        if address.startswith("sqlite"):
            other = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
        elif address.startswith("mariadb"):
            other = mariadb.connect(address)  # type: ignore[assignment]
            other.begin()  # type: ignore[attr-defined]
            other.query("SELECT 1 FROM customers WHERE id = 1 FOR UPDATE")  # type: ignore[attr-defined]
        else:
            other = psycopg.connect(address)  # type: ignore[assignment]
            other.execute("SELECT 1 FROM customers WHERE id = 1 FOR UPDATE")
        problem = shop.erase("ada@example.test").store("shop").problem
        other.rollback() if not address.startswith("sqlite") else other.execute("ROLLBACK")
        other.close()
        assert isinstance(problem, Failed) and problem.code == "X103" and problem.retry
        assert shop.sql("shop", "SELECT count(*) FROM lines") == [(3,)]


def test_a_file_that_is_missing_is_never_made(tmp_path: Path) -> None:
    from upheld.engine.estate.model import StoreMap
    from upheld.engine.stores import open_store

    store = StoreMap("gone", "sqlite", "sqlite:///x", "IE", "primary", {})
    with pytest.raises(StoreFault) as fault:
        open_store(store, f"sqlite:///{tmp_path / 'gone.db'}").catalogue()
    assert fault.value.code == "X101" and not (tmp_path / "gone.db").exists()


def test_two_executors_cannot_be_inside_one_plan(fresh_database: str, tmp_path: Path) -> None:
    from upheld.engine.execution.erasure import fence_of

    with shop_of(fresh_database, tmp_path) as shop, psycopg.connect(fresh_database) as other:
        plan = shop.plan()
        other.execute("SELECT pg_advisory_xact_lock(%s)", [fence_of(plan.digest, "shop")])
        problem = shop.erase("ada@example.test", plan=plan).store("shop").problem
        assert isinstance(problem, Failed) and problem.code == "X105"


def test_row_level_security_is_an_error_and_never_a_filter(pg: object, fresh_database: str, tmp_path: Path) -> None:
    policy = "ALTER TABLE lines ENABLE ROW LEVEL SECURITY; ALTER TABLE lines FORCE ROW LEVEL SECURITY; CREATE POLICY lines_few ON lines USING (id < 101)"
    with shop_of(fresh_database, tmp_path, schema=policy) as shop:
        problem = shop.erase("ada@example.test").store("shop").problem
        assert isinstance(problem, Failed) and problem.code == "X106" and "table lines" in problem.cause
        assert shop.sql("shop", "SELECT count(*) FROM orders") == [(3,)]


def test_a_warning_of_the_server_is_a_failure(fresh_database: str, tmp_path: Path) -> None:
    warns = """CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'cut short'; RETURN old; END $$;
        CREATE TRIGGER warn BEFORE DELETE ON lines FOR EACH ROW EXECUTE FUNCTION warn()"""
    more = "    triggers: {warn: {harmless: says a word}}"
    with shop_of(fresh_database, tmp_path, schema=warns, more_tables=more) as shop:
        problem = shop.erase("ada@example.test").store("shop").problem
        assert isinstance(problem, Failed) and problem.code == "X104"
        assert shop.sql("shop", "SELECT count(*) FROM lines") == [(3,)]


def test_no_value_of_a_row_is_in_a_plan_a_record_or_an_answer(address: str, tmp_path: Path) -> None:
    journal = MemoryJournal()
    with shop_of(address, tmp_path) as shop:
        plan = shop.plan()
        answer = shop.erase("ada@example.test", plan=plan, journal=journal)
        said = f"{plan} {answer} {journal}".lower()
        assert "ada" not in said.replace("metadata", "") and "street" not in said


# ---- killed --------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {path!r}
from tests.execution.shop import SHOP_YAML, POST_YAML, TODAY, SECRET
from tests.execution.test_erasure import FileJournal
from upheld.engine.estate.from_yaml import read_estate
from upheld.engine.estate.model import Catalogue
from upheld.engine.execution import Subject, bind, run_erasure
from upheld.engine.plan import Ask, plan_for
from upheld.engine.stores import open_stores

seen = []

def failpoint(name):
    seen.append(name)
    if seen.count({point!r}) == {times}:
        os.kill(os.getpid(), signal.SIGKILL)

yaml = SHOP_YAML.format(engine={engine!r}, more_customers="", more_tables="")
estate, _ = read_estate({{"shop.yaml": yaml, "post.yaml": POST_YAML}})
stores = open_stores(estate, {addresses!r})
catalogue = Catalogue({{n: s.catalogue() for n, s in stores.items()}})
plan = plan_for(estate, catalogue, {{}}, Ask("A-0001", "erasure", 1))
journal = FileJournal(Path({journal!r}))
bound = journal.bindings or bind(estate, catalogue, stores, [Subject("s-0", {{}}, (("customer", "email/1", "ada@example.test"),))]).bindings
journal.keep(bound)
answer = run_erasure(plan, estate, catalogue, bound, stores, today=TODAY, secret=SECRET, journal=journal, failpoint=failpoint)
print("done" if answer.is_done else answer)
"""


class FileJournal(MemoryJournal):
    """A journal that outlives its process: a file that is replaced at every record, as a commit is."""

    def __init__(self, path: Path) -> None:
        import pickle

        super().__init__()
        self.path = path
        self.bindings: tuple[object, ...] = ()
        if path.exists():
            self.records, self.ended, self.bindings = pickle.loads(path.read_bytes())

    def keep(self, bindings: tuple[object, ...]) -> None:
        self.bindings = bindings
        self._save()

    def prepared(self, record) -> None:  # type: ignore[no-untyped-def]
        super().prepared(record)
        self._save()

    def done(self, record) -> None:  # type: ignore[no-untyped-def]
        super().done(record)
        self._save()

    def _save(self) -> None:
        import pickle

        partial = self.path.with_suffix(".part")
        partial.write_bytes(pickle.dumps((self.records, self.ended, self.bindings)))
        partial.rename(self.path)


# The post is the first store of the run, the shop the second.
@pytest.mark.parametrize(
    ("point", "times"),
    [
        ("after-store-commit", 1),
        ("before-prepared", 2),
        ("before-store-commit", 2),
        ("after-store-commit", 2),
        ("after-done", 2),
    ],
)
def test_killed_at_any_commit_it_goes_on_to_the_same_end(point: str, times: int, address: str, tmp_path: Path) -> None:
    with shop_of(address, tmp_path) as shop:

        def run(times: int) -> subprocess.CompletedProcess[str]:
            script = KILLED.format(
                path=[entry for entry in sys.path if entry], point=point, times=times, addresses=shop.addresses,
                engine=shop.estate.stores["shop"].engine, journal=str(tmp_path / "journal"),
            )  # fmt: skip
            return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)

        assert run(times).returncode == -signal.SIGKILL
        ended = run(99)
        assert ended.stdout.strip() == "done", ended.stderr
        assert shop.sql("shop", "SELECT id FROM lines") == [(200,)]
        assert shop.sql("shop", "SELECT id FROM customers ORDER BY id") == [(2,), (3,)]
        assert shop.sql("post", "SELECT id FROM letters ORDER BY id") == [(2,), (3,)]


FULL = """
import resource, sys
sys.path[:0] = {path!r}
from tests.execution.shop import shop_at
from pathlib import Path
with shop_at({addresses!r}) as shop:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
    print(shop.erase("ada@example.test").store("post").problem)
"""


def test_a_full_disk_is_a_clean_failure(tmp_path: Path) -> None:
    with shop_of(f"sqlite:///{tmp_path / 'shop.db'}", tmp_path) as shop:
        run_sql(shop.addresses["post"], "PRAGMA journal_mode = DELETE")
        script = FULL.format(path=[entry for entry in sys.path if entry], addresses=shop.addresses)
        ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
        assert "X107" in ended.stdout, ended.stderr
        assert shop.sql("post", "SELECT count(*) FROM letters") == [(3,)]
        assert shop.erase("ada@example.test").is_done


# ---- previews and what triggers add ----------------------------------------------------------------------------------

AUDIT_MAP = "    triggers: {audit: {copies-to: customer_history}}\n    erasure: blank"
HISTORY_MAP = """
  customer_history:
    key: [id]
    links: {customer_id: {owning: customers}}
    columns: {id: key, customer_id: key, old_email: email-address}
"""
HISTORY = {
    "sqlite": """
        CREATE TABLE customer_history (id integer PRIMARY KEY, customer_id integer NOT NULL, old_email text);
        CREATE TRIGGER audit AFTER UPDATE ON customers BEGIN
          INSERT INTO customer_history (customer_id, old_email) VALUES (old.id, old.email); END;
    """,
    "postgresql": """
        CREATE TABLE customer_history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id integer NOT NULL, old_email text);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          INSERT INTO customer_history (customer_id, old_email) VALUES (old.id, old.email); RETURN new; END $$;
        CREATE TRIGGER audit AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION note();
    """,
    "mariadb": """
        CREATE TABLE customer_history (id bigint AUTO_INCREMENT PRIMARY KEY, customer_id integer NOT NULL, old_email text);
        CREATE TRIGGER audit AFTER UPDATE ON customers FOR EACH ROW
          INSERT INTO customer_history (customer_id, old_email) VALUES (old.id, old.email);
    """,
}


def test_what_a_declared_trigger_copies_during_the_run_is_no_blast(address: str, tmp_path: Path) -> None:
    with shop_of(
        address, tmp_path, schema=HISTORY[address.partition(":")[0]], more_customers=AUDIT_MAP, more_tables=HISTORY_MAP
    ) as shop:
        bound, plan = shop.bind("ada@example.test"), shop.plan()
        assert isinstance(bound, Bound)
        shown = preview(plan, shop.estate, shop.catalogue, bound.bindings, shop.stores, TODAY)
        assert isinstance(shown, Preview)
        answer = shop.erase("ada@example.test", plan=plan, preview=shown)
        assert answer.is_done, [outcome.problem for outcome in answer.stores]
        assert shop.sql("shop", "SELECT count(*) FROM customer_history") == [(0,)]
        assert shop.sql("shop", "SELECT email FROM customers WHERE id = 1") == [(None,)]
