"""The id_token a Canvas-like platform sends (specs/canvas.md §3)."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

from tests.sandbox_lms.lti_roles import active_enrolment, canvas_launch_roles
from tests.sandbox_lms.lti_state import PendingLaunch
from tests.sandbox_lms.messages import CANVAS_PLACEMENTS, context_history
from tests.sandbox_lms.paths import door, line_item_url, line_items_url, nrps_url
from tests.sandbox_lms.tools import AGS, NOTICES_SCOPE, NRPS_SCOPE, link_item, notice_handlers_url
from tests.sandbox_lms.world import Course, Person, Tool, World

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBER_VARIABLES = {  # what NRPS expands with `rlid`; the rest stays literal
    "Person.name.full",
    "Person.name.display",
    "Person.name.family",
    "Person.name.given",
    "User.id",
    "Canvas.user.id",
    "Canvas.user.globalId",
    "Canvas.user.sisSourceId",
    "Person.sourcedId",
    "Person.email.primary",
    "User.username",
    "Canvas.user.loginId",
}


def guid_of(world: World) -> str:
    """The platform's own id, the same in launches and in its configuration."""
    return f"{hashlib.sha256(world.issuer.encode()).hexdigest()[:40]}:canvas-lms"


def canvas_claims(world: World, tool: Tool, launch: PendingLaunch) -> dict[str, Any]:
    """All claims but iss, aud, iat, exp and nonce."""
    course, person = world.courses[launch.course_id], world.people[launch.person_id]
    claims: dict[str, Any] = {
        "azp": tool.client_id,
        "sub": course.sub_of(person),
        LTI + "message_type": launch.message_type,
        LTI + "version": "1.3.0",
        LTI + "deployment_id": launch.deployment_id,
        LTI + "target_link_uri": tool.target_link_uri,
        LTI + "context": {
            "id": course.lti_id,
            "label": course.label,
            "title": course.title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
            "validation_context": None,
            "errors": {"errors": {}},
        },
        LTI + "tool_platform": {
            "guid": guid_of(world),
            "name": "Practice Canvas",
            "version": "cloud",
            "product_family_code": "canvas",
            "validation_context": None,
            "errors": {"errors": {}},
        },
        LTI + "launch_presentation": _presentation(world, course),
        LTI + "roles": canvas_launch_roles(world, course, person),
        LTI + "custom": {k: expand(world, course, person, v) for k, v in tool.custom.items()},
        LTI + "lti11_legacy_user_id": _legacy_id(person),
        "locale": "en",
        "errors": {"errors": {}},
    }
    _add_link(claims, tool, course, launch)
    _add_services(claims, world, tool, course, launch)
    if person.id in world.lti.visitors:
        del claims["sub"]
    else:
        _add_identity(claims, tool, course, person, world)
    return claims


def _presentation(world: World, course: Course) -> dict[str, Any]:
    return {
        "document_target": "iframe",
        "return_url": f"{world.issuer}/courses/{course.id}/external_content/success/external_tool_redirect",
        "locale": "en",
        "height": 800,
        "width": 1200,
    }


def _legacy_id(person: Person) -> str:
    return hashlib.sha256(f"lti11/{person.id}".encode()).hexdigest()[:40]


def _add_link(claims: dict[str, Any], tool: Tool, course: Course, launch: PendingLaunch) -> None:
    if launch.message_type in ("LtiDeepLinkingRequest", "DataPrivacyLaunchRequest"):
        return
    navigation = launch.link_id in ("", course.lti_id)
    claims[LTI + "resource_link"] = {
        "id": course.lti_id if navigation else launch.link_id,
        "title": tool.name if navigation else course.links.get(launch.link_id),
        "description": None,
    }
    placement = "course_navigation" if navigation else "link_selection"
    claims["https://www.instructure.com/placement"] = placement


def _add_services(
    claims: dict[str, Any], world: World, tool: Tool, course: Course, launch: PendingLaunch
) -> None:
    """A service's claim is there only if the key holds its scope."""
    if NRPS_SCOPE in tool.scopes:
        claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = {
            "context_memberships_url": nrps_url(world, course.id),
            "service_versions": ["2.0"],
        }
    if NOTICES_SCOPE in tool.scopes:
        claims[LTI + "platformnotificationservice"] = {
            "service_versions": ["1.0"],
            "platform_notification_service_url": notice_handlers_url(world, tool),
            "scope": [NOTICES_SCOPE],
            "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
        }
    scopes = [scope for scope in tool.scopes if scope.startswith(AGS)]
    if scopes:
        endpoint: dict[str, Any] = {"scope": scopes, "lineitems": line_items_url(world, course.id)}
        item_id = link_item(course, tool, launch.link_id)
        if item_id is not None:
            endpoint["lineitem"] = line_item_url(world, course.id, item_id)
        claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = endpoint


