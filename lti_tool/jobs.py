"""Asking for background work: one sync run a course, enqueued inside the caller's transaction.

The `sync_run` row is the truth and the job a nudge (design.md, "How data flows"): a job that is lost,
run twice or late does no harm, since the worker starts queued rows again and a lease lets one run in.
"""

from __future__ import annotations

import threading
import uuid
from datetime import datetime

import sqlalchemy as sa
import structlog
from dbos import DBOSClient, EnqueueOptions
from dbos._error import DBOSInitializationError
from dbos._serialization import DefaultSerializer
from dbos._sys_db import SystemDatabase
from sqlalchemy.orm import Session

from config.settings import Settings
from lti_tool.db import make_jobs_engine
from lti_tool.records.course import Context
from lti_tool.records.gradebook import SyncRun

APP_NAME = "personal-plans"
# The jobs' arguments are ids only, so a newer release may finish what an older one enqueued.
APP_VERSION = "1"
SCHEMA = "dbos"
QUEUE = "sync"
WORKFLOW = "sync_course"
ACTIVE = ("queued", "running")
# Which kinds read everything another one reads (records.gradebook.SyncRun).
_COVERS = {
    "first": frozenset({"first", "full", "changes", "roster"}),
    "full": frozenset({"first", "full", "changes", "roster"}),
    "changes": frozenset({"changes"}),
    "roster": frozenset({"roster"}),
}

log = structlog.get_logger()


class Jobs:
    """The web's and the command line's door to the worker.

    The client is made on first use, so that a forked web process has one of its own.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: DBOSClient | None = None
        self._engine: sa.Engine | None = None

    def request_sync(
        self,
        session: Session,
        *,
        context_id: int,
        kind: str,
        trigger: str,
        asked_by_id: int | None = None,
        now: datetime,
        priority: int = 0,
    ) -> SyncRun:
        """The run that will read this course: a new one, or the one under way.

        A queued run becomes a stronger kind when that is asked; a running one is given as it is.
        The job starts when the caller's transaction commits. priority: 0, where a person waits, goes
        before any other; a queued run that waits behind others gets a second job that does not.

        Raises:
            LookupError: there is no such context.
        """
        if kind not in _COVERS:
            raise ValueError(f"no such kind of sync: {kind}")
        active = active_run(session, context_id)
        if active is None:
            active = self._insert(session, context_id, kind, trigger, asked_by_id, now, priority)
        if active.state == "queued":
            active.kind = stronger(active.kind, kind)
            if not priority and active.trigger == "schedule" and trigger != "schedule":
                active.trigger, active.asked_by_id = trigger, asked_by_id
                self.enqueue(session, active.id, job_id=f"{active.id}:now")
        return active

    def enqueue(self, session: Session, run_id: str, *, job_id: str | None = None, priority: int = 0) -> None:
        """Put a job for this run into the queue, in the caller's transaction; a known job id adds none.

        A queue that cannot take it stops nobody's click: the worker's tick finds the queued row.
        """
        job: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": job_id or run_id,
            "app_version": APP_VERSION,
        }
        if priority:
            job["priority"] = priority  # without one it goes before all that have one
        try:
            with session.begin_nested():
                self.client().enqueue_in_transaction(session, job, run_id)
        except (sa.exc.OperationalError, sa.exc.ProgrammingError) as error:
            log.warning("sync.job_not_enqueued", run_id=run_id, error=type(error).__name__)

    def waiting_runs(self) -> set[str]:
        """The runs that have a job in the queue which nobody has begun."""
        jobs = self.client().list_workflows(
            status="ENQUEUED", queue_name=QUEUE, load_input=False, load_output=False
        )
        return {job.workflow_id.partition(":")[0] for job in jobs}

    def client(self) -> DBOSClient:
        """The job engine's client of this process."""
        with self._lock:
            if self._client is None:
                self._engine = make_jobs_engine(self._settings.resolved_database_url)
                self._client = DBOSClient(
                    system_database_engine=self._engine,
                    dbos_system_schema=SCHEMA,
                    application_name=APP_NAME,
                    lazy=True,
                )
            return self._client

    def close(self) -> None:
        """Let go of the client's connections."""
        with self._lock:
            if self._client is not None:
                self._client.destroy()
            if self._engine is not None:
                self._engine.dispose()
            self._client = self._engine = None

    def _insert(
        self,
        session: Session,
        context_id: int,
        kind: str,
        trigger: str,
        asked_by_id: int | None,
        now: datetime,
        priority: int,
    ) -> SyncRun:
        registration_id = session.scalar(sa.select(Context.registration_id).where(Context.id == context_id))
        if registration_id is None:
            raise LookupError("there is no such course")
        run = SyncRun(
            id=str(uuid.uuid4()),
            registration_id=registration_id,
            context_id=context_id,
            kind=kind,
            trigger=trigger,
            asked_by_id=asked_by_id,
            state="queued",
            queued_at=now,
        )
        try:
            with session.begin_nested():
                session.add(run)
                session.flush()
        except sa.exc.IntegrityError:
            # Someone else asked in the same moment and was first: theirs is ours too.
            other = active_run(session, context_id)
            if other is None:
                raise
            return other
        self.enqueue(session, run.id, priority=priority)
        log.info("sync.asked", run_id=run.id, context_id=context_id, kind=kind, trigger=trigger)
        return run


def active_run(session: Session, context_id: int) -> SyncRun | None:
    """The queued or running run of a course; there is at most one."""
    return session.scalars(
        sa.select(SyncRun).where(SyncRun.context_id == context_id, SyncRun.state.in_(ACTIVE))
    ).one_or_none()


def stronger(one: str, other: str) -> str:
    """The kind that reads all that both kinds read."""
    for kind in (one, other):
        if {one, other} <= _COVERS[kind]:
            return kind
    return "full"


def migrate_job_tables(settings: Settings) -> None:
    """Create or update the job engine's own tables; safe to run twice and at the same time."""
    engine = make_jobs_engine(settings.resolved_database_url)
    try:
        _system_database(engine).run_migrations()
    finally:
        engine.dispose()


def job_tables_ready(settings: Settings) -> bool:
    """Whether the job engine's tables are there and of this version.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database does not answer.
    """
    engine = make_jobs_engine(settings.resolved_database_url)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT 1"))
        _system_database(engine).verify_migrations()
    except DBOSInitializationError:
        return False
    finally:
        engine.dispose()
    return True


def _system_database(engine: sa.Engine) -> SystemDatabase:
    sqlite = engine.dialect.name == "sqlite"
    return SystemDatabase.create(
        # With an engine given, only the kind of database is read from the address.
        system_database_url="sqlite:///given.sqlite" if sqlite else "postgresql://given",
        engine_kwargs={},
        engine=engine,
        schema=SCHEMA,
        serializer=DefaultSerializer(),
        executor_id=None,
        use_listen_notify=False,
        app_name=APP_NAME,
    )
