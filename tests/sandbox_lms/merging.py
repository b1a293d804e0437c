"""Two accounts of one person made one, as Canvas does it (specs/canvas.md §4: "or a past lti id").

The account that goes is forgotten. In every course it was in, LTI goes on calling the person by the name it
had there (launches, Names and Roles, scores), while the REST API has the number of the one that stays.
"""

from __future__ import annotations

from dataclasses import replace

from tests.sandbox_lms.world import Course, World


def merge_people(world: World, gone: int, stays: int) -> None:
    """Merge the account `gone` into `stays`; what it had goes over where there is none yet."""
    with world.lock:
        old = world.people.pop(gone)
        for course in world.courses.values():
            for enrolment in course.enrolments.values():
                watched = [stays if number == gone else number for number in enrolment.observes]
                enrolment.observes = list(dict.fromkeys(watched))
            if gone in course.enrolments:
                course.past_subs.setdefault(stays, course.past_subs.pop(gone, old.sub))
                _take_over(course, gone, stays)


def _take_over(course: Course, gone: int, stays: int) -> None:
    enrolment = course.enrolments.pop(gone)
    course.enrolments.setdefault(stays, replace(enrolment, person_id=stays))
    for members in course.groups.values():
        if gone in members:
            members.remove(gone)
            if stays not in members:
                members.append(stays)
    for (item, person), grade in list(course.grades.items()):
        if person == gone:
            del course.grades[item, person]
            there = course.grades.get((item, stays))
            if there is None or there.score is None:
                course.grades[item, stays] = replace(grade, person_id=stays)
