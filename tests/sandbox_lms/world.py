"""The practice LMS's own truth: courses, people, enrolments, gradebook. No HTTP here.

One `World` a personality. Every door (LTI, Canvas REST, Moodle web services, the people's page)
reads and changes the same objects, under `world.lock`; `world.now()` is its clock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from tests.sandbox_lms.lti_state import LtiState


@dataclass
class Person:
    """id: numeric, what the LMS's own API uses. sub: what LTI launches and NRPS use.

    Canvas-like: sub is a uuid. Moodle-like: sub == str(id).
    """

    id: int
    sub: str
    given_name: str
    family_name: str
    email: str
    login: str
    idnumber: str = ""
    is_site_admin: bool = False
    is_test: bool = False
    deleted: bool = False
    display_name: str = ""  # set for people with one name only

    @property
    def full_name(self) -> str:
        return self.display_name or f"{self.given_name} {self.family_name}".strip()


@dataclass
class Enrolment:
    """role: teacher, ta, student, observer, designer. active=False: dropped (or suspended)."""

    person_id: int
    role: str
    active: bool = True
    state: str = ""  # Canvas: "" = by `active`; or invited, completed, inactive, deleted
    sections: list[str] = field(default_factory=lambda: ["1"])
    observes: list[int] = field(default_factory=list)
    limited: bool = False  # Canvas: sees the people of their own sections only
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Item:
    """A gradebook column.

    module: assign, quiz, manual, lti. kind: points, percent, letter_grade, gpa_scale, pass_fail,
    not_graded, scale. scale: the words of a scale, lowest first. instance: Moodle's activity
    instance id. tool_client_id: set when a tool owns this column (an AGS line item).
    """

    id: int
    name: str
    possible: Decimal
    kind: str = "points"
    module: str = "assign"
    instance: int = 0
    cmid: int = 0
    due_at: datetime | None = None
    published: bool = True
    post_manually: bool = False
    hidden: bool = False  # Moodle: the whole column is hidden
    scale: list[str] = field(default_factory=list)
    group: str = "Assignments"
    tool_client_id: str | None = None
    resource_link_id: str | None = None
    resource_id: str = ""
    tag: str = ""
    omitted: bool = False  # Canvas: left out of the final grade
    anonymous: bool = False  # Canvas: graded without names; such work is always posted by hand
    group_set: str = ""  # Canvas: one grade for each group of students, copied to its members
    individually: bool = False  # Canvas: of group work, each member graded alone after all
    checkpoints: dict[str, Decimal] = field(default_factory=dict)  # Canvas: a discussion's parts -> points
    to_pass: Decimal | None = None  # Moodle: from here on its report puts a tick before the grade
    needs_update: bool = False  # Moodle: its calculation failed, and the report shows no grade of it
    blind: bool = False  # Moodle: nothing reaches the gradebook until identities are revealed
    only_for: set[int] | None = None  # Canvas: assigned to these people alone; Moodle: restricted to them
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def is_for(self, person_id: int) -> bool:
        """Whether it is given to somebody."""
        return self.only_for is None or person_id in self.only_for


@dataclass
class Grade:
    """One (item, person) cell.

    score: what counts, after deductions; None = none. posted_at: Canvas, None = the student may not
    see it. hidden: Moodle, this one grade hidden. excused: Canvas excused / Moodle excluded.
    overridden: Moodle, typed over in the gradebook (mod_assign_get_grades does not show it).
    """

    id: int
    item_id: int
    person_id: int
    score: Decimal | None = None
    assign_score: Decimal | None = None
    graded_at: datetime | None = None
    posted_at: datetime | None = None
    submitted_at: datetime | None = None
    hidden: bool = False
    hidden_by_date: bool = False  # Moodle: hidden, and only the day of its submission shown for it
    hidden_until: datetime | None = None  # Moodle: the day passes by itself
    extended_to: datetime | None = None  # Moodle: more time given to one student
    excused: bool = False
    missing: bool = False
    late: bool = False
    overridden: bool = False
    locked: bool = False
    state: str = "unsubmitted"  # unsubmitted, submitted, pending_review, graded
    matches_submission: bool = True
    attempt: int | None = None
    last_score_timestamp: datetime | None = None
    modified_at: datetime | None = None  # Moodle: the assignment's own grade record last changed
    parts: dict[str, Decimal] = field(default_factory=dict)  # Canvas: checkpoint -> its score, once graded
    comment: str = ""


@dataclass
class Course:
    id: int
    lti_id: str  # context.id: Canvas-like opaque, Moodle-like str(id)
    label: str
    title: str
    time_zone: str = "America/Chicago"
    enrolments: dict[int, Enrolment] = field(default_factory=dict)  # by person id
    items: dict[int, Item] = field(default_factory=dict)
    grades: dict[tuple[int, int], Grade] = field(default_factory=dict)  # by (item id, person id)
    groups: dict[str, list[int]] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)  # Canvas: groups that students never see
    concluded: bool = False
    ends_at: datetime | None = None
    weights: dict[str, Decimal] = field(default_factory=dict)  # Canvas: assignment group -> percent
    rules: dict[str, dict[str, object]] = field(default_factory=dict)  # group -> drop_lowest, never_drop, ...
    scheme: list[tuple[str, Decimal]] = field(default_factory=list)  # name, lower bound as a share of 1
    totals_hidden: bool = False
    cross_listed: dict[str, int] = field(default_factory=dict)  # section -> the course it came from
    links: dict[str, str] = field(default_factory=dict)  # resource link id -> title
    copied_from: list[str] = field(default_factory=list)  # LTI ids, newest first
    past_subs: dict[int, str] = field(default_factory=dict)  # Canvas: person id -> their name in LTI here

    def sub_of(self, person: Person) -> str:
        """What LTI calls a person in this course: after two accounts were merged, what it did before."""
        return self.past_subs.get(person.id, person.sub)


@dataclass
class Tool:
    """A registered tool: what the platform checks of it."""

    client_id: str
    name: str
    redirect_uris: list[str]
    login_url: str
    jwks_url: str
    target_link_uri: str
    deployment_ids: list[str]
    scopes: list[str]
    custom: dict[str, str] = field(default_factory=dict)
    privacy: str = "public"
    active: bool = True
    deep_link_url: str = ""


@dataclass
class ApiToken:
    """An LMS API token (Canvas access token or Moodle web-service token).

    lacks, extra: Moodle capabilities its person does without, or has besides, such as
    "moodle/site:accessallgroups" and "moodle/user:viewalldetails". allow_includes: a Canvas token
    with scopes whose key does not allow include[] has them ignored.
    """

    token: str
    person_id: int
    scopes: list[str] | None = None
    functions: list[str] | None = None
    expires_at: datetime | None = None
    refresh_token: str | None = None
    revoked: bool = False
    only_sections: list[str] | None = None
    client_id: str | None = None
    allow_includes: bool = True
    lacks: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)


@dataclass
class ApiKey:
    """A Canvas API developer key: what OAuth2 checks before it hands a person's token out.

    older: answered as by a Canvas of before 2022: trouble with a code leads to its redirect address, and a
    refresh token nobody knows is an `invalid_request`.
    """

    client_id: str
    client_secret: str
    name: str
    redirect_uris: list[str]
    scopes: list[str] | None = None
    allow_includes: bool = True
    older: bool = False


@dataclass
class OAuthCode:
    """An authorization code: single use, ten minutes."""

    code: str
    client_id: str
    redirect_uri: str
    person_id: int
    scopes: list[str] | None
    expires_at: datetime


@dataclass
class Fault:
    """What the LMS is told to do wrong, for requests whose path contains `path`.

    kind: slow, error (status), throttle (403 or 429), expire_token, truncate (body cut short), html,
    huge, drip, odd_row (nobody can make sense of it). page: only on the n-th matching page
    (1-based). times: how often; None = until cleared.
    `path` also matches "wsfunction=NAME" of a Moodle call. seconds: how slow, or, of a throttle, its
    Retry-After (0 = none, as in Canvas), or, of a drip, between its bytes. over: a slow answer comes once
    this is set, `seconds` at the latest. right_length: whether a cut body says its own length or the whole
    one's. size: bytes of a huge answer.
    """

    kind: str
    path: str = ""
    page: int | None = None
    times: int | None = 1
    status: int = 500
    seconds: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)
    seen: int = 0
    right_length: bool = True
    size: int = 64 * 1024 * 1024


@dataclass
class World:
    """All there is of one personality."""

    personality: str  # "canvas" or "moodle"
    issuer: str
    people: dict[int, Person] = field(default_factory=dict)
    courses: dict[int, Course] = field(default_factory=dict)
    tools: dict[str, Tool] = field(default_factory=dict)
    tokens: dict[str, ApiToken] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    codes: dict[str, OAuthCode] = field(default_factory=dict)
    closed_for: str = ""  # Moodle: the errorcode of whatever keeps it from answering anybody
    debug: bool = False  # Moodle: errors carry debuginfo
    faults: list[Fault] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)  # method, path, query names, status of each
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)
    next_id: int = 1000
    lti: LtiState = field(default_factory=LtiState, repr=False)  # the LTI doors' own memory

    def now(self) -> datetime:
        return self.clock()

    def new_id(self) -> int:
        with self.lock:
            self.next_id += 1
            return self.next_id

    def grade(self, course: Course, item_id: int, person_id: int) -> Grade:
        """The cell, made empty when it is not there yet."""
        key = (item_id, person_id)
        if key not in course.grades:
            course.grades[key] = Grade(id=self.new_id(), item_id=item_id, person_id=person_id)
        return course.grades[key]

    def set_score(self, course: Course, item_id: int, person_id: int, score: Decimal | None) -> Grade:
        """Grade it as a teacher would: Canvas posts at once unless the item is posted by hand.

        Work of a group is graded once: each member gets a cell of their own with the same grade.
        """
        with self.lock:
            item = course.items[item_id]
            if item.group_set and not item.individually:
                for members in course.groups.values():
                    for member in members if person_id in members else ():
                        self._set_one(course, item_id, member, score)
            return self._set_one(course, item_id, person_id, score)

    def set_part(self, course: Course, item_id: int, person_id: int, part: str, score: Decimal) -> Grade:
        """Grade one checkpoint: the whole is their sum, and waits for review until all are graded."""
        with self.lock:
            grade = self.grade(course, item_id, person_id)
            grade.parts[part] = score
            self._set_one(course, item_id, person_id, sum(grade.parts.values(), Decimal(0)))
            if grade.parts.keys() != course.items[item_id].checkpoints.keys():
                grade.state = "pending_review"
            return grade

    def _set_one(self, course: Course, item_id: int, person_id: int, score: Decimal | None) -> Grade:
        with self.lock:
            grade, item, now = self.grade(course, item_id, person_id), course.items[item_id], self.now()
            grade.score = score
            if not grade.overridden:
                grade.assign_score, grade.modified_at = score, now
            if score is None:
                grade.state = "submitted" if grade.submitted_at else "unsubmitted"
            else:
                grade.state, grade.graded_at, grade.excused = "graded", now, False
                grade.missing = False
                if self.personality == "canvas" and not (item.post_manually or item.anonymous):
                    grade.posted_at = now
            return grade

    def set_posted(self, course: Course, item_id: int, person_id: int, posted: bool) -> Grade:
        """Post or hide one grade (Canvas: posted_at; Moodle: the hidden flag). graded_at stays."""
        with self.lock:
            grade = self.grade(course, item_id, person_id)
            if self.personality == "canvas":
                grade.posted_at = self.now() if posted else None
            else:
                grade.hidden = not posted
            return grade
