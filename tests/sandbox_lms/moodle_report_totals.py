"""The totals of Moodle's grade report: of categories and of the course. Hidden grades are in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sandbox_lms.moodle_report_values import number, values
from tests.sandbox_lms.moodle_ws_caller import VIEW_GRADES, Caller
from tests.sandbox_lms.moodle_ws_params import MoodleError, require_login
from tests.sandbox_lms.world import Course, Grade, Item

# A course's own category; what is in none of its own is in it.
TOP, STANDARD = "", "Assignments"


def categories(course: Course) -> list[str]:
    """The names of a course's grade categories below the course itself, in the order they came."""
    return [name for name in dict.fromkeys(i.group for i in course.items.values()) if name != STANDARD]


def category_of(course: Course, item: Item) -> str:
    return TOP if item.group == STANDARD else item.group


def dropped_by_rule(course: Course, graded: list[tuple[Item, Grade]]) -> set[int]:
    """What each category's own rule leaves out: its lowest, however few there are."""
    found: set[int] = set()
    for name, rule in course.rules.items():
        here = [(grade.score or 0, item) for item, grade in graded if item.group == name and item.possible]
        here.sort(key=lambda one: (Decimal(one[0]) / one[1].possible, one[1].id))
        found |= {item.id for _score, item in here[: int(rule.get("drop_lowest", 0))]}
    return found


def category_id(course: Course, name: str) -> int:
    """The number of a category: the course's own is the course's."""
    return course.id if name == TOP else course.id * 100 + categories(course).index(name) + 1


def category_items(caller: Caller, courseid: int) -> dict[str, Any]:
    """core_grades_get_gradeitems: each column with its category's name (recording ws-gradeitems_core)."""
    course = caller.course(courseid)
    if not caller.can_enter(course):
        raise require_login()
    if not caller.has(course, VIEW_GRADES):
        raise MoodleError("moodle_exception", "nopermissiontoviewgrades", "Can not view grades.")
    rows = [
        {
            "id": str(item.id),
            "itemname": caller.shown(item.name),
            "category": caller.shown(category_of(course, item) or course.title),
        }
        for item in course.items.values()
    ]
    return {"gradeItems": rows, "warnings": []}


def category_row(
    course: Course, name: str, graded: list[tuple[Item, Grade]], counted: list[Item], enrolled: bool
) -> dict[str, Any]:
    """The total of a category: no name, and its share of the course by this person's own grades."""
    row = _sum_row(graded, Decimal(100) if course.weights else None)
    row |= {"id": category_id(course, name) * 10_000 + 1, "itemtype": "category"}
    row["iteminstance"] = category_id(course, name)
    everything = sum((item.possible for item in counted), Decimal(0))
    if course.weights:
        live = {category_of(course, item) for item in counted}
        full = sum((weight for one, weight in course.weights.items() if one in live), Decimal(0))
        share = course.weights.get(name, Decimal(0)) / full if name in live and full else Decimal(0)
    else:
        share = sum((i.possible for i, _ in graded), Decimal(0)) / everything if everything else Decimal(0)
    if enrolled:
        row |= {"weightraw": number(share), "weightformatted": f"{share * 100:.2f} %"}
        if not graded:
            row["status"] = "novalue"
    return row


def total_row(course: Course, counted: list[tuple[Item, Grade]], enrolled: bool) -> dict[str, Any]:
    """The course total: itemtype "course", no name. Hidden grades are in it."""
    if not course.weights:
        row = _sum_row(counted, None)
    else:
        shares = _shares(course, counted)
        full = sum((course.weights.get(name, Decimal(0)) for name in shares), Decimal(0))
        parts = (course.weights.get(name, Decimal(0)) * share for name, share in shares.items())
        score = sum(parts, Decimal(0))
        row = _sum_row(counted, Decimal(100), score / full * 100 if full else None)
    return row | {"id": course.id * 10_000 + 1, "itemtype": "course", "iteminstance": course.id}


def _shares(course: Course, counted: list[tuple[Item, Grade]]) -> dict[str, Decimal]:
    """Category → what was got of what could be, of those with grades."""
    found = {}
    for name in categories(course):
        here = [(item, grade) for item, grade in counted if category_of(course, item) == name]
        could = sum((item.possible for item, _ in here), Decimal(0))
        if could:
            found[name] = sum((grade.score or Decimal(0) for _, grade in here), Decimal(0)) / could
    return found


def _sum_row(
    counted: list[tuple[Item, Grade]], most: Decimal | None, score: Decimal | None = None
) -> dict[str, Any]:
    """A total's row. most: out of how many, where it is not the sum of what could be got."""
    possible = sum((item.possible for item, _ in counted), Decimal(0))
    got = sum((grade.score or Decimal(0) for _, grade in counted), Decimal(0)) if counted else None
    if most is not None and score is None and got is not None and possible:
        score = got / possible * most
    whole = Item(id=0, name="", possible=possible if most is None else most)
    last = max((grade.graded_at for _, grade in counted if grade.graded_at), default=None)
    total = Grade(id=0, item_id=0, person_id=0, score=got if most is None else score, graded_at=last)
    row: dict[str, Any] = {
        "id": 0,
        "itemname": None,
        "itemtype": "",
        "itemmodule": None,
        "iteminstance": 0,
        "itemnumber": None,
        "idnumber": None,
        "categoryid": None,
        "outcomeid": None,
        "scaleid": None,
        "locked": False,
    }
    return row | values(whole, total) | {"feedback": "", "feedbackformat": 2}
