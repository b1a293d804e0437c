"""Bring the tables to the newest shape: one migrator at a time, whole or not at all.

On SQLite a batch change re-creates a table; with foreign keys on, that would delete its children.
So they are switched off before BEGIN and checked before COMMIT (design.md, Migrations).
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

ADVISORY_LOCK = 7_302_118


class BrokenReferences(Exception):
    """A migration would have left rows pointing at nothing; it was undone."""


def alembic_config() -> Config:
    """Alembic's configuration, wherever the package is installed."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def newest_revision() -> str | None:
    """The revision this code expects."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def current_revision(engine: sa.Engine) -> str | None:
    """The revision the database has; None when it was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: sa.Engine, *, revision: str = "head") -> None:
    """Upgrade to `revision`; a second migrator waits, then finds nothing to do."""
    if engine.dialect.name == "sqlite":
        _migrate_sqlite(engine, revision)
        return
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # however long the first one takes
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        _upgrade(connection, revision)


def _migrate_sqlite(engine: sa.Engine, revision: str) -> None:
    with _file_lock(engine), engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                _upgrade(connection, revision)
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise BrokenReferences("the migration would break references and was undone")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _upgrade(connection: sa.Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@contextmanager
def _file_lock(engine: sa.Engine) -> Iterator[None]:
    database = engine.url.database or ""
    with Path(f"{database}.migrating").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
