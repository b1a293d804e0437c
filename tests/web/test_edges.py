"""Every row of domain.md §3.5 at both practice LMSs over the wire: what the student and the teacher see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from cryptography.fernet import MultiFernet

from lti_tool.records.gradebook import Item
from tests.web.edge_story import CHICAGO, LATE, SEEDS, Story, begun, told


@pytest.fixture(scope="module")
def stories(
    tmp_path_factory: pytest.TempPathFactory, cipher: MultiFernet, empty_file: Path
) -> Iterator[Callable[[str], Story]]:
    """The name of an LMS → its story, told once, when it is first asked for."""
    with ExitStack() as open_now:

        @cache
        def story_of(name: str) -> Story:
            folder = tmp_path_factory.mktemp(f"edges-{name}")
            return told(open_now.enter_context(begun(name, folder, cipher, empty_file)))

        yield story_of


@pytest.fixture(params=SEEDS)
def story(request: pytest.FixtureRequest, stories: Callable[[str], Story]) -> Story:
    """Each LMS's in turn."""
    return stories(request.param)


ANY, STUDENT, TEACHER = "both", "student", "teacher"
# (row of the table, case, moment, reader, LMS or "", words; "!" before what must not be there).
ROWS: list[tuple[str, str, str, str, str, list[str]]] = [
    ("excused", "excused", "changed", STUDENT, "", ["you are at 90.", "You are excused from it."]),
    ("excused", "excused", "changed", TEACHER, "", ["now at 90.", "No. Excused."]),
    ("excused: all of them shrinks", "excused count", "changed", ANY, "", ["1 of 2", "all 2 chosen pieces"]),
    (
        "excused: N of S does not",
        "excused n of s",
        "changed",
        ANY,
        "",
        ["1 of 2", "2 of the 2 chosen pieces"],
    ),
    (
        "excused: a streak is neither broken nor longer",
        "streak excused",
        "changed",
        ANY,
        "",
        ["1 of 1 scores are at 80 or more."],
    ),
    (
        "missing: a streak holds within the grace",
        "streak broken",
        "changed",
        ANY,
        "",
        ["1 of 1 scores are at 80 or more."],
    ),
    (
        "missing: a streak breaks after it",
        "streak broken",
        "posted",
        ANY,
        "",
        ["1 of 2 scores are at 80 or more.", "never came in: 1."],
    ),
    (
        "unassigned: one of a set",
        "unassigned",
        "changed",
        ANY,
        "canvas",
        ["at 90.", "1 piece of work of this goal"],
    ),
    (
        "unassigned: one of a set",
        "unassigned",
        "changed",
        STUDENT,
        "moodle",
        ["at 90.", "You are excused from it."],
    ),
    ("unassigned: given back", "unassigned", "back", ANY, "", ["at 80.", "70 of 100"]),
    (
        "unassigned: one piece",
        "unassigned single",
        "changed",
        STUDENT,
        "canvas",
        ["Choose other work for a new goal.", "“unassigned single 1”"],
    ),
    ("unassigned: one piece", "unassigned single", "changed", TEACHER, "canvas", ["needs a new measure"]),
    (
        "unassigned: one piece",
        "unassigned single",
        "changed",
        STUDENT,
        "moodle",
        ["No new data", "“unassigned single 1”"],
    ),
    ("moved to another group", "moved", "changed", ANY, "", ["at 80.", "70 of 100", "90 of 100"]),
    ("replaced", "deleted single", "replaced", ANY, "", ["Replaced by another goal"]),
    ("deadline: not yet, before it is later", "ends later", "ended", TEACHER, "", ["Not yet"]),
    ("reached later", "ends later", "graded again", ANY, "", ["Reached later"]),
    ("missing, no score", "missing", "changed", STUDENT, "", ["you are at 90.", "!Missing work"]),
    ("missing, no score", "missing", "changed", STUDENT, "", ["Let's look", "It has not come in."]),
    ("missing: more time unheard by us", "missing", "changed", STUDENT, "moodle", ["may not have told us"]),
    ("missing: more time unheard by us", "missing", "changed", TEACHER, "moodle", ["alone was given"]),
    (
        "missing: more time unheard by us",
        "missing",
        "changed",
        ANY,
        "canvas",
        ["!told us", "!alone was given"],
    ),
    ("missing, no score: if nothing changes", "missing", "changed", ANY, "", ["this would be 45."]),
    ("missing, no score: after its grace", "missing", "posted", TEACHER, "", ["Missing work"]),
    (
        "missing, then graded unseen",
        "missing, graded unseen",
        "posted",
        STUDENT,
        "",
        ["you are at 90.", "It has not come in.", "this would be 45.", "!11 of 100", "!No grade to show. 11"],
    ),
    (
        "missing, then graded unseen",
        "missing, graded unseen",
        "posted",
        TEACHER,
        "",
        ["now at 90.", "this would be 45.", "The student cannot see this grade", "!11 of 100"],
    ),
    ("missing with a score of the LMS", "auto zero", "changed", ANY, "", ["at 45.", "0 of 100"]),
    ("real zero", "real zero", "changed", ANY, "", ["at 45.", "0 of 100"]),
    ("a null is not a zero", "not a grade", "changed", ANY, "", ["at 90.", "No grade to show."]),
    ("late", "late", "changed", ANY, "", ["at 75.", "60 of 100", "!80 of 100"]),
    ("hidden", "hidden", "changed", ANY, "", ["at 80.", "70 of 100", "!11 of 100"]),
    ("hidden: posted", "hidden", "posted", ANY, "", ["at 50.5.", "11 of 100"]),
    (
        "hidden: its flags",
        "hidden flags",
        "changed",
        ANY,
        "",
        ["at 80.", "!It has not come in."],
    ),
    ("new try", "new try", "changed", ANY, "", ["at 80.", "A new try waits for its grade."]),
    ("dropped: hand-picked", "dropped", "posted", ANY, "", ["at 63.3.", "It is our own average"]),
    ("dropped: course", "course grade", "posted", ANY, "", ["at 85.", "as the school shows it"]),
    ("needed: drop rules make it an estimate", "course grade", "posted", ANY, "", ["(an estimate)"]),
    (
        "a level is said by its word",
        "level",
        "changed",
        STUDENT,
        "",
        ["You started at “Beginning” and you are at “Growing”.", "“Growing” (2 of 3)", "!started at 1"],
    ),
    ("extra credit", "extra credit", "changed", ANY, "", ["at 105.", "120 of 100"]),
    ("extra credit: no points", "no points", "changed", ANY, "", ["at 90.", "It has no points to reach."]),
    ("points changed", "points changed", "changed", ANY, "", ["at 53.3.", "70 of 200"]),
    ("deleted: one piece", "deleted single", "changed", STUDENT, "", ["Choose other work for a new goal."]),
    ("deleted: one piece", "deleted single", "changed", TEACHER, "", ["needs a new measure", "No new data"]),
    (
        "deleted: one of a set",
        "deleted",
        "changed",
        ANY,
        "",
        ["at 90.", "1 piece of work of this goal"],
    ),
    ("regrade before the end", "regraded", "changed", ANY, "", ["at 85.", "The number went from 80 to 85."]),
    (
        "why of a past value",
        "regraded",
        "changed",
        ANY,
        "",
        ["160 of 200. That is 80.", "170 of 200. That is 85."],
    ),
    ("touched: one score", "touched single", "changed", ANY, "", ["Reached"]),
    (
        "touched: an average",
        "touched average",
        "changed",
        STUDENT,
        "",
        ["It is settled at the end."],
    ),
    ("student-entered", "reported", "changed", STUDENT, "", ["You reported it."]),
    ("student-entered", "reported", "changed", TEACHER, "", ["The student reported it."]),
    ("leaves", "leaves", "left", TEACHER, "", ["is not in the course now.", "leaves"]),
    ("leaves and comes back", "leaves", "back", ANY, "", ["at 95."]),
    ("deadline: reached", "ends", "ended", ANY, "", ["Reached", "How it ended"]),
    ("deadline: not yet", "ends short", "ended", STUDENT, "", ["keep it, change it or let it go?"]),
    ("deadline: not yet", "ends short", "ended", TEACHER, "", ["Not yet", "!let it go?"]),
    ("deadline: most of the way", "ends most", "ended", ANY, "", ["Most of the way"]),
    ("deadline: grace", "ends without grades", "ended", ANY, "", ["!How it ended"]),
    ("deadline: not measured", "ends without grades", "after the grace", ANY, "", ["Could not be measured"]),
    ("regrade after the end", "ends", "graded again", ANY, "", ["so the end changed", "!Reached later"]),
    ("regrade after the end: once there", "ends", "graded again", STUDENT, "", ["You were there on"]),
    ("regrade long after", "ends most", "graded late", TEACHER, "", ["ends most"]),
    ("regrade long after", "ends most", "graded late", STUDENT, "", ["Most of the way"]),
    ("term end: carried on", "carried on", "carried on", ANY, "", ["61"]),
    ("term end: dates after it", "after the term", "carried on", STUDENT, "", ["ends before that day."]),
    ("time zone", "on time", "changed", ANY, "", ["1 of 2", "came in late"]),
    ("sync: as of", "regraded", "changed", ANY, "", ["Grades as of"]),
    ("sync: old", "regraded", "a day and a half later", ANY, "", ["Not up to date", "!On track"]),
    ("sync: by hand is not old", "reported", "a day and a half later", ANY, "", ["!Not up to date"]),
]


