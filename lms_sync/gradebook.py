"""One course's gradebook being read: columns, cells, the goals on them, and the cursor last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.settings import Settings
from lms_sync.cell_reading import CellReading
from lms_sync.course_facts import take_over
from lms_sync.items import ItemsStored, store_items
from lms_sync.lease import Running
from lms_sync.ours import left_out, remember_own
from lms_sync.people import add_api_ids, api_ids
from lms_sync.platforms.base import GradeSource, Wanted
from lms_sync.platforms.errors import LmsError
from lms_sync.roster import learners_of
from lms_sync.structure import goes_by_weights, known_drops, store_item_groups
from lms_sync.sweep import Sweep, begin, end, owed
from lms_sync.tied import Tied, tied_to_goals
from lti_tool.planning.recompute import goals_of_context, recompute_goals
from lti_tool.planning.scope import chunks
from lti_tool.planning.step_dates import follow_item_dates
from lti_tool.records.course import Context

UNSEEN = "gradebook columns the connection does not see"
MOST_LOOKED_UP = 300
REFUSED = frozenset({"refused", "no_right", "no_course"})


@dataclass
class Gradebook:
    """The gradebook of one course, through one connection, in one run.

    by: whose access it is. told: of the course itself.
    """

    run: Running
    settings: Settings
    context: Context
    source: GradeSource
    by: str = ""
    told: bool = False
    cells: CellReading = field(init=False)

    def __post_init__(self) -> None:
        self.cells = CellReading(self.run, self.context, self.source)

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
            stored = self._items(full, started, behind)
        except LmsError as error:
            if error.code == "bad_item_name":
                self.cells.without_flags()
            raise
        sweep = self.cells.sweep
        since = None if sweep else self.context.grades_cursor
        run.cursor_from = since
        if sweep and sweep.gone_on:
            run.went_on_since, run.went_on_after = sweep.started, sweep.cells
        learners = self._learners(look_up=since is None)
        ids = sorted(one for one in learners.values() if one is not None)
        came = dict(sweep.came) if sweep else {}
        wanted = Wanted(since, ids, stored.unseen, drops=self._drops(), came=came)
        with self._forgetting_lost_places():
            self.cells.read(stored, wanted, learners)
        if sweep and sweep.gone_on:
            started = sweep.started
        whole = since is None or self._tied_cells(stored, started)
        if since is None:
            try:
                self._groups_of_items()
                parts()
            finally:
                self._measure_all()  # last: a goal may look at the course's total, which came with the parts
        run.cursor_to = min(started - behind(), sweep.started if sweep else started)
        self._move_cursor(started, whole=whole, everything=since is None)

    def _move_cursor(self, started: datetime, *, whole: bool, everything: bool) -> None:
        """Everything up to it is stored. whole: of what goals look at."""
        with self.run.page() as session:
            end(session, self.context.id)
            context = session.get_one(Context, self.context.id, with_for_update=True)
            context.grades_cursor, context.grades_read_at = self.run.cursor_to, started
            if whole:
                context.tied_read_at = started
            if everything:
                context.grades_full_at = started

    @contextmanager
    def _forgetting_lost_places(self) -> Iterator[None]:
        """Where the LMS refuses to go on from a place, the next reading begins anew."""
        sweep = self.cells.sweep
        try:
            yield
        except LmsError as error:
            if sweep and sweep.gone_on and error.code in REFUSED:
                with self.run.page() as session:
                    end(session, self.context.id)
            raise

    def _items(self, full: bool, started: datetime, behind: Callable[[], timedelta]) -> ItemsStored:
        """The columns; of the course itself only what is not known yet, except in a full reading.

        Whether everything is to be read is decided, and kept, together with them.
        """
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
            if facts is None:
                self._rules_of_groups(session)
            self._owe(session, stored.reread, full, started - behind())
            follow_item_dates(session, context.registration_id, context.id, now=self.run.now())
        if stored.unseen:
            self.run.ignored[UNSEEN] = len(stored.unseen)
        if counted and self.source.leave_out(counted):
            with self.run.page() as session:
                left_out(session, self.context.id, counted)
        return stored

    def _owe(self, session: Session, reread: bool, full: bool, started: datetime) -> None:
        """A whole reading begins, or goes on; a lost worker's is not forgotten."""
        row, asked = owed(session, self.context.id), self.run.taken
        if not (full or reread or row):
            return
        fresh = Sweep(self.context.id, self.by, started)
        # Columns that mean something else now are read from their first cell.
        earlier = None if reread else row
        sweep = begin(earlier, fresh, asked_at=asked.queued_at, in_person=asked.in_person)
        sweep.save(session)
        self.cells.sweep = sweep

    def _rules_of_groups(self, session: Session) -> None:
        """Weights and drop rules come with the columns at no price, so they move with every reading.

        Whether a course weighs at all it says of itself when everything is read; meanwhile it is as it was.
        Posted totals wait for whole readings: they come with the enrolments, a request for each hundred.
        """
        context_id, now = self.context.id, self.run.now()
        groups = self.source.item_groups(goes_by_weights(session, context_id))
        if groups is not None and store_item_groups(session, context_id, groups, now=now):
            recompute_goals(session, goals_of_context(session, context_id), now=now, run_id=self.run.taken.id)

    def _groups_of_items(self) -> None:
        groups = self.source.item_groups() if self.told else None
        if groups is not None:
            with self.run.page() as session:
                store_item_groups(session, self.context.id, groups, now=self.run.now())

    def _drops(self) -> dict[str, int]:
        """What one person's report alone does not tell apart (`moodle_drops`)."""
        if not self.source.capabilities.person_by_person:
            return {}
        with self.run.database.read() as session:
            return known_drops(session, self.context.id)

    def _learners(self, *, look_up: bool) -> dict[int, str | None]:
        """Person id → API id of the learners; ids we do not know yet are looked up and kept.

        Nobody's where neither the reading nor its count of people asks for them.
        """
        kinds, registration_id = self.source.capabilities.alias_kinds, self.context.registration_id
        if not look_up and not self.source.capabilities.person_by_person:
            return {}
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
        return {person: known.get(person) for person in people}

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
            people = sorted(set(tied.people.values()))
            wanted = Wanted(None, people, stored.unseen, keys, size, self._drops())
            self.cells.read(stored, wanted, tied.people)
        return True

    def _measure_all(self) -> None:
        """Time alone moves a status: with every full reading all goals of the course are measured again."""
        run = self.run
        with run.database.read() as session:
            goals = sorted(goals_of_context(session, self.context.id))
        for part in chunks(goals):
            with run.page() as session:
                recompute_goals(session, part, now=run.now(), run_id=run.taken.id)
