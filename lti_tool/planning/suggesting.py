"""A student's answer to a suggestion card: a way taken, changed or declined; staff see it (domain.md B13)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from lti_tool.planning.changing import Change, change_goal
from lti_tool.planning.errors import NotFound
from lti_tool.planning.finding import FoundGoal, course_goal, own_goal
from lti_tool.planning.notes import note
from lti_tool.planning.said_words import checked_words
from lti_tool.planning.steps import agreed_step
from lti_tool.plans.access import Act, Actor, require
from lti_tool.plans.goal import GoalRefused, Problem
from lti_tool.plans.ids import is_row_id
from lti_tool.plans.step_draft import HELPS_LONGEST, TITLE_LONGEST, StepDraft
from lti_tool.plans.steps import Owner, Rhythm
from lti_tool.plans.suggestions import CHANGES, REST, Card, Rule, Way, because_words, line_words
from lti_tool.plans.translate import Translate, plain
from lti_tool.records.suggestion import Suggestion

SOON = timedelta(days=7)
log = structlog.get_logger()


def take_suggestion(
    session: Session,
    actor: Actor,
    goal_id: int,
    rule: str,
    cards: Sequence[Card],
    way: str,
    words: str = "",
    *,
    translate: Translate = plain,
    now: datetime,
) -> Suggestion:
    """Take a way of a card. cards: those that hold now; words: the line "I will …" as the student wants it.

    Taking the same rule twice within two weeks gives the first answer back.

    Raises:
        Refused, NotFound: the actor may not, or it is not their goal.
        GoalRefused: the card does not hold any more, no such way, or the change cannot be.
    """
    require(actor, Act.ANSWER_SUGGESTION)
    found = own_goal(session, actor, goal_id)
    answered = _answered(session, goal_id, rule, now)
    if answered is not None:
        return answered
    card = _card(cards, rule)
    if way not in card.ways:
        raise GoalRefused([Problem("way", "way_unknown", lambda _: _("Choose one of the ways."))])
    taken, line = Way(way), ""
    if taken in CHANGES:
        change = Change(target=card.target) if taken is Way.SMALLER else Change(due_on=card.due_on)
        change_goal(session, actor, goal_id, change, reason="", now=now)
    else:
        line = checked_words(words, "words", lambda _: _("Say what you will do."))
    row = Suggestion(
        goal_id=goal_id,
        person_id=found.person_id,
        rule=card.rule.value,
        way=taken.value,
        state="taken",
        words=line,
        changed=bool(line) and line != line_words(taken, card, translate),
        because=_because(card),
        at=now,
    )
    kept = _kept(session, actor, row, now)
    if line:
        _as_step(session, actor, found, taken, kept, because_words(card, translate), now)
    return kept


def _as_step(
    session: Session,
    actor: Actor,
    found: FoundGoal,
    way: Way,
    row: Suggestion,
    because: str,
    now: datetime,
) -> None:
    """The line "I will …" stands among the goal's steps; where there are enough of them, only here."""
    last = max(found.goal.due_on, found.today(now))
    again = way in (Way.PRACTICE, Way.TUTORING)
    draft = StepDraft(
        title=row.words[:TITLE_LONGEST],
        helps=because[:HELPS_LONGEST],
        owner=Owner.STUDENT.value,
        rhythm=(Rhythm.WEEKLY if again else Rhythm.ONCE).value,
        times=1,
        due_on=None if again else min(last, found.today(now) + SOON),
    )
    with suppress(GoalRefused):
        agreed_step(session, actor, found, draft, token=f"idea-{row.id}", now=now)


def decline_suggestion(
    session: Session,
    actor: Actor,
    goal_id: int,
    rule: str,
    cards: Sequence[Card],
    reason: str,
    *,
    now: datetime,
) -> Suggestion:
    """Say no to a card, with a reason. Raises as `take_suggestion`."""
    require(actor, Act.ANSWER_SUGGESTION)
    found = own_goal(session, actor, goal_id)
    answered = _answered(session, goal_id, rule, now)
    if answered is not None:
        return answered
    card = _card(cards, rule)
    because = checked_words(reason, "reason", lambda _: _("Say why not. A few words are enough."))
    row = Suggestion(
        goal_id=goal_id,
        person_id=found.person_id,
        rule=card.rule.value,
        state="declined",
        because=_because(card),
        reason=because,
        at=now,
    )
    return _kept(session, actor, row, now)


def settle_talk(session: Session, actor: Actor, suggestion_id: int, *, now: datetime) -> Suggestion:
    """Staff say that the talk a student asked for was had. Raises Refused, NotFound."""
    require(actor, Act.SETTLE_TALK)
    row = session.get(Suggestion, suggestion_id, with_for_update=True) if is_row_id(suggestion_id) else None
    if row is None or row.way != Way.TALK:
        raise NotFound
    found = course_goal(session, actor, row.goal_id)
    if row.settled_at is None:
        row.settled_at, row.settled_by_id = now, actor.person_id
        note(session, actor, "talk.settled", found.person_id, now=now, goal=row.goal_id, suggestion=row.id)
    return row


def _answered(session: Session, goal_id: int, rule: str, now: datetime) -> Suggestion | None:
    return session.scalars(
        sa.select(Suggestion)
        .where(Suggestion.goal_id == goal_id, Suggestion.rule == rule, Suggestion.at > now - REST)
        .order_by(Suggestion.id.desc())
        .limit(1)
    ).one_or_none()


def _card(cards: Sequence[Card], rule: str) -> Card:
    for card in cards:
        if rule in set(Rule) and card.rule is Rule(rule):
            return card
    raise GoalRefused(
        [
            Problem(
                "", "card_gone", lambda _: _("Something changed, so this suggestion is not there any more.")
            )
        ]
    )


def _because(card: Card) -> dict[str, object]:
    return {"names": list(card.names), "numbers": [str(number) for number in card.numbers]}


def _kept(session: Session, actor: Actor, row: Suggestion, now: datetime) -> Suggestion:
    session.add(row)
    session.flush()
    note(
        session, actor, f"suggestion.{row.state}", row.person_id, now=now, goal=row.goal_id, suggestion=row.id
    )
    log.info("suggestion.answered", goal_id=row.goal_id, suggestion_id=row.id, state=row.state)
    return row
