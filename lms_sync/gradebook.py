"""One course's gradebook being read: columns, cells, the goals on them, and the cursor last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from config.settings import Settings
from lms_sync.course_facts import take_over
from lms_sync.coverage import note_coverage
from lms_sync.grades import NOT_UNDERSTOOD, Course, store_page
from lms_sync.items import ItemsStored, store_items
from lms_sync.lease import Running
from lms_sync.ours import left_out, remember_own
from lms_sync.people import add_api_ids, api_ids
from lms_sync.platforms.base import GradeSource, ResultRow, TotalRow, Wanted
from lms_sync.platforms.errors import LmsError
from lms_sync.roster import learners_of
from lms_sync.structure import store_item_groups
from lms_sync.tied import Tied, tied_to_goals
from lms_sync.totals import store_totals
from lti_tool.planning.changed_results import measure_changed
from lti_tool.planning.recompute import goals_of_context, recompute_goals
from lti_tool.planning.scope import chunks
from lti_tool.planning.steps import follow_item_dates
from lti_tool.records.course import Context
from lti_tool.records.gradebook import Item

NOT_COVERED = "students the connection does not see"
UNSEEN = "gradebook columns the connection does not see"
MOST_LOOKED_UP = 300
# Cells are stored this many at a time, and never held longer than this.
HELD_ROWS = 4000
HELD_TIME = timedelta(seconds=20)


@dataclass
class Gradebook:
    """The gradebook of one course, through one connection, in one run. told: of the course itself."""

    run: Running
    settings: Settings
    context: Context
    source: GradeSource
    told: bool = False

    def read(
        self,
        started: datetime,
        *,
        behind: Callable[[], timedelta],
        full: bool,
        parts: Callable[[], None] = lambda: None,
    ) -> None:
        """Read what changed since the cursor, or everything; the cursor moves when all of it is stored.

        started: when this reading began. behind: by how much the LMS's clock is behind ours. parts:
        reads what else the course consists of, when everything is read.
        """
        run = self.run
        run.enter("items")
        try:
            stored = self._items(full)
        except LmsError as error:
            if error.code == "bad_item_name":
                self._without_flags()
            raise
        since = None if full or stored.reread else self.context.grades_cursor
        run.cursor_from = since
        ids = self._api_ids(look_up=since is None)
        self._cells(stored, Wanted(since, sorted(ids), stored.unseen), ids)
        whole = since is None or self._tied_cells(stored, started)
        if since is None:
            try:
                self._groups_of_items()
                parts()
            finally:
                self._measure_all()  # last: a goal may look at the course's total, which came with the parts
        with run.page() as session:
            run.cursor_to = started - behind()
            context = session.get_one(Context, self.context.id, with_for_update=True)
            context.grades_cursor, context.grades_read_at = run.cursor_to, started
            if whole:
                context.tied_read_at = started
            if since is None:
                context.grades_full_at = started

    def _items(self, full: bool) -> ItemsStored:
        """The columns; of the course itself only what is not known yet, except in a full reading."""
        facts = self.source.facts() if full or not self.context.lms_course_id else None
        rows = self.source.items()
        self.run.rows += len(rows)
        with self.run.page() as session:
            context = session.get_one(Context, self.context.id, with_for_update=True)
            if facts is not None:
                take_over(context, facts, now=self.run.now())
                self.told = True
            counted = remember_own(session, context.id, self.source.own_columns())
            stored = store_items(
                session,
                context.id,
                rows,
                run_id=self.run.taken.id,
                now=self.run.now(),
                still_there=self.source.still_there,
            )
            follow_item_dates(session, context.registration_id, context.id, now=self.run.now())
        if stored.unseen:
            self.run.ignored[UNSEEN] = len(stored.unseen)
        if counted and self.source.leave_out(counted):
            with self.run.page() as session:
                left_out(session, self.context.id, counted)
        return stored

    def _groups_of_items(self) -> None:
        groups = self.source.item_groups() if self.told else None
        if groups is not None:
            with self.run.page() as session:
                store_item_groups(session, self.context.id, groups, now=self.run.now())

    def _api_ids(self, *, look_up: bool) -> set[str]:
        """The API ids of the learners; those we do not know yet are looked up and kept.

        Nobody's where neither the reading nor its count of people asks for them.
        """
        kinds, registration_id = self.source.capabilities.alias_kinds, self.context.registration_id
        if not look_up and not self.source.capabilities.person_by_person:
            return set()
        with self.run.database.read() as session:
            people = learners_of(session, self.context.id)
            known, subs = api_ids(session, self.context.id, registration_id, people, kinds)
        if subs and look_up:
            some = dict(list(subs.items())[:MOST_LOOKED_UP])
            found = self.source.user_ids(list(some.values()))
            new = {person: found[sub] for person, sub in some.items() if sub in found}
            with self.run.page() as session:
                add_api_ids(session, registration_id, kinds[0], new)
            known |= new
        return set(known.values())

    def _tied_cells(self, stored: ItemsStored, started: datetime) -> bool:
        """Read whole the columns that goals look at, when that is due; whether it was.

        What changed is asked of the LMS by times, and clearing, posting and hiding a grade move none.
        """
        every = timedelta(minutes=self.settings.goal_items_minutes)
        last = self.context.tied_read_at
        if last is not None and started - last < every:
            return False
        with self.run.database.read() as session:
            tied: Tied = tied_to_goals(session, self.context.id, self.source.capabilities.alias_kinds)
        keys = [key for key in tied.keys if key in stored.ids]
        if keys:
            size = self.context.roster_learners or 0
            wanted = Wanted(None, sorted(tied.user_ids), stored.unseen, keys, size)
            self._cells(stored, wanted, tied.user_ids)
        return True

    def _cells(self, stored: ItemsStored, wanted: Wanted, ids: set[str]) -> None:
        """Read and store the cells some pages at a time, then measure the goals on those that changed."""
        run, met = self.run, set[str]()
        whole = wanted.since is None
        kinds = self.source.capabilities.alias_kinds
        course = Course(self.context.id, self.context.registration_id, stored.ids, kinds)
        run.enter("grades", len(ids) if whole else None)
        held, totals = list[ResultRow](), list[TotalRow]()
        since = run.now()
        try:
            with closing(self.source.results(wanted)) as pages:
                for page in pages:
                    met.update(row.user_id for row in page.rows if not whole or row.user_id in ids)
                    held += page.rows
                    totals += page.totals
                    run.rows += len(page.rows)
                    run.done = len(met)
                    if page.bad:
                        run.ignored[NOT_UNDERSTOOD] += page.bad
                    if len(held) >= HELD_ROWS or run.now() - since >= HELD_TIME:
                        self._keep(course, held, totals)
                        held, totals, since = [], [], run.now()
        finally:
            # Cut off half-way, what was read is kept all the same; the cursor stays where it was.
            self._keep(course, held, totals)
            self._measure_changed()
        if whole and wanted.keys is None and stored.ids:
            with run.page() as session:
                missing = note_coverage(session, self.context.id, self.context.registration_id, kinds, met)
            if missing:
                run.ignored[NOT_COVERED] = missing

    def _without_flags(self) -> None:
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
        for page in self.source.without_flags(list(ids)):
            self.run.rows += len(page.rows)
            self._keep(course, list(page.rows))
        self._measure_changed()

    def _keep(self, course: Course, rows: list[ResultRow], totals: Sequence[TotalRow] = ()) -> None:
        run = self.run
        with run.page() as session:
            made, ignored = store_page(session, course, rows, run_id=run.taken.id, now=run.now())
            run.changed += made
            run.ignored.update(ignored)
            if totals:
                mine = {course.people[one.user_id]: one for one in totals if one.user_id in course.people}
                people = {person: one for (person, why_not), one in mine.items() if not why_not}
                store_totals(session, self.context.id, people, now=run.now())

    def _measure_changed(self) -> None:
        """Measure the goals on changed results, also on those that a lost run left behind."""
        run, more = self.run, True
        while more:
            with run.page() as session:
                more = measure_changed(session, self.context.id, now=run.now(), run_id=run.taken.id)

    def _measure_all(self) -> None:
        """Time alone moves a status: with every full reading all goals of the course are measured again."""
        run = self.run
        with run.database.read() as session:
            goals = sorted(goals_of_context(session, self.context.id))
        for part in chunks(goals):
            with run.page() as session:
                recompute_goals(session, part, now=run.now(), run_id=run.taken.id)
