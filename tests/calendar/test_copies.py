"""What the calendar ends lies elsewhere, too: in materialised views, and in files that rows point to."""

from __future__ import annotations

import pytest

from tests.calendar.firm import quay
from tests.calendar.test_ends import SAILED, SAILINGS, SCHEMA
from upheld.engine.plan.steps import Compact

ENDS = SAILED + "may retain: [purchase, own-writing, picture]\nuntil: 3 years after sailed\nthen: erase"


@pytest.mark.parametrize("index", ["", "CREATE UNIQUE INDEX harbours_id ON harbours (id);"], ids=["plainly", "concurrently"])
def test_a_declared_view_is_made_anew_when_rows_have_ended(fresh_database: str, index: str) -> None:
    view = "CREATE MATERIALIZED VIEW harbours AS SELECT id, harbour FROM trips;" + index
    with quay(fresh_database, ENDS, SAILINGS, SCHEMA + view, store="derived: [harbours]\n") as firm:
        assert firm.run().answer.is_done
        assert firm.sql("SELECT id FROM harbours ORDER BY id") == [(11,), (12,)]
        compacts = [step for step in firm.plan().plan.stores[0].steps if isinstance(step, Compact)]
        assert "harbours" in compacts[0].tables


def test_rows_that_name_files_stay_and_are_listed(address: str) -> None:
    tables = SAILINGS.replace("label: own-writing", "label: {category: picture, file: uploads}")
    with quay(address, ENDS, tables, SCHEMA, more={"uploads.yaml": UPLOADS}) as firm:
        assert firm.bare()["luggage"] == ("L310", "label")
        assert firm.run().answer.is_done
        assert len(firm.sql("SELECT label FROM luggage WHERE label IS NOT NULL")) == 3


UPLOADS = """
store: uploads
kind: objects
url: env:QUAY_UPLOADS_URL
place: IE
"""
