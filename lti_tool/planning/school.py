"""What an administrator says for the whole school: whom students can talk to, and how old they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.notes import note
from lti_tool.planning.scope import course_of
from lti_tool.planning.texts import Incomplete, text_problems
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import Problem
from lti_tool.plans.profile import Band, band_of
from lti_tool.plans.school import TO_LONGEST, WORDS_LONGEST
from lti_tool.plans.school_year import is_year_end
from lti_tool.records.platform import Registration

GUARDIANS = {"": None, "on": True, "off": False}


def set_school(
    session: Session,
    actor: Actor,
    *,
    age_band: str,
    talk_words: str,
    talk_to: str,
    year_ends: str = "",
    guardians: str = "",
    now: datetime,
) -> None:
    """Set the registration's words; empty ones bring the default words back.

    Raises:
        Refused, NotFound: not an administrator. Incomplete: what cannot be kept.
    """
    require(actor, Act.SET_SCHOOL)
    row = session.get(Registration, actor.registration_id)
    if row is None:
        raise NotFound
    words, to = " ".join(talk_words.split()), " ".join(talk_to.split())
    problems = text_problems("talk_words", words, WORDS_LONGEST) + text_problems("talk_to", to, TO_LONGEST)
    if age_band not in set(Band):
        problems.append(_no_band())
    ends = year_ends.strip()
    if ends and not is_year_end(ends):
        problems.append(Problem("year_ends", "day", lambda _: _("Write month and day like this: 06-30.")))
    if guardians not in GUARDIANS:
        problems.append(Problem("guardians", "choice", lambda _: _("Choose one of these.")))
    if problems:
        raise Incomplete(problems)
    row.age_band, row.talk_words, row.talk_to, row.year_ends = age_band, words, to, ends
    row.guardians, row.band_said_at = GUARDIANS[guardians], row.band_said_at or now
    if actor.person_id is not None:
        note(session, actor, "school.set", actor.person_id, now=now)


def say_band(session: Session, actor: Actor, age_band: str, *, now: datetime) -> None:
    """An administrator answers what set-up asks first. Raises Refused, NotFound, Incomplete."""
    require(actor, Act.SET_SCHOOL)
    row = session.get(Registration, actor.registration_id)
    if row is None:
        raise NotFound
    if age_band not in set(Band):
        raise Incomplete([_no_band()])
    row.age_band, row.band_said_at = age_band, now
    if actor.person_id is not None:
        note(session, actor, "school.set", actor.person_id, now=now)


def say_band_of_course(session: Session, actor: Actor, age_band: str, *, now: datetime) -> None:
    """Staff say it of their own course; empty is as the school says, and so is what the school says anyway.

    Raises Refused, NotFound, Incomplete.
    """
    require(actor, Act.SET_COURSE)
    context = course_of(session, actor)
    if age_band and age_band not in set(Band):
        raise Incomplete([_no_band()])
    school = session.get_one(Registration, context.registration_id)
    wanted = age_band if age_band and age_band != band_of(school.age_band) else None
    if context.age_band != wanted:
        context.age_band = wanted
        if actor.person_id is not None:
            note(session, actor, "course.band", actor.person_id, now=now)


def _no_band() -> Problem:
    return Problem("age_band", "band", lambda _: _("Choose how old the students are."))
