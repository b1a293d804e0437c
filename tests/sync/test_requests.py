"""What a reading costs the LMS, in requests; and that the cheap ways miss nothing for long."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from lms_sync.platforms.base import Wanted
from lms_sync.platforms.canvas import CanvasSource
from lms_sync.platforms.wire import Wire
from lti_tool.http import make_session
from lti_tool.records.gradebook import Result
from tests.sandbox_lms import seed
from tests.sandbox_lms.seed import seed_big
from tests.sync.course import Tied
from tests.sync.test_goals_move import give_goal

Make = Callable[..., Tied]
STUDENTS, COLUMNS = 60, 20


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path / 'plans.sqlite'}"


@pytest.fixture
def canvas(tie_to: Make, lms) -> Tied:
    return tie_to("canvas", course=seed_big(lms.worlds["canvas"], STUDENTS, COLUMNS))


def a_cell(tied: Tied) -> tuple[int, int]:
    """(item, student) somewhere in the middle."""
    return sorted(tied.course.grades)[STUDENTS * 4 + 7]


def asked(tied: Tied, since: int = 0) -> list[str]:
    """Paths of the API's requests; pages of people are counted apart."""
    paths = [row["path"] for row in tied.world.requests[since:] if "/api/v1/" in row["path"]]
    return [path for path in paths if not path.endswith("/enrollments")]


def test_a_first_reading_takes_its_pages_and_five_requests_more(canvas: Tied) -> None:
    run = canvas.sync("first", "start")
    assert (run.state, run.error, canvas.count(Result)) == ("done", "", STUDENTS * COLUMNS)
    assert len(asked(canvas)) <= STUDENTS * COLUMNS // 100 + 5
    assert len([path for path in asked(canvas) if "submissions" in path]) >= STUDENTS * COLUMNS // 100


def test_what_is_new_costs_three_requests(canvas: Tied) -> None:
    canvas.sync("first", "start")
    for changed in (0, 1):
        canvas.clock.forward(minutes=2)
        before = len(canvas.world.requests)
        if changed:
            canvas.world.set_score(canvas.course, *a_cell(canvas), Decimal("7.5"))
        run = canvas.sync()
        assert (run.state, run.changed) == ("done", changed)
        assert len(canvas.world.requests) - before == run.requests <= 3


def source(tied: Tied) -> CanvasSource:
    wire = Wire(make_session(tied.settings), "Canvas", tied.waits.append)
    return CanvasSource(
        wire,
        api_url=tied.world.issuer,
        token=seed.CANVAS_API_TOKEN,
        course_ref=str(tied.course.id),
        own_host=tied.settings.public_url,
        read_seconds=20,
    )


def test_side_by_side_or_not_the_cells_are_the_same(canvas: Tied, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [str(number) for number in canvas.course.enrolments]
    found = []
    for worth_it in (8, 10**6):
        monkeypatch.setattr("lms_sync.platforms.canvas_submissions.WORTH_IT", worth_it)
        reader = source(canvas)
        reader.items()
        pages = list(reader.results(Wanted(None, ids)))
        found.append(sorted((row.item_key, row.user_id, row.score) for page in pages for row in page.rows))
    assert found[0] == found[1]
    assert len(found[0]) == STUDENTS * COLUMNS


def test_a_column_that_goes_while_it_is_read_takes_no_other_with_it(canvas: Tied) -> None:
    reader = source(canvas)
    reader.items()
    canvas.course.items[a_cell(canvas)[0]].published = False  # asked for by name, Canvas answers 403
    pages = list(reader.results(Wanted(None, [str(number) for number in canvas.course.enrolments])))
    keys = {row.item_key for page in pages for row in page.rows}
    assert len(keys) == COLUMNS - 1


def test_one_list_that_fails_fails_the_reading(canvas: Tied) -> None:
    canvas.sync("first", "start")
    cursor = canvas.context().grades_cursor
    canvas.clock.forward(minutes=11)
    canvas.world.set_score(canvas.course, *a_cell(canvas), Decimal(1))
    canvas.world.tokens[seed.CANVAS_API_TOKEN].revoked = True
    run = canvas.sync("full")
    assert (run.state, run.error_code) == ("failed", "token_dead")
    assert canvas.context().grades_cursor == cursor


@pytest.mark.parametrize("personality", ["canvas", "moodle"])
def test_what_moves_no_time_is_found_hourly_where_goals_look(tied: Tied) -> None:
    tied.sync("first", "start")
    on_canvas = tied.world.personality == "canvas"
    student = (seed.CANVAS_STUDENTS if on_canvas else seed.MOODLE_STUDENTS)[0]
    looked_at, other = (201, 202) if on_canvas else (31, 32)
    give_goal(tied, looked_at, student)
    for item in (looked_at, other):
        tied.world.set_score(tied.course, item, student, Decimal(3))
    tied.clock.forward(minutes=20)
    tied.sync()
    for item in (looked_at, other):
        grade = tied.world.grade(tied.course, item, student)
        grade.score = None  # cleared, or overridden: no time of it moves
        grade.overridden = not on_canvas

    def scores() -> list[Decimal | None]:
        found = [tied.result(item, student) for item in (looked_at, other)]
        return [row[1].score for row in found if row is not None]

    tied.clock.forward(minutes=20)
    tied.sync()
    assert scores() == [3, 3]
    tied.clock.forward(minutes=21)
    assert tied.sync().changed >= 1
    assert scores()[0] is None
    tied.clock.forward(minutes=5)
    assert tied.sync().changed == 0
    tied.sync("full")
    assert scores() == [None, None]
