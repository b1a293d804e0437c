"""A profile, a portfolio and conferences as guardians, counselors and mentors read them (domain.md §5).

Whether they may read this student's plan at all was asked before; here plans.profile.MAY_READ says which
parts of it, and only what was shared is ever found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from lti_tool.overview.check_in_notes import Said, notes_of
from lti_tool.overview.lessons_read import LessonRead, lessons_read
from lti_tool.overview.mentoring import Career, career_notes
from lti_tool.overview.portfolio import ArtifactView, artifacts_of
from lti_tool.overview.profile import ProfileView, profile_of
from lti_tool.overview.talks import Talk, talks_of
from lti_tool.plans.access import NotFound
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.profile import MAY_READ, Part, band_of
from lti_tool.plans.zones import course_zone
from lti_tool.records.course import Context, Person
from lti_tool.records.platform import Registration
from lti_tool.records.portfolio import Artifact, StoredFile


@dataclass(frozen=True)
class Reading:
    """What somebody reads beside the goals. talks: conferences that were held or have a time."""

    profile: ProfileView
    artifacts: Sequence[ArtifactView]
    talks: Sequence[Talk]
    notes: Sequence[Said] = ()
    careers: Sequence[Career] = ()
    lessons: Sequence[LessonRead] = ()

    @property
    def some(self) -> bool:
        """Whether there is anything to read at all."""
        one = self.profile
        said = (*one.strengths, *one.skills, *one.gaps, *one.reflections, *one.dream)
        return bool(said or self.artifacts or self.talks or self.notes or self.careers or self.lessons)


def reading_of(
    session: Session,
    registration_id: int,
    person_id: int,
    reader: str,
    context_id: int | None,
    *,
    me: int | None = None,
) -> Reading:
    """For one reader (a key of MAY_READ). context_id: the one course they read, empty for all; me: its id."""
    found = session.execute(
        sa.select(Person, Registration)
        .join(Registration, Registration.id == Person.registration_id)
        .where(Person.id == person_id, Person.registration_id == registration_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    person, registration = found
    context = session.get(Context, context_id) if context_id is not None else None
    zone = course_zone(context.time_zone if context else None, registration.time_zone)
    own = reader == "student"
    parts = MAY_READ[reader]
    profile = profile_of(
        session,
        person,
        reader,
        me=person.id if own else None,
        context_id=context_id,
        band=band_of(context.age_band if context else None, registration.age_band),
        zone=zone,
    )
    shows = Part.PORTFOLIO in parts
    talks = talks_of(session, registration_id, person_id, context_id, zone) if Part.AGREED in parts else []
    return Reading(
        profile=profile,
        artifacts=[
            one
            for one in artifacts_of(session, [person], own=own, context_id=context_id, zone=zone)[person.id]
            if shows and one.ready
        ],
        talks=[one for one in talks if one.held_at is not None or one.at is not None],
        notes=notes_of(session, registration_id, person_id, reader, context_id=context_id, me=me, zone=zone),
        careers=career_notes(session, registration_id, person_id, context_id=context_id, me=me)
        if Part.AGREED in parts
        else [],
        lessons=lessons_read(session, registration_id, person_id, reader, context_id=context_id, zone=zone)
        if Part.AGREED in parts
        else (),
    )


def file_of(session: Session, registration_id: int, person_id: int, artifact_id: int) -> StoredFile | None:
    """The file of a piece this student made ready; whether the reader may read along was asked before."""
    if not is_row_id(artifact_id):
        return None
    return session.scalar(
        sa.select(StoredFile)
        .join(Artifact, Artifact.file_id == StoredFile.id)
        .where(
            Artifact.id == artifact_id,
            Artifact.person_id == person_id,
            Artifact.registration_id == registration_id,
            Artifact.ready_at.is_not(None),
            Artifact.retired_at.is_(None),
        )
    )
