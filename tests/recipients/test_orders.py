"""Orders: placed with the case, told once however often a job runs, reminded, answered once, and never done unless somebody said so."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest

from tests import searching
from tests.recipients.conftest import ADA, AT_ONCE, CHASE, MASTER, NOW, Bench, Jobs, Scripted, case, entry, registry_of
from upheld.duties.recipients import (
    Answer,
    RecipientFault,
    answer_by_link,
    answer_order,
    carry_out,
    open_orders,
    place_orders,
    take_callback,
)
from upheld.duties.recipients.callbacks import link_token, sign
from upheld.duties.recipients.carrying import LEASE, sweep
from upheld.duties.recipients.model import Outcome, Registry
from upheld.duties.recipients.orders import answer_text, answered_really, order_of, orders_of, spared, tell_again
from upheld.records.keys import destroy_ask_key
from upheld.records.own import OwnDatabase

DONE, TOLD = Outcome("done", answer=b"three rows", real=True), Outcome("told")
BRIGHTPOST = registry_of(entry())


def place(own: OwnDatabase, jobs: Jobs, registry: Registry, act: str = "erase", **more: object) -> int:
    with own.transaction() as connection:
        placed = place_orders(connection, MASTER, case(), registry, act, ADA, NOW, defer=jobs, **more)  # type: ignore[arg-type]
    return placed[0].number


def leaves(own: OwnDatabase) -> list[str]:
    with own.connection() as connection:
        rows = connection.execute(
            "SELECT leaf.leaf::json->>'event', leaf.leaf::json->>'outcome' FROM ledger_leaf AS leaf"
            " JOIN ledger_detail AS detail ON detail.leaf = leaf.id WHERE detail.detail->>'case' = %s",
            [case()],
        ).fetchall()
    return sorted(f"{event} {outcome}" for event, outcome in rows)


def test_an_order_is_told_answered_and_on_record_without_a_personal_value(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    connector = Scripted([DONE])
    number = place(own, jobs, BRIGHTPOST)
    state, _ = bench(BRIGHTPOST, connector).until_quiet(number, NOW)
    assert (state.state, state.tries, state.real, len(state.receipt)) == ("done", 1, True, 64)
    assert connector.sent[0].identifiers == ADA and connector.sent[0].link
    assert leaves(own) == ["recipient:answered done", "recipient:ordered queued", "recipient:told erase"]
    with own.connection() as connection:
        assert open_orders(connection, case()) == ()
        assert answer_text(connection, MASTER, number) == b"three rows"
        assert answered_really(connection, BRIGHTPOST) == {"brightpost"}
        assert searching.in_database(connection, [ADA[0][1], "three rows"]) == []


def test_a_stand_in_proves_nothing_of_a_declared_service_and_all_that_there_is_of_a_database(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    registry = registry_of(entry("hubspot", "hubspot"), entry("mailing", "sql"))
    with own.transaction() as connection:
        placed = place_orders(connection, MASTER, case(), registry, "erase", ADA, NOW, defer=jobs)
    for one in placed:
        bench(registry, Scripted([Outcome("done")])).until_quiet(one.number, NOW)
    with own.connection() as connection:
        assert answered_really(connection, registry) == {"mailing"}
        moved = registry_of(entry("mailing", "sql", address="env:ELSEWHERE"))
        assert answered_really(connection, moved) == frozenset()


def test_the_same_act_placed_again_is_the_order_that_is_there_with_no_second_job(own: OwnDatabase, jobs: Jobs) -> None:
    assert place(own, jobs, BRIGHTPOST) == place(own, jobs, BRIGHTPOST)
    assert len(jobs.made) == 1
    other = place(own, jobs, BRIGHTPOST, "rectify", corrections={"name": "Ada Quillfeather"})
    assert other != place(own, jobs, BRIGHTPOST, "rectify", corrections={"name": "Ada Q."})


def test_recipients_without_entry_without_means_or_spared_are_never_silently_nothing(own: OwnDatabase, jobs: Jobs) -> None:
    registry = registry_of(
        entry(can=frozenset({"rectify"})),
        entry("farmail", found_by=("phone/1",)),
        entry("courier", "none", because="It learns an address a parcel and keeps none."),
        entry("accountant", "person"),
        unlisted=("helpdesk",),
    )
    with own.transaction() as connection:
        placed = place_orders(connection, MASTER, case(), registry, "erase", ADA, NOW, defer=jobs)
        assert {(one.recipient, one.state, one.code) for one in placed} == {
            ("brightpost", "waits-for-person", "R328"),
            ("farmail", "waits-for-person", "R328"),
            ("accountant", "waits-for-person", ""),
            ("helpdesk", "waits-for-person", "R301"),
        }
        assert spared(registry) == {"courier": "It learns an address a parcel and keeps none."}
        assert len(open_orders(connection, case())) == 4


def test_only_recipients_of_the_data_that_is_concerned_are_told(own: OwnDatabase, jobs: Jobs) -> None:
    registry = registry_of(entry(data=frozenset({"email-address"})), entry("farmail", data=frozenset({"purchase"})))
    with own.transaction() as connection:
        placed = place_orders(
            connection, MASTER, case(), registry, "rectify", ADA, NOW, defer=jobs, data=frozenset({"purchase"})
        )
    assert [one.recipient for one in placed] == ["farmail"]


def test_a_recipient_that_never_answers_is_reminded_after_growing_waits_and_then_a_person_looks(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    connector = Scripted([TOLD])
    number = place(own, jobs, BRIGHTPOST)
    at = bench(BRIGHTPOST, connector)
    state, ended = at.until_quiet(number, NOW)
    assert (state.state, state.code, state.open) == ("waits-for-person", "R327", True)
    assert len(connector.sent) == len(CHASE) and len({order.key for order in connector.sent}) == 1
    assert [order.wait for order in connector.sent] == list(CHASE)
    assert ended - NOW >= 2 * sum(CHASE, timedelta())  # the recipient's waits, each once, and then the person's
    assert at.reminded and set(at.reminded) == {f"privacy-lead {state.name}"}
    assert "recipient:answered done" not in leaves(own)


def test_what_tells_a_recipient_by_our_own_outbox_stands_or_falls_with_its_record(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    number, told = place(own, jobs, BRIGHTPOST), list[datetime]()

    def dying(connection: psycopg.Connection) -> None:
        connection.execute("INSERT INTO recipient_callback VALUES (%s, %s)", [f"letter of {number}".encode(), NOW])
        told.append(NOW)
        if len(told) == 1:
            raise KeyboardInterrupt  # the process ends here

    at = bench(BRIGHTPOST, Scripted([Outcome("told", within=dying)]))
    with pytest.raises(KeyboardInterrupt):
        carry_out(own, at.desk, number, NOW)
    with own.connection() as connection:
        assert order_of(connection, number).told_at is None
    state = carry_out(own, at.desk, number, NOW + timedelta(minutes=6))
    with own.connection() as connection:
        row = connection.execute(
            "SELECT count(*) FROM recipient_callback WHERE digest = %s", [f"letter of {number}".encode()]
        ).fetchone()
    assert (state.state, row) == ("told", (1,)), "the letter of the first try was never there"


def test_a_recipient_that_is_down_for_a_day_and_comes_back_is_told_then_and_nobody_has_to_look(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    down = [Outcome("again", "R321")] * 6
    state, ended = bench(BRIGHTPOST, Scripted([*down, DONE])).until_quiet(place(own, jobs, BRIGHTPOST), NOW)
    assert (state.state, state.tries) == ("done", 7)
    assert timedelta(hours=20) < ended - NOW < timedelta(hours=48)


def test_a_recipient_that_stays_down_becomes_a_task_and_is_told_when_a_person_says_so(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    connector = Scripted([Outcome("again", "R321")])
    number = place(own, jobs, registry_of(entry(chase=())))
    at = bench(registry_of(entry(chase=())), connector)
    state, later = at.until_quiet(number, NOW)
    assert (state.state, state.code) == ("waits-for-person", "R321")
    connector.outcomes[:] = [DONE]
    with own.transaction() as connection:
        assert tell_again(connection, number, later, defer=jobs).state == "queued"
    assert at.until_quiet(number, later)[0].state == "done"


def test_a_recipient_that_asks_to_slow_down_is_left_alone_for_as_long_as_it_says(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    slow = Outcome("again", "R324", after=timedelta(hours=2))
    state, ended = bench(BRIGHTPOST, Scripted([slow, DONE])).until_quiet(place(own, jobs, BRIGHTPOST), NOW)
    assert state.state == "done" and ended == NOW + timedelta(hours=2)


def test_a_refusal_is_an_end_and_no_success(own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]) -> None:
    state, _ = bench(BRIGHTPOST, Scripted([Outcome("refused", answer=b"law forbids it")])).until_quiet(
        place(own, jobs, BRIGHTPOST), NOW
    )
    assert (state.state, state.code, state.open) == ("refused", "R333", False)


def test_a_job_that_runs_twice_tells_nobody_twice(own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]) -> None:
    connector = Scripted([TOLD])
    number = place(own, jobs, BRIGHTPOST)
    at = bench(BRIGHTPOST, connector)
    for _ in range(3):
        carry_out(own, at.desk, number, NOW)
    assert len(connector.sent) == 1


def test_of_several_workers_at_once_one_tells_the_recipient(own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]) -> None:
    connector = Scripted([DONE])
    number = place(own, jobs, BRIGHTPOST)
    desk = bench(BRIGHTPOST, connector).desk
    with ThreadPoolExecutor(4) as workers:
        states = list(workers.map(lambda _: carry_out(own, desk, number, NOW), range(8)))
    assert len(connector.sent) == 1 and "done" in {state.state for state in states}


def test_a_worker_that_died_while_telling_is_followed_by_another_with_the_same_key(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    class Dies(Scripted):
        def send(self, order: object) -> Outcome:
            super().send(order)  # type: ignore[arg-type]
            if len(self.sent) == 1:
                raise KeyboardInterrupt  # as kill -9: nothing after it runs
            return DONE

    connector = Dies([DONE])
    number = place(own, jobs, BRIGHTPOST)
    at = bench(BRIGHTPOST, connector)
    jobs.made.clear()
    with pytest.raises(KeyboardInterrupt):
        carry_out(own, at.desk, number, NOW)
    assert carry_out(own, at.desk, number, NOW + timedelta(minutes=1)).state == "queued"
    assert jobs.made == [(number, NOW + LEASE)]
    state, _ = at.until_quiet(number, NOW)
    assert state.state == "done" and len({order.key for order in connector.sent}) == 1
    assert leaves(own).count("recipient:told erase") == 1


def test_a_job_that_was_lost_is_found_by_the_sweep(own: OwnDatabase, jobs: Jobs) -> None:
    number = place(own, jobs, BRIGHTPOST)
    jobs.made.clear()
    with own.transaction() as connection:
        sweep(connection, NOW, jobs)
        assert number not in dict(jobs.made)
        sweep(connection, NOW + timedelta(hours=1), jobs)
    assert jobs.made.count((number, AT_ONCE)) == 1


def test_a_connector_that_breaks_carries_no_value_out_and_sends_a_person(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    class Breaks(Scripted):
        def send(self, order: object) -> Outcome:
            raise ValueError(f"cannot send {order}")

    number = place(own, jobs, BRIGHTPOST)
    state = carry_out(own, bench(BRIGHTPOST, Breaks([DONE])).desk, number, NOW)
    assert (state.state, state.code) == ("waits-for-person", "R322")


def test_an_order_whose_case_is_purged_fails_and_is_never_sent(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    connector = Scripted([DONE])
    number = place(own, jobs, BRIGHTPOST)
    with own.transaction() as connection:
        destroy_ask_key(connection, case())
    state = carry_out(own, bench(BRIGHTPOST, connector).desk, number, NOW)
    assert (state.state, state.code, connector.sent) == ("failed", "R329", [])


# ---- answers -----------------------------------------------------------------------------------------------------------


def told(own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]) -> tuple[int, str]:
    number = place(own, jobs, BRIGHTPOST)
    carry_out(own, bench(BRIGHTPOST, Scripted([TOLD])).desk, number, NOW)
    with own.connection() as connection:
        row = connection.execute("SELECT key FROM recipient_order WHERE number = %s", [number]).fetchone()
    assert row is not None
    return number, str(row[0])


def called_back(own: OwnDatabase, key: str, state: str = "done", secret: str = "s3cret", after: int = 0, **more: str) -> str:
    body = ("{" + f'"order": "{key}", "state": "{state}"' + "".join(f', "{k}": "{v}"' for k, v in more.items()) + "}").encode()
    header = sign(secret, body, NOW)
    with own.transaction() as connection:
        at = NOW + timedelta(seconds=after)
        return take_callback(connection, MASTER, BRIGHTPOST, "brightpost", "s3cret", header, body, at).state


def test_a_recipient_that_answers_twice_changes_nothing_the_second_time(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    number, key = told(own, jobs, bench)
    assert called_back(own, key) == "done"
    assert called_back(own, key, reason="again") == "done"
    with pytest.raises(RecipientFault, match="R332"):
        called_back(own, key, "refused")
    with own.connection() as connection:
        assert order_of(connection, number).state == "done"
    assert leaves(own).count("recipient:answered done") == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "another"},
        {"after": 301},
        {"key": "00000000-0000-4000-8000-000000000000"},
        {"state": "erased"},
        {"unknown": "field"},
    ],
    ids=["signature", "old", "order", "word", "field"],
)
def test_a_callback_that_is_not_the_recipients_changes_nothing_and_learns_nothing(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench], wrong: dict[str, object]
) -> None:
    number, key = told(own, jobs, bench)
    with pytest.raises(RecipientFault) as caught:
        called_back(own, str(wrong.pop("key", key)), **wrong)  # type: ignore[arg-type]
    assert caught.value.code == "R326"
    with own.connection() as connection:
        assert order_of(connection, number).state == "told"


def test_a_replayed_callback_is_refused(own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]) -> None:
    _, key = told(own, jobs, bench)
    assert called_back(own, key, "acknowledged") == "acknowledged"
    with pytest.raises(RecipientFault, match="R326"):
        called_back(own, key, "acknowledged")


def test_an_acknowledged_order_is_not_answered_and_still_reminded(
    own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]
) -> None:
    connector = Scripted([TOLD])
    number, key = told(own, jobs, bench)
    called_back(own, key, "acknowledged")
    state, _ = bench(BRIGHTPOST, connector).until_quiet(number, NOW)
    assert (state.state, state.code, len(connector.sent)) == ("waits-for-person", "R327", len(CHASE) - 1)


def test_a_link_answers_its_order_and_no_other_token_does(own: OwnDatabase, jobs: Jobs, bench: Callable[..., Bench]) -> None:
    number, _ = told(own, jobs, bench)
    with own.transaction() as connection:
        row = connection.execute("SELECT key FROM recipient_order WHERE number = %s", [number]).fetchone()
        assert row is not None
        token = link_token(connection, MASTER, number, row[0], NOW)
        for guess in ("", "1", f"{number}.", token[:-1], token + "x", f"9{token}", "é.x", "9" * 40):
            with pytest.raises(RecipientFault, match="R326"):
                answer_by_link(connection, MASTER, guess, "done", "", NOW)
        state = answer_by_link(connection, MASTER, token, "refused", "A law keeps it.", NOW)
        assert (state.state, state.answered_by) == ("refused", "link")
        assert answer_text(connection, MASTER, number) == b"A law keeps it."


def test_a_person_answers_a_task_and_the_answer_has_a_name(own: OwnDatabase, jobs: Jobs) -> None:
    number = place(own, jobs, registry_of(entry("accountant", "person")))
    with own.transaction() as connection:
        state = answer_order(connection, MASTER, number, Answer("done", "privacy-lead", b"By telephone."), NOW)
        assert (state.state, state.answered_by, state.next_at) == ("done", "privacy-lead", None)
        with pytest.raises(RecipientFault, match="R332"):
            answer_order(connection, MASTER, number, Answer("failed", "privacy-lead"), NOW)
        with pytest.raises(RecipientFault, match="R332"):
            answer_order(connection, MASTER, 4711, Answer("done", "privacy-lead"), NOW)
        assert len(orders_of(connection, case())) == 1
