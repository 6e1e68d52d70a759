"""Jobs on our own database: deferred with a transaction, done by workers, tried again, given back, listed."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from upheld.records.jobs import Handler, Happened, Pace, Schedule, defer, failed_jobs, jobs_now, run_worker, try_again
from upheld.records.jobs.looking import forget_ended
from upheld.records.jobs.stalled import give_back
from upheld.records.own import OwnDatabase

ROOT = Path(__file__).resolve().parents[2]
SWIFT = Pace(look=timedelta(seconds=0.2), first_wait=timedelta(0), longest_wait=timedelta(0), tries=3)


class Done:
    """What was done, as it is done; whoever waits is woken."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Mapping[str, object]]] = []
        self.said: list[Happened] = []
        self._news = threading.Condition()

    def handler(
        self, name: str, then: Callable[[Mapping[str, object]], None] = lambda _: None
    ) -> Callable[[Mapping[str, object]], None]:
        def do(ids: Mapping[str, object]) -> None:
            then(ids)
            with self._news:
                self.seen.append((name, ids))
                self._news.notify_all()

        return do

    def told(self, happened: Happened) -> None:
        with self._news:
            self.said.append(happened)
            self._news.notify_all()

    def wait(self, for_what: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(for_what, 20), (self.seen, self.said)

    def wait_said(self, what: str, times: int = 1) -> None:
        self.wait(lambda: sum(one.what == what for one in self.said) >= times)


@contextmanager
def at_work(
    own: OwnDatabase, handlers: Mapping[str, Handler], done: Done, schedules: tuple[Schedule, ...] = (), pace: Pace = SWIFT
) -> Iterator[None]:
    stop, left = threading.Event(), []
    arguments = {"stop": stop, "told": done.told, "pace": pace}
    thread = threading.Thread(target=lambda: left.append(run_worker(own, handlers, schedules, **arguments)))  # type: ignore[arg-type]
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
        assert left == [0]


def test_the_librarys_schema_is_the_one_that_the_migration_was_written_for() -> None:
    spec = find_spec("procrastinate")
    assert spec and spec.origin
    text = (Path(spec.origin).parent / "sql" / "schema.sql").read_bytes()
    assert hashlib.sha256(text).hexdigest() == SCHEMA, "another release of procrastinate: it needs a migration"


SCHEMA = "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"


def test_a_job_exists_only_if_its_transaction_commits(own: OwnDatabase) -> None:
    with pytest.raises(RuntimeError), own.transaction() as connection:
        defer(connection, "continue case", {"case": 17})
        raise RuntimeError
    with own.transaction() as connection:
        assert jobs_now(connection).waiting == 0
        assert defer(connection, "continue case", {"case": "R-0017"}) > 0
    with own.connection() as connection:
        assert jobs_now(connection).waiting == 1


@pytest.mark.parametrize("value", ["ada@example.test", "Ada Byron", "", "x" * 101, "ünal"])
def test_a_job_may_not_hold_words(own: OwnDatabase, value: str) -> None:
    with own.transaction() as connection, pytest.raises(ValueError, match="case") as refused:
        defer(connection, "continue case", {"case": value})
    assert not value or value not in str(refused.value)


def test_a_deferred_job_is_done_at_once_with_its_ids(own: OwnDatabase) -> None:
    done = Done()
    with at_work(own, {"continue case": done.handler("case")}, done, pace=Pace(look=timedelta(hours=1))):
        with own.transaction() as connection:
            defer(connection, "continue case", {"case": 16})
        done.wait(lambda: len(done.seen) == 1)  # it looks once an hour: from now on it was woken
        with own.transaction() as connection:
            defer(connection, "continue case", {"case": 17, "order": "O-0001"}, lock="R-0017")
        done.wait(lambda: len(done.seen) == 2)
        done.wait_said("done", 2)
    assert done.seen[1] == ("case", {"case": 17, "order": "O-0001"})
    with own.connection() as connection:
        assert jobs_now(connection).done == 2


def test_a_job_that_fails_is_tried_again_and_then_listed_without_the_words_of_the_fault(
    own: OwnDatabase, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Mapping[str, object]) -> None:
        raise RuntimeError("ada@example.test")

    done = Done()
    with own.transaction() as connection:
        number = defer(connection, "mail", {"letter": 3})
    with at_work(own, {"mail": broken}, done):
        done.wait_said("failed")
    assert [one.what for one in done.said if one.what != "started"] == ["to try again", "to try again", "failed"]
    with own.connection() as connection:
        (failed,) = failed_jobs(connection)
        assert (failed.number, failed.task, failed.ids, failed.tries, failed.fault) == (
            number,
            "mail",
            {"letter": 3},
            3,
            "RuntimeError",
        )
        assert forget_ended(connection, timedelta(0)) == 0, "a failed job is never forgotten"
        assert try_again(connection, number) and not try_again(connection, number)
    with at_work(own, {"mail": done.handler("mail")}, done):
        done.wait_said("done")
    with own.connection() as connection:
        assert failed_jobs(connection) == () and forget_ended(connection, timedelta(0)) == 1
    assert "ada@" not in "".join(capfd.readouterr()) + caplog.text


def test_waits_before_another_try_grow_to_an_end() -> None:
    pace = Pace()
    waits = [pace.wait(tried) for tried in range(pace.tries)]
    assert waits == sorted(waits) and waits[0] < timedelta(seconds=10) and waits[-1] == timedelta(hours=1)
    assert sum(waits, timedelta()) > timedelta(days=3), "a store that is down over a weekend"


def test_what_this_worker_does_not_know_waits_for_one_that_does(own: OwnDatabase) -> None:
    done = Done()
    with own.transaction() as connection:
        defer(connection, "new task", {"case": 1})
    with at_work(own, {}, done, pace=Pace(first_wait=timedelta(0), longest_wait=timedelta(0), tries=1000)):
        done.wait_said("to try again")
    with at_work(own, {"new task": done.handler("new")}, done):
        done.wait(lambda: done.seen == [("new", {"case": 1})])


def test_while_a_job_waits_under_a_queueing_lock_nothing_is_added_and_it_sees_what_was_written(own: OwnDatabase) -> None:
    with own.transaction() as connection:
        first = defer(connection, "send letters", {}, queueing_lock="letters")
    with own.transaction() as mine:
        assert defer(mine, "send letters", {}, queueing_lock="letters") == first
        with own.connection() as worker:
            taken = worker.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)").fetchone()
            assert taken == (None,), "it would not see what this transaction writes"
    with own.connection() as worker:
        assert worker.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)").fetchone() == (first,)
    with own.transaction() as connection:
        assert defer(connection, "send letters", {}, queueing_lock="letters") != first, "the first is being done"


