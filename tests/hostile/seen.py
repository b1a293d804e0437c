"""What launches of real platforms carry beside what everybody sends: more, less, or otherwise.

Canvas by specs/canvas.md §3; Moodle by recordings of 4.2; the others by what their makers publish.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.hostile.platform import AGS, LTI, MEMBER, NRPS, Claims

COURSE = "http://purl.imsglobal.org/vocab/lis/v2/course#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
NOTICES = LTI + "platformnotificationservice"
# Canvas leaves the traces of its own checks in every object.
CHECKED = {"validation_context": None, "errors": {"errors": {}}}
NEEDED = ("iss", "aud", "sub", "iat", "exp", "nonce")
NEEDED_LTI = ("version", "message_type", "deployment_id", "target_link_uri", "roles", "resource_link")


def _canvas(claims: Claims) -> None:
    course, host = "4dde05e8ca1973bcca9bffc13e1548820eee93a3", "https://school.instructure.com"
    services = host + "/api/lti/courses/1/"
    claims |= {
        LTI + "roles": [INSTITUTION + "Instructor", MEMBER + "Instructor", SYSTEM + "User"],
        LTI + "context": {
            "id": course,
            "label": "A",
            "title": "B",
            "type": [COURSE + "CourseOffering"],
            **CHECKED,
        },
        LTI + "resource_link": {"id": course, "description": None, "title": None, **CHECKED},
        LTI + "tool_platform": _platform(claims, "canvas", version="cloud", name="A school", **CHECKED),
        LTI + "launch_presentation": {
            "document_target": "iframe",
            "return_url": host + "/courses/1/external_content/success/external_tool_redirect",
            "locale": "en-AU",
            **dict.fromkeys(("height", "width")),
            **CHECKED,
        },
        LTI + "custom": {"canvas_user_id": 5, "canvas_course_id": 1, "observees": "", "context_history": ""},
        LTI + "lti1p1": {"user_id": "86157096483e6b3a50bfedc6bac902c0b20a824f", **CHECKED},
        LTI + "lti11_legacy_user_id": "86157096483e6b3a50bfedc6bac902c0b20a824f",
        AGS: {"scope": [], "lineitems": services + "line_items", **CHECKED},
        NRPS: {
            "context_memberships_url": services + "names_and_roles",
            "service_versions": ["2.0"],
            **CHECKED,
        },
        NOTICES: {
            "service_versions": ["1.0"],
            "platform_notification_service_url": host + "/api/lti/notice-handlers/1",
            "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
            "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
        },
        "https://www.instructure.com/placement": "course_navigation",
        "picture": "https://school.instructure.com/images/thumbnails/1/x",
        "locale": "en-AU",
        "errors": {"errors": {}},
    }


def _moodle(claims: Claims) -> None:
    for name in ("azp", "name"):
        claims.pop(name, None)
    claims |= {
        "sub": "5",
        "exp": int(time.time()) + 60,
        LTI + "roles": [INSTITUTION + "Administrator", MEMBER + "Instructor", SYSTEM + "Administrator"],
        LTI + "context": {
            "id": "2",
            "label": "ALG1",
            "title": "Algebra &amp; more",
            "type": ["CourseSection"],
        },
        LTI + "tool_platform": _platform(claims, "moodle", family_code="moodle", version="2023042403"),
        LTI + "lis": {"person_sourcedid": "", "course_section_sourcedid": ""},
        LTI + "ext": {"user_username": "t", "lms": "moodle-2"},
        LTI + "custom": {"context_history": "", "a": None, "b": "$Canvas.user.id"},
        "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
            "lis_result_sourcedid": '{"data":{"instanceid":"1"}}',
            "lis_outcome_service_url": "https://moodle.example/mod/lti/service.php",
        },
    }


def _blackboard(claims: Claims) -> None:
    claims.pop("azp")
    claims |= {
        "aud": [claims["aud"]],
        "nbf": claims["iat"] - 10,
        LTI + "tool_platform": _platform(
            claims, "BlackboardLearn", contact_email="", url="", version="3900.9"
        ),
        LTI + "launch_presentation": {
            "locale": "en_US",
            "return_url": "https://bb.example/webapps/return?a=_1_1",
        },
        LTI + "lis": {"course_offering_sourcedid": "x", **CHECKED},
        "https://blackboard.com/lti/claim/one_time_session_token": "x",
    }


def _brightspace(claims: Claims) -> None:
    claims |= {
        "jti": "one",
        LTI + "roles": [INSTITUTION + "Faculty", MEMBER + "Instructor", "Instructor"],
        LTI + "tool_platform": _platform(claims, "desire2learn"),
        "http://www.brightspace.com": {"tenant_id": "t", "user_id": 5, "Context.id.history": ""},
    }


def _sakai(claims: Claims) -> None:
    claims |= {
        LTI + "roles": ["Instructor", MEMBER + "Instructor"],
        LTI + "tool_platform": _platform(claims, "sakai", version="23.1"),
        LTI + "resource_link": {"id": "content:3", "title": "Plans", "description": ""},
        LTI + "lti1p1": {"user_id": "x", "oauth_consumer_key": "k", "oauth_consumer_key_sign": "s"},
        "https://www.sakailms.org/spec/lti/claim/extension": {"sakai_role": "Instructor"},
    }


def _nameless(claims: Claims) -> None:
    """Names of no letters, as Schoology and others send them where a school keeps them back."""
    claims |= dict.fromkeys(("email", "name", "given_name", "family_name"), "")
    claims |= {LTI + "resource_link": {"id": "789-0"}, LTI + "context": {"id": "c-7"}}


def _least(claims: Claims) -> None:
    """What LTI asks for and nothing else."""
    for name in set(claims) - {*NEEDED, *(LTI + name for name in NEEDED_LTI)}:
        del claims[name]


def _platform(claims: Claims, family: str, **more: Any) -> dict[str, Any]:
    """The same installation as in every row, by another name."""
    return {"guid": claims[LTI + "tool_platform"]["guid"], "product_family_code": family, **more}


SEEN: dict[str, Callable[[Claims], object]] = {
    "as Canvas sends it": _canvas,
    "as Moodle sends it": _moodle,
    "as Blackboard sends it": _blackboard,
    "as Brightspace sends it": _brightspace,
    "as Sakai sends it": _sakai,
    "names of no letters": _nameless,
    "what LTI asks for and nothing else": _least,
}
