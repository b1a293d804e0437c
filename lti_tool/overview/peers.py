"""Peer mentors as people read them: the pairs of a course, a student's own, and what a mentor sees (B14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from lti_tool.overview.people import display_name, sort_name
from lti_tool.overview.place import place
from lti_tool.overview.together import Shared, own_goals, shared_goals, today_of
from lti_tool.plans.access import Act, Actor, NotFound, require
from lti_tool.plans.ids import is_row_id
from lti_tool.records.addressed import goes_on, may_mentor
from lti_tool.records.course import Context, Membership, Person
from lti_tool.records.group import PeerMentor, PeerVolunteer, SharedGoal
from lti_tool.records.learners import LEARNS, learners_in

PAIRS_MOST = 200
PEOPLE_MOST = 1000


@dataclass(frozen=True)
class Pair:
    """A pairing. mine: what the reader is in it, `mentor`, `mentee` or empty for staff.

    agreed: both said yes. mine_yes: the reader did. shared: ids of the goals shown; goals: those, for the
    mentor once both agreed.
    """

    id: int
    mentor: str
    mentee: str
    mentee_id: int
    course: str
    until: date
    mentor_yes: bool
    mentee_yes: bool
    mine: str = ""
    shared: frozenset[int] = frozenset()
    goals: Sequence[Shared] = ()

    @property
    def agreed(self) -> bool:
        """Whether both said yes."""
        return self.mentor_yes and self.mentee_yes

    @property
    def mine_yes(self) -> bool:
        """Whether the reader said yes."""
        return self.mentor_yes if self.mine == "mentor" else self.mentee_yes


@dataclass(frozen=True)
class CoursePairs:
    """The pairs of a course that go on, and who can be asked: (id, name); mentors with their courses."""

    pairs: Sequence[Pair]
    mentors: Sequence[tuple[int, str]]
    mentees: Sequence[tuple[int, str]]
    today: date


@dataclass(frozen=True)
class OwnPairs:
    """A student's pairings, whether they offer to mentor, and their goals as a mentor would see them."""

    pairs: Sequence[Pair]
    offers: bool
    goals: Sequence[Shared]


def course_pairs(session: Session, actor: Actor, *, now: datetime) -> CoursePairs:
    """The pairs of the actor's course. Six statements. Raises Refused, NotFound."""
    require(actor, Act.MANAGE_GROUPS)
    here = place(session, actor, actor.context_id)
    today = today_of(session, actor, now)
    mentees = session.scalars(learners_in(here.context.id))
    return CoursePairs(
        pairs=_pairs(session, sa.and_(PeerMentor.context_id == here.context.id, goes_on(today))),
        mentors=_mentors(session, actor),
        mentees=[(one.id, display_name(one)) for one in sorted(mentees, key=sort_name)],
        today=today,
    )


def _mentors(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """(id, "name (course, course)") of those who can be asked to mentor; two statements."""
    people = session.scalars(sa.select(Person).where(may_mentor(actor)).limit(PEOPLE_MOST)).all()
    courses: dict[int, list[str]] = defaultdict(list)
    for person_id, title in session.execute(
        sa.select(Membership.person_id, Context.title)
        .join(Context, Context.id == Membership.context_id)
        .where(
            Membership.person_id.in_([one.id for one in people]),
            LEARNS,
            Context.started_at.is_not(None),
        )
        .order_by(Context.title)
    ):
        courses[person_id].append(title)
    found = []
    for one in sorted(people, key=sort_name):
        titles = ", ".join(courses[one.id])
        found.append((one.id, f"{display_name(one)} ({titles})" if titles else display_name(one)))
    return found


def _pairs(session: Session, which: sa.ColumnElement[bool], me: int | None = None) -> list[Pair]:
    mentor, mentee = aliased(Person), aliased(Person)
    rows = session.execute(
        sa.select(PeerMentor, mentor, mentee, Context.title)
        .join(mentor, mentor.id == PeerMentor.mentor_id)
        .join(mentee, mentee.id == PeerMentor.mentee_id)
        .join(Context, Context.id == PeerMentor.context_id)
        .where(which)
        .order_by(PeerMentor.id.desc())
        .limit(PAIRS_MOST)
    )
    return [
        Pair(
            row.id,
            display_name(one),
            display_name(other),
            other.id,
            course,
            row.until,
            row.mentor_yes_at is not None,
            row.mentee_yes_at is not None,
            mine="" if me is None else "mentor" if row.mentor_id == me else "mentee",
        )
        for row, one, other, course in rows
    ]


def own_pairs(session: Session, actor: Actor, *, now: datetime) -> OwnPairs:
    """The actor's pairings that go on, in any course. Six statements. Raises Refused."""
    require(actor, Act.SHARE_GOALS)
    today = today_of(session, actor, now)
    mine = sa.or_(PeerMentor.mentor_id == actor.person_id, PeerMentor.mentee_id == actor.person_id)
    here = PeerMentor.registration_id == actor.registration_id
    pairs = _pairs(session, sa.and_(here, mine, goes_on(today)), me=actor.person_id)
    shared: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        sa.select(SharedGoal.peer_id, SharedGoal.goal_id)
        .join(PeerMentor, PeerMentor.id == SharedGoal.peer_id)
        .where(PeerMentor.mentee_id == actor.person_id, SharedGoal.ended_at.is_(None))
    )
    for peer_id, goal_id in rows:
        shared[peer_id or 0].add(goal_id)
    offers = session.get(PeerVolunteer, actor.person_id) is not None
    known = [
        replace(pair, shared=frozenset(shared[pair.id])) if pair.mine == "mentee" else pair for pair in pairs
    ]
    return OwnPairs(known, offers, own_goals(session, actor))


def mentors_view(session: Session, actor: Actor, peer_id: int, *, now: datetime) -> Pair:
    """What a peer mentor sees of their mentee: titles and steps they share, and nothing else.

    Raises:
        Refused, NotFound: not the mentor, not agreed by both, ended, or past its day.
    """
    require(actor, Act.SHARE_GOALS)
    today = today_of(session, actor, now)
    which = sa.and_(
        PeerMentor.id == (peer_id if is_row_id(peer_id) else 0),
        PeerMentor.registration_id == actor.registration_id,
        PeerMentor.mentor_id == actor.person_id,
        PeerMentor.mentor_yes_at.is_not(None),
        PeerMentor.mentee_yes_at.is_not(None),
        goes_on(today),
    )
    found = _pairs(session, which, me=actor.person_id)
    if not found:
        raise NotFound
    one = found[0]
    shown = shared_goals(session, SharedGoal.peer_id == one.id, [one.mentee_id])
    return replace(one, goals=shown.get(one.mentee_id, []))
