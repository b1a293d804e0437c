"""The two stages of a sync run: the roster by NRPS, the grades through a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import InstrumentedAttribute

from config.settings import Settings
from lms_sync import grades, roster, tokens
from lms_sync.accesses import note_state
from lms_sync.cell_reading import HELD_TIME
from lms_sync.connections import make_source, make_wire
from lms_sync.gradebook import Gradebook
from lms_sync.lease import Running
from lms_sync.ours import ours_in, remember_links
from lms_sync.platforms.ags import LineItems
from lms_sync.platforms.base import MemberRow
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.lti import NrpsRoster
from lms_sync.platforms.pace import Paces
from lms_sync.platforms.service_tokens import ServiceTokens
from lms_sync.platforms.wire import Wire
from lms_sync.structure import read_parts
from lti_tool.http import OutboundError, OutboundSession, check_url
from lti_tool.records.course import Context, ContextService
from lti_tool.records.platform import Connection, Deployment, Registration

NO_CONNECTION = "no connection"
TRIES = 3
log = structlog.get_logger()


@dataclass(frozen=True)
class Doors:
    """How to reach an LMS: makes HTTP sessions, waits when asked to slow down, keeps the pace."""

    make_session: Callable[..., OutboundSession]
    wait: Callable[[float], None]
    paces: Paces


@dataclass
class CourseReading:
    """One course being read: its rows, and the two doors to its LMS."""

    run: Running
    settings: Settings
    context: Context
    registration: Registration
    connection: Connection | None
    lti: Wire
    api: Wire | None

    @classmethod
    @contextmanager
    def open(
        cls,
        run: Running,
        settings: Settings,
        doors: Doors,
        context: Context,
        connection: Connection | None,
    ) -> Iterator[CourseReading]:
        """With HTTP sessions that are counted on the run, and closed at the end."""
        with run.database.read() as session:
            registration = session.get_one(Registration, context.registration_id)
        name = registration.name or {"canvas": "Canvas", "moodle": "Moodle"}.get(
            registration.product_family or "", "The LMS"
        )
        paces = doors.paces
        lti = Wire(doors.make_session(settings), name, doors.wait, paces.of(f"lti:{registration.id}"))
        api = None
        if connection is not None:
            pace = paces.of(f"api:{connection.id}")
            api = make_wire(connection, settings, doors.make_session, doors.wait, pace)
        wires = [wire for wire in (lti, api) if wire is not None]
        before = run.sent()  # by another access, which was refused
        run.sent = lambda: before + sum(wire.sent for wire in wires)
        try:
            yield cls(run, settings, context, registration, connection, lti, api)
        finally:
            for wire in wires:
                wire.session.close()

    @property
    def lms(self) -> str:
        """What people call this LMS."""
        return self.lti.lms

    def roster(self, *, full: bool) -> None:
        """Store the list page by page, then decide who has gone.

        Who is missing from a list of several pages is looked for a second time: somebody who left while it
        was read may have pulled another from one page to the one before.
        """
        run = self.run
        run.enter("roster", self.context.roster_learners)
        seen_at = run.now()
        pages, odd = self._list_members(seen_at)
        with run.database.read() as session:
            missing = roster.is_anyone_missing(session, self.context.id, seen_at=seen_at)
        if missing and pages > 1:
            odd += self._list_members(seen_at)[1]
        with run.page() as session:
            run.changed += roster.finish(session, self.context.id, seen_at=seen_at, whole=not odd)

    def _list_members(self, seen_at: datetime) -> tuple[int, int]:
        """Read the list to its end; how many pages it had, and rows nobody could make sense of."""
        run, held, pages, odd, stored = self.run, list[MemberRow](), 0, 0, self.run.now()
        run.done = 0
        for page in self._members().members():
            pages += 1
            held += [row for row in page.rows if row.active]
            run.rows += len(page.rows)
            run.done += len(page.rows)
            if page.bad:
                odd += page.bad
                run.ignored[grades.NOT_UNDERSTOOD] += page.bad
            if len(held) >= roster.BATCH or run.now() - stored >= HELD_TIME:
                self._store_members(held, seen_at)
                held, stored = [], run.now()
        self._store_members(held, seen_at)
        return pages, odd

    def _store_members(self, rows: Sequence[MemberRow], seen_at: datetime) -> None:
        """A launch may bring in the same person at the same moment; then the batch is done again."""
        for attempt in range(TRIES):
            try:
                with self.run.page() as session:
                    changed = roster.apply_batch(
                        session, self.context.id, self.registration.id, rows, now=seen_at
                    )
                self.run.changed += changed
                return
            except (sa.exc.IntegrityError, sa.exc.OperationalError):
                if attempt == TRIES - 1:
                    raise

    def _members(self) -> NrpsRoster:
        url = self._address(ContextService.nrps_url)
        if not url:
            raise self.lti.error("no_roster_service")
        return NrpsRoster(
            self.lti,
            self._lti_tokens,
            url=url,
            rlid=self.context.lms_id if self._is("canvas") else None,
            moodle=self._is("moodle"),
            now=self.run.now,
        )

    def _address(self, service: InstrumentedAttribute[str | None]) -> str | None:
        """A service's newest address, if a launch brought one. Raises LmsError where it may not be called."""
        with self.run.database.read() as session:
            url = session.scalar(
                sa.select(service)
                .join(Deployment, Deployment.id == ContextService.deployment_id)
                .where(ContextService.context_id == self.context.id, service.is_not(None), Deployment.active)
                .order_by(ContextService.seen_at.desc())
                .limit(1)
            )
        if url:
            try:
                check_url(url, self.settings)
                check_url(self.registration.token_url, self.settings)
            except OutboundError as error:
                raise self.lti.error("bad_address", str(error)) from error
        return url

    @property
    def _lti_tokens(self) -> ServiceTokens:
        return ServiceTokens(self.lti, self.run.database, self.registration)

    def _is(self, kind: str) -> bool:
        if self.registration.product_family:
            return self.registration.product_family.lower() == kind
        return self.connection is not None and self.connection.kind == kind

    def grades(self, *, full: bool) -> None:
        """Read columns and cells; the cursor moves last, and only when everything was read."""
        run = self.run
        if self.connection is None or self.api is None:
            with run.database.read() as session:
                run.ignored[NO_CONNECTION] = len(roster.learners_of(session, self.context.id))
            return
        started = run.now()
        try:
            self._with_token(self.connection, self.api, started, full=full)
        except LmsError as error:
            with run.page() as session:
                note_state(session, self.connection.id, error, context_id=self.context.id, now=run.now())
            raise

    def _with_token(self, connection: Connection, wire: Wire, started: datetime, *, full: bool) -> None:
        """Read with a token that lives; one that ended earlier than it said is renewed once."""
        database, now = self.run.database, self.run.now
        if tokens.is_stale(connection, now()):
            tokens.renew(connection, wire, database, now=now())
        try:
            self._grades(connection, wire, started, full=full)
        except LmsError as error:
            if error.code != "token_dead" or not tokens.can_renew(connection):
                raise
            tokens.renew(connection, wire, database, now=now())
            self._grades(connection, wire, started, full=full)

    def _grades(self, connection: Connection, wire: Wire, started: datetime, *, full: bool) -> None:
        run = self.run
        if full and connection.kind == "moodle":
            self._find_our_links()
        with run.database.read() as session:
            ours = ours_in(session, self.context.id, connection.kind)
        source = make_source(connection, wire, self.settings, context=self.context, ours=ours, now=run.now)
        if full and connection.state != "ok":
            source.may_read()
        run.lease = timedelta(seconds=self.settings.lease_seconds + source.capabilities.longest_call_seconds)
        # The LMS goes by its own clock: what it changed since we began may look older to us.
        by = f"{connection.id}:{connection.lms_user_id}"
        Gradebook(run, self.settings, self.context, source, by).read(
            started,
            behind=lambda: wire.behind,
            full=full,
            parts=lambda: read_parts(run, source, connection, self.context.id),
        )
        with run.page() as session:
            note_state(session, connection.id, None, context_id=self.context.id, now=run.now())

    def _find_our_links(self) -> None:
        """Moodle lists an activity that opens this tool like any other; only our line items say it is ours.

        Without that service it is known from its first launch on.
        """
        try:
            url = self._address(ContextService.lineitems_url)
            if not url:
                return
            listed = LineItems(self.lti, self._lti_tokens, url=url, canvas=False, now=self.run.now).listed()
            items = list(listed)
        except LmsError as error:
            log.info("sync.own_links_unknown", context_id=self.context.id, code=error.code)
            return
        with self.run.page() as session:
            remember_links(session, self.context.id, items, now=self.run.now())
