"""What it means when the database does not take something: its disk is full, or it is away for a moment."""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.db import Database

# Classes and codes of SQLSTATE: no connection, undone in favour of others, stopped or starting, no room for
# one more connection, a lock that did not come. 25P03: we were frozen in a transaction.
AWAY = ("08", "40", "57", "25P03", "53300", "55P03")


def driver_error(error: BaseException, database: Database) -> BaseException | None:
    """The driver's own error, if it is one, however it came: some statements are given to it directly."""
    if isinstance(error, sa.exc.DBAPIError):
        return error.orig
    driver = database.engine.dialect.dbapi
    return error if driver is not None and isinstance(error, driver.Error) else None


def is_disk_full(error: BaseException) -> bool:
    """Whether the database has no room left: SQLITE_FULL, or PostgreSQL's disk_full."""
    return "disk is full" in str(error) or getattr(error, "sqlstate", None) == "53100"


def is_away(error: BaseException, database: Database) -> bool:
    """Whether all may be well in a moment: PostgreSQL starts again, or somebody holds SQLite's file."""
    if database.engine.name == "sqlite":
        return "database is locked" in str(error)
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:  # nobody answered, or no more
        driver = database.engine.dialect.dbapi
        return driver is not None and isinstance(error, driver.OperationalError)
    return state.startswith(AWAY)
