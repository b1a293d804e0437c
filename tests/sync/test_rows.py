"""The pure half: rows as LMSs really write them, what counts as a change, who is believed gone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from lms_sync.cells import Stored, as_shown, counted_of, is_news, says_nothing
from lms_sync.platforms.base import ItemRow, MemberRow, ResultRow
from lms_sync.platforms.canvas_cells import columns_of, is_hidden, result_row, submission, submissions
from lms_sync.platforms.canvas_rows import item_row
from lms_sync.platforms.errors import LmsError
from lms_sync.platforms.lti import member_row, with_query
from lms_sync.platforms.moodle_activities import Activities
from lms_sync.platforms.moodle_calls import flatten
from lms_sync.platforms.moodle_rows import as_missing, hidden_row, item_key
from lms_sync.platforms.moodle_rows import item_row as moodle_item
from lms_sync.platforms.moodle_rows import result_row as moodle_result
from lms_sync.platforms.values import decimal, iso_time, text, unix_time
from lms_sync.platforms.wire import Wire, next_link
from lms_sync.roster import Known, membership_changes
from lti_tool.http import make_session
from lti_tool.plans.roster_doubt import doubt
from lti_tool.plans.translate import plain
from lti_tool.plans.troubles import BREAKS_CONNECTION, PERMANENT, all_troubles

NOW = datetime(2026, 3, 2, tzinfo=UTC)
GRADED = {"score": Decimal(8), "workflow_state": "graded"}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.decimals(allow_nan=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("row", "manual", "waiting", "hidden"),
    [
        ({**GRADED, "posted_at": "2026-01-03T03:05:34Z"}, False, False, False),
        ({**GRADED, "posted_at": None}, False, False, True),
        ({"score": None, "workflow_state": "unsubmitted", "posted_at": None}, False, False, False),
        ({"score": None, "workflow_state": "unsubmitted", "posted_at": None}, True, False, True),
        ({"score": None, "workflow_state": "submitted", "posted_at": None}, False, True, True),
        ({"score": None, "excused": True, "posted_at": None}, False, False, True),
        ({"score": Decimal(4), "workflow_state": "pending_review"}, False, False, True),
        ({"workflow_state": "graded", "posted_at": "2026-01-03T03:05:34Z"}, False, False, True),
    ],
)
def test_canvas_hides_what_has_no_posted_at(
    row: dict[str, Any], manual: bool, waiting: bool, hidden: bool
) -> None:
    whose = {"user_id": 5, "assignment_id": 1, "grade_matches_current_submission": not waiting}
    said = submission({**whose, **row})
    assert said is not None
    assert is_hidden(said, manual) is hidden


def test_a_canvas_submission_becomes_a_cell() -> None:
    columns = columns_of([ItemRow("assignment:23", "23", "Essay", "points", Decimal(20))], frozenset())
    row = (
        '{"id":9001,"user_id":134,"assignment_id":23,"score":12.0,"grade":"12","entered_score":13.5,'
        '"points_deducted":1.5,"excused":false,"workflow_state":"graded","late":true,"missing":false,'
        '"graded_at":"2026-01-03T03:05:34Z","posted_at":"2026-01-03T03:05:34Z",'
        '"grade_matches_current_submission":false,"cached_due_date":"2026-01-02T03:00:00Z"}'
    )
    (quick,) = submissions(f"[{row}]".encode())
    careful = submission(json.loads(row, parse_float=Decimal))
    assert careful is not None
    cell = result_row(quick, columns)
    assert cell == result_row(careful, columns)
    assert cell is not None
    assert (cell.score, cell.possible, cell.user_id) == (Decimal(12), Decimal(20), "134")  # after deductions
    assert (cell.late, cell.regrade_pending, cell.hidden) == (True, True, False)


def test_our_own_line_items_are_no_columns() -> None:
    row = {
        "id": 5,
        "name": "Plan",
        "external_tool_tag_attributes": {"url": "https://tool.example/lti/launch"},
    }
    assert item_row(row, {}, "https://tool.example") is None
    assert item_row(row, {}, "https://tool.example.org") is not None


def test_moodles_columns_have_stable_names() -> None:
    assert item_key({"id": 4, "itemtype": "mod", "itemmodule": "quiz", "iteminstance": 2}) == "quiz:2"
    workshop = {"id": 9, "itemtype": "mod", "itemmodule": "workshop", "iteminstance": 3, "itemnumber": 1}
    assert item_key(workshop) == "workshop:3:1"
    assert item_key({"id": 17, "itemtype": "manual"}) == "manual:17"
    assert item_key({"id": 1, "itemtype": "course"}) == ""


def test_a_moodle_scale_is_told_from_points_shown_as_letters() -> None:
    line = {"id": 4, "itemtype": "manual", "itemname": "A &amp; B", "grademin": 1, "grademax": 4}
    scale = moodle_item({**line, "rangeformatted": "Poor&ndash;Excellent"}, 0, Activities())
    letters = moodle_item({**line, "grademin": 0, "rangeformatted": "F&ndash;A+"}, 0, Activities())
    assert scale is not None
    assert letters is not None
    assert (scale.kind, scale.name, letters.kind) == ("scale", "A & B", "points")


def test_hidden_by_date_and_excluded_in_moodle() -> None:
    items = {"manual:4": ItemRow("manual:4", "4", "x", "points", Decimal(10))}
    line = {"id": 4, "itemtype": "manual", "graderaw": 0, "grademax": 10, "gradehiddenbydate": True}
    cell = moodle_result("5", {**line, "status": "dropped"}, items)
    assert cell is not None
    assert (cell.score, cell.hidden, cell.excused) == (Decimal(0), True, True)  # a zero is a grade
    empty = ResultRow("assign:1", "5", None, Decimal(10), hidden=True, due_at=NOW - timedelta(days=1))
    assert as_missing(empty, frozenset({"assign:1"}), NOW).missing, "hiding a column takes no mark away"


@given(JUNK)
def test_no_row_from_outside_breaks_us(junk: Any) -> None:
    items = {"assignment:1": ItemRow("assignment:1", "1", "x", "points", None)}
    columns = columns_of(items.values(), frozenset())
    for row in (junk, {"user_id": junk, "assignment_id": 1, "score": junk, "id": junk, "roles": junk}):
        said = submission(row)
        assert said is None or result_row(said, columns) is None or said.assignment_id == "1"
        item_row(row, {}, "")
        member_row(row, moodle=True)
        moodle_item(row, 0, Activities())
        moodle_result("1", row, items)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "user_id": st.integers(1, 3),
    "assignment_id": st.integers(1, 3),
    "score": st.none() | st.decimals(-5, 200, places=3) | st.integers(-5, 200),
    "grade": st.none() | st.text(max_size=300),
    "workflow_state": st.sampled_from(["graded", "submitted", "unsubmitted", "pending_review", "é\0"]),
    "posted_at": st.sampled_from([None, "2026-01-03T03:05:34Z", "2026-01-03T03:05:34.5+02:00", "", "soon"]),
    "graded_at": st.sampled_from([None, "2026-01-03T03:05:34Z", "2026-01-03", "9" * 70]),
} | dict.fromkeys(
    ("excused", "missing", "late", "grade_matches_current_submission"), st.none() | st.booleans()
)


@given(st.fixed_dictionaries({}, optional=VALUES), st.booleans())
def test_a_page_reads_the_same_quickly_and_carefully(row: dict[str, Any], manual: bool) -> None:
    items = [ItemRow(f"assignment:{n}", str(n), "x", "points", Decimal(n)) for n in (1, 2)]
    columns = columns_of(items, frozenset({"assignment:1"}) if manual else frozenset())
    body = json.dumps([row], default=float).encode()
    careful = submission(json.loads(body, parse_float=Decimal)[0])
    try:
        (quick,) = submissions(body)
    except ValueError:
        return
    assert careful is not None
    assert result_row(quick, columns) == result_row(careful, columns)


@pytest.mark.parametrize(
    ("said", "score", "hidden"),
    [
        ('"score":"abc"', None, True),  # something was given, though no number
        ('"score":true', None, True),
        (f'"score":{"9" * 70}', None, True),
        ('"score":999999999999.99999999999', None, True),  # rounded it is too much
        ('"score":0.00000000001', Decimal(0), True),
        ('"score":-0', Decimal(0), True),
        ('"score":1,"score":null', None, False),  # the last one counts
        ('"score":null,"user_id":"5"', None, False),
        ('"score":null,"posted_at":"0001-01-01T00:00:00+14:00"', None, False),
        ('"score":3,"posted_at":"9999-12-31T23:59:59-01:00"', Decimal(3), True),  # no moment we could keep
    ],
)
def test_odd_values_mean_the_same_however_they_are_read(
    said: str, score: Decimal | None, hidden: bool
) -> None:
    items = [ItemRow(f"assignment:{name}", name, "x", "points", None) for name in ("1", "01")]
    columns = columns_of(items, frozenset())
    row = '{"user_id":5,"assignment_id":1,"workflow_state":"submitted",' + said + "}"
    careful = submission(json.loads(row, parse_float=Decimal))
    assert careful is not None
    cell = result_row(careful, columns)
    try:
        (quick,) = submissions(f"[{row}]".encode())
    except ValueError:
        pass
    else:
        assert result_row(quick, columns) == cell
    assert cell is not None
    assert (cell.item_key, cell.score, cell.hidden) == ("assignment:1", score, hidden)


@pytest.mark.parametrize(
    "odd",
    [
        {"score": "7.5"},
        {"user_id": "5"},
        {"late": "yes"},
        {"graded_at": 7},
        {"grade": ["A"]},
        {"grade": "\ud83d"},
    ],
)
def test_one_odd_value_takes_nothing_from_the_rest_of_its_page(odd: dict[str, Any]) -> None:
    columns = columns_of([ItemRow("assignment:1", "1", "x", "points", Decimal(10))], frozenset())
    row = {"user_id": 5, "assignment_id": 1, "score": 7.5, "posted_at": "2026-01-03T03:05:34Z"}
    body = json.dumps([row, {**row, "user_id": 6} | odd]).encode()
    rows = [submission(each) for each in json.loads(body, parse_float=Decimal)]
    cells = [result_row(said, columns) for said in rows if said is not None]
    assert [cell and cell.score for cell in cells] == [Decimal("7.5")] * 2


CELL = ResultRow("assignment:1", "5", Decimal("8.50"), Decimal(10), state="graded", graded_at=NOW)


def test_only_counted_fields_make_a_change() -> None:
    kept = Stored(1, counted_of(CELL), 1, CELL.score)
    east = NOW.astimezone(timezone(timedelta(hours=2)))
    for same in ({}, {"score": Decimal("8.5")}, {"user_id": "other"}, {"graded_at": east}):
        assert not is_news(CELL._replace(**same), kept)
    for change in ({"score": Decimal(8)}, {"hidden": True}, {"late": True}, {"possible": Decimal(9)}):
        assert is_news(CELL._replace(**change), kept)


def test_an_empty_cell_hides_nothing_unless_a_score_is_on_show() -> None:
    empty = ResultRow("assignment:1", "5", None, Decimal(10), hidden=True, state="unsubmitted")
    assert says_nothing(empty)
    assert not as_shown(empty, None).hidden
    assert not as_shown(empty, Stored(1, (None,), None, None)).hidden
    assert as_shown(empty, Stored(1, (None,), 7, Decimal(8))).hidden
    assert as_shown(CELL._replace(hidden=True), None).hidden
    excused = Stored(1, (None,), 7, None, released_excused=True)
    assert as_shown(empty, excused).hidden, "an excuse on show stays, too"
    left_out = hidden_row("5", "assignment:1", None)
    shown = Stored(1, (None, None, "", "submitted", False), 7, None)
    assert not is_news(as_shown(left_out, shown), shown), "a column left out of a report empties no cell"


@pytest.mark.parametrize(
    ("header", "url"),
    [
        ('<https://x/a?page=bookmark:AbC>; rel="next"', "https://lms.example/a?page=bookmark:AbC"),
        ('<https://x/1>; rel="current",<https://x/2?a=1,2>; rel="next"', "https://lms.example/2?a=1,2"),
        ("<https://x/2?a=1&amp;from=3>; rel=“next”", "https://lms.example/2?a=1&from=3"),
        ('<https://x/1>; rel="first"', None),
        ("rubbish", None),
        ("", None),
        (None, None),
    ],
)
def test_the_next_page_keeps_its_case_and_our_host(header: str | None, url: str | None) -> None:
    assert next_link(header, "https://lms.example/first") == url


def test_a_link_that_is_broken_is_not_the_end_of_a_list() -> None:
    """Else half a list would pass for a whole one, or the fault for ours."""
    answer = requests.Response()
    answer.headers["Link"] = '<http://[>; rel="next"'
    with pytest.raises(LmsError) as caught:
        list(Wire(make_session(Settings()), "Canvas").pages("https://x/a", lambda _url: answer))
    assert caught.value.code == "wrong_shape"


def test_pages_that_lead_back_are_noticed() -> None:
    wire = Wire(make_session(Settings()), "Canvas")
    answer = requests.Response()
    answer.headers["Link"] = '<https://x/a>; rel="next"'
    with pytest.raises(LmsError) as caught:
        list(wire.pages("https://x/a", lambda _url: answer))
    assert caught.value.code == "endless"


def test_a_query_of_its_own_is_kept() -> None:
    assert with_query("https://x/m?type=1", {"rlid": "a b"}) == "https://x/m?type=1&rlid=a+b"
    assert with_query("https://x/m?rlid=old", {"rlid": "new"}) == "https://x/m?rlid=new"
    assert with_query("https://x/m?a=%2F", {}) == "https://x/m?a=%2F"


def test_moodle_wants_flat_arrays() -> None:
    given_params = {"courseid": 2, "ids": [7, 8], "options": [{"name": "onlyactive", "value": 1}]}
    assert flatten(given_params) == {
        "courseid": "2",
        "ids[0]": "7",
        "ids[1]": "8",
        "options[0][name]": "onlyactive",
        "options[0][value]": "1",
    }


def test_values_are_read_once_and_kept_sane() -> None:
    assert decimal("77.33000") == Decimal("77.33")
    assert decimal(True) is None
    assert decimal(Decimal("NaN")) is None
    assert decimal("1e400") is None
    assert iso_time("2026-01-03T03:05:34Z") == datetime(2026, 1, 3, 3, 5, 34, tzinfo=UTC)
    assert iso_time("yesterday") is None
    assert unix_time(0) is None
    assert unix_time(10**30) is None
    # JSON may say what no database keeps: a NUL, and half of a character.
    assert text("A\0 \ud83d, \U0001f600") == "A ?, \U0001f600"


def test_every_trouble_says_what_to_do() -> None:
    for code in all_troubles(plain):
        error = LmsError(code, "Canvas", detail="it is so.", status=500)
        assert error.what_to_do
        assert str(error).endswith(".")
        assert "%(" not in str(error)
    assert set(all_troubles(plain)) >= PERMANENT | BREAKS_CONNECTION


MEMBER = MemberRow("s1", ("Learner",))


def test_a_member_with_escapes_and_an_unknown_variable() -> None:
    row = {
        "user_id": "13",
        "roles": ["Learner"],
        "status": "Active",
        "name": "Ben &amp; Jo",
        "message": [
            {"https://purl.imsglobal.org/spec/lti/claim/custom": {"canvas_user_id": "$Canvas.user.id"}}
        ],
    }
    member = member_row(row, moodle=True)
    assert member is not None
    assert (member.name, member.canvas_user_id, member.moodle_id) == ("Ben & Jo", "", "13")
    gone = member_row({**row, "status": "Inactive"}, moodle=False)
    assert gone is not None
    assert not gone.active
    assert member_row({"user_id": "1"}, moodle=False) is None


@pytest.mark.parametrize(
    ("learners", "last", "believed"),
    [(0, None, False), (0, 5, False), (4, 9, False), (5, 10, True), (5, 9, True), (1, None, True)],
)
def test_which_list_is_believed_about_absence(learners: int, last: int | None, believed: bool) -> None:
    assert (doubt(learners, last) == "") is believed


def test_who_is_back_is_a_change_and_who_stays_is_none() -> None:
    people = {"s1": 1, "s2": 2, "s3": 3, "t": 4}
    rows = [replace(MEMBER, sub=sub) for sub in ("s1", "s2", "s3")] + [MemberRow("t", ("Instructor",))]
    known = {
        1: Known(11, "learner", None, ["Learner"], left=False),
        2: Known(12, "learner", None, ["Learner"], left=True),
        3: Known(13, "staff", ["Instructor"], ["Learner"], left=False),
    }
    changes = membership_changes(rows, people, known, context_id=9, now=NOW)
    assert changes.changed == 2  # s2 is back, t is new
    assert changes.learners == {1, 2}
    assert changes.staff == {3, 4}  # s3's own launch said Instructor
    assert [row["person_id"] for row in changes.add] == [4]
