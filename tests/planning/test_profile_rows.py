"""Profile, portfolio and conferences on both databases: what SQL the pages rely on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from lti_tool.db import Database
from lti_tool.overview.conference import conference_view, course_talks, sheets
from lti_tool.overview.nexts import Next, home_profile
from lti_tool.overview.portfolio import portfolio
from lti_tool.overview.profile import profile
from lti_tool.overview.reading import reading_of
from lti_tool.overview.roots import roots_of
from lti_tool.overview.rounds import rounds_of
from lti_tool.planning.assessing import RoundKind, finish_assessment, open_round
from lti_tool.planning.conferences import agree, hold, plan_conferences
from lti_tool.planning.files import Received, claim_file, sweep_files
from lti_tool.planning.gaps import gap_from_group, groups_of
from lti_tool.planning.goals import make_goal
from lti_tool.planning.history import drop_draft, keep_draft, own_draft
from lti_tool.planning.linking import choose_strength, link_gap
from lti_tool.planning.portfolio import ArtifactDraft, ArtifactKind, add_artifact, become, make_ready
from lti_tool.planning.profile import EntryDraft, add_entry
from lti_tool.planning.profile_changes import retire_entry
from lti_tool.planning.texts import Incomplete
from lti_tool.plans.filetypes import FileKind
from lti_tool.plans.profile import Kind
from lti_tool.storage import FileStore
from tests.factories import NOW
from tests.planning.conftest import School

LATER = NOW + timedelta(days=1)


def test_from_a_round_to_a_goal_and_a_sheet(school: School) -> None:
    session, maya, staff = school.session, school.student(school.maya), school.staff
    open_round(session, staff, RoundKind.START, now=NOW)
    assert Next.ROUND in home_profile(session, maya, now=NOW).nexts
    strength = add_entry(session, maya, EntryDraft(Kind.STRENGTH, "Drawing"), share=True, now=NOW)
    finish_assessment(session, maya, share=True, now=NOW)
    open_round(session, staff, RoundKind.MIDDLE, now=LATER)
    retire_entry(session, maya, strength.id, now=LATER)
    strength = add_entry(session, maya, EntryDraft(Kind.STRENGTH, "Speaking"), share=True, now=LATER)
    finish_assessment(session, maya, share=True, now=LATER)
    changes = rounds_of(session, maya).changes
    assert changes is not None
    assert [one["text"] for one in (*changes.new, *changes.let_go)] == ["Speaking", "Drawing"]

    draft = ArtifactDraft(ArtifactKind.TEXT, {"title": "Poem", "why": "rhymes", "text": "x"}, once="k")
    piece = add_artifact(session, maya, draft, now=LATER)
    assert add_artifact(session, maya, draft, now=LATER).id == piece.id
    make_ready(session, maya, piece.id, now=LATER)
    (row,) = plan_conferences(
        session, staff, [school.maya.id], first_at=LATER + timedelta(hours=2), minutes=20, now=LATER
    )
    gap = become(session, staff, piece.id, Kind.GAP, conference_id=row.id, now=LATER)
    agree(session, staff, row.id, owner="student", text="Read", once="a", now=LATER)
    hold(session, staff, row.id, came=frozenset({"student"}), next_on=None, today=LATER.date(), now=LATER)
    goal = make_goal(session, maya, school.draft(), now=LATER)
    link_gap(session, maya, goal.id, gap.id, now=LATER)
    choose_strength(session, maya, goal.id, strength.id, now=LATER)
    roots = roots_of(session, maya, [goal.id])[goal.id]
    assert (roots.gap_id, roots.artifact, roots.conference_id) == (gap.id, "Poem", row.id)
    assert roots.strength == "Speaking"

    assert [one.goals for one in profile(session, staff, school.maya.id).gaps] == [[(goal.id, goal.title)]]
    assert [one.became for one in portfolio(session, maya).artifacts] == [["gap"]]
    assert course_talks(session, staff).count("had") == 1
    assert conference_view(session, maya, row.id, now=LATER).talk.agreed[0].text == "Read"
    assert len(sheets(session, staff, now=LATER)) == 1
    reading = reading_of(session, school.registration.id, school.maya.id, "guardian", school.context.id)
    assert reading.some
    assert [talk.id for talk in reading.talks] == [row.id]


def test_drafts_are_kept_once_and_by_their_author(school: School) -> None:
    session, maya = school.session, school.student(school.maya)
    for words in ("one", "one two"):
        keep_draft(session, maya, "entry:1", {"text": words}, now=NOW)
    session.flush()
    kept = own_draft(session, maya, "entry:1")
    assert kept is not None
    session.refresh(kept)
    assert kept.fields == {"text": "one two"}
    assert own_draft(session, school.student(school.zoe), "entry:1") is None
    drop_draft(session, school.staff, "entry:1")
    assert own_draft(session, maya, "entry:1") is not None


def test_a_gap_from_a_group_needs_a_gap(school: School) -> None:
    session, maya = school.session, school.student(school.maya)
    for item in school.homework:
        item.group_name = "Homework"
    session.flush()
    groups = groups_of(session, maya)
    if groups:
        with pytest.raises(Incomplete):
            gap_from_group(session, maya, None, "Homework", None, now=NOW)


def test_a_claimed_file_goes_unless_it_is_kept(database: Database, school: School, tmp_path: Path) -> None:
    maya, store = school.student(school.maya), FileStore(tmp_path / "files")
    session = school.session
    lost, kept = claim_file(session, maya, now=NOW), claim_file(session, maya, now=NOW)
    for row in (lost, kept):
        store.path(row.key).parent.mkdir(parents=True, exist_ok=True)
        store.path(row.key).write_bytes(b"%PDF-")
    words = {"title": "Essay", "why": "y"}
    received = Received(kept.id, "a.pdf", FileKind.FILE, "application/pdf", 5)
    add_artifact(
        session, maya, ArtifactDraft(ArtifactKind.FILE, words, once="f"), received, quota=10, now=NOW
    )
    keys = lost.key, kept.key
    session.commit()
    assert sweep_files(database, store, NOW) == 0
    assert sweep_files(database, store, NOW + timedelta(hours=1)) == 1
    assert [store.path(key).exists() for key in keys] == [False, True]
