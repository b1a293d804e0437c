"""Reading one course from its LMS: lease, roster, grades, goals, and a row that says how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from config.settings import Settings
from lti_tool.db import Database
from lti_tool.http import OutboundSession, make_session


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SyncDeps:
    """What a sync run needs.

    make_session: (settings, read_seconds) → an HTTP session of its own for one run.
    owner: who holds the lease; now: the clock, aware.
    """

    settings: Settings
    database: Database
    make_session: Callable[..., OutboundSession]
    owner: str
    now: Callable[[], datetime]

    @classmethod
    def make(
        cls,
        settings: Settings,
        database: Database,
        *,
        owner: str,
        now: Callable[[], datetime] = _utc_now,
    ) -> SyncDeps:
        """The usual ones."""
        return cls(settings, database, make_session, owner, now)


def run_sync(run_id: str, deps: SyncDeps) -> None:
    """Read the run's course as its kind asks; the row says how it went, nothing is raised."""
    raise NotImplementedError
