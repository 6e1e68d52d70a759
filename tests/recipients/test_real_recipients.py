"""Orders against recipients that stand on real servers, by the real queue: whatever they do, the order's end is right and nothing leaks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from tests import searching
from tests.recipients.conftest import ADA, MASTER, NOW, Bench, Jobs, case, registry_of
from tests.recipients.standins import Answered, serving
from tests.recipients.standins.protocols import Hook, Processor, processor, signed
from tests.recipients.standins.services import Salesforce
from tests.recipients.test_connectors import entry_for, means
from upheld.duties.recipients import Desk, RecipientFault, Registry, carry_out, place_orders, take_callback
from upheld.duties.recipients.callbacks import sign
from upheld.duties.recipients.connectors import connector_of
from upheld.duties.recipients.connectors.opendsr import take_status
from upheld.duties.recipients.orders import order_of
from upheld.records.own import OwnDatabase


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serving(Hook()) as one:
        assert isinstance(one, Hook)
        yield one


def desk_of(registry: Registry, jobs: Jobs | None = None) -> Desk:
    connect = lambda one: connector_of(one, means())  # noqa: E731
    return Desk(MASTER, registry, connect, jobs) if jobs is not None else Desk(MASTER, registry, connect)


def placed(own: OwnDatabase, registry: Registry, jobs: Jobs, act: str = "erase") -> tuple[int, UUID]:
    with own.transaction() as connection:
        made = place_orders(connection, MASTER, case(), registry, act, ADA, NOW, defer=jobs)  # type: ignore[arg-type]
        row = connection.execute("SELECT key FROM recipient_order WHERE number = %s", [made[0].number]).fetchone()
    assert row is not None
    return made[0].number, row[0]


def test_down_for_a_day_then_slow_then_told_once_then_called_back(own: OwnDatabase, jobs: Jobs, hook: Hook) -> None:
    registry = registry_of(entry_for("webhook", hook.address))
    number, key = placed(own, registry, jobs)
    at = Bench(own, jobs, desk_of(registry, jobs))
    now = NOW
    for trouble, tries in (("down", 5), ("limit", 1), ("", 1)):
        hook.trouble = trouble
        for _ in range(tries):
            state, now = at.until_quiet(number, now, most=1)
    assert (state.state, hook.had, state.tries) == ("acknowledged", 1, 7) and now - NOW > timedelta(hours=8)
    body = b'{"order": "%s", "state": "done"}' % str(key).encode()
    with own.transaction() as connection:
        state = take_callback(connection, MASTER, registry, "brightpost", "s3cret", sign("s3cret", body, now), body, now)
    assert (state.state, state.answered_by) == ("done", "callback")


def test_a_recipient_that_calls_back_before_it_answers_the_call_has_its_say(
    own: OwnDatabase, jobs: Jobs, hook: Hook, bench: Callable[..., Bench]
) -> None:
    registry = registry_of(entry_for("webhook", hook.address))
    number, key = placed(own, registry, jobs)
    body = b'{"order": "%s", "state": "done"}' % str(key).encode()

    class Eager:
        def send(self, order: object) -> object:
            with own.transaction() as connection:
                take_callback(connection, MASTER, registry, "brightpost", "s3cret", sign("s3cret", body, NOW), body, NOW)
            return connector_of(registry.entries["brightpost"], means()).send(order)  # type: ignore[arg-type]

    state = carry_out(own, bench(registry, Eager()).desk, number, NOW)
    assert (state.state, state.told_at, state.next_at) == ("done", NOW, None)


def test_credentials_that_are_refused_send_a_person_and_the_order_waits(own: OwnDatabase, jobs: Jobs, hook: Hook) -> None:
    registry = registry_of(entry_for("webhook", hook.address))
    number, _ = placed(own, registry, jobs)
    hook.trouble = "credentials"
    state = carry_out(own, desk_of(registry, jobs), number, NOW)
    assert (state.state, state.code, state.open) == ("waits-for-person", "R323", True)


def test_a_bin_that_empties_by_itself_ends_the_order_days_later(own: OwnDatabase, jobs: Jobs) -> None:
    with serving(Salesforce()) as one:
        assert isinstance(one, Salesforce)
        registry = registry_of(entry_for("salesforce", one.address, chase=(timedelta(days=8), timedelta(days=9))))
        number, _ = placed(own, registry, jobs)
        at = Bench(own, jobs, desk_of(registry, jobs))
        state, now = at.until_quiet(number, NOW, most=12)
        assert state.state == "acknowledged" and now - NOW > timedelta(days=5)
        one.empty_bin()
        state, _ = at.until_quiet(number, now, most=1)
        assert (state.state, one.had, one.others()) == ("done", 3, 1)


def test_a_processors_callback_ends_its_order_and_a_forged_one_does_not(own: OwnDatabase, jobs: Jobs) -> None:
    with serving(Processor()) as one:
        registry = registry_of(entry_for("opendsr", one.address))
        number, key = placed(own, registry, jobs)
        assert carry_out(own, desk_of(registry, jobs), number, NOW).state == "acknowledged"
        said = {
            "controller_id": "north",
            "subject_request_id": str(key),
            "request_status": "completed",
            "status_callback_url": "https://rights.example.test",
        }
        from cryptography.hazmat.primitives.asymmetric import ec

        for key_of, fine in ((ec.generate_private_key(ec.SECP256R1()), False), (processor()[0], True), (processor()[0], True)):
            made: Answered = signed(200, said, key_of)
            headers = {name.lower(): value for name, value in made.headers.items()}
            with own.transaction() as connection:
                if fine:
                    assert (
                        take_status(connection, MASTER, registry, "brightpost", headers, made.raw or b"", NOW).state == "done"
                    )
                    continue
                with pytest.raises(RecipientFault, match="R326"):
                    take_status(connection, MASTER, registry, "brightpost", headers, made.raw or b"", NOW)


def test_no_value_of_a_person_is_in_jobs_logs_faults_or_the_ledger(
    own: OwnDatabase, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    registry = registry_of(entry_for("webhook", hook.address))
    with own.transaction() as connection:
        orders = [
            place_orders(connection, MASTER, f"{case()}-{n}", registry, act, ADA, NOW, corrections={"name": "Ada Quillfeather"})[0].number
            for n, act in enumerate(("erase", "rectify", "restrict"), start=1)
        ]  # fmt: skip
    for number, trouble in zip(orders, ("", "nonsense", "limit"), strict=True):
        hook.trouble = trouble
        carry_out(own, desk_of(registry), number, NOW)
    assert b"Quillfeather" in hook.calls[0].body, "the recipient is told who is meant"
    with own.connection() as connection:
        assert {order_of(connection, number).state for number in orders} == {"acknowledged", "waits-for-person", "queued"}
        assert searching.in_database(connection, [ADA[0][1], "Quillfeather", "quillfeather"]) == []
        assert connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() >= (5,)  # type: ignore[operator]
    assert "uillfeather" not in caplog.text
