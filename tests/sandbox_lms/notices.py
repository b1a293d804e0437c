"""Canvas's Platform Notification Service: a tool's handlers, and the notices it is sent (canvas.md §4)."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Blueprint, Response, jsonify, request

from tests.sandbox_lms.bearer import Refused, canvas_tool
from tests.sandbox_lms.tools import NOTICES_SCOPE, tool_number
from tests.sandbox_lms.world import Course, Tool, World

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
TYPES = ("LtiHelloWorldNotice", "LtiContextCopyNotice")


def make_notices_blueprint(world: World) -> Blueprint:
    notices = Blueprint("notices", __name__)

    @notices.route("/api/lti/notice-handlers/<int:number>", methods=["GET", "PUT"])
    def handlers(number: int) -> Response | tuple[Response, int]:
        try:
            tool = canvas_tool(world, {NOTICES_SCOPE})
        except Refused as refused:
            return refused.answer
        if tool_number(world, tool) != number:
            return jsonify(errors="not your tool"), 403
        kept = world.lti.handlers.setdefault(tool.client_id, dict.fromkeys(TYPES, ""))
        if request.method == "GET":
            listed = [{"notice_type": kind, "handler": url} for kind, url in kept.items()]
            return jsonify(
                client_id=tool.client_id, deployment_id=tool.deployment_ids[0], notice_handlers=listed
            )
        body = request.get_json(silent=True) or {}
        kind, handler = body.get("notice_type"), str(body.get("handler", ""))
        if kind not in TYPES or (
            handler and urlsplit(handler).netloc != urlsplit(tool.target_link_uri).netloc
        ):
            return jsonify(errors="handler must be of the tool's domain, and the type a known one"), 400
        kept[kind] = handler
        return jsonify(notice_type=kind, handler=handler)

    return notices


def copy_notice(world: World, tool: Tool, course: Course, **changed: Any) -> dict[str, Any]:
    """The claims of the notice that `course` was copied."""
    issued = int(world.now().timestamp())
    return {
        LTI + "version": "1.3.0",
        LTI + "notice": {
            "id": secrets.token_hex(16),
            "timestamp": world.now().isoformat(),
            "type": "LtiContextCopyNotice",
        },
        LTI + "deployment_id": tool.deployment_ids[0],
        LTI + "context": {
            "id": course.lti_id,
            "label": course.label,
            "title": course.title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        },
        LTI + "origin_contexts": course.copied_from[:1],
        "aud": tool.client_id,
        "azp": tool.client_id,
        "iss": world.issuer,
        "iat": issued,
        "exp": issued + 3600,
        "nonce": secrets.token_hex(16),
        **changed,
    }


def send_notices(world: World, address: str, *claims: dict[str, Any]) -> requests.Response:
    """One delivery, as Canvas makes it: once, whatever the answer is."""
    body = {"notices": [{"jwt": world.lti.sign(each)} for each in claims]}
    return requests.post(address, json=body, timeout=10)
