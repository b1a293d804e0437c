"""Handing out a file of a portfolio so that nothing in it runs (A5)."""

from __future__ import annotations

from flask import Response, g, send_file

from lti_tool.plans.access import NotFound
from lti_tool.plans.filetypes import FileKind
from lti_tool.records.portfolio import StoredFile
from lti_tool.storage import FileStore
from lti_tool.web.deps import Deps

# Whatever a browser thinks a file is: no script, no form, no frame, nothing from anywhere.
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
PICTURE, FILE = "picture", "file"


def hand_out(deps: Deps, file: StoredFile | None, what: str) -> Response:
    """A file as a download; a photo, which we made ourselves, may also be shown (`picture`).

    Raises:
        NotFound: there is none, or it is no picture.
    """
    picture = what == PICTURE
    if file is None or what not in (PICTURE, FILE) or (picture and file.kind != FileKind.PHOTO):
        raise NotFound
    path = FileStore(deps.settings.files_folder).path(file.key)
    if not path.is_file():
        raise NotFound
    answer = send_file(path, mimetype=file.mime, as_attachment=not picture, download_name=file.name)
    g.own_policy = True
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer
