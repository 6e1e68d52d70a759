"""An identifier's column becomes the generated column that holds its key, and the statements that create one.

MariaDB has indexes on columns only, so that the key of a normal form needs a column of its own: VIRTUAL, which is added at once and takes no room, with
an index that is built while others write. MySQL 8 shows an index over an expression as one over that expression.
"""

from __future__ import annotations

import re

from upheld.engine.estate.forms import twin
from upheld.engine.estate.model import LiveTable

LONGEST_KEY = 320  # bytes; the longest address that a mail server takes


def key_column(live: LiveTable, column: str, form: str) -> str:
    """The generated column with an index that holds this column's key, or the name of the indexed expression; empty if there is none."""
    wanted = squashed(twin(form, "mariadb", _quoted(column)).key)
    first = {index.columns[0] for index in live.indexes if index.columns}
    for one in live.columns:
        if one.generated and one.name in first and one.default and squashed(one.default) == wanted:
            return one.name
    return ""


def is_found(live: LiveTable, column: str, form: str) -> bool:
    """Whether rows that bear an identifier are found by an index: its key's, or for `exact/1` the column's own."""
    first = {index.columns[0] for index in live.indexes if index.columns and not index.partial}
    return bool(key_column(live, column, form)) or (form == "exact/1" and column in first)


def creating(table: str, column: str, form: str) -> str:
    """The statements that give an identifier its index, neither of which stops the firm's writers."""
    place = ".".join(_ticked(part) for part in table.split("."))
    if form == "exact/1":
        return f"CREATE INDEX {_ticked(f'{table}_{column}')} ON {place} ({_ticked(column)}) ALGORITHM=INPLACE LOCK=NONE;"
    key = twin(form, "mariadb", _ticked(column)).key
    name = f"{column}_key"
    return (
        f"ALTER TABLE {place} ADD COLUMN {_ticked(name)} VARBINARY({LONGEST_KEY}) AS ({key}) VIRTUAL, ALGORITHM=INSTANT; "
        f"CREATE INDEX {_ticked(f'{table}_{name}')} ON {place} ({_ticked(name)}) ALGORITHM=INPLACE LOCK=NONE;"
    )


def squashed(sql: str) -> str:
    """An expression without what the server adds or renames when it shows one."""
    bare = re.sub(r"_utf8mb[34](?=')|[\s\"`()']", "", sql.lower())
    return bare.replace("lcase", "lower").replace("ascharcharsetbinary", "asbinary")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ticked(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else "`" + name.replace("`", "``") + "`"
