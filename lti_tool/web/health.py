"""Is it alive, can it work, what is it doing: /healthz, /readyz and /metrics.

Every figure of /metrics is counted in the database when asked, so it is the same whichever process
answers, and nothing is lost when one restarts.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.records.gradebook import SyncRun
from lti_tool.records.launch import LaunchSession
from lti_tool.records.platform import Connection, Registration

_log = structlog.get_logger()


def make_health_blueprint(settings: Settings, database: Database, now: Callable[[], datetime]) -> Blueprint:
    """The three addresses for machines; none of them needs a launch."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def alive() -> Response:
        return jsonify(status="ok")

    @health.get("/readyz")
    def ready() -> tuple[Response, int]:
        problem = _problem(database)
        if problem:
            _log.warning("readyz.not_ready", problem=problem)
            return jsonify(status="not ready", problem=problem), 503
        return jsonify(status="ready"), 200

    @health.get("/metrics")
    def metrics() -> tuple[Response, int]:
        wanted = f"Bearer {settings.metrics_token}"
        given = request.headers.get("Authorization", "")
        if settings.metrics_token and not hmac.compare_digest(given.encode(), wanted.encode()):
            return jsonify(error="This address needs METRICS_TOKEN as a Bearer token."), 401
        registry = CollectorRegistry()
        registry.register(_Counts(database, now()))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST), 200

    return health


def _problem(database: Database) -> str:
    """What keeps the tool from working, as a sentence; empty when nothing does."""
    try:
        with database.read() as session:
            session.scalar(sa.select(Registration.id).limit(1))
            session.scalar(sa.select(LaunchSession.id).limit(1))
    except SQLAlchemyError as error:
        if isinstance(error, sa.exc.OperationalError | sa.exc.ProgrammingError) and _has_no_tables(error):
            return "The database has no tables yet. Run `lti-tool migrate`."
        return "The database does not answer. Check DATABASE_URL and that it is running."
    return ""


def _has_no_tables(error: SQLAlchemyError) -> bool:
    return any(word in str(error).lower() for word in ("no such table", "does not exist", "no such column"))


class _Counts(Collector):
    """Counts over our own rows; never anything about one person."""

    def __init__(self, database: Database, now: datetime) -> None:
        self._database = database
        self._now = now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("plans_database_up", "1 when the database answers.")
        problem = _problem(self._database)
        up.add_metric([], 0 if problem else 1)
        yield up
        if not problem:
            with self._database.read() as session:
                yield from self._from_rows(session)

    def _from_rows(self, session: Session) -> Iterator[GaugeMetricFamily]:
        yield _by(session, "plans_sync_runs", "Sync runs, by state.", SyncRun.state)
        yield _by(session, "plans_connections", "Connections to LMS APIs, by state.", Connection.state)
        yield GaugeMetricFamily(
            "plans_registrations",
            "Active registrations.",
            value=session.scalar(sa.select(sa.func.count()).where(Registration.active)) or 0,
        )
        yield GaugeMetricFamily(
            "plans_launches_last_hour",
            "Launches let in within the last hour.",
            value=session.scalar(
                sa.select(sa.func.count()).where(LaunchSession.created_at > self._now - timedelta(hours=1))
            )
            or 0,
        )
        oldest = session.scalar(sa.select(sa.func.min(SyncRun.queued_at)).where(SyncRun.state == "queued"))
        yield GaugeMetricFamily(
            "plans_oldest_queued_seconds",
            "How long the oldest queued sync run has waited.",
            value=max(0.0, (self._now - oldest).total_seconds()) if oldest else 0.0,
        )


def _by(
    session: Session, name: str, meaning: str, column: sa.orm.InstrumentedAttribute[str]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=["state"])
    for state, count in session.execute(sa.select(column, sa.func.count()).group_by(column)):
        family.add_metric([state], count)
    return family
