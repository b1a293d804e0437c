"""What people write in a profile: the student's entries, and views of others beside them (A2–A6, B10).

Only its author ever changes an entry. Nothing here is needed for a goal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.history import author_role, begin_plan
from lti_tool.planning.profile_changes import save_entry
from lti_tool.planning.profile_rows import WORDS, entry_problems, find_entry, write_down
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.texts import Incomplete, tidy
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.profile import ONE_OF_A_TOPIC, Kind
from lti_tool.records.conference import Conference
from lti_tool.records.portfolio import Artifact
from lti_tool.records.profile import Entry


@dataclass(frozen=True)
class EntryDraft:
    """What somebody typed. artifact_id, conference_id: where it comes from; once: the form's own key."""

    kind: Kind
    text: str
    more: str = ""
    topic: str = ""
    expected: str = ""
    present: str = ""
    artifact_id: int | None = None
    conference_id: int | None = None
    once: str = ""
    source: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    def words(self) -> dict[str, str]:
        """Its texts, tidy."""
        return {name: tidy(getattr(self, name)) for name in WORDS}


def add_entry(
    session: Session,
    actor: Actor,
    draft: EntryDraft,
    *,
    share: bool = False,
    round_id: int | None = None,
    now: datetime,
) -> Entry:
    """The student's own entry; a reflection, the dream and a skill exist once and are changed instead.

    Raises:
        Refused, NotFound: not a learner, or what it comes from is not theirs. Incomplete: not yet.
    """
    require(actor, Act.WRITE_PROFILE)
    if actor.person_id is None:
        raise NotFound
    there = _same(session, actor.person_id, actor, draft)
    if there is not None:
        if draft.kind in ONE_OF_A_TOPIC:
            return save_entry(session, actor, there.id, draft.words(), there.version, share=share, now=now)
        return there
    return _add(session, actor, actor.person_id, draft, share=share, round_id=round_id, now=now)


def add_view(
    session: Session,
    actor: Actor,
    person_id: int,
    draft: EntryDraft,
    *,
    beside_id: int | None = None,
    now: datetime,
) -> Entry:
    """What staff see in a learner of their course, beside the student's own entry or by itself.

    It is shared at once, and never changes what the student wrote. Raises as `add_entry`.
    """
    require(actor, Act.ADD_VIEW)
    learner_in(session, course_of(session, actor), person_id)
    if beside_id is not None:
        one = find_entry(session, actor, beside_id)
        if one.person_id != person_id or one.beside_id is not None:
            raise NotFound
    there = _same(session, person_id, actor, draft)
    if there is not None:
        return there
    return _add(session, actor, person_id, draft, share=True, beside_id=beside_id, now=now)


def _same(session: Session, person_id: int, actor: Actor, draft: EntryDraft) -> Entry | None:
    """The row this form made before, or the one of its topic."""
    if draft.kind in ONE_OF_A_TOPIC:
        which = sa.and_(Entry.kind == draft.kind, Entry.topic == draft.topic, Entry.beside_id.is_(None))
    elif draft.once:
        which = Entry.once == draft.once[:64]
    else:
        return None
    return session.scalar(
        sa.select(Entry)
        .where(
            Entry.registration_id == actor.registration_id,
            Entry.person_id == person_id,
            Entry.author_id == actor.person_id,
            which,
        )
        .limit(1)
    )


def _add(
    session: Session,
    actor: Actor,
    person_id: int,
    draft: EntryDraft,
    *,
    share: bool,
    now: datetime,
    round_id: int | None = None,
    beside_id: int | None = None,
) -> Entry:
    words = draft.words()
    problems = entry_problems(draft.kind, draft.topic, words, view=beside_id is not None)
    if problems:
        raise Incomplete(problems)
    _check_origin(session, actor, person_id, draft)
    row = Entry(
        registration_id=actor.registration_id,
        person_id=person_id,
        context_id=actor.context_id,
        kind=draft.kind.value,
        topic=draft.topic,
        **words,
        source=draft.source or author_role(actor),
        evidence=draft.evidence,
        author_id=actor.person_id,
        author_role=author_role(actor),
        beside_id=beside_id,
        round_id=round_id,
        artifact_id=draft.artifact_id,
        conference_id=draft.conference_id,
        once=draft.once[:64] or None,
        version=0,
        created_at=now,
        changed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        there = _same(session, person_id, actor, draft)
        if there is not None:  # the same form arrived twice at one moment
            return there
        row.once = None  # its key is that of another form of the author's
        session.add(row)
        session.flush()
    begin_plan(session, person_id, now)
    write_down(session, actor, row, "made", now, shares=share)
    return row


def _check_origin(session: Session, actor: Actor, person_id: int, draft: EntryDraft) -> None:
    """What it comes from is the same student's."""
    for model, key in ((Artifact, draft.artifact_id), (Conference, draft.conference_id)):
        if key is None:
            continue
        row: Any = session.get(model, key) if is_row_id(key) else None
        if row is None or (row.registration_id, row.person_id) != (actor.registration_id, person_id):
            raise NotFound
