"""What an entry and a lease cost: an intent's entries are found by index, and no index is kept in vain.

The journal only grows, so on PostgreSQL its moments need no more than a range index. Leases are few, and each
is changed once: with room on its page that touches no index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "reconcile_journal_intent",
        "reconcile_journal",
        ["intent_id"],
        unique=False,
        postgresql_where=sa.text("intent_id IS NOT NULL"),
        sqlite_where=sa.text("intent_id IS NOT NULL"),
    )
    op.drop_index("reconcile_leases_expiry", table_name="reconcile_leases")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("reconcile_journal_at", table_name="reconcile_journal")
        op.create_index(
            "reconcile_journal_at",
            "reconcile_journal",
            ["at"],
            unique=False,
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
        )
        op.execute("ALTER TABLE reconcile_leases SET (fillfactor = 50)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE reconcile_leases RESET (fillfactor)")
        op.drop_index("reconcile_journal_at", table_name="reconcile_journal")
        op.create_index("reconcile_journal_at", "reconcile_journal", ["at"], unique=False)
    op.create_index("reconcile_leases_expiry", "reconcile_leases", ["expires_at"], unique=False)
    op.drop_index("reconcile_journal_intent", table_name="reconcile_journal")
