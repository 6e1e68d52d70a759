"""Settings of a store's engine become what is said of one that is not as it should be: its code, why it counts, and the statement that mends it.

Values only. Each name belongs to one engine; whether a store has it right is read by `stores.condition`, and what the file attests is left out by
`condition`. Not here: settings that a session of ours makes for itself and nobody else depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """`says` what is wrong, `why` it counts, `how` it is mended, by which `statement`; none where only a file of the server can."""

    code: str
    says: str
    why: str
    statement: str
    how: str = "Run the statement as superuser"


def _postgresql(code: str, name: str, why: str) -> Setting:
    return Setting(code, f"`{name}` is off.", why, f"ALTER SYSTEM SET {name} = on; SELECT pg_reload_conf();")


def _mariadb(code: str, says: str, why: str, statement: str) -> Setting:
    how = "Run the statement as an administrator, and write the same into the server's option file"
    return Setting(code, says, why, statement, how)


SETTINGS: Mapping[str, Setting] = {
    "fsync": _postgresql("D131", "fsync", "A power cut can destroy the whole database, and with it the proof of what was erased."),
    "full_page_writes": _postgresql("D131", "full_page_writes", "A power cut can leave pages half written."),
    "autovacuum": _postgresql("D132", "autovacuum", "What was deleted stays in the files, and statistics grow old."),
    "track_counts": _postgresql("D132", "track_counts", "Without counts autovacuum does not know what to clean."),
    # MariaDB and MySQL
    "innodb_flush_log_at_trx_commit": _mariadb(
        "D131", "`innodb_flush_log_at_trx_commit` is not 1.",
        "A crash or a power cut takes back what was committed in the last second: what was erased is there again.",
        "SET GLOBAL innodb_flush_log_at_trx_commit = 1;",
    ),
    "sync_binlog": _mariadb(
        "D131", "There is a binary log, and `sync_binlog` is not 1.",
        "After a power cut the engine takes back every commit that the binary log lost; and copies of the store never hear of it.",
        "SET GLOBAL sync_binlog = 1;",
    ),
    "innodb_doublewrite": Setting(
        "D131", "`innodb_doublewrite` is off.", "A power cut can leave pages half written.", "",
        "Write innodb_doublewrite = ON into the server's option file, and start it anew",
    ),
    "innodb_file_per_table": _mariadb(
        "D132", "`innodb_file_per_table` is off.",
        "New tables share one file that never shrinks, and what was deleted stays in it even when a table is compacted.",
        "SET GLOBAL innodb_file_per_table = ON;",
    ),
    "innodb_stats_auto_recalc": _mariadb(
        "D132", "`innodb_stats_auto_recalc` is off.", "Statistics grow old: plans are chosen by rows that are no longer there.",
        "SET GLOBAL innodb_stats_auto_recalc = ON;",
    ),
    "sql_mode": _mariadb(
        "D136", "The server's `sql_mode` is not strict.",
        "What does not fit a column is cut short or made up without an error, also an address by which somebody is found later.",
        "SET GLOBAL sql_mode = CONCAT_WS(',', NULLIF(@@GLOBAL.sql_mode, ''), 'STRICT_TRANS_TABLES');",
    ),
    "foreign_key_checks": _mariadb(
        "D136", "`foreign_key_checks` is off for every new session.",
        "Rows are written that lead to nobody, and parents are deleted before their children: no erasure finds what hangs on nothing.",
        "SET GLOBAL foreign_key_checks = ON;",
    ),
    "check_constraint_checks": _mariadb(
        "D136", "`check_constraint_checks` is off for every new session.", "Rows are written that the table's own checks forbid.",
        "SET GLOBAL check_constraint_checks = ON;",
    ),
}  # fmt: skip

# What one table can be left out of: the setting's name, what is said, the statement that takes the table in again.
UNTENDED: Mapping[str, tuple[str, str, str]] = {
    "postgresql": (
        "autovacuum", "Autovacuum is off for `{table}`. What was deleted stays in the files, and statistics grow old.",
        "ALTER TABLE {table} RESET (autovacuum_enabled);",
    ),
    "mariadb": (
        "stats_auto_recalc", "`STATS_AUTO_RECALC` is 0 for `{table}`. Its statistics grow old: plans are chosen by rows that are no longer there.",
        "ALTER TABLE {table} STATS_AUTO_RECALC = DEFAULT;",
    ),
}  # fmt: skip
