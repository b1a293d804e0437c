"""What it means when the database does not take something: its disk is full, or it is away for a moment."""

from __future__ import annotations

import sqlalchemy as sa

DRIVERS = ("psycopg", "pysqlite3", "sqlite3")
# Classes and codes of SQLSTATE: no connection, undone in favour of others, stopped or starting, no room for
# one more connection, a lock that did not come. 25P03: we were frozen in a transaction.
AWAY = ("08", "40", "57", "25P03", "53300", "55P03")


def driver_error(error: BaseException) -> BaseException | None:
    """The driver's own error, if it is one, however it came: some statements are given to it directly.

    A full disk before others: SQLite undoes all of a transaction then, so that to undo some of it fails, too.
    """
    if not _is_drivers(error):
        return None
    earlier: BaseException | None = error
    while earlier is not None:
        if _is_drivers(earlier) and is_disk_full(earlier):
            break
        earlier = earlier.__context__
    found = earlier or error
    return found.orig if isinstance(found, sa.exc.DBAPIError) else found


def _is_drivers(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) or type(error).__module__.partition(".")[0] in DRIVERS


def is_disk_full(error: BaseException) -> bool:
    """Whether the database has no room left: SQLITE_FULL, or PostgreSQL's disk_full."""
    return "disk is full" in str(error) or getattr(error, "sqlstate", None) == "53100"


def is_away(error: BaseException) -> bool:
    """Whether all may be well in a moment: PostgreSQL starts again, or somebody holds SQLite's file."""
    if not hasattr(error, "sqlstate"):
        return "database is locked" in str(error)
    state: str | None = error.sqlstate
    if state is None:  # nobody answered, or no more
        return any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)
    return state.startswith(AWAY)