def test_two_transactions_at_once_add_one_job_under_a_queueing_lock(own: OwnDatabase) -> None:
    numbers: list[int] = []

    def second() -> None:
        with own.transaction() as connection:
            numbers.append(defer(connection, "send letters", {}, queueing_lock="letters"))

    with own.transaction() as connection:
        numbers.append(defer(connection, "send letters", {}, queueing_lock="letters"))
        thread = threading.Thread(target=second)
        thread.start()
    thread.join(20)
    assert len(set(numbers)) == 1


def test_a_job_under_a_queueing_lock_waits_again_beside_the_next_one(own: OwnDatabase) -> None:
    done = Done()

    def another_is_added_then_it_fails(_: Mapping[str, object]) -> None:
        if len(done.said) == 1:
            with own.transaction() as connection:
                defer(connection, "send letters", {}, queueing_lock="letters")
            raise RuntimeError

    with own.transaction() as connection:
        defer(connection, "send letters", {}, queueing_lock="letters")
    handlers = {"send letters": done.handler("sent", another_is_added_then_it_fails)}
    with at_work(own, handlers, done, pace=replace(SWIFT, look=timedelta(seconds=0.05))):
        done.wait_said("done", 2)


def test_a_later_job_of_a_lock_holds_no_other_back(own: OwnDatabase) -> None:
    done = Done()
    now = datetime.now(UTC)
    with own.transaction() as connection:
        defer(connection, "remind", {"case": 1}, lock="R-0001", at=now + timedelta(days=30))
        defer(connection, "remind", {"case": 2}, lock="R-0001", at=now)
        defer(connection, "go on", {"case": 1}, lock="R-0001")
    handlers = {name: done.handler(name) for name in ("remind", "go on")}
    with at_work(own, handlers, done):
        done.wait(lambda: len(done.seen) == 2)
        done.wait_said("done", 3)
    assert sorted(done.seen, key=str) == [("go on", {"case": 1}), ("remind", {"case": 2})]
    with own.connection() as connection:
        assert (jobs_now(connection).waiting, jobs_now(connection).oldest_s) == (1, 0.0)


