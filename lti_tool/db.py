"""Engines and sessions: SQLite by default, PostgreSQL beyond one machine; one code path.

SQLite runs through pysqlite3 where it is installed (its SQLite carries the WAL-reset fix), in WAL
mode, with foreign keys on. A writing transaction starts with BEGIN IMMEDIATE, so two writers queue
up instead of failing half-way; a reading one starts with BEGIN and never waits for a writer.
"""

from __future__ import annotations

import select
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import sqlalchemy as sa
from cryptography.fernet import MultiFernet
from sqlalchemy import event
from sqlalchemy.orm import Session

BUSY_MS = 30_000
# No transaction of ours pauses this long: whoever holds one is frozen or gone, and others wait for its rows.
FROZEN_MS = 60_000
# How soon a PostgreSQL is missed that vanished without a word, as when its machine or the network fails.
_MISSED = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": FROZEN_MS,
}


def sqlite_module() -> ModuleType:
    """The SQLite driver every process of the tool uses."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3
    return dbapi2  # type: ignore[no-any-return]


def pragmas(dbapi_connection: Any) -> None:
    """How every connection to an SQLite file of ours behaves."""
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def make_engine(url: str, cipher: MultiFernet | None = None) -> sa.Engine:
    """An engine for the tool's own rows.

    Its connections leave transactions to us on both databases: a transaction begins with the word in the
    execution option `plans_begin`, by default the one for writing; with none a statement stands alone.

    Args:
        url: an SQLAlchemy URL, `Settings.resolved_database_url`.
        cipher: encrypts `records.types.Encrypted` columns; without it they cannot be read or written.
    """
    if url.startswith("sqlite"):
        engine, writing = _sqlite_engine(url), "BEGIN IMMEDIATE"
    else:
        engine, writing = _postgres_engine(url), "BEGIN"
    engine.dialect.plans_cipher = cipher  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        word = connection.get_execution_options().get("plans_begin", writing)
        if word:
            dbapi_connection: Any = connection.connection.dbapi_connection
            try:
                dbapi_connection.execute(word)  # not through SQLAlchemy: that costs as much as a statement
            except engine.dialect.loaded_dbapi.Error as error:
                if getattr(dbapi_connection, "closed", False):
                    connection.invalidate(error)
                raise sa.exc.DBAPIError.instance(
                    word, None, error, engine.dialect.loaded_dbapi.Error, hide_parameters=True
                ) from error

    return engine


def _sqlite_engine(url: str) -> sa.Engine:
    database = sa.make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, module=sqlite_module(), connect_args={"timeout": BUSY_MS / 1000}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None
        pragmas(dbapi_connection)

    return engine


def _missed(url: str) -> dict[str, int]:
    """What the address says itself stays as it is."""
    said = sa.make_url(url).query
    return {name: value for name, value in _MISSED.items() if name not in said}


def _postgres_engine(url: str) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_size=10,
        max_overflow=10,
        connect_args={"autocommit": True, **_missed(url)},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: Any, _record: Any) -> None:
        """Waiting for a row ends as it does on SQLite."""
        waits = f"SET lock_timeout = {BUSY_MS}; SET idle_in_transaction_session_timeout = {FROZEN_MS}"
        dbapi_connection.execute(waits)

    @event.listens_for(engine, "checkout")
    def _still_there(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
        """A server that went away left its goodbye to read; asking it each time would cost a round trip."""
        if dbapi_connection.closed or select.select([dbapi_connection.fileno()], [], [], 0)[0]:
            try:
                dbapi_connection.execute("SELECT 1")
            except Exception as error:
                raise sa.exc.DisconnectionError("the database closed this connection") from error

    return engine


def make_jobs_engine(url: str) -> sa.Engine:
    """An engine for the job engine's own tables, in the same database and SQLite library.

    The job engine says BEGIN IMMEDIATE itself, so this one leaves transactions to the driver.
    """
    if not url.startswith("sqlite"):
        return sa.create_engine(
            url,
            pool_size=10,
            max_overflow=5,
            pool_pre_ping=True,
            connect_args=_missed(url),
            hide_parameters=True,
        )
    engine = sa.create_engine(
        url, module=sqlite_module(), connect_args={"timeout": BUSY_MS / 1000}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def _connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = "IMMEDIATE"
        pragmas(dbapi_connection)

    return engine


class Driver(NamedTuple):
    """One connection of the driver's own, and which database it speaks to."""

    dialect: sa.Dialect
    connection: Any


class Database:
    """Hands out sessions: `write()` commits or rolls back whole; `read()` never changes a row.

    `add()` and `look()` are the same where it must cost little, for records/prepared.py alone.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(plans_begin="BEGIN")  # so that it can be thrown away
        self._one_writer = threading.RLock() if engine.name == "sqlite" else None

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any exception."""
        with self._in_turn(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def add(self) -> Iterator[Driver]:
        """For statements that write: each stands alone, or they say themselves where a transaction begins."""
        with self._in_turn(), self.look() as door:
            yield door

    @contextmanager
    def read(self) -> Iterator[Session]:
        """To read (on SQLite one consistent view); anything added is thrown away, what was read stays."""
        with Session(self._reading, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Driver]:
        """For statements that stand alone: no transaction is begun around them."""
        pooled = self.engine.raw_connection()
        try:
            yield Driver(self.engine.dialect, pooled.dbapi_connection)
        finally:
            pooled.close()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite has one writer at a time: this process's threads wait for each other here.

        SQLite itself would let each look again after ever longer naps, and whoever is unlucky waits long.
        """
        lock = self._one_writer
        held = lock is not None and lock.acquire(timeout=BUSY_MS / 1000)
        try:
            yield
        finally:
            if lock is not None and held:
                lock.release()

    def dispose(self) -> None:
        """Close every connection (before a fork, at the end)."""
        self.engine.dispose()
