"""Migrations make exactly the models' tables, on both databases, and never cut references."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from config.settings import Settings
from lti_tool.db import make_engine
from lti_tool.migrations.env_rules import ours
from lti_tool.migrations.runner import BrokenReferences, current_revision, migrate, newest_revision
from lti_tool.records import Base


@pytest.fixture
def empty(settings: Settings) -> Iterator[sa.Engine]:
    engine = make_engine(settings.resolved_database_url)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA IF EXISTS dbos CASCADE"))
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


def test_migrations_and_models_agree(empty: sa.Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert current_revision(empty) == newest_revision()


def test_partial_unique_indexes_are_there(empty: sa.Engine) -> None:
    migrate(empty)
    for table, name in (("sync_run", "uq_sync_run_active"), ("plan", "uq_plan_open")):
        found = {i["name"]: i for i in sa.inspect(empty).get_indexes(table)}
        assert found[name]["unique"]
        options = {k: str(v) for k, v in found[name]["dialect_options"].items()}
        assert any("where" in key and value for key, value in options.items())


def test_migrating_twice_and_at_once_changes_nothing(empty: sa.Engine, settings: Settings) -> None:
    engines = [make_engine(settings.resolved_database_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, engines))
    migrate(empty)
    assert current_revision(empty) == newest_revision()
    for engine in engines:
        engine.dispose()


def test_an_sqlite_database_with_broken_references_is_not_migrated(tmp_path: Path) -> None:
    empty = make_engine(f"sqlite:///{tmp_path / 'broken.sqlite'}")
    with empty.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        driver.execute("CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent(id))")
        driver.execute("INSERT INTO child VALUES (1, 99)")
        driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(BrokenReferences):
        migrate(empty)
    assert current_revision(empty) is None


def test_a_full_database_of_the_first_version_keeps_every_row(empty: sa.Engine) -> None:
    """A row in every table of revision 0001 is there after the newest migration, with its values.

    But for fingerprints of versions, which nothing goes by any more.
    """
    migrate(empty, revision="0001")
    old = sa.MetaData()
    with empty.begin() as connection:
        old.reflect(connection, resolve_fks=False)
        for table in old.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert().values(_some_row(table)))
        before = _rows(connection, old)
    migrate(empty)
    assert current_revision(empty) == newest_revision()
    with empty.connect() as connection:
        assert _rows(connection, old) == before
        if empty.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None


_SOME = {
    int: 1,
    str: "x",
    bytes: b"x",
    bool: True,
    Decimal: Decimal(1),
    dict: {},
    datetime: datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
    date: date(2026, 9, 1),
}


def _some_row(table: sa.Table) -> dict[str, object]:
    """The first row of a table: number 1, pointing at the first row of every other table."""
    return {column.name: _some_value(column.type) for column in table.columns}


def _some_value(kind: sa.types.TypeEngine[object]) -> object:
    if isinstance(kind, sa.JSON):
        return {}
    if isinstance(kind, sa.DateTime):
        return _SOME[datetime]
    return _SOME[kind.python_type]


def _rows(connection: sa.Connection, tables: sa.MetaData) -> dict[str, list[object]]:
    return {
        t.name: [
            tuple(row) for row in connection.execute(sa.select(*(c for c in t.columns if c.name != "digest")))
        ]
        for t in tables.sorted_tables
        if t.name != "alembic_version"
    }
