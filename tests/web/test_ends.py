"""A goal's end on the pages: what is asked, and what a regrade changes (domain.md §3.5)."""

from __future__ import annotations

from decimal import Decimal

from lti_tool.planning.closing import settle_goals
from lti_tool.plans.access import Role
from tests.factories import make_result
from tests.web.math8 import add_own_goal, make_math8
from tests.web.rig import Rig
from tests.web.test_guardians import enter, make_guardian, sub_of


def test_not_yet_asks_what_comes_next_and_a_regrade_is_told_to_both(rig: Rig) -> None:
    school = make_math8(rig)
    goal_id = add_own_goal(rig, school, item_ids=[school.items["h1"].id, school.items["h2"].id])
    rig.clock.move(days=40)
    with rig.database.write() as session:
        assert settle_goals(session, now=rig.clock()).ended == 1
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    home = maya.get().text
    assert "Goals that ended" in home
    assert "Not yet. Do you want to keep it, change it or let it go?" in home
    assert "Not yet" in teacher.get(f"/students/{school.maya.id}").text
    assert "Keep it for four more weeks" not in teacher.get(f"/goals/{goal_id}").text

    with rig.database.write() as session:
        for name in ("h1", "h2"):
            item = school.items[name]
            make_result(session, item, school.maya, item.possible)
        rig.clock.move(days=2)
        assert settle_goals(session, now=rig.clock()).changed == 1
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    teacher = rig.open(school.teacher, school.course, Role.STAFF)
    changed = "Work was graded again after the end, so the end changed."
    assert changed in maya.get(f"/goals/{goal_id}").text
    assert "Reached" in maya.get().text
    assert "Graded again after the end" in teacher.get("/doubts").text


def test_the_student_keeps_it_or_lets_it_go(rig: Rig) -> None:
    school = make_math8(rig)
    items = [school.items[name].id for name in ("h1", "h2", "later1")]
    kept = add_own_goal(rig, school, item_ids=items[:2], title="First")
    let_go = add_own_goal(rig, school, item_ids=items[:2], title="Second")
    rig.clock.move(days=40)
    maya = rig.open(school.maya, school.course, Role.LEARNER)
    assert maya.post(f"/goals/{kept}/end", {"choice": "keep"}).status_code == 422
    with rig.database.write() as session:
        settle_goals(session, now=rig.clock())
    assert maya.post(f"/goals/{kept}/end", {"choice": "x"}).status_code == 422
    new = maya.follow(maya.post(f"/goals/{kept}/end", {"choice": "keep"}))
    assert "You made this goal." in new.text
    assert f"/goals/{kept}" not in new.url
    gone = maya.follow(maya.post(f"/goals/{let_go}/end", {"choice": "let_go"}))
    assert "Keep it for four more weeks" not in gone.text
    ben = rig.open(school.ben, school.course, Role.LEARNER)
    assert ben.post(f"/goals/{kept}/end", {"choice": "let_go"}).status_code == 404


def test_guardians_read_how_a_goal_ended_once_the_student_has_or_after_two_days(rig: Rig) -> None:
    school = make_math8(rig)
    items = [school.items["h1"].id, school.items["h2"].id]
    add_own_goal(rig, school, item_ids=items, title="Short of it")
    add_own_goal(rig, school, item_ids=items, title="There", target=Decimal(67), baseline=Decimal(60))
    guardian = make_guardian(rig, school.course, sub_of(rig, school.maya))
    rig.clock.move(days=29)
    rig.open(school.maya, school.course, Role.LEARNER).get()
    rig.clock.move(minutes=1)
    with rig.database.write() as session:
        assert settle_goals(session, now=rig.clock()).ended == 2

    def reads() -> str:
        page = enter(rig, guardian, school.course).get()
        assert page.status_code == 200
        return page.text

    assert "There" in reads()  # good news waits for nobody
    assert "Short of it" not in reads()
    rig.clock.move(hours=1)
    rig.open(school.maya, school.course, Role.LEARNER).get()
    told = reads()
    assert "Goals that ended" in told
    assert "Short of it" in told
    for words in ("let it go?", "Keep it for four more weeks", "/goals/"):
        assert words not in told
