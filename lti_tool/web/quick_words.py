"""What every template asks for many times, found once: words in the reader's language, static addresses.

Flask-Babel looks the language up anew for each word, Jinja makes each word safe anew, and Flask builds the
address of a stylesheet anew for each page; together that was half of a page's time.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from flask import url_for as flask_url_for
from flask_babel import Domain, get_babel, get_domain
from jinja2 import Template
from markupsafe import Markup

from lti_tool.web.who_reads import who_else


class QuickTemplate(Template):
    """A template whose macros are made once: none of ours is given globals of its own."""

    def _get_default_module(self, ctx: Any = None) -> Any:
        return super()._get_default_module()


MARK = 900_000_000  # stands for a row's number while an address is built


def _all_ids(values: dict[str, Any]) -> bool:
    return bool(values) and all(type(value) is int and value >= 0 for value in values.values())


def quicken_templates(app: Flask) -> None:
    """Give templates these instead; call after Flask-Babel is set up, before any template is read."""
    app.jinja_env.template_class = QuickTemplate
    get_babel(app).instance.domain_instance = QuickDomain()
    static: dict[tuple[str, str], str] = {}
    ends: dict[str, str] = {}
    of_rows: dict[tuple[str, ...], str] = {}

    def url_for(endpoint: str, **values: Any) -> str:
        if not values and endpoint.startswith("pages.") and g.get("visit") is not None:
            return page_address(endpoint)
        if endpoint.startswith("pages.") and g.get("visit") is not None and _all_ids(values):
            return address_of_rows(endpoint, values)
        if endpoint != "static" or values.keys() != {"filename"}:
            return flask_url_for(endpoint, **values)
        key = (request.script_root, values["filename"])
        if key not in static:
            static[key] = flask_url_for(endpoint, **values)
        return static[key]

    def page_address(endpoint: str) -> str:
        """A page of this launch: only the end of its address is the page's own."""
        start = f"{request.script_root}/s/{g.launch_id}"
        end = ends.get(endpoint)
        if end is None:
            address = flask_url_for(endpoint)
            if not address.startswith(start):
                return address
            end = ends[endpoint] = address[len(start) :]
        return start + end

    def address_of_rows(endpoint: str, values: dict[str, Any]) -> str:
        """The same for a page about rows: built once with places for their numbers."""
        start = f"{request.script_root}/s/{g.launch_id}"
        key = (endpoint, *values)
        end = of_rows.get(key)
        if end is None:
            marks: dict[str, Any] = {name: MARK + number for number, name in enumerate(values)}
            address = flask_url_for(endpoint, **marks)
            if not address.startswith(start):
                return flask_url_for(endpoint, **values)
            end = address[len(start) :].replace("%", "%%")
            for name, mark in marks.items():
                end = end.replace(str(mark), f"%({name})d")
            of_rows[key] = end
        return start + end % values

    def always(name: str) -> Markup:
        """A template that says the same on every page in one language: rendered once."""
        kept: dict[tuple[str, str], Markup] = vars(_translations()).setdefault("plans_parts", {})
        key = (request.script_root, name)
        found = kept.get(key)
        if found is None:
            found = kept[key] = Markup(app.jinja_env.get_template(name).render())  # noqa: S704
        return found

    app.jinja_env.globals.update(url_for=url_for, always=always, _=_words, gettext=_words, ngettext=_counted)
    app.jinja_env.globals["who_else"] = who_else


class QuickDomain(Domain):  # type: ignore[misc]
    """Words in views: the language of a request is looked up once, not for each word."""

    def get_translations(self) -> Any:
        return _translations() if g else super().get_translations()


def _translations() -> Any:
    kept = vars(g._get_current_object())
    found = kept.get("plans_translations")
    if found is None:
        found = kept["plans_translations"] = Domain.get_translations(get_domain())
    return found


def _words(text: str, /, **values: Any) -> Markup:
    """The text in the reader's language, safe as it stands, with values made safe (as Jinja's own does)."""
    found = _safe(_translations(), text)
    return found % values if values or "%" in found else found


def _counted(one: str, many: str, num: int, /, **values: Any) -> Markup:
    found = Markup(_translations().ungettext(one, many, num))  # noqa: S704 (texts of templates, as below)
    return found % {"num": num, **values}


def _safe(translations: Any, text: str) -> Markup:
    """Kept with its language; the texts are those that stand in templates, so they are not many."""
    kept: dict[str, Markup] = vars(translations).setdefault("plans_safe", {})
    found = kept.get(text)
    if found is None:
        found = kept[text] = Markup(translations.ugettext(text))  # noqa: S704
    return found
