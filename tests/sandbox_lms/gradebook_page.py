"""The gradebook page of a course: one table, one form; people added, dropped and taken back."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal, InvalidOperation

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from tests.sandbox_lms.control import enrol, set_excused
from tests.sandbox_lms.people_page import ROLE_ORDER
from tests.sandbox_lms.world import Course, Enrolment, Grade, Item, Person, World

CELL = re.compile(r"(post|hide|excuse|count)-(\d+)-(\d+)")
COLUMN = re.compile(r"(post|hide)-column-(\d+)")
SHOWN_STUDENTS = 60


def make_gradebook_blueprint(world: World) -> Blueprint:
    pages = Blueprint("gradebook", __name__)

    @pages.get("/courses/<int:course_id>/gradebook")
    def gradebook(course_id: int) -> str | tuple[str, int]:
        with world.lock:
            course = world.courses.get(course_id)
            if course is None:
                return render_template("notice.html", text="There is no such course."), 404
            rows = enrolled(world, course)
            return render_template(
                "gradebook.html",
                course=course,
                items=list(course.items.values()),
                students=[row for row in rows if row[1].role == "student"][:SHOWN_STUDENTS],
                others=[row for row in rows if row[1].role != "student"],
                cells={k: Cell(world, course.items[k[0]], g) for k, g in _known_cells(course)},
                wrong=request.args.get("wrong", ""),
            )

    @pages.post("/courses/<int:course_id>/gradebook")
    def save(course_id: int) -> Answer:
        """Every score that was changed, then the one button that was pressed."""
        with world.lock:
            course = world.courses[course_id]
            wrong = save_scores(world, course, request.form)
            press(world, course, request.form.get("do", ""))
        return redirect(url_for("gradebook.gradebook", course_id=course_id, wrong=wrong or None))

    @pages.post("/courses/<int:course_id>/people")
    def people(course_id: int) -> Answer:
        """Add a new student, drop somebody, take them back."""
        form = request.form
        with world.lock:
            if form.get("do") == "add" and form.get("given_name", "").strip():
                person = new_person(world, form["given_name"].strip(), form.get("family_name", "").strip())
                enrol(world, course_id, person.id, role="student", active=True)
            elif form.get("person_id", "").isdigit() and int(form["person_id"]) in world.people:
                person_id, back = int(form["person_id"]), form.get("do") == "back"
                enrol(world, course_id, person_id, role=None, active=back)
        return redirect(url_for("gradebook.gradebook", course_id=course_id) + "#people")

    return pages


class Cell:
    """One cell as the table shows it."""

    def __init__(self, world: World, item: Item, grade: Grade) -> None:
        self.score = "" if grade.score is None else f"{grade.score.normalize():f}"
        self.excused = grade.excused
        canvas = world.personality == "canvas"
        unposted = grade.score is not None and grade.posted_at is None
        self.hidden = unposted if canvas else grade.hidden or item.hidden


def _known_cells(course: Course) -> list[tuple[tuple[int, int], Grade]]:
    return [(key, grade) for key, grade in course.grades.items() if key[0] in course.items]


def enrolled(world: World, course: Course) -> list[tuple[Person, Enrolment]]:
    rows = [(world.people[e.person_id], e) for e in course.enrolments.values()]
    return sorted(rows, key=lambda row: (ROLE_ORDER.index(row[1].role), row[0].family_name, row[0].id))


def save_scores(world: World, course: Course, form: dict[str, str]) -> str:
    """Store what differs from now; the answer names the first cell that is no number, or is empty."""
    wrong = ""
    for name, text in form.items():
        found = re.fullmatch(r"score-(\d+)-(\d+)", name)
        if not found or int(found[1]) not in course.items or int(found[2]) not in world.people:
            continue
        item_id, person_id = int(found[1]), int(found[2])
        grade = course.grades.get((item_id, person_id))
        before = grade.score if grade else None
        try:
            score = Decimal(text.strip().replace(",", ".")) if text.strip() else None
            if score is not None and not score.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            wrong = wrong or f"“{text[:20]}” is not a number, so that grade stays as it was."
            continue
        if score != before:
            world.set_score(course, item_id, person_id, score)
    return wrong


def press(world: World, course: Course, button: str) -> None:
    """Post, hide or excuse one cell, or post or hide a whole column."""
    cell, column = CELL.fullmatch(button), COLUMN.fullmatch(button)
    if cell:
        what, item_id, person_id = cell[1], int(cell[2]), int(cell[3])
        if what in ("post", "hide"):
            world.set_posted(course, item_id, person_id, what == "post")
        else:
            set_excused(world, course.id, item_id, person_id, what == "excuse")
    elif column:
        what, item_id = column[1], int(column[2])
        if world.personality == "moodle":
            course.items[item_id].hidden = what == "hide"
        for key, grade in list(course.grades.items()):
            if key[0] == item_id and grade.score is not None and world.personality == "canvas":
                world.set_posted(course, item_id, key[1], what == "post")


def new_person(world: World, given: str, family: str) -> Person:
    number = world.new_id()
    canvas = world.personality == "canvas"
    person = Person(
        id=number,
        sub=str(uuid.uuid4()) if canvas else str(number),
        given_name=given,
        family_name=family if canvas or family else ".",
        email=f"person{number}@example.invalid",
        login=f"person{number}",
    )
    if canvas and not family:
        person.display_name = given
    world.people[number] = person
    return person