def _add_identity(claims: dict[str, Any], tool: Tool, course: Course, person: Person, world: World) -> None:
    if tool.privacy in ("public", "name_only"):
        claims["name"] = person.full_name
        claims["given_name"] = person.given_name
        claims["family_name"] = person.family_name
        claims[LTI + "lis"] = {"person_sourcedid": person.idnumber, "course_offering_sourcedid": None}
    if tool.privacy in ("public", "email_only"):
        claims["email"] = person.email
    if tool.privacy == "public":
        claims["picture"] = f"{world.issuer}/images/messages/avatar-50.png"
        enrolment = active_enrolment(course, person)
        if enrolment and enrolment.role == "observer":
            subs = [course.sub_of(world.people[n]) for n in enrolment.observes]
            claims[LTI + "role_scope_mentor"] = subs


def expand(world: World, course: Course, person: Person, text: str) -> Any:
    """One custom field: a known "$Variable" becomes its value, anything else stays as it is."""
    if not text.startswith("$"):
        return text
    return _variables(world, course, person).get(text[1:], text)


def expand_for_member(world: World, course: Course, person: Person, text: str) -> Any:
    """As `expand`, for NRPS: only the variables of a person."""
    return expand(world, course, person, text) if text[1:] in MEMBER_VARIABLES else text


def _variables(world: World, course: Course, person: Person) -> dict[str, Any]:
    enrolment = course.enrolments.get(person.id)
    observes = enrolment.observes if enrolment else []
    return {
        "Canvas.user.id": person.id,
        "Canvas.user.globalId": 10_000_000_000_000 + person.id,
        "Canvas.user.loginId": person.login,
        "Canvas.user.sisSourceId": person.idnumber or "$Canvas.user.sisSourceId",
        "Person.sourcedId": person.idnumber or "$Person.sourcedId",
        "Person.name.full": person.full_name,
        "Person.name.display": person.full_name,
        "Person.name.given": person.given_name,
        "Person.name.family": person.family_name,
        "Person.email.primary": person.email,
        "User.id": _legacy_id(person),
        "User.username": person.login,
        "Canvas.course.id": course.id,
        "Canvas.course.sisSourceId": f"SIS-{course.label}",
        "Canvas.course.sectionIds": ",".join(enrolment.sections) if enrolment else "",
        "Canvas.api.domain": urlsplit(world.issuer).netloc,
        "Canvas.api.baseUrl": world.issuer,
        "Canvas.enrollment.enrollmentState": "active" if enrolment and enrolment.active else "",
        "Canvas.membership.roles": ",".join(_enrolment_names(course, person)),
        "com.instructure.User.observees": ",".join(course.sub_of(world.people[n]) for n in observes),
        "com.instructure.User.student_view": person.is_test,
        "Context.id": course.lti_id,
        "Context.id.history": context_history(course),
        "vnd.Canvas.root_account.uuid": "practiceRootAccountUuid",
    }


def _enrolment_names(course: Course, person: Person) -> list[str]:
    names = {"teacher": "TeacherEnrollment", "ta": "TaEnrollment", "student": "StudentEnrollment"}
    names |= {"observer": "ObserverEnrollment", "designer": "DesignerEnrollment"}
    enrolment = active_enrolment(course, person)
    return [names[enrolment.role]] if enrolment else []


def deep_linking_settings(world: World, course: Course, placement: str) -> dict[str, Any]:
    """What the picker of this placement takes."""
    types, several, column = CANVAS_PLACEMENTS[placement]
    return {
        "deep_link_return_url": f"{door(world, 'deep_link_return')}?course={course.id}",
        "accept_types": types,
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
        "accept_multiple": several,
        "accept_lineitem": column,
        "auto_create": False,
        "data": f"course-{course.id}",
        "validation_context": None,
        "errors": {"errors": {}},
    }
