"""Portability: what the person herself gave becomes a bundle for machines, for her to fetch, and at her word for another firm with its receipt.

What she gave is what the notice says comes from her (`collect … from: subject`); what we made of it, others wrote or the law gave is left out.
The bundle's shape is `docs/portability.schema.json`. Sent once to the address that she names, signed, and done only with a receipt.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from upheld.duties.requests import Case, details_of
from upheld.engine.execution.access_rows import AccessTable
from upheld.engine.stores import StoreFault
from upheld.faces.app.desk.disclosures.noting import note_push
from upheld.faces.app.desk.model import Delivery, Done, Prepared
from upheld.faces.app.desk.works.nobody import nobody
from upheld.faces.app.desk.works.pushing import push
from upheld.faces.app.desk.works.reading import AGAIN, AWAY, asked, planned, read
from upheld.faces.app.errors import OutOfReach
from upheld.language.promises.model import AnyOf, Program

if TYPE_CHECKING:
    from upheld.faces.app.desk.desk import Desk

PURPOSE = "portability"
SUBJECT = "subject"
FORMAT = "upheld-portability/1"


class PortabilityWork:
    """Reads what she gave and packs it."""

    rights = frozenset({"portability"})

    def prepare(self, desk: Desk, case: Case, right: str) -> Prepared:
        try:
            ask = planned(desk, case, PURPOSE)
        except (OutOfReach, StoreFault):
            return Prepared(approval=False, waits=AWAY, again=desk.now + AGAIN)
        with desk.own.connection() as connection:
            other = details_of(connection, desk.master, case.number, ["recipient"]).get("recipient", "")
        unknown = bool(other) and other not in desk.destinations
        note = "no destination of this name: agree with the other firm, and answer by hand" if unknown else ""
        return Prepared(approval=unknown, ask=ask or "", note=note)

    def carry_out(self, desk: Desk, case: Case, right: str) -> Done:
        ask = asked(desk, case, PURPOSE)
        with desk.own.connection() as connection:
            other = details_of(connection, desk.master, case.number, ["recipient"]).get("recipient", "")
        if ask is None:
            return nobody(desk, case)
        given = given_by_subject(desk.program)
        found = read(desk, case, ask, PURPOSE, lambda table: narrowed(table, given), ours=False)
        if found is None:
            return Done(waits=AWAY, again=desk.now + AGAIN)
        ended, package = found
        bundle = _bundle(package)
        rows = int(str(ended.document["rows"]))
        values: dict[str, object] = {"rows": rows}
        if other and other in desk.destinations:
            receipt = push(desk, desk.destinations[other], bundle, case.id, digest(bundle))
            if receipt is None:
                return Done(waits="the other firm has not taken it", again=desk.now + AGAIN)
            values["done"] = [[other, receipt]]
            note_push(desk, case, other, _kinds(bundle))
        return Done(
            values=values, files=(Delivery(bundle, f"{case.id}-portable.json", "application/json"),), counts={"rows": rows}
        )

    def conclude(self, desk: Desk, case: Case, right: str, values: Mapping[str, object]) -> Done | None:
        return None


def given_by_subject(program: Program) -> frozenset[str]:
    """Kinds of data that the notice says the person gives herself."""
    found: set[str] = set()
    for promise in program.promises:
        if promise.verb == "collect" and promise.modality != "never" and any(
            isinstance(test, AnyOf) and test.key == "from" and any(name.id == SUBJECT for name in test.names) for test in promise.scope
        ):  # fmt: skip
            found |= {name.id for name in promise.object}
    return frozenset(found)


def narrowed(table: AccessTable, leaves: frozenset[str]) -> AccessTable | None:
    """The table with its columns of these kinds alone; None where it has none."""
    kept = [n for n, column in enumerate(table.columns) if column.leaf in leaves]
    if not kept:
        return None
    return replace(
        table,
        columns=tuple(table.columns[n] for n in kept),
        rows=(tuple(row[n] for n in kept) for row in table.rows),
        withheld=(),
        stays=(),
    )


def _bundle(package: Path) -> Path:
    """The bundle beside the package, which goes."""
    with zipfile.ZipFile(package) as archive:
        name = next(name for name in archive.namelist() if name.endswith("data.json"))
        with archive.open(name) as file:
            said = json.load(file)
    tables = [
        {
            "store": table["store"],
            "table": table["table"],
            "columns": [{"name": column["name"], "kind": column["leaf"]} for column in table["columns"]],
            "rows": table["rows"],
        }
        for table in said["tables"]
        if table["rows"]
    ]
    body = {"format": FORMAT, "controller": said.get("controller", ""), "tables": tables}
    path = package.with_suffix(".json")
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    path.chmod(0o600)
    package.unlink()
    return path


def _kinds(bundle: Path) -> frozenset[str]:
    """The kinds of data in a bundle."""
    tables = json.loads(bundle.read_text(encoding="utf-8"))["tables"]
    return frozenset(column["kind"] for table in tables for column in table["columns"] if column["kind"])


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
