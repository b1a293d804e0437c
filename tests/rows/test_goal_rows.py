"""Domain.md §1.2, row by row, as the person concerned: A10–A16, B10, B11, B17."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa

from lti_tool.plans.access import Role
from lti_tool.records.goal import GoalVersion
from lti_tool.records.gradebook import Item
from lti_tool.records.profile import Entry
from lti_tool.records.wish import GoalWish
from tests.rows.goals import Rows

BARE = {"measure": "average", "items": [], "target": "", "due_on": ""}


def test_a10_a_dream_is_kept_and_the_form_asks_for_the_first_rung(rows: Rows) -> None:
    ana = rows.student()
    opened = rows.open(ana)
    for form in ({**BARE, "title": "Join the NBA"}, rows.form("Join the NBA")):
        answer = opened.post("/goals/new", form)
        assert answer.status_code == 422
        assert "What could you reach by June?" in answer.text
        assert "“<bdi>Join the NBA</bdi>” is kept with your dreams." in answer.text
    with rows.rig.database.read() as session:
        dream = session.scalars(sa.select(Entry).where(Entry.person_id == ana.id)).one()
    assert (dream.kind, dream.text, dream.shared_at) == ("dream", "Join the NBA", None)
    assert rows.goals(ana) == []
    other = opened.post("/goals/new", rows.form("Go to the moon")).text
    assert 'value="Go to the moon"' in other  # another dream is never written over
    assert "is kept with your dreams" not in other


def test_a11_the_fourth_goal_is_refused_with_finish_pause_or_swap(rows: Rows) -> None:
    ana = rows.student()
    opened = rows.open(ana)
    for number in range(3):
        opened.follow(opened.post("/goals/new", rows.form(f"Goal {number}")))
    answer = opened.post("/goals/new", rows.form("Goal 4"))
    assert answer.status_code == 422
    assert "Finish, pause or swap one." in answer.text
    assert 'value="Goal 4"' in answer.text
    first, second, *_rest = rows.goals(ana)
    page = opened.follow(opened.post("/goals/new", rows.form("Goal 4", instead=f"pause-{first.id}")))
    assert "Goal 4" in page.text
    opened.follow(opened.post("/goals/new", rows.form("Goal 5", instead=f"end-{second.id}")))
    assert [(one.title, one.state, one.outcome) for one in rows.goals(ana)] == [
        ("Goal 0", "paused", ""),
        ("Goal 1", "closed", "replaced"),
        ("Goal 2", "active", ""),
        ("Goal 4", "active", ""),
        ("Goal 5", "active", ""),
    ]
    assert "rests" in opened.get("/").text
    refused = opened.post(f"/goals/{first.id}/aside", {"how": "go_on"})
    assert refused.status_code == 422
    assert "few goals get done best" in refused.text
    teacher = rows.teacher()
    assert teacher.post("/course", {"goals_most": "6"}).status_code == 422
    assert teacher.post("/course", {"goals_most": "4"}).status_code == 303
    opened.follow(opened.post(f"/goals/{first.id}/aside", {"how": "go_on"}))
    teacher.post("/course", {"goals_most": "3"})
    stays = rows.student("Gus")
    assert rows.open(stays).post(f"/goals/{first.id}/aside", {"how": "end"}).status_code == 404
    assert [one.state for one in rows.goals(ana)].count("active") == 4  # those at work stay


def test_a11_more_than_five_goals_in_all_courses_are_warned_of(rows: Rows) -> None:
    ana = rows.student("Ana Many")
    opened = rows.open(ana)
    rows.teacher().post("/course", {"goals_most": "5"})
    for number in range(5):
        assert opened.post("/goals/new", rows.form(f"Goal {number}")).status_code == 303
        if number == 3:
            assert "in all your courses already" not in opened.get("/goals/new").text
    assert "You work on 5 goals in all your courses already." in opened.get("/goals/new").text
    rows.teacher().post("/course", {"goals_most": "3"})


def test_a11_a_proposal_over_the_limit_asks_what_makes_room(rows: Rows) -> None:
    ana, teacher = rows.student(), rows.teacher()
    opened = rows.open(ana)
    for number in range(3):
        opened.follow(opened.post("/goals/new", rows.form(f"Goal {number}")))
    teacher.follow(teacher.post(f"/students/{ana.id}/goals/new", rows.form("A proposal")))
    *mine, proposal = rows.goals(ana)
    answer = opened.post(f"/goals/{proposal.id}/answer", {"accept": "yes"})
    assert answer.status_code == 422
    assert "Finish, pause or swap one." in answer.text
    opened.follow(
        opened.post(f"/goals/{proposal.id}/answer", {"accept": "yes", "instead": f"pause-{mine[0].id}"})
    )
    assert [one.state for one in rows.goals(ana)] == ["paused", "active", "active", "active"]


CASES = [
    ("A12", "Get an A in math", BARE, "Which test, quiz or unit?"),
    ("A13", "Improve in math", {}, "From what to what? “improve” does not say when you are there."),
    ("A13", "Beat Maria on the quiz", {}, "Your goal is about you, not about another student."),
    ("A15", "Get 100% on everything always", {}, "leave no room for one bad day"),
    ("A15", "My homework average", {"target": "99"}, "The work that is left does not carry it there."),
    ("A16", "My homework average", {"due_on": "2026-11-20"}, "That is after the school year."),
    ("A18", "Attend tutoring for math weekly", BARE, "That is a good step. Which goal does it help?"),
]


@pytest.mark.parametrize(("row", "title", "more", "words"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES])
def test_a12_to_a16_a_refusal_says_why_and_keeps_what_was_typed(
    rows: Rows, row: str, title: str, more: dict[str, str], words: str
) -> None:
    ana = rows.student()
    answer = rows.open(ana).post("/goals/new", {**rows.form(title), **more})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{title}"' in answer.text
    assert rows.goals(ana) == []


def test_a12_words_that_name_a_test_and_a_letter_are_linked_to_it(rows: Rows) -> None:
    with rows.rig.database.write() as session:
        quiz = session.get_one(Item, rows.quiz.id)
        quiz.due_at = datetime(2026, 3, 10, 20, tzinfo=UTC)
    ana = rows.student("Ana Words")
    opened = rows.open(ana)
    assert "Next: how we count it" in opened.get("/goals/new").text
    words = {"title": "I will get an A on the Chapter 10 test"}
    page = opened.post("/goals/new", {**BARE, **words, "due_on": "2026-04-06", "read_words": "1"})
    assert page.status_code == 200
    assert "We filled in what these words say." in page.text
    assert f'id="item-{quiz.id}" value="{quiz.id}" checked' in page.text
    assert '<option value="A" selected>' in page.text
    assert 'value="2026-03-10"' in page.text
    form = {**BARE, **words, "measure": "score", "items": [str(quiz.id)], "letter": "A"}
    opened.follow(opened.post("/goals/new", {**form, "due_on": "2026-03-10"}))
    (goal,) = rows.goals(ana)
    assert (goal.measure, goal.target) == ("score", Decimal(94))  # where an A begins in this course
    vague = opened.post("/goals/new", {**BARE, "title": "My homework", "read_words": "1"})
    assert (vague.status_code, "field-error" in vague.text) == (200, False)
    kept = opened.post("/goals/new", {**rows.form(words["title"]), "read_words": "1"})
    assert 'value="75"' in kept.text  # what was chosen already is not written over


def test_a13_all_work_of_a_group_is_chosen_at_once(rows: Rows) -> None:
    with rows.rig.database.write() as session:
        for item in rows.homework[:3]:
            session.get_one(Item, item.id).group_name = "Homework"
    opened = rows.open(rows.student("Ana Group"))
    assert 'name="all_of" value="Homework"' in opened.get("/goals/new").text
    last = str(rows.homework[5].id)
    page = opened.post("/goals/new", {**BARE, "items": [last], "all_of": "Homework"})
    assert page.status_code == 200
    assert "field-error" not in page.text
    ticked = re.findall(r'name="items" id="item-(\d+)" value="\d+" checked', page.text)
    assert set(ticked) == {last, *(str(item.id) for item in rows.homework[:3])}
    odd = opened.post("/goals/new", {**BARE, "all_of": "No such group"})
    assert " checked" in odd.text  # the kind of measure alone
    assert not re.findall(r'name="items"[^>]* checked', odd.text)


def test_a16_a_day_past_the_year_comes_with_one_to_take_over(rows: Rows) -> None:
    ana = rows.student()
    opened = rows.open(ana)
    form = rows.form("From 68 to 75 on homework by 20 November", due_on="2026-11-20")
    page = opened.post("/goals/new", form)
    assert page.status_code == 422
    assert "Make it May 18" in page.text
    assert "from 68 to 75 by May 18." in page.text
    sent = {**form, "use_day": "2026-05-18", "day_words": "From 68 to 75 on homework by May 18"}
    taken = opened.post("/goals/new", sent)
    assert taken.status_code == 200
    assert 'value="2026-05-18"' in taken.text
    assert "That is after the school year." not in taken.text
    assert 'value="From 68 to 75 on homework by May 18"' in taken.text
    odd = opened.post("/goals/new", {**form, "use_day": "soon"})
    assert 'value="2026-11-20"' in odd.text  # no day: what was typed stays
    assert rows.goals(ana) == []


def test_b17_the_way_to_a_goal_stands_above_it_and_ends_with_a_first_step(rows: Rows) -> None:
    def now(page: str) -> str:
        found = re.search(r'<li aria-current="step"><span class="stepper-word">([^<]*)', page)
        return "" if found is None else found[1]

    ana = rows.student()
    opened = rows.open(ana)
    assert now(opened.get("/goals/new").text) == "My idea"
    assert now(opened.post("/goals/new", {**BARE, "title": "My homework", "look": "1"}).text) == (
        "How we count it"
    )
    form = rows.form("My average to 75")
    first = opened.post("/goals/new", {**form, "seen": ""})
    assert now(first.text) == "Can I get there?"
    assert "Look at “Can I get there?” first." in first.text
    vague = opened.post("/goals/new", {**form, "title": "Get better at math", "seen": ""})
    assert vague.status_code == 422
    assert 'id="title-error"' in vague.text  # beside the field at once, with what it asks for on the page
    assert "is needed on the work to come" in vague.text
    page = opened.follow(opened.post("/goals/new", form)).text
    assert now(page) == "First step"
    (goal,) = rows.goals(ana)
    step = f"/goals/{goal.id}/steps/new"
    assert now(opened.get(step).text) == "First step"
    sent = {
        "title": "Read my notes",
        "helps": "I see x",
        "owner": "student",
        "rhythm": "weekly",
        "times": "2",
    }
    page = opened.follow(opened.post(step, {**sent, "token": "one"})).text
    assert now(page) == ""
    assert now(opened.get(step).text) == ""


SPANISH = [
    ("Sacar una A en matemáticas", BARE, "¿Qué prueba, examen o unidad?"),
    ("Mejorar en matemáticas", {}, "«mejorar»"),
    ("Ganarle a María en el examen", {}, "Tu meta trata de ti"),
]


@pytest.mark.parametrize(("title", "more", "words"), SPANISH)
def test_a13_the_same_verdicts_in_spanish(rows: Rows, title: str, more: dict[str, str], words: str) -> None:
    answer = rows.open(rows.student(), locale="es-MX").post("/goals/new", {**rows.form(title), **more})
    assert answer.status_code == 422
    assert words in answer.text


def test_a13_in_another_language_the_form_alone_decides(rows: Rows) -> None:
    ana = rows.student()
    answer = rows.open(ana, locale="fi").post("/goals/new", rows.form("Improve in math"))
    assert answer.status_code == 303
    assert len(rows.goals(ana)) == 1


def test_a12_a13_words_to_take_over_are_ready_and_two_refusals_lead_to_a_talk(rows: Rows) -> None:
    ana, teacher = rows.student("Ana Talk"), rows.teacher()
    opened = rows.open(ana)
    form = rows.form("Get better at homework", draft="key1", tries="0")
    first = opened.post("/goals/new", form).text
    words = "I will raise my average in Math 8 from 68 to 75 by March 23."
    assert words in first
    assert "Talk with my teacher" not in first
    second = opened.post("/goals/new", {**form, "tries": "1"}).text
    assert "Talk with my teacher" in second
    home = opened.follow(opened.post("/goals/new", {**form, "tries": "2", "talk": "1"})).text
    assert "you asked to talk about it" in home
    assert "1 student wants to talk." in teacher.get("/board").text
    asked = teacher.get("/doubts").text
    assert "Get better at homework" in asked
    assert "From what to what? “get better”" in asked
    with rows.rig.database.read() as session:
        wish = session.scalars(sa.select(GoalWish).where(GoalWish.person_id == ana.id)).one()
    silent = teacher.post(f"/wishes/{wish.id}", {"start": "1", "reason": " "})
    assert silent.status_code == 422
    assert "Say why it may start." in silent.text
    page = teacher.follow(
        teacher.post(f"/wishes/{wish.id}", {"start": "1", "reason": "We count it week by week."})
    ).text
    (goal,) = rows.goals(ana)
    assert (goal.state, goal.proposed_by_id) == ("active", None)
    for text in (page, opened.get(f"/goals/{goal.id}").text):
        assert "Rose Okafor let this goal start as it is." in text
        assert "We count it week by week." in text
    assert opened.post(f"/wishes/{wish.id}", {}).status_code == 403
    taken = opened.post("/goals/new", {**form, "title": words})
    assert taken.status_code == 303


def test_a12_a_draft_is_always_kept_and_is_its_authors_alone(rows: Rows) -> None:
    ana, teacher = rows.student("Ana Draft"), rows.teacher()
    opened = rows.open(ana)
    typed = {**BARE, "title": "Do better", "items": [str(one.id) for one in rows.homework[:2]], "target": "?"}
    home = opened.follow(opened.post("/goals/new", {**typed, "keep": "1", "draft": "abc"})).text
    assert "Do better" in home
    page = opened.get("/goals/new?draft=abc").text
    assert 'value="Do better"' in page
    assert page.count("checked><span><bdi>Homework") == 2
    assert 'name="target" type="text"' in page
    assert "Do better" not in teacher.get(f"/students/{ana.id}").text
    assert "Do better" not in rows.open(rows.student("Ben")).get("/goals/new?draft=abc").text
    assert rows.goals(ana) == []


def test_a14_a15_b11_the_form_says_when_it_is_reached_and_whether_it_can_be(rows: Rows) -> None:
    ana = rows.student("Ana Look")
    opened = rows.open(ana)
    rows.send(opened, "/about/add/strength", text="I keep at it", share="1")
    with rows.rig.database.read() as session:
        strength = session.scalars(sa.select(Entry).where(Entry.person_id == ana.id)).one()
    form = rows.form("My homework average to 75", strength_id=str(strength.id), area="academic", draft="k")
    look = opened.post("/goals/new", {**form, "look": "1"}).text
    assert "You reach this goal when the average of the 7 chosen pieces of work is 75 or more" in look
    assert "About 81 is needed on the work to come (4)." in look
    assert "It helps with “I keep at it”." in look
    unseen = opened.post("/goals/new", {**form, "seen": ""})
    assert unseen.status_code == 200
    assert "If you want it so, press the button again." in unseen.text
    assert rows.goals(ana) == []
    over = opened.post("/goals/new", {**form, "target": "95"})
    assert over.status_code == 422
    assert "Make it 86" in over.text
    opened.follow(opened.post("/goals/new", {**form, "seen": "81-4"}))
    (goal,) = rows.goals(ana)
    assert (goal.strength_id, goal.area) == (strength.id, "academic")
    assert "I keep at it" in opened.get("/").text


def test_a15_a_teachers_note_lets_a_proposal_stand_that_is_out_of_reach(rows: Rows) -> None:
    ana, teacher = rows.student("Ana Note"), rows.teacher()
    path, form = f"/students/{ana.id}/goals/new", rows.form("Average to 99", target="99")
    refused = teacher.post(path, form)
    assert refused.status_code == 422
    assert "Propose it as it is, because" in refused.text
    teacher.follow(teacher.post(path, {**form, "anyway": "There will be extra work."}))
    (goal,) = rows.goals(ana)
    assert "There will be extra work." in rows.open(ana).get(f"/goals/{goal.id}").text


def test_a16_a_far_end_is_warned_of_and_milestones_carry_it_past_the_school_year(rows: Rows) -> None:
    ana = rows.student("Ana Far")
    opened = rows.open(ana)
    far = opened.post("/goals/new", rows.form("My average to 75", due_on="2026-06-20", look="1")).text
    assert "It has an end, but a far one. A milestone on the way helps." in far
    past = rows.form("My average to 75", due_on="2026-11-20")
    assert opened.post("/goals/new", past).status_code == 422
    with_one = {**past, "milestone": "72", "milestone_on": "2026-06-01"}
    assert opened.post("/goals/new", with_one).status_code == 303
    boss = rows.rig.open(rows.teacher_row, rows.course, Role.STAFF, is_admin=True)
    fields = {"age_band": "school", "talk_words": "", "talk_to": ""}
    wrong = boss.post("/admin/school", {**fields, "year_ends": "June"})
    assert wrong.status_code == 422
    assert "Write month and day like this: 06-30." in wrong.text
    boss.post("/admin/school", {**fields, "year_ends": "12-15"})
    assert rows.open(rows.student("Ana South")).post("/goals/new", past).status_code == 303
    boss.post("/admin/school", {**fields, "year_ends": ""})


def test_b10_each_goal_has_an_area(rows: Rows) -> None:
    ana = rows.student("Ana Area")
    opened = rows.open(ana)
    opened.follow(opened.post("/goals/new", rows.form("My average", area="career")))
    opened.follow(opened.post("/goals/new", rows.form("My average", area="nonsense")))
    assert [goal.area for goal in rows.goals(ana)] == ["career", "academic"]


def test_b17_a_step_cannot_exist_without_a_goal_and_evidence_comes_before_it(rows: Rows) -> None:
    ana = rows.student("Ana Steps")
    opened = rows.open(ana)
    assert opened.get("/goals/999999/steps/new").status_code == 404
    assert opened.post("/goals/999999/steps/new", {"title": "Attend tutoring"}).status_code == 404
    page = opened.follow(opened.post("/goals/new", rows.form("My average to 75"))).text
    assert page.index("When it is reached") < page.index("A goal with a first step gets done more often.")
    step = opened.post("/goals/new", {**BARE, "title": "Attend tutoring for math weekly"}).text
    (goal,) = rows.goals(ana)
    assert f"/goals/{goal.id}/steps/new?title=Attend+tutoring" in step
    assert "Attend tutoring" in opened.get(f"/goals/{goal.id}/steps/new?title=Attend+tutoring").text
    with rows.rig.database.read() as session:
        assert session.scalar(sa.select(sa.func.count(GoalVersion.id)).where(GoalVersion.goal_id == goal.id))
