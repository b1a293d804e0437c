"""The pages, by who uses them; every one belongs to a launch (lti.md §5)."""

from __future__ import annotations

from flask import Flask

from lti_tool.web.admin import add_admin_pages
from lti_tool.web.agreements import add_agreement_pages
from lti_tool.web.archive import add_archive_pages
from lti_tool.web.assess import add_assess_pages
from lti_tool.web.check_ins import add_check_in_pages
from lti_tool.web.conference import add_conference_pages
from lti_tool.web.conferences import add_conferences_pages
from lti_tool.web.consent import add_connecting_page, register_consent_pages
from lti_tool.web.correcting import add_correcting_pages
from lti_tool.web.course_rules import add_course_rules
from lti_tool.web.deep_linking import add_deep_linking_pages
from lti_tool.web.deps import Deps
from lti_tool.web.drafts import add_draft_pages
from lti_tool.web.encouraging import add_encouraging_pages
from lti_tool.web.ends import add_end_pages
from lti_tool.web.entries import add_entry_pages
from lti_tool.web.goals import add_goal_pages
from lti_tool.web.grants import register_grant_pages
from lti_tool.web.groups import add_group_pages
from lti_tool.web.guardian import add_guardian_pages
from lti_tool.web.learning import add_learning_pages
from lti_tool.web.lesson_parts import add_lesson_part_pages
from lti_tool.web.lessons import add_lesson_pages
from lti_tool.web.letting_in import add_letting_in_pages
from lti_tool.web.lines import add_line_pages
from lti_tool.web.mentor import add_mentor_pages
from lti_tool.web.peers import add_peer_pages
from lti_tool.web.portfolio import add_portfolio_pages
from lti_tool.web.privacy import add_privacy_pages
from lti_tool.web.profile import add_profile_pages
from lti_tool.web.progress import add_progress_pages
from lti_tool.web.reads import add_reads_pages
from lti_tool.web.reminders import add_reminder_pages, register_reminder_doors
from lti_tool.web.roots import add_root_pages
from lti_tool.web.runs import add_run_pages
from lti_tool.web.said import add_said_pages
from lti_tool.web.scores import add_score_pages
from lti_tool.web.staff import add_staff_pages
from lti_tool.web.standing_by import add_standing_by_pages
from lti_tool.web.steps import add_step_pages
from lti_tool.web.student import add_student_pages
from lti_tool.web.suggestions import add_suggestion_pages
from lti_tool.web.support import add_support_pages
from lti_tool.web.templates import add_template_pages
from lti_tool.web.together import add_together_pages
from lti_tool.web.visits import make_pages_blueprint


def register_pages(app: Flask, deps: Deps) -> None:
    """Add every page to the app."""
    pages = make_pages_blueprint(deps)
    for add in (add_staff_pages, add_progress_pages, add_admin_pages, add_student_pages, add_goal_pages):
        add(pages, deps)
    add_deep_linking_pages(pages, deps)
    add_privacy_pages(pages, deps)
    add_connecting_page(pages, deps)
    add_reads_pages(pages, deps)
    add_score_pages(pages, deps)
    add_said_pages(pages, deps)
    add_line_pages(pages, deps)
    add_end_pages(pages, deps)
    add_run_pages(pages, deps)
    add_suggestion_pages(pages, deps)
    add_step_pages(pages, deps)
    for add in (add_lesson_pages, add_lesson_part_pages, add_learning_pages, add_group_pages):
        add(pages, deps)
    add_together_pages(pages, deps)
    add_peer_pages(pages, deps)
    for add in (add_guardian_pages, add_mentor_pages, add_letting_in_pages, add_support_pages):
        add(pages, deps)
    for add in (add_profile_pages, add_entry_pages, add_assess_pages, add_draft_pages, add_root_pages):
        add(pages, deps)
    for add in (
        add_portfolio_pages,
        add_conference_pages,
        add_agreement_pages,
        add_conferences_pages,
        add_course_rules,
        add_archive_pages,
        add_template_pages,
    ):
        add(pages, deps)
    for add in (
        add_check_in_pages,
        add_correcting_pages,
        add_encouraging_pages,
        add_standing_by_pages,
        add_reminder_pages,
    ):
        add(pages, deps)
    app.register_blueprint(pages)
    register_grant_pages(app, deps)
    register_reminder_doors(app, deps)
    register_consent_pages(app, deps)
