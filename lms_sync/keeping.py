"""Cells on their way into the database: some compared with what is kept while those before are written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import TracebackType

from lms_sync.behind import OneBehind
from lms_sync.grades import Course, Decided, Pair, decide, store
from lms_sync.lease import Running
from lms_sync.platforms.base import Came, ResultRow, TotalRow
from lms_sync.sweep import Sweep
from lms_sync.totals import store_totals


class Keeping:
    """Keeps cells of one course, one part behind their reading; use it as a context and `settle` at the end.

    What was compared while we held the lease is written only if we hold it still, in one transaction with the
    lease, the totals that came along and how far the reading came.
    """

    def __init__(self, run: Running, course: Course, sweep: Sweep | None) -> None:
        self._run = run
        self._course = course
        self._sweep = sweep
        self._behind = OneBehind()
        self._writing: Collection[Pair] = ()

    def __enter__(self) -> Keeping:
        self._behind.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._behind.__exit__(kind, error, trace)

    def keep(
        self, rows: Sequence[ResultRow], totals: Sequence[TotalRow] = (), came: Sequence[Came] = ()
    ) -> None:
        """Compare these cells now, write them once those before are; raises what went wrong with those."""
        run, course = self._run, self._course
        with run.database.read() as session:
            decided = decide(
                session, course, rows, run_id=run.taken.id, now=run.now(), settle=self._if_written
            )
        people = {course.people[one.user_id]: one for one in totals if one.user_id in course.people}
        known = {person: one for (person, why_not), one in people.items() if not why_not}
        self._behind.do(lambda: self._write(decided, known, came, len(rows)))
        run.ignored.update(decided.ignored)
        self._writing = decided.new

    def settle(self) -> None:
        """Everything is written; raises what went wrong."""
        self._behind.wait()
        self._writing = ()

    def _if_written(self, pairs: Collection[Pair]) -> bool:
        """A list that changes while it is read may name a cell twice: the second one waits for the first."""
        if not self._writing or set(self._writing).isdisjoint(pairs):
            return False
        self.settle()
        return True

    def _write(self, decided: Decided, totals: dict[int, TotalRow], came: Sequence[Came], cells: int) -> None:
        run = self._run
        before = run.changed
        try:
            self._write_in_one(decided, totals, came, cells)
        except BaseException:
            run.changed = before  # nothing of it is kept
            raise

    def _write_in_one(
        self, decided: Decided, totals: dict[int, TotalRow], came: Sequence[Came], cells: int
    ) -> None:
        run = self._run
        with run.page() as session:
            run.changed += store(session, decided, run_id=run.taken.id, now=run.now())
            store_totals(session, self._course.context_id, totals, now=run.now())
            if self._sweep and came:
                self._sweep.note(came, cells)
                self._sweep.save(session)
