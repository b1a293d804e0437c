"""A changed grade moves the goal; a hidden one does not; and no page costs more statements than another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from lms_sync.grades import Course, store_page
from lms_sync.platforms.base import MemberRow, ResultRow
from lms_sync.roster import apply_batch
from lti_tool.planning.goals import GoalDraft, make_goal
from lti_tool.plans.access import Actor, Role
from lti_tool.records.goal import Goal
from lti_tool.records.gradebook import Item
from lti_tool.records.platform import Connection
from tests.sandbox_lms import seed
from tests.sandbox_lms.world import ApiKey
from tests.statements import counted
from tests.sync.course import Tied

Make = Callable[..., Tied]


def give_goal(tied: Tied, item: int, lms_id: int) -> int:
    """An active goal of a learner on one item: 10 % → 90 %."""
    items = tied.items()
    person = tied.person_id(lms_id)
    actor = Actor(tied.registration_id, person, Role.LEARNER, tied.context_id)
    due = (tied.clock() + timedelta(days=60)).date()
    draft = GoalDraft(
        title="Do well in the first homework",
        measure="score",
        item_ids=[items[str(item)].id],
        method="points",
        baseline=Decimal(10),
        target=Decimal(90),
        due_on=due,
    )
    with tied.database.write() as session:
        return make_goal(session, actor, draft, now=tied.clock()).id


def test_a_changed_grade_moves_the_goal_and_a_hidden_one_does_not(tied: Tied) -> None:
    tied.sync("first", "start")
    canvas = tied.world.personality == "canvas"
    item, student = (201, seed.CANVAS_STUDENTS[0]) if canvas else (31, seed.MOODLE_STUDENTS[0])
    goal_id = give_goal(tied, item, student)
    possible = tied.course.items[item].possible

    def value() -> Decimal | None:
        with tied.database.read() as session:
            return session.get_one(Goal, goal_id).value

    tied.clock.forward(minutes=11)
    tied.world.set_score(tied.course, item, student, possible / 2)
    tied.sync("changes")
    assert value() == 50
    tied.world.set_score(tied.course, item, student, possible)
    tied.world.set_posted(tied.course, item, student, False)
    tied.sync("changes", "button")
    assert value() == 50
    tied.world.set_posted(tied.course, item, student, True)
    tied.sync("changes", "button")
    assert value() == 100


def test_a_page_takes_the_same_statements_whatever_its_size(tie_to: Make) -> None:
    tied = tie_to("canvas", connected=False)
    now = tied.clock()
    with tied.database.write() as session:
        item = Item(context_id=tied.context_id, key="assignment:1", lms_id="1", name="x", kind="points")
        session.add(item)
        session.flush()
        ids = {"assignment:1": item.id}
    course = Course(tied.context_id, tied.registration_id, ids, ("canvas_user_id",))
    counts = []
    for start, size in ((0, 5), (1000, 150)):
        people = [MemberRow(f"s{n}", ("Learner",), canvas_user_id=str(n)) for n in range(start, start + size)]
        rows = [ResultRow("assignment:1", member.canvas_user_id, Decimal(5), Decimal(9)) for member in people]
        for _again in range(2):
            with counted(tied.database) as sent, tied.database.write() as session:
                apply_batch(session, tied.context_id, tied.registration_id, people, now=now)
                store_page(session, course, rows, run_id="r", now=now)
            counts.append(len(sent))
    assert counts[0] == counts[2]
    assert counts[1] == counts[3]


def test_an_ended_token_is_renewed_by_its_refresh_token(tie_to: Make) -> None:
    tied = tie_to("canvas")
    key = ApiKey("10000000000777", "a secret", "Plans", ["https://tool.example/oauth"])
    tied.world.api_keys[key.client_id] = key
    token = tied.world.tokens[seed.CANVAS_API_TOKEN]
    token.refresh_token, token.client_id = "refresh me", key.client_id
    with tied.database.write() as session:
        session.execute(
            sa.update(Connection).values(
                refresh_token="refresh me",
                oauth_client_id=key.client_id,
                oauth_secret=key.client_secret,
                token_expires_at=tied.clock() + timedelta(hours=1),
            )
        )
    token.expires_at = tied.clock() - timedelta(seconds=1)  # earlier than it said
    assert tied.sync("first", "start").state == "done"
    with tied.database.read() as session:
        kept = session.scalars(sa.select(Connection)).one()
    assert kept.token != seed.CANVAS_API_TOKEN
    asked = len(tied.world.requests)
    tied.clock.forward(minutes=59)
    assert tied.sync("full").state == "done"
    assert tied.world.requests[asked:][-1]["status"] == "200"
    with tied.database.read() as session:
        assert session.scalars(sa.select(Connection.token)).one() != kept.token
