"""Deep Linking 2.0: the answer of the tool, checked and turned into links and columns of the course."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import jwt
from flask import Blueprint, Response, render_template, request

from tests.sandbox_lms.launching import DEEP_LINKING
from tests.sandbox_lms.paths import CANVAS, MOODLE
from tests.sandbox_lms.token_door import key_of
from tests.sandbox_lms.world import Course, Item, Tool, World

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
ITEMS = DEEP_LINKING.replace("deep_linking_settings", "content_items")
DATA = DEEP_LINKING.replace("deep_linking_settings", "data")


class BadAnswer(Exception):
    """The tool's answer is refused; the sentence says why."""


def make_deep_linking_blueprint(world: World) -> Blueprint:
    links = Blueprint("deep_linking", __name__)
    paths = CANVAS if world.personality == "canvas" else MOODLE

    @links.post(paths["deep_link_return"])
    def come_back() -> Response:
        course_id = request.args.get("course", "")
        course = world.courses.get(int(course_id)) if course_id.isdigit() else None
        try:
            if course is None:
                raise BadAnswer("no such course")
            tool, claims = read_answer(world, course, request.form.get("JWT", ""))
        except BadAnswer as bad:
            return Response(f"The tool's answer was refused: {bad}", 400, mimetype="text/plain")
        with world.lock:
            made = [add_link(world, course, tool, item) for item in claims[ITEMS]]
            world.lti.deep_linked.append({"course_id": course.id, "links": made, "items": claims[ITEMS]})
        return Response(render_template("linked.html", course=course, made=made))

    return links


def read_answer(world: World, course: Course, token: str) -> tuple[Tool, dict[str, Any]]:
    """The verified claims of the response. BadAnswer says what is wrong."""
    try:
        unverified = jwt.decode(token, options={"verify_signature": False})
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as wrong:
        raise BadAnswer("not a JWT") from wrong
    tool = world.tools.get(str(unverified.get("iss", "")))
    key = key_of(tool, kid) if tool else None
    if tool is None or key is None:
        raise BadAnswer("iss is not a tool of this platform, or its key is not published")
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=world.issuer,
            options={"require": ["exp", "iat", "nonce", "aud"]},
            leeway=0,
        )
    except jwt.PyJWTError as wrong:
        raise BadAnswer(str(wrong)) from wrong
    _check(world, tool, course, claims)
    return tool, claims


def _check(world: World, tool: Tool, course: Course, claims: dict[str, Any]) -> None:
    if claims.get(LTI + "message_type") != "LtiDeepLinkingResponse":
        raise BadAnswer("message_type")
    if claims.get(LTI + "version") != "1.3.0":
        raise BadAnswer("version")
    if claims.get(LTI + "deployment_id") not in tool.deployment_ids:
        raise BadAnswer("deployment_id")
    if world.personality == "canvas" and claims.get(DATA) != f"course-{course.id}":
        raise BadAnswer("data is not what the request carried")
    items = claims.setdefault(ITEMS, [])
    if not isinstance(items, list) or any(i.get("type") != "ltiResourceLink" for i in items):
        raise BadAnswer("only ltiResourceLink is accepted here")
    with world.lock:
        used = (tool.client_id, f"nonce {claims['nonce']}")
        if used in world.lti.seen_jtis:
            raise BadAnswer("nonce was used before")
        world.lti.seen_jtis.add(used)


def add_link(world: World, course: Course, tool: Tool, item: dict[str, Any]) -> dict[str, Any]:
    """A resource link, and a gradebook column when the item asks for one. Tags go from titles."""
    title = re.sub(r"<[^>]*>", "", str(item.get("title", tool.name))).strip() or tool.name
    link_id = str(world.new_id())
    course.links[link_id] = title
    made: dict[str, Any] = {"link_id": link_id, "title": title, "custom": item.get("custom") or {}}
    line = item.get("lineItem")
    if isinstance(line, dict) and "scoreMaximum" in line:
        column = Item(world.new_id(), str(line.get("label") or title), Decimal(str(line["scoreMaximum"])))
        column.module, column.tool_client_id, column.resource_link_id = "lti", tool.client_id, link_id
        column.resource_id, column.tag = str(line.get("resourceId", "")), str(line.get("tag", ""))
        course.items[column.id] = column
        made["item_id"] = column.id
    return made
