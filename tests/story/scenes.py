"""What people do in the course of a term: each scene is one visit or two, seen as they see it."""

from __future__ import annotations

import re

from tests.browser.school import press
from tests.sandbox_lms import seed
from tests.story.term import Term, words

ANA, BEN = seed.CANVAS_STUDENTS[:2]
TINA, THEO, PAULA = seed.CANVAS_TEACHER, seed.CANVAS_TEACHER_2, seed.CANVAS_OBSERVER
HOMEWORK = "Homework average in Algebra I to 80"
WORDS = "Learn 20 new words of algebra"


def start(term: Term) -> None:
    """The teacher starts plans; the worker brings the roster and the gradebook in."""
    frame = term.open(TINA)
    frame.click("text=Start plans here")
    frame.wait_for_url("**/setup*")
    term.sync("first")
    assert "Hello, Ana" in words(term.open(ANA))


def profile(term: Term) -> None:
    """A strength, what is not there yet, a dream; strengths come first."""
    frame = term.open(ANA)
    press(frame, "nav >> text=About me")
    press(frame, "text=Add one strength")
    frame.fill("#text", "I draw a problem to understand it")
    press(frame, "text=Save and share")
    press(frame, "text=Add one thing that is not there yet")
    frame.fill("#text", "Signs in equations")
    frame.fill("#expected", "8 of 10")
    frame.fill("#present", "5 of 10")
    press(frame, "text=Save and share")
    press(frame, "text=Write my dream")
    frame.fill("#text", "Make my own video game")
    frame.fill("#more", "Finish one level in coding club")
    press(frame, "text=Save and share")
    read = words(frame)
    assert 0 < read.index("I draw a problem") < read.index("Signs in equations") < read.index("video game")


def portfolio(term: Term) -> None:
    """A piece, and why it was chosen."""
    frame = term.frame
    press(frame, "nav >> text=Portfolio")
    press(frame, "text=Some words")
    frame.fill("#text", "I explained equations to my cousin with a drawing.")
    frame.fill("#title", "Teaching my cousin")
    frame.check("[name=tag][value=growth]")
    frame.fill("#why", "I chose it because drawing it made me see what x is.")
    press(frame, "text=Save, ready for a conference")
    assert "Teaching my cousin" in words(frame)


def conference(term: Term) -> None:
    """Teacher and student sit over the portfolio; the mother could not come and reads the summary."""
    frame = term.open(TINA)
    press(frame, "nav >> text=Conferences")
    frame.check(f"[name=person][value='{term.person_id(ANA)}']")
    frame.check("[name=role][value=guardian]")
    press(frame, "button:text('Give out times')")
    press(frame, "text=Sit together")
    read = words(frame)
    assert "I chose it because drawing it made me see what x is." in read
    assert "Ben" not in read, "no other student on the screen they share"
    frame.fill("#text", "Circle every minus sign before I start")
    frame.fill("#when_words", "every homework")
    press(frame, "button:text-is('Add')")
    frame.fill("#summary", "Ana explained her drawing. She wants to work on signs.")
    press(frame, "text=Save the notes")
    for who in ("student", "teacher"):
        frame.check(f"[name=came][value={who}]")
    press(frame, "text=We are done")
    assert "1 had one" in words(frame)
    assert "Ana explained her drawing." in words(term.open(PAULA))
    frame = term.open(ANA)
    press(frame, "nav >> text=Conferences")
    assert "Ana explained her drawing." in words(frame)


def two_goals(term: Term) -> None:
    """One from the gap, counted by the gradebook; one counted by hand. Each is looked at first."""
    frame = term.open(ANA)
    press(frame, "nav >> text=About me")
    press(frame, "text=Make a goal from this")
    frame.fill("#title", "Do better in math")
    frame.check("#measure-average")
    frame.wait_for_selector("#method-points")
    chosen = (
        "Homework 1",
        "Homework 2",
        "Quiz: fractions & ratios",
        *(f"Homework week {n}" for n in range(1, 9)),
    )
    for name in chosen:
        frame.get_by_label(re.compile(f"^{re.escape(name)} ")).check()
    frame.fill("#target", "80")
    frame.fill("#due_on", term.day(60).isoformat())
    press(frame, "text=See how it is counted")
    frame.fill("#title", HOMEWORK)
    assert "Can I get there?" in words(frame)
    press(frame, "text=Make this my goal")
    read = words(frame)
    assert "Just started" in read
    assert "Not yet: Signs in equations" in read, "the goal knows the gap it came from"

    frame.goto(term.address("/goals/new"))
    frame.fill("#title", WORDS)
    frame.check("#measure-tally")
    frame.fill("#unit", "words of algebra")
    frame.fill("#target", "20")
    frame.fill("#due_on", term.day(40).isoformat())
    press(frame, "text=See how it is counted")
    press(frame, "text=Make this my goal")
    write_down(term, "4")


def write_down(term: Term, how_many: str) -> None:
    """A line for the goal that is counted by hand; its page is open."""
    term.frame.fill("#entry-value", how_many)
    press(term.frame, "text=Write it down")
    assert f"{how_many} words of algebra" in words(term.frame)


def steps(term: Term) -> None:
    """A first step of her own, and one for her mother."""
    frame = term.open(ANA)
    press(frame, f"a:has-text('{HOMEWORK}')")
    press(frame, "text=Add a first step")
    press(frame, "text=Go to tutoring")
    frame.fill("#helps", "Another way to see signs")
    press(frame, "button:has-text('Add this step')")
    press(frame, "text=I did this today")
    press(frame, "a:has-text('Add a step')")
    frame.fill("#title", "Keep a quiet half hour")
    frame.fill("#helps", "Homework without the television")
    frame.check("#owner-guardian")
    press(frame, "button:has-text('Add this step')")
    assert "Keep a quiet half hour" in words(term.open(PAULA))


