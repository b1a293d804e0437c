"""An entry of a profile as a row: who finds it, what it says, what is wrong with words for it (A2–A6)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import write_change
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.texts import text_problems
from lti_tool.plans.access import Act, Actor, Refused, may
from lti_tool.plans.goal import Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.profile import SHORT_LONGEST, SKILLS, TEXT_LONGEST, Area, Kind, Level
from lti_tool.records.profile import Entry

WORDS = ("text", "more", "expected", "present")
TOPICS = {Kind.SKILL: frozenset(SKILLS), Kind.REFLECTION: frozenset(Area), Kind.DREAM: frozenset({""})}


def find_entry(session: Session, actor: Actor, entry_id: int | None) -> Entry:
    """An entry the actor may see: of their own profile, or of a learner of their course; drafts only theirs.

    Raises:
        NotFound: none such for this actor.
    """
    row = session.get(Entry, entry_id, with_for_update=True) if is_row_id(entry_id) else None
    if row is None or row.registration_id != actor.registration_id or not may(actor, Act.SEE_PROFILE):
        raise NotFound
    if row.shared_at is None and row.author_id != actor.person_id:
        raise NotFound
    if may(actor, Act.ADD_VIEW):
        learner_in(session, course_of(session, actor), row.person_id)
    elif row.person_id != actor.person_id:
        raise NotFound
    return row


def own_entry(session: Session, actor: Actor, entry_id: int) -> Entry:
    """An entry the actor wrote. Raises NotFound; Refused where they may read it only."""
    row = find_entry(session, actor, entry_id)
    if row.author_id != actor.person_id:
        raise Refused(Act.WRITE_PROFILE)
    return row


def said(row: Entry) -> dict[str, str]:
    """What an entry says now."""
    return {name: getattr(row, name) for name in WORDS}


def write_down(
    session: Session, actor: Actor, row: Entry, what: str, now: datetime, *, shares: bool = False
) -> None:
    """The next version of an entry; shares: from now on others read it."""
    row.version += 1
    row.changed_at = now
    if shares:
        row.shared_at, row.shared_version = now, row.version
    session.flush()
    write_change(session, actor, "entry", row, what, said(row), now=now)


def entry_problems(kind: Kind, topic: str, words: dict[str, str], *, view: bool) -> list[Problem]:
    """What is wrong; a view beside a skill is words, not a level."""
    problems = []
    for name in WORDS:
        most = TEXT_LONGEST if name in ("text", "more") else SHORT_LONGEST
        problems += text_problems(name, words.get(name, ""), most)
    if kind in TOPICS and topic not in TOPICS[kind]:
        raise NotFound
    if kind is Kind.SKILL and not view and words.get("text") not in set(Level):
        problems.append(Problem("text", "level", lambda _: _("Choose what fits you now.")))
    elif not words.get("text"):
        problems.append(Problem("text", "empty", lambda _: _("Write a few words first.")))
    return problems
