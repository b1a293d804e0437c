"""Messages beside the resource link: pickers by placement, submission review, data privacy."""

from __future__ import annotations

from typing import Any

from tests.sandbox_lms.lti_state import PendingLaunch
from tests.sandbox_lms.world import Course, World

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MESSAGES = {
    "": "LtiResourceLinkRequest",
    "deep-linking": "LtiDeepLinkingRequest",
    "submission-review": "LtiSubmissionReviewRequest",
    "data-privacy": "DataPrivacyLaunchRequest",
}
# What Canvas takes in each placement (specs/canvas.md §3): (types, several, a column).
CANVAS_PLACEMENTS: dict[str, tuple[list[str], bool, bool]] = {
    "link_selection": (["ltiResourceLink"], True, False),
    "assignment_selection": (["ltiResourceLink"], False, False),
    "course_assignments_menu": (["ltiResourceLink"], True, True),
    "editor_button": (["link", "file", "html", "ltiResourceLink", "image"], True, False),
    "homework_submission": (["file", "ltiResourceLink"], False, False),
    "collaboration": (["file"], False, False),
}


def for_user(world: World, person_id: int) -> dict[str, Any]:
    """Whose work or data it is. Moodle says the id alone."""
    person = world.people[person_id]
    if world.personality == "moodle":
        return {"user_id": person.sub}
    return {
        "user_id": person.sub,
        "person_sourcedid": person.idnumber,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "name": person.full_name,
        "email": person.email,
        "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
    }


def add_message_claims(world: World, claims: dict[str, Any], launch: PendingLaunch) -> None:
    """What such a message carries besides, and what it leaves out."""
    custom = link_custom(world, launch.link_id)
    if custom and launch.message_type != "LtiDeepLinkingRequest":
        claims[LTI + "custom"] = {**claims.get(LTI + "custom", {}), **custom}
    if launch.for_person_id is not None:
        claims[LTI + "for_user"] = for_user(world, launch.for_person_id)
    if launch.message_type == "DataPrivacyLaunchRequest":  # of a person, not of a course
        gone = (LTI + "context", LTI + "resource_link", "https://www.instructure.com/placement")
        for name in gone:
            claims.pop(name, None)
        for name in ("lti-ags/claim/endpoint", "lti-nrps/claim/namesroleservice"):
            claims.pop(f"https://purl.imsglobal.org/spec/{name}", None)
        claims[LTI + "roles"] = [role for role in claims[LTI + "roles"] if "membership" not in role]


def link_custom(world: World, link_id: str) -> dict[str, Any]:
    """The custom fields a picker gave this link; each of its launches carries them."""
    for linked in world.lti.deep_linked:
        for link in linked["links"]:
            if link["link_id"] == link_id:
                return dict(link["custom"])
    return {}


def context_history(course: Course) -> str:
    """`$Context.id.history`: the courses this one was copied from, the newest first."""
    return ",".join(course.copied_from)
