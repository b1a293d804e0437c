"""What the tests of survival share: the same picture at the end, and an LMS that goes on living."""

from __future__ import annotations

from decimal import Decimal

from tests.sandbox_lms import seed
from tests.sync.course import Tied
from tests.sync.picture import nothing_twice, ours, theirs

ITEM = {"canvas": 201, "moodle": 31}
STUDENTS = {"canvas": seed.CANVAS_STUDENTS, "moodle": seed.MOODLE_STUDENTS}
SEEDS = {"canvas": seed.seed_canvas, "moodle": seed.seed_moodle}


def same(tied: Tied) -> None:
    """Our picture is the LMS's."""
    assert ours(tied) == theirs(tied)
    nothing_twice(tied)


def fill(tied: Tied) -> None:
    """A Moodle lists a non-editing teacher as a learner, who gets no grades; leave them out."""
    for number, enrolment in list(tied.course.enrolments.items()):
        if enrolment.role == "ta":
            del tied.course.enrolments[number]


def touch(tied: Tied, number: int) -> None:
    """The LMS goes on living: the next reading has something to store on each of its pages."""
    tied.clock.forward(seconds=1)
    student = STUDENTS[tied.world.personality][number % 10]
    tied.world.set_score(tied.course, ITEM[tied.world.personality], student, Decimal(number % 19))
    tied.world.people[student].family_name = f"Family {number}"
    tied.world.people[student].display_name = ""
