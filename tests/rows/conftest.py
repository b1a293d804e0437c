"""The rows of specs/domain.md §1, each tried through HTTP as the person concerned."""

from tests.web.conftest import database, database_url, empty_file, rig  # noqa: F401
