"""Cells that name files become the files' bytes: of folders and buckets, and of PostgreSQL's own large objects.

Nothing where a file is not there, or is named outside of the declared place: a row's value must never put another file into a package.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from upheld.engine.estate.model import LARGE_OBJECT, Estate
from upheld.engine.execution.package.write import FileOf
from upheld.engine.stores import Store
from upheld.engine.stores.objects import ObjectStore
from upheld.engine.stores.sql.files.large import blocks_of


def files_of(estate: Estate, objects: Mapping[str, ObjectStore], stores: Mapping[str, Store]) -> FileOf | None:
    """What a package asks for the files of; None where no column of the estate names any."""
    kept_in = {
        (store.store, table.name, column.name): column.file
        for store in estate.stores.values()
        for table in store.tables.values()
        for column in table.columns
        if column.file
    }
    if not kept_in:
        return None

    def file_of(store: str, table: str, column: str, value: str) -> Iterable[bytes] | None:
        name = kept_in.get((store, table, column), "")
        if name == LARGE_OBJECT and store in stores:
            return blocks_of(stores[store], value)
        if name not in objects:
            return None
        path = objects[name].path_of(value)
        return objects[name].blocks(path) if path is not None and objects[name].exists(path) else ()

    return file_of
