"""Files that ended rows pointed to go with them: a folder after the commit, large objects in it; what another row points to stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calendar.firm import Quay, quay
from tests.calendar.test_ends import SAILED, SAILINGS, SCHEMA
from upheld.engine.execution.calendar import Ended
from upheld.engine.execution.journal import MemoryJournal
from upheld.engine.execution.objects import MemoryPending, Objects
from upheld.engine.stores.objects import open_objects

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