def test_steps_of_a_case_that_defer_the_next_follow_at_once_and_one_at_a_time(own: OwnDatabase) -> None:
    done, inside = Done(), []

    def step(ids: Mapping[str, object]) -> None:
        inside.append(1)
        n = int(str(ids["step"]))
        if n < 5:
            with own.transaction() as connection:
                defer(connection, "step", {"step": n + 1}, lock="case-1", queueing_lock="case-1")
        assert len(inside) == 1
        inside.clear()

    with own.transaction() as connection:
        defer(connection, "step", {"step": 1}, lock="case-1", queueing_lock="case-1")
    with at_work(own, {"step": done.handler("step", step)}, done, pace=Pace(look=timedelta(hours=1))):
        done.wait_said("done", 5)
    assert [ids["step"] for _, ids in done.seen] == [1, 2, 3, 4, 5]


def test_a_new_job_of_a_lock_has_the_one_that_waits_to_be_tried_again_tried_at_once(own: OwnDatabase) -> None:
    done = Done()

    def at_first_broken(_: Mapping[str, object]) -> None:
        if not any(one.what == "to try again" for one in done.said):
            raise RuntimeError

    with own.transaction() as connection:
        first = defer(connection, "step", {"step": 1}, lock="case-1")
    pace = Pace(first_wait=timedelta(hours=1))
    with at_work(own, {"step": done.handler("step", at_first_broken)}, done, pace=pace):
        ends = time.monotonic() + 20
        with own.connection() as connection:
            while (
                connection.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s AND attempts = 1", [first]).fetchone()
                is None
            ):
                assert time.monotonic() < ends
                time.sleep(0.01)
        with own.transaction() as connection:
            defer(connection, "step", {"step": 2}, lock="case-1")
        done.wait_said("done", 2)
    assert [ids["step"] for _, ids in done.seen] == [1, 2]


def test_two_workers_who_take_jobs_of_one_lock_in_the_same_moment_lose_none(own: OwnDatabase) -> None:
    done = Done()
    with own.transaction() as connection:
        first = defer(connection, "case", {"n": 1}, lock="case-1")
    with own.transaction() as other:  # another worker, who has not committed yet that it took the first
        assert other.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)").fetchone() == (first,)
        with own.transaction() as connection:
            defer(connection, "case", {"n": 2}, lock="case-1", priority=1)  # goes first, but meets the first at work
        stop, left = threading.Event(), []
        arguments = {"stop": stop, "told": done.told, "pace": Pace(look=timedelta(hours=1))}
        thread = threading.Thread(target=lambda: left.append(run_worker(own, {"case": done.handler("case")}, **arguments)))  # type: ignore[arg-type]
        thread.start()
        with own.connection() as watcher:
            ends = time.monotonic() + 20
            while watcher.execute(WAITS_FOR_A_LOCK).fetchone() == (0,):
                assert time.monotonic() < ends
                time.sleep(0.01)
    with own.connection() as connection:
        connection.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)", [first])
        with own.transaction() as another:
            defer(another, "end", {}, lock="other")
    done.wait_said("to try again")  # of what it does not know: it is awake
    stop.set()
    thread.join(20)
    assert left == [0] and done.seen == [("case", {"n": 2})] and not [one for one in done.said if one.what == "trouble"]


WAITS_FOR_A_LOCK = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'upheld worker'"


def test_a_schedule_runs_once_for_two_workers_and_makes_up_for_what_was_missed(own: OwnDatabase) -> None:
    done = Done()
    midnight = Schedule("0 0 * * *", "nightly")
    # Only the second knows "end", so that its end says that the second works; the first may try it often before.
    patient = replace(SWIFT, first_wait=timedelta(seconds=0.05), longest_wait=timedelta(seconds=0.2), tries=400)
    with at_work(own, {"nightly": done.handler("nightly")}, done, (midnight,), patient):
        done.wait(lambda: bool(done.seen))
        with at_work(own, {"nightly": done.handler("nightly"), "end": done.handler("end")}, done, (midnight,), patient):
            with own.transaction() as connection:
                defer(connection, "end", {})
            done.wait(lambda: ("end", {}) in done.seen)
    (ids,) = [ids for name, ids in done.seen if name == "nightly"]
    assert isinstance(ids["timestamp"], int) and 0 <= time.time() - ids["timestamp"] <= 86_460


