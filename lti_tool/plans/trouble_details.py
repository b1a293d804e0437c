"""The short phrases inside a trouble's sentence, in the reader's language. Pure.

A detail that is no phrase of ours (a name, a number, what an LMS said) is shown as it stands.
"""

from __future__ import annotations

from lti_tool.plans.translate import Translate


def detail_words(detail: str, _: Translate) -> str:
    """A detail as the reader reads it."""
    return {**_shapes(_), **_addresses(_)}.get(detail, detail)


def _shapes(_: Translate) -> dict[str, str]:
    return {
        "it is not JSON": _("it is not JSON"),
        "a list was expected": _("a list was expected"),
        "an object was expected": _("an object was expected"),
        "a token answer without a token": _("a token answer without a token"),
        "a token answer that is no object": _("a token answer that is no object"),
        "an assignment group without its assignments": _("an assignment group without its assignments"),
        "a list of line items was expected": _("a list of line items was expected"),
        "a new line item without its address": _("a new line item without its address"),
        "a line item without its address": _("a line item without its address"),
        "a list of people without its members": _("a list of people without its members"),
        "the site does not say who we are": _("the site does not say who we are"),
        "a grade report without its users": _("a grade report without its users"),
        "a grade report without its columns": _("a grade report without its columns"),
        "grades without their assignments": _("grades without their assignments"),
        "one of the grade items": _("one of the grade items"),
        "a link to the next page that is no address": _("a link to the next page that is no address"),
        "it does not find our key": _("it does not find our key"),
        "it does not know our client id": _("it does not know our client id"),
        "signature, audience or clock": _("signature, audience or clock"),
    }


def _addresses(_: Translate) -> dict[str, str]:
    return {
        "it is not a web address.": _("it is not a web address."),
        "This is not a web address.": _("This is not a web address."),
        "The address must start with https:// and name a host.": _(
            "The address must start with https:// and name a host."
        ),
        "The address must start with https://.": _("The address must start with https://."),
        "This address is on a private network. Set ALLOW_PRIVATE_NETWORK=1 if that is meant.": _(
            "This address is on a private network. Set ALLOW_PRIVATE_NETWORK=1 if that is meant."
        ),
        "The answer took too long.": _("The answer took too long."),
    }
