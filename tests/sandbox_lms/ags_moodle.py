"""Assignment and Grade Services as Moodle speaks them (recordings/ags.json)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, Response, json, request

from tests.sandbox_lms.bearer import Refused, accepts, moodle_error, moodle_tool, no_handler, one_line
from tests.sandbox_lms.paths import line_item_url, line_items_url
from tests.sandbox_lms.scores import (
    BadScore,
    LockedGrade,
    OldScore,
    graded_cells,
    plain,
    read_score,
    store_score,
)
from tests.sandbox_lms.tools import AGS, tool_number
from tests.sandbox_lms.world import Course, Item, Tool, World

ITEM = "application/vnd.ims.lis.v2.lineitem+json"
CONTAINER = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS = "application/vnd.ims.lis.v2.resultcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
WRITE, READ = {AGS + "lineitem"}, {AGS + "lineitem", AGS + "lineitem.readonly"}
ROOT = "/mod/lti/services.php/<int:course_id>/lineitems"


def make_ags_moodle_blueprint(world: World) -> Blueprint:
    ags = Blueprint("ags_moodle", __name__)

    @ags.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return error.answer

    @ags.route(ROOT, methods=["GET", "POST"])
    def items(course_id: int) -> Response:
        with world.lock:
            return _list(world, course_id) if request.method == "GET" else _create(world, course_id)

    @ags.route(f"{ROOT}/<int:item_id>/lineitem", methods=["GET", "PUT", "DELETE", "POST"])
    def one(course_id: int, item_id: int) -> Response:
        with world.lock:
            return _one(world, course_id, item_id)

    @ags.get(f"{ROOT}/<int:item_id>/lineitem/results")
    def results(course_id: int, item_id: int) -> Response:
        with world.lock:
            return _results(world, course_id, item_id)

    @ags.post(f"{ROOT}/<int:item_id>/lineitem/scores")
    def scores(course_id: int, item_id: int) -> Response:
        with world.lock:
            return _score(world, course_id, item_id)

    return ags


def _called(world: World, scopes: set[str], course_id: int) -> tuple[Tool, Course]:
    """type_id may be left out; when it is there it must be the caller's own."""
    number = request.args.get("type_id", "").split("/")[0]
    tool = moodle_tool(world, scopes, int(number) if number.isdigit() else None)
    course = world.courses.get(course_id)
    if course is None:
        raise Refused(moodle_error(404, f"Not Found: Course {course_id} doesn't exist"))
    return tool, course


def _item(course: Course, item_id: int) -> Item:
    """Any column of the course: Moodle does not look whose it is (specs/moodle.md)."""
    if item_id not in course.items:
        raise Refused(moodle_error(404, f"Not Found: Grade item {item_id} doesn't exist"))
    return course.items[item_id]


def _accepts(kind: str, path: str) -> None:
    if not accepts(kind):
        raise Refused(no_handler(path))


def _json(body: Any, kind: str, status: str | int = 200) -> Response:
    answer = Response(json.dumps(body), status)
    answer.headers["Content-Type"] = f"{kind}; charset=utf-8"
    return answer


def _as_json(world: World, course: Course, tool: Tool, item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": line_item_url(world, course.id, item.id, tool_number(world, tool)),
        "label": item.name,
        "scoreMaximum": plain(item.possible),
        "resourceId": item.resource_id,
        "tag": item.tag,
    }
    if item.resource_link_id:
        row |= {"resourceLinkId": item.resource_link_id, "ltiLinkId": item.resource_link_id}
    return row


def _list(world: World, course_id: int) -> Response:
    path = f"/{course_id}/lineitems"
    _accepts(CONTAINER, path)
    tool, course = _called(world, READ, course_id)
    if CONTAINER not in request.headers.get("Accept", ""):
        return moodle_error(400, "No context or unsupported content type")
    own = [item for item in course.items.values() if item.tool_client_id == tool.client_id]
    wanted = {"tag": "tag", "resource_id": "resource_id", "resource_link_id": "resource_link_id"}
    for name, attribute in wanted.items():
        if name in request.args:
            own = [item for item in own if getattr(item, attribute) == request.args[name]]
    limit, start = (int(request.args.get(name, "0") or 0) for name in ("limit", "from"))
    page = own[start : start + limit] if limit else own
    answer = _json([_as_json(world, course, tool, item) for item in page], CONTAINER)
    if limit:
        answer.headers["Link"] = _crooked_links(world, course, tool, limit, start, len(own))
    return answer


