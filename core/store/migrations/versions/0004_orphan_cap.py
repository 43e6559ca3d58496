"""Which orphans the cap leaves to the operators: a fact of its own, that no later look overwrites."""

import sqlalchemy as sa
from alembic import op

from reconcile_tui.core.store.moments import UtcMoment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reconcile_checks",
        sa.Column(
            "capped_at",
            UtcMoment(timezone=True),
            nullable=True,
            comment="since when the cap leaves an orphan to the operators; NULL: not",
        ),
    )
    op.create_index(
        "reconcile_checks_capped",
        "reconcile_checks",
        ["kind", "row_id"],
        unique=False,
        postgresql_where=sa.text("capped_at IS NOT NULL"),
        sqlite_where=sa.text("capped_at IS NOT NULL"),
    )
    # What is withheld as this is installed stays withheld: by its open item, or by the last look's word.
    op.execute(
        "UPDATE reconcile_checks SET capped_at = coalesce("
        " (SELECT a.since FROM reconcile_attention AS a WHERE a.kind = reconcile_checks.kind"
        " AND a.row_id = reconcile_checks.row_id AND a.reason = 'orphan_cap' AND a.closed_at IS NULL),"
        " last_read_at)"
        " WHERE detail = 'orphan_cap' OR EXISTS (SELECT 1 FROM reconcile_attention AS a"
        " WHERE a.kind = reconcile_checks.kind AND a.row_id = reconcile_checks.row_id"
        " AND a.reason = 'orphan_cap' AND a.closed_at IS NULL)"
    )


def downgrade() -> None:
    op.drop_index("reconcile_checks_capped", table_name="reconcile_checks")
    with op.batch_alter_table("reconcile_checks") as checks:
        checks.drop_column("capped_at")
