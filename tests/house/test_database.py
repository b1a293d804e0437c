"""Sessions commit whole or not at all, on both databases; secrets are unreadable at rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from lti_tool.db import Database
from lti_tool.records.platform import Connection, Registration

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def registration() -> Registration:
    return Registration(
        issuer="https://lms.example",
        client_id="c1",
        auth_login_url="https://lms.example/auth",
        token_url="https://lms.example/token",
        jwks_url="https://lms.example/jwks",
        created_at=NOW,
    )


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def store_then_fail() -> None:
        with database.write() as session:
            session.add(registration())
            session.flush()
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        store_then_fail()
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0


def test_a_reading_session_changes_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(registration())
        session.flush()
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 0


def test_tokens_are_encrypted_at_rest_and_come_back(database: Database) -> None:
    with database.write() as session:
        session.add(registration())
        session.flush()
        session.add(
            Connection(
                registration_id=1,
                kind="canvas",
                api_url="https://lms.example",
                token="very-secret",
                created_at=NOW,
            )
        )
    with database.read() as session:
        raw = session.execute(sa.text("SELECT token FROM connection")).scalar_one()
        assert b"very-secret" not in bytes(raw)
        assert session.scalars(sa.select(Connection)).one().token == "very-secret"


def test_times_come_back_aware_and_a_naive_one_is_refused(database: Database) -> None:
    with database.write() as session:
        session.add(registration())
    with database.read() as session:
        assert session.scalars(sa.select(Registration)).one().created_at == NOW

    def store_naive() -> None:
        with database.write() as session:
            row = registration()
            row.client_id, row.created_at = "c2", datetime(2026, 9, 1)  # noqa: DTZ001
            session.add(row)

    with pytest.raises(sa.exc.StatementError):
        store_naive()
