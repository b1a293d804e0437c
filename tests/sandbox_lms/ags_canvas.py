"""AGS as Canvas speaks them: the tool's own line items only (specs/canvas.md §4)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, json, request

from tests.sandbox_lms.bearer import Refused, canvas_error, canvas_tool
from tests.sandbox_lms.paths import line_item_url, line_items_url
from tests.sandbox_lms.scores import BadScore, OldScore, graded_cells, plain, read_score, store_score
from tests.sandbox_lms.tools import AGS
from tests.sandbox_lms.world import Course, Item, Tool, World

ITEM = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
WRITE, READ = {AGS + "lineitem"}, {AGS + "lineitem", AGS + "lineitem.readonly"}
ROOT = "/api/lti/courses/<int:course_id>/line_items"
PAGE = 10


def make_ags_canvas_blueprint(world: World) -> Blueprint:
    ags = Blueprint("ags_canvas", __name__)

    @ags.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return error.answer

    @ags.route(ROOT, methods=["GET", "POST"])
    def items(course_id: int) -> Response:
        with world.lock:
            return _list(world, course_id) if request.method == "GET" else _create(world, course_id)

    @ags.route(f"{ROOT}/<int:item_id>", methods=["GET", "PUT", "DELETE"])
    def one(course_id: int, item_id: int) -> Response:
        with world.lock:
            return _one(world, course_id, item_id)

    @ags.get(f"{ROOT}/<int:item_id>/results")
    def results(course_id: int, item_id: int) -> Response:
        with world.lock:
            return _results(world, course_id, item_id)

    @ags.post(f"{ROOT}/<int:item_id>/scores")
    def scores(course_id: int, item_id: int) -> Response:
        with world.lock:
            return _score(world, course_id, item_id)

    return ags


def _called(world: World, scopes: set[str], course_id: int) -> tuple[Tool, Course]:
    tool = canvas_tool(world, scopes)
    course = world.courses.get(course_id)
    if course is None or course.concluded:
        raise Refused(canvas_error(404, "not_found", "The specified resource does not exist."))
    return tool, course


def _own(tool: Tool, course: Course, item_id: int) -> Item:
    item = course.items.get(item_id)
    if item is None or item.tool_client_id != tool.client_id:
        raise Refused(canvas_error(404, "not_found", "The specified resource does not exist."))
    return item


def _json(body: Any, kind: str, status: int = 200) -> Response:
    answer = Response(json.dumps(body), status)
    answer.headers["Content-Type"] = f"{kind}; charset=utf-8"
    return answer


def _as_json(world: World, course: Course, item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": line_item_url(world, course.id, item.id),
        "scoreMaximum": float(item.possible),
        "label": item.name,
        "resourceId": item.resource_id or None,
        "tag": item.tag or None,
        "resourceLinkId": item.resource_link_id,
        "endDateTime": None if item.due_at is None else f"{item.due_at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return {name: value for name, value in row.items() if value is not None}


def _paged(rows: list[Any], url: str) -> tuple[list[Any], str]:
    limit, page = (request.args.get(name, "") for name in ("limit", "page"))
    size = min(int(limit), 100) if limit.isdigit() and int(limit) else PAGE
    number = int(page) if page.isdigit() and int(page) else 1
    kept = "".join(f"&limit={limit}" for _ in [0] if limit)
    links = [f'<{url}?page={number}{kept}>; rel="current"']
    if number * size < len(rows):
        links.append(f'<{url}?page={number + 1}{kept}>; rel="next"')
    links.append(f'<{url}?page=1{kept}>; rel="first"')
    return rows[(number - 1) * size : number * size], ",".join(links)


def _list(world: World, course_id: int) -> Response:
    tool, course = _called(world, READ, course_id)
    own = [item for item in course.items.values() if item.tool_client_id == tool.client_id]
    for name in ("tag", "resource_id", "resource_link_id"):
        if name in request.args:
            own = [item for item in own if getattr(item, name) == request.args[name]]
    page, links = _paged(own, line_items_url(world, course.id))
    answer = _json([_as_json(world, course, item) for item in page], CONTAINER)
    answer.headers["Link"] = links
    return answer


def _fields(body: Any) -> tuple[str, Decimal]:
    try:
        if not isinstance(body, dict) or not body.get("label"):
            raise ValueError("label")
        return str(body["label"]), Decimal(str(body["scoreMaximum"]))
    except (KeyError, ValueError, InvalidOperation) as wrong:
        about = f"label and scoreMaximum are needed: {wrong}"
        raise Refused(canvas_error(422, "unprocessable_entity", about)) from wrong


def _create(world: World, course_id: int) -> Response:
    tool, course = _called(world, WRITE, course_id)
    body = request.get_json(force=True, silent=True)
    label, maximum = _fields(body)
    link = body.get("resourceLinkId")
    if link is not None and link != course.lti_id and link not in course.links:
        return canvas_error(404, "not_found", "The specified resource link does not exist.")
    item = Item(world.new_id(), label, maximum, module="lti", tool_client_id=tool.client_id)
    item.resource_link_id = link
    item.resource_id, item.tag = str(body.get("resourceId") or ""), str(body.get("tag") or "")
    item.due_at = _due(body)
    course.items[item.id] = item
    return _json(_as_json(world, course, item), ITEM, 201)


def _due(body: dict[str, Any]) -> datetime | None:
    """`endDateTime` becomes the assignment's due date."""
    if not body.get("endDateTime"):
        return None
    try:
        return datetime.fromisoformat(str(body["endDateTime"])).astimezone(UTC).replace(microsecond=0)
    except ValueError as wrong:
        raise Refused(canvas_error(422, "unprocessable_entity", "endDateTime is not a time")) from wrong


