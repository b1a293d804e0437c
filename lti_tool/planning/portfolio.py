"""What a student shows and why they chose it (A5, A8), and the lists it feeds (A9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.planning.errors import NotFound
from lti_tool.planning.files import Received, keep_file, let_file_go
from lti_tool.planning.history import begin_plan, check_version, write_change
from lti_tool.planning.profile import EntryDraft, add_entry, add_view
from lti_tool.planning.scope import course_of, learner_in
from lti_tool.planning.texts import Incomplete, text_problems, tidy
from lti_tool.plans.access import Act, Actor, Refused, may, require
from lti_tool.plans.filetypes import FileKind
from lti_tool.plans.goal import Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.profile import SHORT_LONGEST, TEXT_LONGEST, Kind
from lti_tool.records.gradebook import Item
from lti_tool.records.portfolio import Artifact
from lti_tool.records.profile import Entry

URL_LONGEST = 2048
LONG_TEXT = 20_000
_PAGE = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)


class ArtifactKind(StrEnum):
    """What an artifact is."""

    LINK = "link"
    WORK = "work"
    FILE = "file"
    PHOTO = "photo"
    TEXT = "text"
    AUDIO = "audio"


WITH_FILE = {
    ArtifactKind.FILE: FileKind.FILE,
    ArtifactKind.PHOTO: FileKind.PHOTO,
    ArtifactKind.AUDIO: FileKind.AUDIO,
}
LONGEST = {
    "title": SHORT_LONGEST,
    "why": TEXT_LONGEST,
    "alt": TEXT_LONGEST,
    "text": LONG_TEXT,
    "url": URL_LONGEST,
    "tag": 16,
}
TAGS = ("", "strength", "growth")


@dataclass(frozen=True)
class ArtifactDraft:
    """What the form says. words: the fields of LONGEST that were sent. outside: from outside school."""

    kind: ArtifactKind
    words: Mapping[str, str] = field(default_factory=dict)
    outside: bool = False
    item_id: int | None = None
    once: str = ""


def add_artifact(
    session: Session,
    actor: Actor,
    draft: ArtifactDraft,
    received: Received | None = None,
    *,
    quota: int = 0,
    now: datetime,
) -> Artifact:
    """Save a piece of the student's own portfolio; it is a draft until it is ready for a conference.

    The same form sent twice is one artifact.

    Raises:
        Refused, NotFound: not a learner, or not their course's work. Incomplete: not yet.
    """
    require(actor, Act.WRITE_PROFILE)
    context = course_of(session, actor)
    learner_in(session, context, actor.person_id)
    there = _by_once(session, actor, draft.once)
    if there is not None:
        return there
    row = Artifact(
        registration_id=actor.registration_id,
        person_id=actor.person_id,
        context_id=context.id,
        kind=draft.kind.value,
        once=draft.once,
        version=0,
        created_at=now,
        changed_at=now,
    )
    _fill(session, actor, row, draft, has_file=received is not None)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # the same form arrived twice at one moment
        there = _by_once(session, actor, draft.once)
        if there is None:
            raise
        return there
    if received is not None:
        row.file_id = keep_file(session, actor, received, quota=quota).id
    begin_plan(session, row.person_id, now)
    _changed(session, actor, row, "made", now)
    return row


def save_artifact(
    session: Session,
    actor: Actor,
    artifact_id: int,
    draft: ArtifactDraft,
    received: Received | None = None,
    *,
    seen: int,
    quota: int = 0,
    now: datetime,
) -> Artifact:
    """Change one's own artifact; a new file takes the place of the old. Raises as above, and Overtaken.

    One that is ready stays so only with its reason (and a photo with its words).
    """
    row = own_artifact(session, actor, artifact_id)
    wanted = {name: tidy(text) for name, text in draft.words.items()}
    check_version(row, seen, said(row), wanted)
    _fill(session, actor, row, draft, has_file=received is not None or row.file_id is not None)
    if received is not None:
        old = row.file_id
        row.file_id = keep_file(session, actor, received, quota=quota).id
        let_file_go(session, old, now=now)
    if row.ready_at is not None:
        _check_ready(row)
    _changed(session, actor, row, "saved", now)
    return row


def make_ready(session: Session, actor: Actor, artifact_id: int, *, now: datetime) -> Artifact:
    """It can be shown in a conference, and read with the plan. Raises Incomplete without a why."""
    row = own_artifact(session, actor, artifact_id)
    _check_ready(row)
    if row.ready_at is None:
        row.ready_at, row.shared_version = now, row.version + 1
        _changed(session, actor, row, "ready", now)
    return row


def remove_artifact(session: Session, actor: Actor, artifact_id: int, *, now: datetime) -> None:
    """Take it out of the portfolio; its file is deleted a little later, whole."""
    row = own_artifact(session, actor, artifact_id)
    if row.retired_at is None:
        row.retired_at = now
        let_file_go(session, row.file_id, now=now)
        row.file_id = None
        _changed(session, actor, row, "removed", now)


def become(
    session: Session,
    actor: Actor,
    artifact_id: int,
    kind: Kind,
    *,
    conference_id: int | None = None,
    now: datetime,
) -> Entry:
    """One click: "make this a strength", "make this a not yet"; the link to the artifact is kept (A9)."""
    if kind not in (Kind.STRENGTH, Kind.GAP):
        raise NotFound
    row = find_artifact(session, actor, artifact_id)
    draft = EntryDraft(
        kind,
        text=row.title,
        more=row.why,
        artifact_id=row.id,
        conference_id=conference_id,
        once=f"artifact:{row.id}:{kind}",
    )
    if row.person_id == actor.person_id:
        return add_entry(session, actor, draft, share=row.ready_at is not None, now=now)
    return add_view(session, actor, row.person_id, draft, now=now)


def find_artifact(session: Session, actor: Actor, artifact_id: int) -> Artifact:
    """One the actor may see: their own, or a ready one of a learner of their course. Raises NotFound."""
    row = session.get(Artifact, artifact_id) if is_row_id(artifact_id) else None
    if row is None or row.registration_id != actor.registration_id or row.retired_at is not None:
        raise NotFound
    if row.person_id == actor.person_id and may(actor, Act.WRITE_PROFILE):
        return row
    if not may(actor, Act.ADD_VIEW) or row.ready_at is None:
        raise NotFound
    learner_in(session, course_of(session, actor), row.person_id)
    return row


def own_artifact(session: Session, actor: Actor, artifact_id: int) -> Artifact:
    """The actor's own. Raises NotFound; Refused for one they may read only."""
    row = find_artifact(session, actor, artifact_id)
    if row.person_id != actor.person_id:
        raise Refused(Act.WRITE_PROFILE)
    return row