def test_jobs_of_a_dead_worker_are_given_back_and_those_of_a_living_one_are_not(own: OwnDatabase) -> None:
    silence = timedelta(seconds=20)
    with own.transaction() as connection:
        first, second, third = (defer(connection, "case", {"case": n}) for n in range(3))
    with own.connection() as connection:
        for number, age in ((first, "0 s"), (second, "1 hour"), (third, "2 hours")):
            sql = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id"
            worker = connection.execute(sql, [age]).fetchone()
            assert worker and connection.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", worker).fetchone() == (
                number,
            )
        connection.execute("UPDATE procrastinate_jobs SET attempts = 2 WHERE id = %s", [third])
        assert give_back(connection, silence, tries=3) == 2
        now = jobs_now(connection)
        assert (now.running, now.waiting, now.failed, now.workers) == (1, 1, 1, 1)
        assert [(one.number, one.fault) for one in failed_jobs(connection)] == [(third, "worker died")]
        assert give_back(connection, silence, tries=3) == 0


def test_a_worker_that_is_stopped_finishes_what_it_does(own: OwnDatabase) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(_: Mapping[str, object]) -> None:
        inside.set()
        go_on.wait(20)

    done, stop, left = Done(), threading.Event(), []
    with own.transaction() as connection:
        defer(connection, "slow", {})
    thread = threading.Thread(
        target=lambda: left.append(run_worker(own, {"slow": done.handler("slow", slow)}, stop=stop, pace=SWIFT))
    )
    thread.start()
    assert inside.wait(20)
    stop.set()
    go_on.set()
    thread.join(20)
    assert left == [0] and done.seen == [("slow", {})]


def test_a_worker_goes_on_after_our_database_was_gone(own: OwnDatabase) -> None:
    done = Done()
    with at_work(own, {"case": done.handler("case")}, done):
        with own.transaction() as connection:
            defer(connection, "case", {"case": 1})
        done.wait(lambda: len(done.seen) == 1)
        with own.connect() as killer:
            killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'upheld worker'"
            )
        with own.transaction() as connection:
            defer(connection, "case", {"case": 2})
        done.wait(lambda: len(done.seen) == 2)


def test_workers_that_are_killed_at_any_point_lose_nothing_and_double_nothing(own: OwnDatabase) -> None:
    errands = 20
    with psycopg.connect(own._owner_url, autocommit=True) as owner:
        owner.execute(
            "CREATE TABLE errand (id int PRIMARY KEY, stage int NOT NULL); CREATE TABLE effect (errand int, stage int)"
        )
    with own.transaction() as connection:
        for errand in range(errands):
            connection.execute("INSERT INTO errand VALUES (%s, 0)", [errand])
            defer(connection, "errand", {"errand": errand, "stage": 0})
    command = [sys.executable, "-m", "tests.records.killed_workers", own._url, "7"]
    ran = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, timeout=120
    )
    ends = json.loads(ran.stdout)
    assert ends.count(-signal.SIGKILL) == 8 and ends.count(0) == 1, ran.stderr
    with own.connection() as connection:
        effects = connection.execute("SELECT errand, stage FROM effect ORDER BY errand, stage").fetchall()
        assert effects == [(errand, stage) for errand in range(errands) for stage in range(3)]
        now = jobs_now(connection)
        assert (now.waiting, now.failed) == (0, 0) and now.done + now.running == 3 * errands


def test_a_worker_whose_patience_ends_says_how_many_jobs_it_leaves(own: OwnDatabase) -> None:
    inside, go_on, stop, left = threading.Event(), threading.Event(), threading.Event(), []

    def endless(_: Mapping[str, object]) -> None:
        inside.set()
        go_on.wait(20)

    with own.transaction() as connection:
        defer(connection, "endless", {})
    pace = replace(SWIFT, patience=timedelta(0))
    thread = threading.Thread(target=lambda: left.append(run_worker(own, {"endless": endless}, stop=stop, pace=pace)))
    thread.start()
    assert inside.wait(20)
    stop.set()
    thread.join(20)
    assert left == [1]
    with own.connection() as connection:
        assert jobs_now(connection).running == 1, "others take it over when its worker is silent"
        go_on.set()
        ends = time.monotonic() + 20
        while jobs_now(connection).done == 0:
            assert time.monotonic() < ends, "a process that goes on ends it all the same"
            time.sleep(0.01)
