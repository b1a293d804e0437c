"""Goals for many students from a CSV file, stored as proposals: all rows or none (issue: import-goals)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.goal_rows import FileRefused, FileRow, day_in_cell, number_in, read_rows
from lti_tool.planning.making import CourseWork, ReadyGoal, course_work, observed, ready, store_goals
from lti_tool.planning.scope import course_of
from lti_tool.plans.access import Act, Actor, Role, require
from lti_tool.plans.goal import MEASURED, GoalDraft, GoalState, Sentence
from lti_tool.plans.translate import Translate, plain
from lti_tool.records.course import Membership, Person, PersonAlias
from lti_tool.records.goal import Goal, GoalItem
from lti_tool.records.plan import Plan

log = structlog.get_logger()

GoalKey = tuple[int, str, str, Decimal, object, frozenset[int]]


@dataclass
class ImportReport:
    """rows: how many goals were stored (0 when there is any problem). problems: (line, sentence).

    already: the lines whose goal was there before; they change nothing. goal_ids: what was stored.
    """

    rows: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    already: list[int] = field(default_factory=list)
    goal_ids: list[int] = field(default_factory=list)


@dataclass
class _People:
    """The learners of a course by what a file may call them."""

    by_sub: dict[str, list[int]]
    by_email: dict[str, list[int]]
    left: set[int]


def import_goals(
    session: Session,
    actor: Actor,
    context_id: int,
    text: str | bytes,
    *,
    now: datetime,
    _: Translate = plain,
) -> ImportReport:
    """Store the goals of a CSV file as proposals, measured at once; with any bad row, store none.

    text: columns user, title, measure, items, baseline, target, due. Read again, the same file
    adds nothing.

    Raises:
        Refused, NotFound: the actor may not, or the course is not the actor's.
    """
    require(actor, Act.PROPOSE_GOAL)
    context = course_of(session, actor, context_id)
    report = ImportReport()
    try:
        rows = read_rows(text)
    except FileRefused as refused:
        report.problems.append((refused.line, refused.sentence(_)))
        return report
    course = course_work(session, context, actor, now=now)
    drafts = _drafts(rows, _people(session, context.id), course, report, _)
    goals = _checked(session, drafts, course, report, _)
    if not report.problems and goals:
        stored = store_goals(session, actor, course, goals, GoalState.PROPOSED, now=now)
        report.goal_ids, report.rows = [goal.id for goal in stored], len(stored)
    log.info(
        "goals.imported",
        context_id=context.id,
        stored=report.rows,
        problems=len(report.problems),
        already=len(report.already),
    )
    return report


def _people(session: Session, context_id: int) -> _People:
    people = _People(defaultdict(list), defaultdict(list), set())
    query = (
        sa.select(Person.id, Person.email, PersonAlias.value.label("sub"), Membership.left_at)
        .join(Membership, Membership.person_id == Person.id)
        .outerjoin(PersonAlias, sa.and_(PersonAlias.person_id == Person.id, PersonAlias.kind == "sub"))
        .where(Membership.context_id == context_id, Membership.role == Role.LEARNER)
        .order_by(Person.id)
    )
    for row in session.execute(query):
        if row.sub:
            people.by_sub[row.sub].append(row.id)
        if row.email and row.id not in people.by_email[row.email.casefold()]:
            people.by_email[row.email.casefold()].append(row.id)
        if row.left_at is not None:
            people.left.add(row.id)
    return people


def _drafts(
    rows: Iterable[FileRow], people: _People, course: CourseWork, report: ImportReport, _: Translate
) -> list[tuple[int, int, GoalDraft]]:
    """(line, person, draft) of each row that can be read; the others go to the report."""
    find_items = _item_finder(course)
    found = []
    for row in rows:
        wrong: list[Sentence] = []
        if row.extra:
            wrong.append(lambda _: _("There are more cells than columns."))
        person_id = _person(row.cells["user"], people, wrong)
        item_ids = find_items(row.cells["items"], wrong)
        target = _number(row.cells["target"], "target", wrong)
        typed = row.cells.get("baseline", "")
        baseline = _number(typed, "baseline", wrong) if typed else None
        due_on = day_in_cell(row.cells["due"])
        if due_on is None:
            wrong.append(lambda _: _("Write the due date like 2026-03-23."))
        report.problems += [(row.line, sentence(_)) for sentence in wrong]
        if not wrong and person_id is not None and target is not None and due_on is not None:
            measure = row.cells["measure"].lower()
            draft = GoalDraft(row.cells["title"], measure, item_ids, target, due_on, baseline=baseline)
            found.append((row.line, person_id, draft.tidy()))
    return found


def _person(name: str, people: _People, wrong: list[Sentence]) -> int | None:
    ids = people.by_sub.get(name) or people.by_email.get(name.casefold()) or []
    if len(ids) == 1 and ids[0] not in people.left:
        return ids[0]
    if not name:
        wrong.append(lambda _: _("The user is empty."))
    elif not ids:
        wrong.append(lambda _: _("No student of this course is called “%(name)s”.", name=name))
    elif len(ids) > 1:
        wrong.append(lambda _: _("Several students have “%(name)s”. Use the user id.", name=name))
    else:
        wrong.append(lambda _: _("“%(name)s” is not in this course any more.", name=name))
    return None


def _item_finder(course: CourseWork) -> Callable[[str, list[Sentence]], list[int]]:
    """Finds items by the LMS's id or exact name, one or several in a cell."""
    by_id: dict[str, list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    for item_id, facts in course.items.items():
        if not facts.gone:
            by_id[course.lms_ids[item_id]].append(item_id)
            by_name[facts.name.strip()].append(item_id)

    def one(name: str) -> list[int]:
        return by_id.get(name) or by_name.get(name) or []

    def find(cell: str, wrong: list[Sentence]) -> list[int]:
        names = [cell] if one(cell) else [part.strip() for part in cell.replace("|", ";").split(";")]
        found: list[int] = []
        for name in filter(None, names):
            ids = one(name)
            if len(ids) == 1:
                found += ids
            elif ids:
                wrong.append(_sentence_several(name))
            else:
                wrong.append(_sentence_none(name))
        return found

    return find


def _sentence_several(name: str) -> Sentence:
    return lambda _: _("Several items are called “%(name)s”. Use the item's id.", name=name)


def _sentence_none(name: str) -> Sentence:
    return lambda _: _("No item of this course is called “%(name)s”.", name=name)


def _number(cell: str, column: str, wrong: list[Sentence]) -> Decimal | None:
    number = number_in(cell)
    if number is None:
        wrong.append(lambda _: _("The %(column)s is not a number: “%(cell)s”.", column=column, cell=cell))
    return number


def _checked(
    session: Session,
    drafts: list[tuple[int, int, GoalDraft]],
    course: CourseWork,
    report: ImportReport,
    _: Translate,
) -> list[ReadyGoal]:
    """The goals to store: not there already, and without a problem."""
    people = {person_id for _line, person_id, _draft in drafts}
    seen = observed(session, course, people)
    there = _open_goals(session, course.context.id)
    goals = []
    for line, person_id, draft in drafts:
        key = _key(person_id, draft)
        starts = there.get(key)
        if starts is not None and (draft.baseline is None or draft.baseline in starts):
            report.already.append(line)
            continue
        goal, problems = ready(draft, person_id, course, seen.get(person_id, {}))
        report.problems += [(line, problem.sentence(_)) for problem in problems]
        if not problems:
            goals.append(goal)
            there.setdefault(key, set()).add(goal.start.value)
    report.problems.sort(key=lambda problem: problem[0])
    return goals


def _key(person_id: int, draft: GoalDraft) -> GoalKey:
    return (person_id, draft.title, draft.measure, draft.target, draft.due_on, frozenset(draft.item_ids))


def _open_goals(session: Session, context_id: int) -> dict[GoalKey, set[Decimal | None]]:
    """What each open goal of the course says → the starts it has."""
    rows = session.execute(
        sa.select(Goal, Plan.person_id, GoalItem.item_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .outerjoin(GoalItem, GoalItem.goal_id == Goal.id)
        .where(Goal.context_id == context_id, Goal.state.in_(MEASURED), Plan.closed_at.is_(None))
    ).all()
    items: dict[int, set[int]] = defaultdict(set)
    for goal, _person_id, item_id in rows:
        items[goal.id].update(() if item_id is None else (item_id,))
    found: dict[GoalKey, set[Decimal | None]] = defaultdict(set)
    for goal, person_id, _item_id in rows:
        key = (person_id, goal.title, goal.measure, goal.target, goal.due_on, frozenset(items[goal.id]))
        found[key].add(goal.baseline)
    return found
