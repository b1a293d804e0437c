"""The job engine's half of a sync: one workflow, one queue. All it does is call `run_sync`."""

from __future__ import annotations

from dbos import DBOS, DBOSConfig

from lms_sync.run import SyncDeps, run_sync
from lti_tool.db import make_jobs_engine
from lti_tool.jobs import APP_NAME, APP_VERSION, QUEUE, SCHEMA, WORKFLOW


def launch(deps: SyncDeps, *, executor_id: str) -> None:
    """Start taking jobs, in threads of this process; jobs this executor left half-done come first.

    Args:
        executor_id: `<host>:<slot>`, one process at a time (the engine's default would make a starting
            worker grab another's live jobs).
    """
    engine = make_jobs_engine(deps.settings.resolved_database_url)
    config: DBOSConfig = {
        "name": APP_NAME,
        "system_database_engine": engine,
        "dbos_system_schema": SCHEMA,
        "application_version": APP_VERSION,
        "executor_id": executor_id,
        "use_listen_notify": False,
        "run_migrations": False,
        "enable_otlp": False,
        "log_level": "WARNING",
        "max_executor_threads": deps.settings.worker_threads + 4,
    }
    DBOS(config=config)

    @DBOS.workflow(name=WORKFLOW)
    def sync_course(run_id: str) -> None:
        run_sync(run_id, deps)

    DBOS.launch()
    DBOS.register_queue(
        QUEUE,
        worker_concurrency=deps.settings.worker_threads,
        polling_interval_sec=deps.settings.queue_poll_seconds,
        on_conflict="always_update",  # each worker by its own settings
    )


def stop(*, wait_seconds: int) -> None:
    """Take no more jobs, and give those under way this long to come to a page's end."""
    DBOS.destroy(workflow_completion_timeout_sec=wait_seconds)
