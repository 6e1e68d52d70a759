"""Files that ended rows pointed to go with them: a folder after the commit, large objects in it; what another row points to stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.calendar.firm import Quay, quay
from tests.calendar.test_ends import SAILED, SAILINGS, SCHEMA
from tests.execution.shop import run_sql
from upheld.engine.execution.asks import next_ask, store_plan
from upheld.engine.execution.calendar import Ended
from upheld.engine.execution.journal import MemoryJournal
from upheld.engine.execution.objects import MemoryPending, Objects, OwnPending
from upheld.engine.plan.plans import Preview
from upheld.engine.stores.objects import open_objects
from upheld.faces.app import App, Settings
from upheld.faces.app.asks.firm import Firm
from upheld.faces.app.calendar.files import erase_left, left_behind
from upheld.records.own import EmbeddedServer, on_server

ENDS = SAILED + "may retain: [purchase, own-writing, picture]\nuntil: 3 years after sailed\nthen: erase"
UPLOADS = """
store: uploads
kind: objects
url: env:QUAY_UPLOADS_URL
place: IE
"""
LABELS = SAILINGS.replace("label: own-writing", "label: {category: picture, file: uploads}")
ROWS = "INSERT INTO luggage VALUES (103, 10, 'red'), (104, 10, NULL), (105, 10, 'never-written');"


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    folder.mkdir()
    for name in ("blue", "red", "green"):
        (folder / name).write_text(f"a label, {name}")
    return folder


def left(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def opened(firm: Quay, folder: Path) -> Objects:
    return Objects(open_objects(firm.estate, {"uploads": f"file://{folder}"}), MemoryPending())


def test_a_file_goes_after_its_last_row_and_never_before(address: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with quay(address, ENDS, LABELS, SCHEMA + ROWS, more={"uploads.yaml": UPLOADS}) as firm:
        assert "luggage" not in firm.bare()
        ended = firm.run(objects=opened(firm, folder))
        assert ended.answer.is_done and not ended.left, ended
        assert firm.sql("SELECT id FROM luggage ORDER BY id") == [(101,), (102,)]
        assert left(folder) == ["green", "red"]  # a living row points to the red one, too
        assert ended.answer.store("uploads").rows == 2


def test_a_blanked_row_lets_go_of_its_file(address: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    stays = LABELS.replace("luggage:\n  key: [id]", "luggage:\n  key: [id]\n  erasure: blank")
    with quay(address, ENDS, stays, SCHEMA, more={"uploads.yaml": UPLOADS}) as firm:
        assert firm.run(objects=opened(firm, folder)).answer.is_done
        assert firm.sql("SELECT label FROM luggage ORDER BY id") == [(None,), ("red",), ("green",)]
        assert left(folder) == ["green", "red"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize(
    "point", ["before-prepared", "before-store-commit", "after-store-commit", "before-objects", "after-object"]
)
def test_stopped_anywhere_the_next_call_takes_the_files_along(tmp_path: Path, point: str) -> None:
    folder = folder_of(tmp_path)
    address = f"sqlite:///{tmp_path / 'quay.db'}"

    def stop(name: str) -> None:
        if name == point:
            raise Killed

    with quay(address, ENDS, LABELS, SCHEMA, more={"uploads.yaml": UPLOADS}) as firm:
        objects, journal = opened(firm, folder), MemoryJournal()
        with pytest.raises(Killed):
            firm.run(objects=objects, journal=journal, failpoint=stop)
        for session in firm.stores.values():
            session.rollback()
        ended = again(firm, objects, journal)
        assert ended.answer.is_done and left(folder) == ["green", "red"]
        assert objects.pending.pending() == []


def again(firm: Quay, objects: Objects, journal: MemoryJournal) -> Ended:
    ended = firm.run(preview=False, objects=objects, journal=journal)
    assert not ended.left
    return ended


def test_without_its_address_nothing_that_points_to_a_file_ends(address: str) -> None:
    with quay(address, ENDS, LABELS, SCHEMA, more={"uploads.yaml": UPLOADS}) as firm:
        problem = firm.run().answer.stores[0].problem
        assert getattr(problem, "code", "") == "X352", problem
        assert len(firm.sql("SELECT id FROM luggage")) == 3


def test_a_value_outside_of_the_declared_prefix_stops_the_chunk(address: str, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with quay(address, ENDS, LABELS, SCHEMA.replace("'blue'", "'../blue'"), more={"uploads.yaml": UPLOADS}) as firm:
        problem = firm.run(objects=opened(firm, folder)).answer.stores[0].problem
        assert getattr(problem, "code", "") == "X351" and len(firm.sql("SELECT id FROM luggage")) == 3
        assert left(folder) == ["blue", "green", "red"]


def test_large_objects_go_in_the_transaction_but_for_those_of_a_living_row(fresh_database: str) -> None:
    schema = (
        SCHEMA.replace("label text", "label oid")
        .replace("'blue'", "lo_from_bytea(0, 'b')")
        .replace("'red'", "lo_from_bytea(0, 'r')")
    ).replace("'green'", "NULL")
    schema += "INSERT INTO luggage SELECT 103, 10, label FROM luggage WHERE id = 101;"
    tables = SAILINGS.replace("label: own-writing", "label: {category: picture, file: large-object}")
    with quay(fresh_database, ENDS, tables, schema) as firm:
        ended = firm.run()
        assert ended.answer.is_done and not ended.left, ended
        assert firm.sql("SELECT id FROM luggage ORDER BY id") == [(101,), (102,)]
        assert firm.sql("SELECT oid FROM pg_largeobject_metadata") == firm.sql("SELECT label FROM luggage WHERE id = 101")


def test_what_a_party_gets_and_what_becomes_nobodys_names_no_file(address: str) -> None:
    party = "define: archive\nis: party\nrole: recipient\n---\n"
    with quay(
        address, party + ENDS.replace("erase", "hand-over\nto: archive"), LABELS, SCHEMA, more={"uploads.yaml": UPLOADS}
    ) as firm:
        assert firm.bare()["luggage"] == ("L310", "label")
        assert (
            firm.run(hand_over=lambda *_: None).answer.is_done
            and len(firm.sql("SELECT label FROM luggage WHERE label IS NOT NULL")) == 3
        )


def test_an_anonymised_row_keeps_no_file(address: str) -> None:
    tables = LABELS.replace("luggage:\n  key: [id]", "luggage:\n  key: [id]\n  anonymous: {quasi: {label: as-is}, group: 2}")
    with quay(address, ENDS.replace("erase", "anonymise"), tables, SCHEMA, more={"uploads.yaml": UPLOADS}) as firm:
        assert firm.bare()["luggage"] == ("L310", "label")


def test_files_that_a_stopped_run_left_behind_go_with_the_next_one(
    pg: EmbeddedServer, own_template: str, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path)
    on_server(pg, "own_of_files", template=own_template).close()
    settings = Settings(
        own_url=pg.url("own_of_files", "upheld_app"), owner_url=pg.url("own_of_files", "upheld_owner"), data_folder=tmp_path / "data",
        origin="ledger.example.test/files", now=lambda: datetime(2026, 1, 15, 9, 0, tzinfo=UTC),
    )  # fmt: skip
    app = App(settings)
    with quay(f"sqlite:///{tmp_path / 'quay.db'}", ENDS, LABELS, SCHEMA, more={"uploads.yaml": UPLOADS}) as firm:
        objects = open_objects(firm.estate, {"uploads": f"file://{folder}"})
        opened = Firm(None, firm.program, firm.estate, firm.catalogue, firm.stores, objects)  # type: ignore[arg-type]
        with app.own.transaction() as connection:
            ask = next_ask(connection, "retention", 0, None, settings.now())
            store_plan(connection, firm.plan().plan, Preview({}, 0), settings.now())
        plan = firm.plan().plan
        assert ask.id == plan.ask.id
        # The record as the stopped run left it: the row of the blue label is gone, that of the red one is not.
        OwnPending(app.own, app.master, plan.digest, ask.id, settings.now).note(
            "quay", 0, [("uploads", "blue"), ("uploads", "red")]
        )
        run_sql(firm.address, "DELETE FROM luggage WHERE id = 100")
        with app.own.connection() as connection:
            assert left_behind(connection) == [(ask.id, plan.digest)]
        erase_left(app, opened, "A-0002")
        assert left(folder) == ["green", "red"]
        with app.own.connection() as connection:
            assert left_behind(connection) == []
    app.close()
    pg.drop_database("own_of_files")