def _crooked_links(world: World, course: Course, tool: Tool, limit: int, start: int, total: int) -> str:
    """Curly quotes and &amp;, as recorded: nobody can follow these without mending them."""
    root = line_items_url(world, course.id, tool_number(world, tool))
    rels = {"first": 0, "canonical": start, "next": start + limit, "last": total}
    if start + limit >= total:
        rels.pop("next")
    text = ", ".join(
        f"<{root}&amp;limit={limit}&amp;from={n}>; rel=\u201c{rel}\u201d" for rel, n in rels.items()
    )
    return text.encode().decode("latin-1")


def _body(kind: str, path: str) -> Any:
    if request.mimetype != kind:
        raise Refused(no_handler(path))
    return request.get_json(force=True, silent=True)


def _create(world: World, course_id: int) -> Response:
    body = _body(ITEM, f"/{course_id}/lineitems")
    tool, course = _called(world, WRITE, course_id)
    if not isinstance(body, dict) or not body.get("label") or "scoreMaximum" not in body:
        return moodle_error(400, "No label or Score Maximum")
    link = body.get("resourceLinkId")
    if link is not None and str(link) not in course.links:
        return moodle_error(403, "Forbidden")
    item = Item(
        world.new_id(), str(body["label"]), _maximum(body), module="manual", tool_client_id=tool.client_id
    )
    item.resource_link_id = str(link) if link is not None else None
    item.resource_id, item.tag = str(body.get("resourceId", "")), str(body.get("tag", ""))
    course.items[item.id] = item
    made = {**body, "id": line_item_url(world, course.id, item.id, tool_number(world, tool))}
    return _json(made, ITEM, "201 Created")


def _maximum(body: dict[str, Any]) -> Decimal:
    try:
        return Decimal(str(body["scoreMaximum"]))
    except InvalidOperation as wrong:
        raise Refused(moodle_error(400, "No label or Score Maximum")) from wrong


def _one(world: World, course_id: int, item_id: int) -> Response:
    path = f"/{course_id}/lineitems/{item_id}/lineitem"
    if request.method == "POST":
        return no_handler(path)
    if request.method == "GET":
        _accepts(ITEM, path)
    body = _body(ITEM, path) if request.method == "PUT" else None
    tool, course = _called(world, READ if request.method == "GET" else WRITE, course_id)
    item = _item(course, item_id)
    if request.method == "GET":
        return _json(_as_json(world, course, tool, item), ITEM)
    if request.method == "DELETE":
        del course.items[item_id]
        return Response("", "204 OK", mimetype="text/html")
    if not isinstance(body, dict) or not body.get("label") or "scoreMaximum" not in body:
        return moodle_error(400, "No label or Score Maximum")
    item.name, item.possible = str(body["label"]), _maximum(body)
    item.resource_id, item.tag = str(body.get("resourceId", "")), str(body.get("tag", ""))
    return _json({**body, "id": line_item_url(world, course.id, item.id, tool_number(world, tool))}, ITEM)


def _results(world: World, course_id: int, item_id: int) -> Response:
    _accepts(RESULTS, f"/{course_id}/lineitems/{item_id}/lineitem/results")
    tool, course = _called(world, {AGS + "result.readonly"}, course_id)
    item = _item(course, item_id)
    if "limit" in request.args:  # a crash of the real one
        return Response("<!DOCTYPE html>\n\n<html><title>Error | practice</title></html>", 404)
    url = line_item_url(world, course_id, item_id, tool_number(world, tool))
    person = request.args.get("user_id")
    rows = []
    for grade in graded_cells(course, item):
        user_id = world.people[grade.person_id].sub
        if person is not None and person != user_id:
            continue
        address = url.replace("/lineitem?", "/lineitem/results?") + f"&user_id={user_id}"
        row: dict[str, Any] = {"id": address, "userId": user_id}
        if grade.score is not None:
            row |= {"resultScore": plain(grade.score), "resultMaximum": plain(item.possible)}
            row |= {"comment": grade.comment} if grade.comment else {}
            row |= {"scoreOf": url, "timestamp": f"{grade.graded_at or world.now():%Y-%m-%dT%H:%M:%S+00:00}"}
        rows.append(row)
    return _json(rows, RESULTS)


def _score(world: World, course_id: int, item_id: int) -> Response:
    body = _body(SCORE, f"/{course_id}/lineitems/{item_id}/lineitem/scores")
    _, course = _called(world, {AGS + "score"}, course_id)
    item = _item(course, item_id)
    try:
        store_score(world, course, item, read_score(world, course, item, body))
    except BadScore:
        sent = one_line(request.get_data(as_text=True))
        return _json([], SCORE, f"400 Incorrect score received{sent}")
    except OldScore as old:
        return _json([], SCORE, f"409 Refusing score with an earlier timestamp for {old}")
    except LockedGrade:
        return _json([], SCORE, 500)
    answer = Response("", 200)
    answer.headers["Content-Type"] = f"{SCORE}; charset=utf-8"
    return answer
