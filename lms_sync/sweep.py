"""A whole reading of a gradebook on its way: how far each of its lists came, so that none is asked for twice.

Its row is made with the columns and deleted with the moved cursor. While it stands the course owes a whole
reading. Each place in it is written by the transaction that stores the cells before that place, so it never
passes what is not stored. Whoever goes on promises no more than what was there when the first life began:
the cursor moves to that moment, and what changed since is found from there, as after any whole reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms_sync.platforms.base import Came
from lti_tool.records.rhythm import GradeSweep

# As long as the schedule may wait between two tries (due.LONGEST_PAUSE); older ones begin anew.
KEPT = timedelta(hours=6)


@dataclass
class Sweep:
    """One whole reading. started: when its first life began, by the LMS's clock.

    by: whose access reads; another one may see something else. came: list → where it goes on, None = it was
    read to its end. gone_on: whether an earlier life had come some way. cells: how many are stored.
    """

    context_id: int
    by: str
    started: datetime
    came: dict[str, str | None] = field(default_factory=dict)
    gone_on: bool = False
    cells: int = 0

    def note(self, places: Iterable[Came], cells: int) -> None:
        """These lists came so far; to be saved with the cells before."""
        self.cells += cells
        self.came.update({place.name: place.next for place in places if place.name})

    def save(self, session: Session) -> None:
        """In the caller's transaction."""
        values = {"by": self.by, "started_at": self.started, "came": dict(self.came), "cells": self.cells}
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(
            insert(GradeSweep)
            .values(context_id=self.context_id, **values)
            .on_conflict_do_update(index_elements=["context_id"], set_=values)
            .execution_options(synchronize_session=False)
        )


def owed(session: Session, context_id: int) -> GradeSweep | None:
    """The whole reading that was begun and not finished, if there is one."""
    return session.get(GradeSweep, context_id)


def begin(row: GradeSweep | None, sweep: Sweep, *, asked_at: datetime, in_person: bool) -> Sweep:
    """Go on where an earlier life came to, or begin. Pure.

    Who asks in person wants what the LMS shows now: only what was read since they asked is left out.
    """
    if row is None or row.by != sweep.by or row.started_at < sweep.started - KEPT:
        return sweep
    if in_person and row.started_at < asked_at:
        return sweep
    came: Mapping[str, str | None] = row.came or {}
    return Sweep(sweep.context_id, sweep.by, row.started_at, dict(came), gone_on=bool(came), cells=row.cells)


def end(session: Session, context_id: int) -> None:
    """Everything of it is stored, or it cannot be gone on with."""
    session.execute(sa.delete(GradeSweep).where(GradeSweep.context_id == context_id))