def _one(world: World, course_id: int, item_id: int) -> Response:
    tool, course = _called(world, READ if request.method == "GET" else WRITE, course_id)
    item = _own(tool, course, item_id)
    if request.method == "DELETE":
        del course.items[item_id]
        return Response("", 204)
    if request.method == "PUT":
        body = request.get_json(force=True, silent=True)
        merged = {
            "label": item.name,
            "scoreMaximum": item.possible,
            **(body if isinstance(body, dict) else {}),
        }
        item.name, item.possible = _fields(merged)
        item.tag = str(merged.get("tag") or item.tag)
        item.resource_id = str(merged.get("resourceId") or item.resource_id)
        item.due_at = _due(merged) or item.due_at
    return _json(_as_json(world, course, item), ITEM)


def _results(world: World, course_id: int, item_id: int) -> Response:
    tool, course = _called(world, {AGS + "result.readonly"}, course_id)
    item = _own(tool, course, item_id)
    url, person = line_item_url(world, course_id, item_id), request.args.get("user_id")
    rows = []
    for grade in graded_cells(course, item):
        user_id = course.sub_of(world.people[grade.person_id])
        if person in (None, user_id):
            row = {"id": f"{url}/results/{grade.id}", "userId": user_id, "scoreOf": url}
            row |= {"resultScore": None if grade.score is None else float(grade.score)}
            rows.append({**row, "resultMaximum": plain(item.possible), "comment": grade.comment or None})
    page, links = _paged(rows, f"{url}/results")
    answer = _json(page, RESULTS)
    answer.headers["Link"] = links
    return answer


def _score(world: World, course_id: int, item_id: int) -> Response:
    tool, course = _called(world, {AGS + "score"}, course_id)
    item = _own(tool, course, item_id)
    try:
        body = request.get_json(force=True, silent=True)
        grade = store_score(world, course, item, read_score(world, course, item, body))
    except BadScore as bad:
        return canvas_error(422, "unprocessable_entity", f"Not a score this course can take: {bad}")
    except OldScore:
        return canvas_error(409, "conflict", "The timestamp is not newer than the last score's")
    return _json(
        {"resultUrl": f"{line_item_url(world, course_id, item_id)}/results/{grade.id}"}, "application/json"
    )
