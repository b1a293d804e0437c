"""Conferences: plan them with their slots, take notes, agree, and say when to meet again (A7, A9)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import check_version, write_change
from lti_tool.planning.notes import note
from lti_tool.planning.scope import check_learners, course_of
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.conference import INVITED, MINUTES, invited, slots
from lti_tool.plans.goal import Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.profile import SHORT_LONGEST, TEXT_LONGEST, band_of
from lti_tool.records.conference import Agreement, Conference, Invitee
from lti_tool.records.platform import Registration
from lti_tool.records.profile import Round

NOTES_LONGEST = 20_000
TEXTS = {"notes": NOTES_LONGEST, "summary": TEXT_LONGEST}
AHEAD_MOST = timedelta(days=370)


def plan_conferences(
    session: Session,
    actor: Actor,
    person_ids: Sequence[int],
    *,
    first_at: datetime | None,
    minutes: int,
    together: bool = False,
    roles: frozenset[str] = frozenset(),
    now: datetime,
) -> list[Conference]:
    """A conference for each of these learners, one after another or as one group; the open round's.

    A student who has one that was not held yet gets its new time instead of a second one.

    Raises:
        Refused, NotFound: not staff, or somebody who does not learn here. Incomplete: say whom and when.
    """
    require(actor, Act.HOLD_CONFERENCE)
    context = course_of(session, actor)
    people = list(dict.fromkeys(person_ids))
    check_learners(session, context, people)
    problems = []
    if not people:
        problems.append(Problem("people", "people", lambda _: _("Choose at least one student.")))
    if minutes not in MINUTES:
        problems.append(Problem("minutes", "minutes", lambda _: _("Choose how long each one takes.")))
    if first_at is not None and not now - timedelta(days=1) < first_at < now + AHEAD_MOST:
        problems.append(Problem("first_at", "day", lambda _: _("Choose a day within the next year.")))
    if problems:
        raise Incomplete(problems)
    band = band_of(context.age_band, session.get_one(Registration, actor.registration_id).age_band)
    round_id = session.scalar(
        sa.select(sa.func.max(Round.id)).where(Round.context_id == context.id, Round.closed_at.is_(None))
    )
    open_ones = {
        row.person_id: row
        for row in session.scalars(
            sa.select(Conference).where(
                Conference.context_id == context.id,
                Conference.person_id.in_(people),
                Conference.held_at.is_(None),
            )
        )
    }
    key = str(uuid.uuid4()) if together and len(people) > 1 else ""
    rows = []
    for person_id, at in zip(people, slots(first_at, minutes, len(people), together=together), strict=True):
        row = open_ones.get(person_id) or Conference(
            registration_id=actor.registration_id,
            context_id=context.id,
            person_id=person_id,
            made_by_id=actor.person_id,
            made_at=now,
            notes="",
            summary="",
            version=0,
        )
        row.at, row.minutes, row.together, row.round_id = at, minutes, key, round_id
        session.add(row)
        session.flush()
        _invite(session, row, invited(band, roles))
        _changed(session, actor, row, "planned", now)
        rows.append(row)
    return rows


def save_notes(
    session: Session, actor: Actor, conference_id: int, texts: Mapping[str, str], seen: int, *, now: datetime
) -> Conference:
    """Keep the notes, or the summary for who could not come. Raises NotFound, Incomplete, Overtaken."""
    row = staffs_conference(session, actor, conference_id)
    wanted = {name: tidy(texts[name]) for name in TEXTS if name in texts}
    problems = [one for name, text in wanted.items() for one in text_problems(name, text, TEXTS[name])]
    if problems:
        raise Incomplete(problems)
    check_version(row, seen, {name: getattr(row, name) for name in TEXTS}, wanted)
    if any(getattr(row, name) != text for name, text in wanted.items()):
        for name, text in wanted.items():
            setattr(row, name, text)
        _changed(session, actor, row, "noted", now)
    return row


def agree(
    session: Session,
    actor: Actor,
    conference_id: int,
    *,
    owner: str,
    text: str,
    when_words: str = "",
    once: str,
    now: datetime,
) -> Agreement:
    """One thing everybody agreed on; it counts as accepted, and the student can undo it for seven days."""
    row = staffs_conference(session, actor, conference_id)
    words, when = tidy(text), tidy(when_words)
    problems = agreement_problems(owner, words, when)
    if problems:
        raise Incomplete(problems)
    if not 0 < len(once) <= 64:
        raise NotFound
    there = session.scalar(sa.select(Agreement).where(Agreement.once == once))
    if there is not None:
        if there.conference_id != row.id:
            raise NotFound
        return there
    made = Agreement(
        conference_id=row.id,
        owner=owner,
        text=words,
        when_words=when,
        author_id=actor.person_id,
        once=once,
        made_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise NotFound from None
    note(session, actor, "conference.agreed", row.person_id, now=now, conference=row.id, agreement=made.id)
    return made


def agreement_problems(owner: str, words: str, when: str) -> list[Problem]:
    """What is wrong with something agreed, as it was typed and tidied."""
    problems = text_problems("text", words, TEXT_LONGEST) + text_problems("when_words", when, SHORT_LONGEST)
    if not words:
        problems.append(Problem("text", "empty", lambda _: _("Write what you agree on.")))
    if owner not in {role for roles in INVITED.values() for role in roles}:
        problems.append(Problem("owner", "owner", lambda _: _("Choose who does it.")))
    return problems


def hold(
    session: Session,
    actor: Actor,
    conference_id: int,
    *,
    came: frozenset[str],
    next_on: date | None,
    today: date,
    now: datetime,
) -> Conference:
    """ "We are done": the conference was held, these came, and then we meet again."""
    row = staffs_conference(session, actor, conference_id)
    if next_on is not None and not today <= next_on <= today + AHEAD_MOST:
        raise Incomplete(
            [Problem("next_on", "day", lambda _: _("Choose a day within the next year, or leave it empty."))]
        )
    row.held_at, row.next_on = row.held_at or now, next_on
    for invitee in session.scalars(sa.select(Invitee).where(Invitee.conference_id == row.id)):
        invitee.came = invitee.role in came
    _changed(session, actor, row, "held", now)
    return row


def staffs_conference(session: Session, actor: Actor, conference_id: int) -> Conference:
    """A conference of the actor's course. Raises Refused, NotFound."""
    require(actor, Act.HOLD_CONFERENCE)
    context = course_of(session, actor)
    row = session.get(Conference, conference_id) if is_row_id(conference_id) else None
    if row is None or row.context_id != context.id or row.registration_id != actor.registration_id:
        raise NotFound
    return row


def _invite(session: Session, row: Conference, roles: Sequence[str]) -> None:
    there = set(session.scalars(sa.select(Invitee.role).where(Invitee.conference_id == row.id)))
    session.execute(sa.delete(Invitee).where(Invitee.conference_id == row.id, Invitee.role.not_in(roles)))
    session.add_all(Invitee(conference_id=row.id, role=role) for role in roles if role not in there)
    session.flush()


def _changed(session: Session, actor: Actor, row: Conference, what: str, now: datetime) -> None:
    row.version += 1
    session.flush()
    content = {
        "notes": row.notes,
        "summary": row.summary,
        "at": row.at.isoformat() if row.at else None,
        "next_on": row.next_on.isoformat() if row.next_on else None,
    }
    write_change(session, actor, "conference", row, what, content, now=now)
