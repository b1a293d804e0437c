"""What each test's own tool would work out anew, kept for the process: compiled pages, addresses, RSA keys.

The tool is the same; a test process makes hundreds of them, where a server's process makes one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from lti_tool import db
from lti_tool.app import Tool
from lti_tool.launch import keys
from tests.keystock import KeyStock


class _KeptPages(BytecodeCache):
    """Compiled templates by name; a template whose source changed is compiled again."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


class _LateRule(Rule):
    """An address whose builder is made when somebody first builds it: most of the 190 never are in a test."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []
        compiled = super()._compile_builder

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(compiled(append_unknown))
            return made[0](rule, **values)

        return build


_careful_pragmas = db.pragmas


def _hasty_pragmas(dbapi_connection: Any) -> None:
    """No file of a test outlives the machine, so none waits for the disk; what is locked stays locked."""
    _careful_pragmas(dbapi_connection)
    dbapi_connection.execute("PRAGMA synchronous=OFF")


def keep_what_tools_share() -> None:
    """Call once, before the first tool of a test process is made."""
    Tool.jinja_options = {"bytecode_cache": _KeptPages()}
    Tool.url_rule_class = _LateRule
    db.pragmas = _hasty_pragmas
    keys.new_private_key = KeyStock()
