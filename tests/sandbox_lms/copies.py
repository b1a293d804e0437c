"""Copying a course, as both LMSs do it: items and links with new numbers, nobody of the old course."""

from __future__ import annotations

import secrets
from dataclasses import replace

from tests.sandbox_lms.notices import copy_notice, send_notices
from tests.sandbox_lms.world import Course, Enrolment, World


def copy_course(world: World, course_id: int, *, teacher_id: int, title: str) -> Course:
    """The copy, with its teacher alone in it. The handlers that tools registered are sent the notice."""
    with world.lock:
        old, number = world.courses[course_id], world.new_id()
        lti_id = secrets.token_hex(20) if world.personality == "canvas" else str(number)
        copy = Course(number, lti_id, title[:8], title, time_zone=old.time_zone)
        copy.copied_from = [old.lti_id, *old.copied_from]
        copy.enrolments[teacher_id] = Enrolment(teacher_id, "teacher", created_at=world.now())
        for item in old.items.values():
            if item.tool_client_id is None:
                new = replace(item, id=world.new_id(), created_at=world.now())
                copy.items[new.id] = new
        copy.links = {str(world.new_id()): name for name in old.links.values()}
        world.courses[number] = copy
    for client_id, handlers in world.lti.handlers.items():
        if handlers.get("LtiContextCopyNotice"):
            tool = world.tools[client_id]
            send_notices(world, handlers["LtiContextCopyNotice"], copy_notice(world, tool, copy))
    return copy
