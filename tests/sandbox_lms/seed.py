"""The practice LMS's first day: courses, people and grades of both personalities.

Every date is relative to `world.now()`. The constants name what tests and the demo ask for.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

from tests.sandbox_lms.world import ApiToken, Course, Enrolment, Grade, Item, Person, World

CANVAS_COURSE, CANVAS_EMPTY_COURSE = 11, 12
CANVAS_ADMIN, CANVAS_TEACHER, CANVAS_TEACHER_2, CANVAS_TA, CANVAS_OBSERVER = 101, 102, 103, 104, 105
CANVAS_STUDENTS = list(range(106, 116))
CANVAS_TEST_STUDENT = 120
CANVAS_API_TOKEN = "7~practice-canvas-admin-token"  # of the administrator: sees every course
CANVAS_TEACHER_TOKEN = "7~practice-canvas-teacher-token"

MOODLE_COURSE, MOODLE_EMPTY_COURSE = 2, 3
MOODLE_ADMIN, MOODLE_TEACHER, MOODLE_TEACHER_2, MOODLE_TA = 2, 3, 4, 5
MOODLE_STUDENTS = list(range(6, 16))
MOODLE_WS_USER = 20
MOODLE_WS_TOKEN = "0123456789abcdef0123456789abcdef"  # of the service's own account
MOODLE_LINK = "1"  # resource link "Personal Plans" of the ordinary course
MOODLE_FUNCTIONS = [
    "core_webservice_get_site_info",
    "core_enrol_get_enrolled_users",
    "core_group_get_course_groups",
    "core_group_get_group_members",
    "mod_assign_get_assignments",
    "mod_assign_get_grades",
    "gradereport_user_get_grade_items",
    "core_course_get_contents",
    "core_course_get_courses_by_field",
]

STAFF = [("Ada", "Admin"), ("Tina", "Teacher"), ("Theo", "O'Neill"), ("Terry", "Assistant")]
STUDENTS = [
    ("Ana", "Álvarez"),
    ("Ben & Jo", "Smith-Jones"),
    ("محمد", "الأحمد"),
    ("נועה", "לוי"),
    ("Madonna", ""),
    ("Léa <3", "Dupont"),
    ("小明", "王"),
    ("Zoë", "Müller"),
    ("Seán", "O'Brien"),
    ("Émile 🎓", "Zola"),
]


def _person(world: World, number: int, given: str, family: str, login: str) -> Person:
    canvas = world.personality == "canvas"
    person = Person(
        id=number,
        sub=str(uuid.uuid5(uuid.NAMESPACE_URL, f"practice-canvas/{number}")) if canvas else str(number),
        given_name=given,
        family_name=family if canvas or family else ".",  # Moodle wants both names
        email=f"{login}@example.invalid",
        login=login,
        idnumber=f"SIS-{number:04d}" if number % 4 else "",
    )
    world.people[number] = person
    return person


def _enrol(world: World, course: Course, person_id: int, role: str, *, days: int = 60) -> Enrolment:
    enrolment = Enrolment(person_id, role, created_at=world.now() - timedelta(days=days))
    course.enrolments[person_id] = enrolment
    return enrolment


def _item(world: World, course: Course, number: int, name: str, possible: int, **more: object) -> Item:
    due = more.pop("due", None)
    assert due is None or isinstance(due, int)
    due_at = None if due is None else (world.now() + timedelta(days=due)).replace(microsecond=0)
    created = world.now() - timedelta(days=50)
    item = Item(number, name, Decimal(possible), due_at=due_at, created_at=created, **more)
    course.items[number] = item
    return item


def give_grade(
    world: World,
    course: Course,
    item_id: int,
    person_id: int,
    score: Decimal | int | str,
    *,
    days_ago: float = 2,
    posted: bool = True,
) -> Grade:
    """A grade given `days_ago` days before now; posted=False: the student may not see it."""
    grade = world.set_score(course, item_id, person_id, Decimal(score))
    when = (world.now() - timedelta(days=days_ago)).replace(microsecond=0)
    grade.graded_at = when
    grade.submitted_at = when - timedelta(days=1)
    grade.attempt = 1
    if world.personality == "canvas":
        grade.posted_at = when if posted else None
    else:
        grade.hidden = not posted
    return grade


def seed_canvas(issuer: str) -> World:
    """Two courses: Algebra I (15 people, 9 items) and one with a teacher and no learners."""
    world = World("canvas", issuer)
    numbers = [CANVAS_ADMIN, CANVAS_TEACHER, CANVAS_TEACHER_2, CANVAS_TA]
    for number, (given, family) in zip(numbers, STAFF, strict=True):
        _person(world, number, given, family, given.lower())
    world.people[CANVAS_ADMIN].is_site_admin = True
    _person(world, CANVAS_OBSERVER, "Paula", "Álvarez", "paula")
    _people(world, CANVAS_STUDENTS)
    _person(world, CANVAS_TEST_STUDENT, "Test", "Student", "test_student").is_test = True
    course = Course(CANVAS_COURSE, "4dde05e8ca1973bcca9bffc13e1548820eee93a3", "ALG1", "Algebra I")
    course.links["plan-link-1"] = "My plan (a page link)"
    empty = Course(
        CANVAS_EMPTY_COURSE, "0fe1a2d9c8b7465544332211ffeeddccbbaa9988", "NEW1", "Brand-new course"
    )
    world.courses = {course.id: course, empty.id: empty}
    _staff(world, course, empty, CANVAS_TEACHER, CANVAS_TEACHER_2, CANVAS_TA)
    _enrol(world, course, CANVAS_OBSERVER, "observer").observes = [CANVAS_STUDENTS[0]]
    for number in CANVAS_STUDENTS:
        _enrol(world, course, number, "student")
    _canvas_items(world, course)
    _grades(world, course, CANVAS_STUDENTS, [201, 202, 203], hidden_item=207)
    give_grade(world, course, 205, CANVAS_STUDENTS[0], 1)
    give_grade(world, course, 204, CANVAS_STUDENTS[1], 88)
    excused = world.grade(course, 202, CANVAS_STUDENTS[9])
    excused.score, excused.excused, excused.state = None, True, "graded"
    world.tokens[CANVAS_API_TOKEN] = ApiToken(CANVAS_API_TOKEN, CANVAS_ADMIN)
    world.tokens[CANVAS_TEACHER_TOKEN] = ApiToken(CANVAS_TEACHER_TOKEN, CANVAS_TEACHER)
    return world


def _canvas_items(world: World, course: Course) -> None:
    _item(world, course, 201, "Homework 1", 20, due=-21)
    _item(world, course, 202, "Homework 2", 20, due=-7)
    _item(world, course, 203, "Quiz: fractions & ratios", 10, kind="percent", module="quiz", due=-3)
    _item(world, course, 204, "Essay", 100, kind="letter_grade", due=10)
    _item(world, course, 205, "Lab safety", 1, kind="pass_fail", due=-10)
    _item(world, course, 206, "Reading log", 0, kind="not_graded")
    _item(world, course, 207, "Unit test", 50, due=-1, post_manually=True)
    _item(world, course, 208, "Project", 40, due=20, group="Projects")
    _item(world, course, 209, "Draft, not published", 10, due=30, published=False)


def seed_moodle(issuer: str) -> World:
    """Two courses: Algebra I (13 people, 8 items) and one with a teacher and no learners."""
    world = World("moodle", issuer)
    numbers = [MOODLE_ADMIN, MOODLE_TEACHER, MOODLE_TEACHER_2, MOODLE_TA]
    for number, (given, family) in zip(numbers, STAFF, strict=True):
        _person(world, number, given, family, given.lower())
    world.people[MOODLE_ADMIN].is_site_admin = True
    _people(world, MOODLE_STUDENTS)
    _person(world, MOODLE_WS_USER, "Sync", "Service", "wssync").is_site_admin = True
    course = Course(MOODLE_COURSE, str(MOODLE_COURSE), "ALG1", "Algebra I")
    course.links = {MOODLE_LINK: "Personal Plans"}
    empty = Course(MOODLE_EMPTY_COURSE, str(MOODLE_EMPTY_COURSE), "NEW1", "Brand-new course")
    empty.links = {"2": "Personal Plans"}
    world.courses = {course.id: course, empty.id: empty}
    _staff(world, course, empty, MOODLE_TEACHER, MOODLE_TEACHER_2, MOODLE_TA)
    for number in MOODLE_STUDENTS:
        _enrol(world, course, number, "student")
    course.groups = {"Red & blue": MOODLE_STUDENTS[:5], "Green": MOODLE_STUDENTS[5:]}
    _moodle_items(world, course)
    _grades(world, course, MOODLE_STUDENTS, [31, 32, 35], hidden_item=37)
    for n, number in enumerate(MOODLE_STUDENTS[:4]):
        give_grade(world, course, 34, number, n + 1)
        give_grade(world, course, 33, number, 30 + n)
    give_grade(world, course, 36, MOODLE_STUDENTS[0], 18)
    world.grade(course, 32, MOODLE_STUDENTS[9]).excused = True
    world.tokens[MOODLE_WS_TOKEN] = ApiToken(
        MOODLE_WS_TOKEN, MOODLE_WS_USER, functions=list(MOODLE_FUNCTIONS)
    )
    return world


def _moodle_items(world: World, course: Course) -> None:
    _item(world, course, 31, "Homework 1", 100, instance=1, cmid=21, due=-21)
    _item(world, course, 32, "Homework 2", 50, instance=2, cmid=22, due=-7)
    _item(world, course, 33, "Reading & writing", 40, instance=3, cmid=23, due=-2, hidden=True)
    words = ["Not yet", "Nearly there", "Good", "Great"]
    _item(world, course, 34, "Effort", 4, instance=4, cmid=24, kind="scale", scale=words, due=-5)
    _item(world, course, 35, "Quiz: fractions", 10, instance=1, cmid=25, module="quiz", due=-3)
    _item(world, course, 36, "Participation", 20, module="manual")
    _item(world, course, 37, "Unit test", 50, instance=5, cmid=27, due=-1)
    _item(world, course, 38, "Project", 40, instance=6, cmid=28, due=20)


def _people(world: World, numbers: list[int]) -> None:
    for n, (number, (given, family)) in enumerate(zip(numbers, STUDENTS, strict=True)):
        person = _person(world, number, given, family, f"student{n + 1:02d}")
        if not family and world.personality == "canvas":
            person.display_name = given


def _staff(world: World, course: Course, empty: Course, first: int, second: int, ta: int) -> None:
    for number in (first, second):
        _enrol(world, course, number, "teacher")
    _enrol(world, course, ta, "ta")
    _enrol(world, empty, first, "teacher")


def _grades(world: World, course: Course, students: list[int], items: list[int], *, hidden_item: int) -> None:
    """Most students have most grades; the last two items have gaps; one item's grades are not shown."""
    for n, person_id in enumerate(students):
        for m, item_id in enumerate(items):
            if (n + 2 * m) % 7 == 6:
                continue  # not handed in yet
            share = Decimal(55 + (n * 13 + m * 17) % 45) / 100
            score = (course.items[item_id].possible * share).quantize(Decimal("0.1"))
            give_grade(world, course, item_id, person_id, score, days_ago=15 - 5 * m)
        if n < 6:
            give_grade(world, course, hidden_item, person_id, 25 + 4 * n, days_ago=0.5, posted=False)


def seed_big(world: World, students: int, items: int) -> Course:
    """A course of that size, each grade given, teacher included. Ids from 100,000 on."""
    number = 50 + len(world.courses)
    lti_id = f"{number:040x}" if world.personality == "canvas" else str(number)
    course = Course(number, lti_id, f"BIG{number}", "Big course")
    course.links = {f"{number}": "Personal Plans"}
    world.courses[number] = course
    teacher = CANVAS_TEACHER if world.personality == "canvas" else MOODLE_TEACHER
    _enrol(world, course, teacher, "teacher")
    base = 100_000 * (len(world.courses))
    for n in range(items):
        _item(world, course, base + n, f"Task {n + 1}", 100, instance=base + n, cmid=base + n, due=n - items)
    for n in range(students):
        person_id = base + 1000 + n
        _person(world, person_id, f"Big{n + 1}", f"Learner{n + 1:04d}", f"big{person_id}")
        _enrol(world, course, person_id, "student")
        for m in range(items):
            give_grade(world, course, base + m, person_id, 40 + (n * 7 + m * 11) % 60, days_ago=1 + m)
    return course
