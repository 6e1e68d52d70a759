"""A driver's error becomes a fault with code, cause and remedy, and without any value: of the server's message only the number is taken."""

from __future__ import annotations

from typing import Final

import pymysql

from upheld.engine.stores.faults import StoreFault

LOCKED: Final = {1205, 1213, 1412, 3572, 4031}  # lock wait, deadlock, definition changed, NOWAIT
LOST: Final = {
    1040,
    1042,
    1043,
    1044,
    1045,
    1049,
    1053,
    1129,
    1130,
    1152,
    1158,
    1159,
    1160,
    1161,
    1184,
    1203,
    1317,
    1927,
    2002,
    2003,
    2005,
    2006,
    2013,
    2014,
    2055,
    4030,
}
FULL: Final = {1021, 1030, 1034, 1114}
FORBIDDEN: Final = {1048, 1062, 1169, 1216, 1217, 1451, 1452, 1557, 1761, 1762, 3819, 4025}
DENIED: Final = {1142, 1143, 1227, 1290, 1370, 1419, 1792, 1836}
STATEMENT_LOGGED: Final = 1665
TOO_LONG: Final = {1969, 3024}  # max_statement_time, max_execution_time


def fault_of(error: Exception, store: str, *, closed: bool) -> StoreFault:
    """The fault for a driver's error. `closed`: the connection is gone, so that the end of what was sent is unknown."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    where = f"{store} ({number})" if number else store
    if number in LOCKED:
        return StoreFault("X103", where, retry=True, help="Run the ask again when the store is quieter.")
    if number in TOO_LONG:
        return StoreFault("X160", where, help="Create the index that `upheld check` names, or run the ask again at night.")
    if number in LOST or closed or isinstance(error, pymysql.InterfaceError | OSError):
        return StoreFault(
            "X101",
            where,
            lost=True,
            help="Start the store, then run the same command again; an erasure that was begun goes on with --resume.",
        )
    if number in FULL:
        return StoreFault(
            "X107", where, help="Make room, then run the same command again; an erasure that was begun goes on with --resume."
        )
    if number in FORBIDDEN:
        return StoreFault("X108", where, help="Correct the estate or the constraint, then plan again.")
    if number == STATEMENT_LOGGED:
        return StoreFault(
            "X102", where, help="Set the server's binlog_format to ROW or MIXED: READ COMMITTED is not written in statements."
        )
    if number in DENIED:
        return StoreFault(
            "X161",
            where,
            help="Give the role SELECT, UPDATE and DELETE on every mapped table, TRIGGER to see triggers, and INSERT to compact tables and take statistics.",
        )
    return StoreFault("X102", where, help="Look the code up in the engine's manual.")
