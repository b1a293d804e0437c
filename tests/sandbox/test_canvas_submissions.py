"""Canvas-like submissions over HTTP: who sees which rows and which keys, and what moves which time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.door import Params, all_rows, canvas, listening
from tests.sandbox_lms import seed
from tests.sandbox_lms.canvas_api_lookup import section_id
from tests.sandbox_lms.canvas_api_rows import SCORE_KEYS
from tests.sandbox_lms.world import ApiToken, Course, Enrolment, World

PATH = f"/courses/{seed.CANVAS_COURSE}/students/submissions"
ALL = ("student_ids[]", "all")
ANA, BEN = seed.CANVAS_STUDENTS[:2]
HOMEWORK, HIDDEN, DRAFT = 201, 207, 209
FIELDS = {
    "id",
    "user_id",
    "url",
    "score",
    "grade",
    "excused",
    "attempt",
    "submission_type",
    "submitted_at",
    "body",
    "assignment_id",
    "graded_at",
    "grade_matches_current_submission",
    "grader_id",
    "workflow_state",
    "late_policy_status",
    "points_deducted",
    "grading_period_id",
    "cached_due_date",
    "extra_attempts",
    "posted_at",
    "redo_request",
    "sticker",
    "custom_grade_status_id",
    "late",
    "missing",
    "seconds_late",
    "entered_grade",
    "entered_score",
    "preview_url",
    "attachments",
    "discussion_entries",
}


class Lms:
    """A running Canvas-like world and the tokens of its people."""

    def __init__(self, world: World, url: str) -> None:
        self.world, self.url = world, url
        self.course: Course = world.courses[seed.CANVAS_COURSE]

    def token(self, person_id: int, **more: Any) -> str:
        name = f"7~of-{person_id}-{len(self.world.tokens)}"
        self.world.tokens[name] = ApiToken(name, person_id, **more)
        return name

    def rows(
        self, *params: tuple[str, str | int], token: str = seed.CANVAS_TEACHER_TOKEN
    ) -> list[dict[str, Any]]:
        given: Params = [*params, ("per_page", 100)]
        return all_rows(self.url, PATH, token, given if params else [ALL, *given])

    def row(self, person_id: int, item_id: int, token: str = seed.CANVAS_TEACHER_TOKEN) -> dict[str, Any]:
        rows = self.rows(("student_ids[]", person_id), ("assignment_ids[]", item_id), token=token)
        assert len(rows) == 1
        return rows[0]


@pytest.fixture
def lms() -> Iterator[Lms]:
    world = seed.seed_canvas("http://localhost")
    with listening(world) as url:
        yield Lms(world, url)


def test_a_row_has_the_fields_of_the_api(lms: Lms) -> None:
    for row in lms.rows():
        assert set(row) == FIELDS


def test_fields_can_be_chosen_or_left_out(lms: Lms) -> None:
    chosen = lms.rows(ALL, ("response_fields[]", "id"), ("response_fields[]", "score"))
    assert {frozenset(row) for row in chosen} == {frozenset({"id", "score"})}
    rest = lms.rows(ALL, ("exclude_response_fields[]", "body"), ("exclude_response_fields[]", "attachments"))
    assert {frozenset(row) for row in rest} == {frozenset(FIELDS - {"body", "attachments"})}


def test_a_teacher_sees_unposted_scores_and_that_they_are_unposted(lms: Lms) -> None:
    row = lms.row(ANA, HIDDEN)
    assert row["score"] is not None
    assert row["posted_at"] is None


def test_a_student_sees_only_themselves_and_no_key_of_an_unposted_score(lms: Lms) -> None:
    token = lms.token(ANA)
    rows = {row["assignment_id"]: row for row in lms.rows(token=token)}
    assert {row["user_id"] for row in rows.values()} == {ANA}
    assert not set(SCORE_KEYS) & set(rows[HIDDEN])
    assert rows[HOMEWORK]["score"] is not None
    assert rows[208]["score"] is None  # nothing to hide: the key is there
    other = canvas(lms.url, PATH, token, [("student_ids[]", BEN)])
    assert (other.status_code, other.headers.get("WWW-Authenticate")) == (401, None)


def test_an_observer_sees_only_whom_they_observe_and_only_what_is_posted(lms: Lms) -> None:
    token = lms.token(seed.CANVAS_OBSERVER)
    rows = {row["assignment_id"]: row for row in lms.rows(token=token)}
    assert {row["user_id"] for row in rows.values()} == {ANA}
    assert "score" in rows[HOMEWORK]
    assert not set(SCORE_KEYS) & set(rows[HIDDEN])
    assert not set(SCORE_KEYS) & set(rows[208])  # an observer reads a score only when posted


def test_posting_and_hiding_move_posted_at_and_not_graded_at(lms: Lms) -> None:
    before = lms.row(ANA, HIDDEN)
    lms.world.set_posted(lms.course, HIDDEN, ANA, True)
    posted = lms.row(ANA, HIDDEN)
    assert posted["posted_at"] is not None
    assert posted["graded_at"] == before["graded_at"]
    lms.world.set_posted(lms.course, HIDDEN, ANA, False)
    assert lms.row(ANA, HIDDEN)["graded_at"] == before["graded_at"]


def test_clearing_and_unexcusing_do_not_move_graded_at(lms: Lms) -> None:
    before = lms.row(ANA, HOMEWORK)
    lms.world.set_score(lms.course, HOMEWORK, ANA, None)
    cleared = lms.row(ANA, HOMEWORK)
    assert (cleared["score"], cleared["graded_at"]) == (None, before["graded_at"])
    excused = lms.course.grades[(202, seed.CANVAS_STUDENTS[9])]
    row = lms.row(excused.person_id, 202)
    assert (row["excused"], row["score"], row["workflow_state"]) == (True, None, "graded")
    excused.excused = False
    assert lms.row(excused.person_id, 202)["graded_at"] == row["graded_at"]


def test_grading_by_hand_posts_later_and_automatic_at_once(lms: Lms) -> None:
    lms.world.set_score(lms.course, 208, ANA, Decimal(30))
    row = lms.row(ANA, 208)
    assert row["posted_at"] == row["graded_at"]
    lms.world.set_score(lms.course, HIDDEN, BEN, Decimal(31))
    assert lms.row(BEN, HIDDEN)["posted_at"] is None


def test_since_is_strictly_later(lms: Lms) -> None:
    graded = lms.course.grades[(HOMEWORK, ANA)].graded_at
    assert graded is not None
    edge = graded.isoformat()
    found = lms.rows(ALL, ("graded_since", edge))
    assert found
    assert all(datetime.fromisoformat(row["graded_at"]) > graded for row in found)
    earlier = (graded - timedelta(seconds=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (ANA, HOMEWORK) in {
        (row["user_id"], row["assignment_id"]) for row in lms.rows(ALL, ("graded_since", earlier))
    }


@pytest.mark.parametrize("name", ["graded_since", "submitted_since"])
def test_a_time_without_a_t_is_refused(lms: Lms, name: str) -> None:
    answer = canvas(lms.url, PATH, seed.CANVAS_TEACHER_TOKEN, [ALL, (name, "2026-01-02 03:04:05")])
    assert answer.status_code == 400
    assert answer.json() == {"errors": {name: f"Invalid datetime for {name}"}}


def test_more_than_a_hundred_names_are_too_many(lms: Lms) -> None:
    names: Params = [("student_ids[]", number) for number in range(1, 102)]
    answer = canvas(lms.url, PATH, seed.CANVAS_TEACHER_TOKEN, names)
    assert (answer.status_code, answer.json()) == (400, {"error": "too many students"})


@pytest.mark.parametrize("item", [DRAFT, 99999, "x"])
def test_unknown_and_unpublished_assignments_are_refused(lms: Lms, item: int | str) -> None:
    answer = canvas(lms.url, PATH, seed.CANVAS_TEACHER_TOKEN, [ALL, ("assignment_ids[]", item)])
    assert (answer.status_code, answer.json()) == (403, {"error": "invalid assignment ids requested"})


def test_drafts_never_have_rows(lms: Lms) -> None:
    assert DRAFT not in {row["assignment_id"] for row in lms.rows()}


def test_people_by_their_lti_and_sis_ids(lms: Lms) -> None:
    people = lms.world.people
    for name in (
        f"lti_1_3_id:{people[ANA].sub}",
        f"sis_user_id:{people[ANA].idnumber}",
        "sis_login_id:student01",
    ):
        rows = lms.rows(("student_ids[]", name), ("assignment_ids[]", HOMEWORK))
        assert [row["user_id"] for row in rows] == [ANA], name


def test_states_of_work_and_of_enrolment(lms: Lms) -> None:
    assert {row["workflow_state"] for row in lms.rows(ALL, ("workflow_state", "graded"))} == {"graded"}
    lms.course.enrolments[BEN].active = False
    lms.course.enrolments[seed.CANVAS_STUDENTS[2]].state = "completed"
    lms.course.enrolments[seed.CANVAS_TEST_STUDENT] = Enrolment(seed.CANVAS_TEST_STUDENT, "student")
    everyone = {row["user_id"] for row in lms.rows()}
    assert {BEN, seed.CANVAS_STUDENTS[2], seed.CANVAS_TEST_STUDENT} <= everyone
    active = {row["user_id"] for row in lms.rows(ALL, ("enrollment_state", "active"))}
    assert BEN not in active
    concluded = {row["user_id"] for row in lms.rows(ALL, ("enrollment_state", "concluded"))}
    assert concluded == {seed.CANVAS_STUDENTS[2]}


def test_a_section_limited_grader_sees_their_sections_only(lms: Lms) -> None:
    lms.course.enrolments[ANA].sections = ["2"]
    token = lms.token(seed.CANVAS_TA, only_sections=["2"])
    assert {row["user_id"] for row in lms.rows(token=token)} == {ANA}
    path = f"/sections/{section_id(lms.course, '2')}/students/submissions"
    rows = all_rows(lms.url, path, seed.CANVAS_TEACHER_TOKEN, [ALL])
    assert {row["user_id"] for row in rows} == {ANA}
    enrolments = all_rows(lms.url, f"/courses/{lms.course.id}/enrollments", token)
    assert {row["user_id"] for row in enrolments} == {ANA}


def test_grouped_rows_come_by_enrolment(lms: Lms) -> None:
    lms.course.enrolments[ANA].sections = ["1", "2"]
    groups = all_rows(lms.url, PATH, seed.CANVAS_TEACHER_TOKEN, [ALL, ("grouped", "true"), ("per_page", 1)])
    assert [g["user_id"] for g in groups].count(ANA) == 2
    assert len(groups) == 11


def test_a_deducted_score_says_what_was_entered(lms: Lms) -> None:
    grade = lms.world.set_score(lms.course, HOMEWORK, ANA, Decimal("12"))
    grade.assign_score, grade.late = Decimal("13.5"), True
    row = lms.row(ANA, HOMEWORK)
    assert (row["score"], row["entered_score"], row["points_deducted"]) == (12.0, 13.5, 1.5)
    assert (row["grade"], row["entered_grade"], row["late"]) == ("12", "13.5", True)


def test_without_names_it_is_about_oneself(lms: Lms) -> None:
    rows = all_rows(lms.url, PATH, lms.token(ANA))
    assert {row["user_id"] for row in rows} == {ANA}
    assert all_rows(lms.url, PATH, seed.CANVAS_TEACHER_TOKEN) == []
