"""cells are compared as they are, so versions need no fingerprint"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("result_version", "digest")


def downgrade() -> None:
    # To whoever went by fingerprints, each cell looks changed once more.
    op.add_column("result_version", sa.Column("digest", sa.String(64), nullable=False, server_default=""))
