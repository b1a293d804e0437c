"""The id_token a Moodle-like platform sends (recordings id_token-*.json and deep-linking.json)."""

from __future__ import annotations

import hashlib
import html
import json
from typing import Any

from tests.sandbox_lms.lti_roles import moodle_launch_roles
from tests.sandbox_lms.lti_state import PendingLaunch
from tests.sandbox_lms.messages import context_history
from tests.sandbox_lms.paths import door, line_item_url, line_items_url, nrps_url
from tests.sandbox_lms.tools import AGS, NRPS_SCOPE, TOOL_SETTING, link_item, tool_number
from tests.sandbox_lms.world import Course, Person, Tool, World

LTI = "https://purl.imsglobal.org/spec/lti/claim/"


def moodle_claims(world: World, tool: Tool, launch: PendingLaunch) -> dict[str, Any]:
    """All claims but iss, aud, iat, exp and nonce. No azp, picture or locale, as recorded."""
    course, person = world.courses[launch.course_id], world.people[launch.person_id]
    claims: dict[str, Any] = {
        "sub": person.sub,
        LTI + "message_type": launch.message_type,
        LTI + "version": "1.3.0",
        LTI + "deployment_id": launch.deployment_id,
        LTI + "target_link_uri": tool.target_link_uri,
        LTI + "context": {
            "id": course.lti_id,
            "label": course.label,
            "title": course.title,
            "type": ["CourseSection"],
        },
        LTI + "tool_platform": tool_platform(world),
        LTI + "roles": moodle_launch_roles(course, person),
        LTI + "custom": custom(world, tool, course, person, launch),
        LTI + "ext": {"lms": "moodle-2"},
        LTI + "lis": {
            "person_sourcedid": person.idnumber,
            "course_section_sourcedid": f"SIS-{course.label}",
        },
        LTI + "launch_presentation": _presentation(world, course, launch),
    }
    if launch.message_type in ("LtiResourceLinkRequest", "LtiSubmissionReviewRequest"):
        title = html.unescape(course.links.get(launch.link_id, tool.name))
        claims[LTI + "resource_link"] = {
            "id": launch.link_id,
            "title": title,
            "description": "Activity INTRO",
        }
    _add_services(claims, world, tool, course, launch)
    if tool.privacy == "public":
        claims |= {
            "name": person.full_name,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email,
        }
        claims[LTI + "ext"]["user_username"] = person.login
    return claims


def tool_platform(world: World) -> dict[str, str]:
    return {
        "product_family_code": "moodle",
        "version": "2023042403",
        "guid": hashlib.md5(world.issuer.encode(), usedforsecurity=False).hexdigest(),
        "name": "practice",
        "description": "Practice Moodle",
    }


def _presentation(world: World, course: Course, launch: PendingLaunch) -> dict[str, Any]:
    if launch.message_type == "LtiDeepLinkingRequest":
        return {"locale": "en"}
    query = f"course={course.id}&launch_container=4&instanceid={launch.link_id}&sesskey=practice"
    return {"document_target": "window", "locale": "en", "return_url": f"{door(world, 'return')}?{query}"}


def _add_services(
    claims: dict[str, Any], world: World, tool: Tool, course: Course, launch: PendingLaunch
) -> None:
    number = tool_number(world, tool)
    scopes = sorted(scope for scope in tool.scopes if scope.startswith(AGS))
    item_id = link_item(course, tool, launch.link_id)
    if scopes:
        endpoint: dict[str, Any] = {"scope": scopes, "lineitems": line_items_url(world, course.id, number)}
        if item_id is not None:
            endpoint["lineitem"] = line_item_url(world, course.id, item_id, number)
        claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = endpoint
    if item_id is not None:
        sourced = {"instanceid": launch.link_id, "userid": str(launch.person_id), "typeid": str(number)}
        claims["https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome"] = {
            "lis_outcome_service_url": f"{world.issuer}/mod/lti/service.php",
            "lis_result_sourcedid": json.dumps({"data": {**sourced, "launchid": 1}, "hash": "0"}),
        }
    if NRPS_SCOPE in tool.scopes:
        claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = {
            "context_memberships_url": nrps_url(world, course.id, number),
            "service_versions": ["1.0", "2.0"],
        }


def custom(world: World, tool: Tool, course: Course, person: Person, launch: PendingLaunch) -> dict[str, Any]:
    """The tool's own fields, expanded where Moodle can, and the addresses its services add."""
    number = tool_number(world, tool)
    services = f"{world.issuer}/mod/lti/services.php"
    fields: dict[str, Any] = {k: expand(world, course, person, v) for k, v in tool.custom.items()}
    if NRPS_SCOPE in tool.scopes:
        fields["context_memberships_url"] = nrps_url(world, course.id, number)
    if TOOL_SETTING in tool.scopes:
        fields["system_setting_url"] = f"{services}/tool/{number}/custom"
        fields["context_setting_url"] = f"{services}/CourseSection/{course.id}/bindings/tool/{number}/custom"
        if launch.message_type == "LtiResourceLinkRequest":
            fields["link_setting_url"] = services + "/links/{link_id}/custom"
    return fields


def expand(world: World, course: Course, person: Person, text: str) -> Any:
    """A known "$Variable" becomes its value; unknown ones stay literal ("$Canvas.user.id")."""
    known = {
        "User.id": str(person.id),
        "User.username": person.login,
        "Person.sourcedId": person.idnumber,
        "Person.name.full": person.full_name,
        "Person.name.given": person.given_name,
        "Person.name.family": person.family_name,
        "Person.email.primary": person.email,
        "Context.id": course.lti_id,
        "Context.id.history": context_history(course),
        "Context.title": course.title,
        "Context.label": course.label,
        "Context.sourcedId": f"SIS-{course.label}",
        "CourseSection.title": course.title,
        "CourseSection.label": course.label,
        "CourseSection.sourcedId": f"SIS-{course.label}",
        "Moodle.Person.userGroupIds": ",".join(
            str(n + 1) for n, members in enumerate(course.groups.values()) if person.id in members
        ),
    }
    return known.get(text[1:], text) if text.startswith("$") else text


def deep_linking_settings(world: World, tool: Tool, course: Course) -> dict[str, Any]:
    """As recorded: no `data`, resource links only, several allowed."""
    query = f"course={course.id}&id={tool_number(world, tool)}&sesskey=practice"
    return {
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["frame", "iframe", "window"],
        "accept_copy_advice": False,
        "accept_multiple": True,
        "accept_unsigned": False,
        "auto_create": False,
        "can_confirm": False,
        "deep_link_return_url": f"{door(world, 'deep_link_return')}?{query}",
        "title": tool.name,
        "text": "",
    }