def said(row: Artifact) -> dict[str, str]:
    """What its fields say now."""
    return {name: getattr(row, name) for name in LONGEST}


def _by_once(session: Session, actor: Actor, once: str) -> Artifact | None:
    if not once or len(once) > 64:
        raise NotFound
    return session.scalar(
        sa.select(Artifact).where(Artifact.person_id == actor.person_id, Artifact.once == once)
    )


def _fill(session: Session, actor: Actor, row: Artifact, draft: ArtifactDraft, *, has_file: bool) -> None:
    """Put what was typed into the row. Raises Incomplete; nothing that is missing but the thing itself."""
    problems: list[Problem] = []
    for name, most in LONGEST.items():
        if name in draft.words:
            text = tidy(draft.words[name])
            found = text_problems(name, text, most)
            problems += found
            if not found:
                setattr(row, name, text)
    if (row.tag or "") not in TAGS:
        raise NotFound
    row.outside = draft.outside
    kind = ArtifactKind(row.kind)
    if kind is ArtifactKind.WORK and draft.item_id is not None:
        row.item_id = _work(session, actor, draft.item_id)
    problems += _missing(row, kind, has_file)
    if problems:
        raise Incomplete(problems)


def _missing(row: Artifact, kind: ArtifactKind, has_file: bool) -> list[Problem]:
    problems = []
    if not row.title:
        problems.append(Problem("title", "title", lambda _: _("Give it a name.")))
    if kind is ArtifactKind.LINK and not _PAGE.fullmatch(row.url or ""):
        problems.append(
            Problem("url", "url", lambda _: _("Write the whole address, beginning with https://."))
        )
    if kind is ArtifactKind.WORK and row.item_id is None:
        problems.append(Problem("item_id", "work", lambda _: _("Choose a piece of work.")))
    if kind is ArtifactKind.TEXT and not row.text:
        problems.append(Problem("text", "text", lambda _: _("Write a few words first.")))
    if kind in WITH_FILE and not has_file:
        problems.append(Problem("file", "file", lambda _: _("Choose a file.")))
    return problems


def _work(session: Session, actor: Actor, item_id: int) -> int:
    item = session.get(Item, item_id) if is_row_id(item_id) else None
    if item is None or item.context_id != actor.context_id or item.gone_at is not None or not item.published:
        raise NotFound
    return item.id


def _check_ready(row: Artifact) -> None:
    problems = []
    if not row.why:
        problems.append(
            Problem("why", "why", lambda _: _("Say why you chose it. Then it is ready for a conference."))
        )
    if row.kind == ArtifactKind.PHOTO and not row.alt:
        problems.append(
            Problem("alt", "alt", lambda _: _("Say what the photo shows, for people who cannot see it."))
        )
    if problems:
        raise Incomplete(problems)


def _changed(session: Session, actor: Actor, row: Artifact, what: str, now: datetime) -> None:
    row.version += 1
    row.changed_at = now
    session.flush()
    content = {**said(row), "outside": row.outside, "item_id": row.item_id, "file_id": row.file_id}
    write_change(session, actor, "artifact", row, what, content, now=now)