def grades_fall(term: Term) -> None:
    """Four weeks of homework, each a little less. Nobody but staff reads the words of staff."""
    for week, score in enumerate((15, 14, 13, 13)):
        term.later(7)
        term.grade(term.homework[week], ANA, score)
        term.sync()
    read = words(term.open(ANA))
    assert "Let's look" in read
    for who in (ANA, PAULA):
        read = words(term.open(who)).lower()
        assert "off track" not in read
        assert "failing" not in read
    assert "A little under the line, or more needed than before." in words(term.open(TINA))


def suggestion(term: Term) -> None:
    """She takes an idea in her own words; her number and the ideas' reasons are on the page."""
    frame = term.open(ANA)
    press(frame, "a:has-text('See the ideas'):has-text('Homework average')")
    assert "Suggested because the last two scores were under 70" in words(frame)
    way = frame.locator("#ideas details:has(summary:text-is('Get help from a tutor'))").first
    way.locator("summary").click()
    way.locator("textarea").fill("I will go to tutoring on Tuesdays.")
    press(frame, way.locator("button"))
    assert words(frame).count("I will go to tutoring on Tuesdays.") > 1, "it is an answer and a step"


def check_ins(term: Term) -> None:
    """The teacher checks in; another adult is asked to stand by Ana; she reads a kind word of his."""
    frame = term.open(TINA)
    press(frame, "text=See plan of Ana")
    press(frame, "text=Check in, with notes")
    assert f"“{HOMEWORK}”: from 72 to 68.6" in words(frame)
    frame.fill("#well", "She asks when a sign is not clear")
    frame.check("[name=readers][value=school]")
    press(frame, "text=Save the check-in")
    frame.goto(term.address(f"/students/{term.person_id(ANA)}/mentors"))
    frame.fill("#find", "Theo")
    press(frame, "button:text-is('Find')")
    press(frame, "button:has-text('Choose'):has-text('Theo')")
    frame = term.open(THEO)
    frame.goto(term.address(f"/check-ins/{term.person_id(ANA)}?course={term.course_id()}"))
    frame.fill("[name=words]", "You kept going after a hard week.")
    press(frame, "text=Send it")
    assert "You kept going after a hard week." in words(term.open(ANA))


def peer(term: Term) -> None:
    """Ben becomes her peer mentor when both say yes, and sees what she shows: a title and its steps."""
    frame = term.open(TINA)
    frame.goto(term.address("/peers"))
    frame.select_option("#mentor", str(term.person_id(BEN)))
    frame.select_option("#mentee", str(term.person_id(ANA)))
    frame.fill("#until", term.day(60).isoformat())
    press(frame, "text=Ask them")
    for who in (BEN, ANA):
        frame = term.open(who)
        frame.goto(term.address("/groups"))
        press(frame, "text=Yes, I want that")
    section = frame.locator("section:has(#h-peers)")
    section.locator("summary").first.click()
    section.get_by_label(HOMEWORK).check()
    press(frame, section.locator("form:has([type=checkbox]) button"))
    frame = term.open(BEN)
    frame.goto(term.address("/groups"))
    press(frame, "a:has-text('I mentor')")
    read = words(frame)
    assert HOMEWORK in read
    assert "Go to tutoring" in read
    for unseen in ("68.6", "72", WORDS, "Signs in equations", "Ana explained"):
        assert unseen not in read
    answer = frame.goto(term.address("/goals/1"))
    assert answer is not None
    assert answer.status == 404


def regrade(term: Term) -> None:
    """The teacher changes two scores in the LMS: new rows, and the page says what the number was."""
    for week, score in ((2, 19), (3, 18)):
        term.later(1)
        term.grade(term.homework[week], ANA, score)
        term.sync()
    frame = term.open(ANA)
    press(frame, f"a:has-text('{HOMEWORK}')")
    read = words(frame)
    assert "The number went from 73.3 to 77.1." in read
    assert "The number went from 69.3 to 68.6." in read, "what was is still told"


def reached(term: Term) -> None:
    """The last weeks go well. The goal is reached, ends on its day, and the next one can begin."""
    frame = term.open(ANA)
    press(frame, f"a:has-text('{WORDS}')")
    write_down(term, "20")
    for week, score in ((4, 19), (5, 20), (6, 19), (7, 19)):
        term.later(7)
        term.grade(term.homework[week], ANA, score)
        term.sync()
    assert "You started at 72 and you are at 84.4." in words(term.open(ANA))
    term.later(12)
    term.settle()
    frame = term.open(ANA)
    read = words(frame)
    assert "Goals that ended" in read
    press(frame, f"a:has-text('{HOMEWORK}')")
    assert "Reached" in words(frame)


def next_goal(term: Term) -> None:
    """What was reached stays on the page; the next goal begins."""
    frame = term.open(ANA)
    press(frame, "text=Make my next goal")
    frame.fill("#title", "Explain 10 problems to my cousin")
    frame.check("#measure-tally")
    frame.fill("#unit", "problems")
    frame.fill("#target", "10")
    frame.fill("#due_on", term.day(30).isoformat())
    press(frame, "text=See how it is counted")
    press(frame, "text=Make this my goal")
    read = words(term.open(ANA))
    assert "Explain 10 problems to my cousin" in read
    assert f"{HOMEWORK} Reached" in read
