"""What a student's home tells only where there is something: looked for by one statement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.launch.session import Visit
from lti_tool.overview.breaks import DAYS_OFF
from lti_tool.overview.ends import OWN_ENDS, SHOWN
from lti_tool.overview.mentoring import NEW_FOR, WORDS_FOR_HOME
from lti_tool.overview.nexts import MEETING
from lti_tool.overview.rounds import ASKED
from lti_tool.overview.suggestions import RESTING
from lti_tool.overview.versions import OVERRIDES
from lti_tool.overview.wishes import OWN_DRAFTS, OWN_PAUSED, OWN_TALKS
from lti_tool.planning.seeing import NEWS
from lti_tool.plans.suggestions import REST
from lti_tool.records.prepared import Glance

_AT_HOME = Glance(
    *(OWN_ENDS, RESTING.of_plan(), OVERRIDES.of_plan(), NEWS, MEETING, ASKED),
    *(WORDS_FOR_HOME, OWN_DRAFTS, OWN_PAUSED, OWN_TALKS, DAYS_OFF),
)


def glance_at_home(session: Session, visit: Visit, now: datetime) -> None:
    """What is not there is not asked for by the statements that follow in this session."""
    values = {
        "person": visit.person_id,
        "registration": visit.registration_id,
        "context": visit.context_id,
        "now": now,
        "ended_since": (now - SHOWN).date(),
        "answered_since": now - REST,
        "opened_since": now - NEW_FOR,
    }
    _AT_HOME.look(session, values)