def _cases() -> list[object]:
    """Each row at each LMS that has such a thing."""
    return [
        pytest.param(lms, row, case, moment, reader, words, id=f"{lms}: {row} ({reader})")
        for lms in SEEDS
        for row, case, moment, reader, only, words in ROWS
        if only in ("", lms)
    ]


@pytest.mark.parametrize(("lms", "row", "case", "moment", "reader", "words"), _cases())
def test_an_edge(
    stories: Callable[[str], Story],
    lms: str,
    row: str,
    case: str,
    moment: str,
    reader: str,
    words: list[str],
) -> None:
    pages = stories(lms).seen[moment][case]
    for one in (reader,) if reader != ANY else (STUDENT, TEACHER):
        for said in words:
            if said.startswith("!"):
                assert said[1:] not in pages[one], (row, one, pages[one])
            else:
                assert said in pages[one], (row, one, pages[one])


def test_a_goal_carries_on_within_the_term_with_a_start_of_its_own(story: Story) -> None:
    """Term end: nothing rolls over; what carries a goal on is linked to it and begins anew."""
    old, new = story.row("ends short"), story.row("carried on")
    assert new.follows_id == old.id
    assert new.due_on > old.due_on
    assert new.due_on == story.tied.course.ends_at.astimezone(CHICAGO).date()
    assert new.baseline_note["how"] == "median"


def test_groups_are_followed_by_the_lmss_ids(story: Story) -> None:
    """Group moved: each column says whose it is by id."""
    with story.tied.database.read() as session:
        groups = {row.lms_id: row.group_lms_id for row in session.query(Item).filter(Item.gone_at.is_(None))}
    assert None not in groups.values()
    moved = [groups[str(number)] for number in story.items["moved"]]
    assert moved[0] not in moved[1:]
    drops = {groups[str(number)] for number in story.items["dropped"]}
    others = {groups[str(number)] for number in story.items["excused"]}
    assert len(drops) == 1
    assert drops != others


def test_what_went_on_is_kept(story: Story) -> None:
    """A past celebration stays, and a goal of somebody who left is frozen, not ended."""
    assert story.row("ends").reached_on is not None
    assert story.row("leaves").due_on == story.at(LATE).date()
