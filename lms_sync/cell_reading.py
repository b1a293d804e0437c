"""The cells of a course on their way in: some pages held, then stored with how far they came."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from lms_sync.coverage import note_coverage
from lms_sync.grades import NOT_UNDERSTOOD, Course, blank_items
from lms_sync.items import ItemsStored
from lms_sync.keeping import Keeping
from lms_sync.lease import Running
from lms_sync.platforms.base import Came, GradeSource, ResultRow, TotalRow, Wanted
from lms_sync.sweep import Sweep
from lms_sync.unassigned import left_out, looked_at_without_a_cell
from lti_tool.planning.changed_results import measure_changed
from lti_tool.records.course import Context
from lti_tool.records.gradebook import Item

NOT_COVERED = "students the connection does not see"
# Cells are stored this many at a time, and never held longer than this.
HELD_ROWS = 4000
HELD_TIME = timedelta(seconds=20)


@dataclass
class CellReading:
    """Reads and stores cells in one run. sweep: the whole reading they are part of, if they are."""

    run: Running
    context: Context
    source: GradeSource
    sweep: Sweep | None = None
    _unmet: set[tuple[str, int]] = field(default_factory=set)
    _odd: bool = False

    def read(self, stored: ItemsStored, wanted: Wanted, learners: Mapping[int, str | None]) -> None:
        """Read and store the cells some pages at a time, then measure the goals on those that changed.

        learners: person id → API id, of those whose cells are expected.
        """
        ids = {one for one in learners.values() if one is not None}
        run, met, columns, begun = self.run, set[str](), set[str](), self.run.now()
        whole = wanted.since is None
        all_of_it = whole and wanted.keys is None and not wanted.came
        kinds = self.source.capabilities.alias_kinds
        blank = set[int]()
        if self.sweep:
            with run.database.read() as session:
                blank = blank_items(session, stored.ids.values())
        course = Course(
            self.context.id,
            self.context.registration_id,
            stored.ids,
            kinds,
            whole=self.sweep is not None,
            blank=blank,
        )
        run.enter("grades", len(ids) if whole else None)
        self._look_for(all_of_it)
        with Keeping(run, course, self.sweep) as keeping:
            self._read_pages(course, wanted, ids, met, columns, keeping)
            if all_of_it and self.source.capabilities.lists_all and not self._odd:
                self._keep_left_out(course, columns, met, begun, keeping)
        if all_of_it and stored.ids:  # else who was met before is not known
            with run.page() as session:
                missing = note_coverage(session, self.context.id, learners, met)
            if missing:
                run.ignored[NOT_COVERED] = missing

    def _read_pages(
        self,
        course: Course,
        wanted: Wanted,
        ids: set[str],
        met: set[str],
        columns: set[str],
        keeping: Keeping,
    ) -> None:
        run, whole, self._odd = self.run, wanted.since is None, False
        held, totals, came = list[ResultRow](), list[TotalRow](), list[Came]()
        since = run.now()

        def keep() -> None:
            keeping.keep(held, totals, came)
            if self._unmet:
                self._unmet -= {(row.item_key, course.people[row.user_id][0]) for row in held}

        try:
            with closing(self.source.results(wanted)) as pages:
                for page in pages:
                    users = {row.user_id for row in page.rows}
                    met |= users & ids if whole else users
                    columns.update({row.item_key for row in page.rows})
                    held += page.rows
                    totals += page.totals
                    came += [page.came] if page.came else []
                    run.rows += len(page.rows)
                    run.done = len(met)
                    if page.bad:
                        self._odd = True  # it may be of anybody, so nobody is left out
                        run.ignored[NOT_UNDERSTOOD] += page.bad
                    if len(held) >= HELD_ROWS or run.now() - since >= HELD_TIME:
                        keep()
                        held, totals, came, since = [], [], [], run.now()
        finally:
            # Cut off half-way, what was read is kept all the same; the cursor stays where it was.
            keep()
            keeping.settle()
            self._measure_changed()

    def _look_for(self, whole: bool) -> None:
        """What goals look at and nothing is kept of: a whole list says whether it is given to them."""
        self._unmet.clear()
        if whole and self.source.capabilities.lists_all:
            with self.run.database.read() as session:
                self._unmet = looked_at_without_a_cell(session, self.context.id)

    def _keep_left_out(
        self, course: Course, columns: set[str], met: set[str], begun: datetime, keeping: Keeping
    ) -> None:
        """What the whole list did not name of people and columns it did name is not theirs any more."""
        keys = {course.items[key]: key for key in columns if key in course.items}
        people = {course.people[user][0]: user for user in met if not course.people[user][1]}
        with self.run.database.read() as session:
            rows = left_out(session, keys, people, self._unmet, since=begun)
        for start in range(0, len(rows), HELD_ROWS):
            keeping.keep(rows[start : start + HELD_ROWS])
        if rows:
            keeping.settle()
            self._measure_changed()

    def without_flags(self) -> None:
        """The report does not open: keep what else says of known columns, none of it for students' eyes.

        The run fails all the same, so that everything is read as soon as the report opens again.
        """
        with self.run.database.read() as session:
            known = sa.select(Item.key, Item.id).where(
                Item.context_id == self.context.id, Item.gone_at.is_(None)
            )
            ids = {row.key: row.id for row in session.execute(known)}
        kinds = self.source.capabilities.alias_kinds
        course = Course(self.context.id, self.context.registration_id, ids, kinds)
        with Keeping(self.run, course, None) as keeping:
            for page in self.source.without_flags(list(ids)):
                self.run.rows += len(page.rows)
                keeping.keep(page.rows)
            keeping.settle()
        self._measure_changed()

    def _measure_changed(self) -> None:
        """Measure the goals on changed results, also on those that a lost run left behind."""
        run, more = self.run, True
        while more:
            with run.page() as session:
                more = measure_changed(session, self.context.id, now=run.now(), run_id=run.taken.id)
