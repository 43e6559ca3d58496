"""Daemons, alerts, and which process made a run."""

import sqlalchemy as sa
from alembic import op

from reconcile_tui.core.store.moments import UtcMoment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconcile_daemons",
        sa.Column(
            "holder", sa.String(length=128), nullable=False, comment="names the process, in leases too"
        ),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="standby, waiting, sweeping, stopping"
        ),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("dispatch", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("interval_seconds", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("heartbeat_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("next_tick_at", UtcMoment(timezone=True), nullable=True, comment="NULL: it has no turn"),
        sa.Column(
            "last_error",
            sa.Text(),
            nullable=True,
            comment="why its last tick failed; NULL once one ended well",
        ),
        sa.PrimaryKeyConstraint("holder"),
    )
    op.create_index("reconcile_daemons_heartbeat", "reconcile_daemons", ["heartbeat_at"], unique=False)
    op.create_table(
        "reconcile_alerts",
        sa.Column("name", sa.String(length=64), nullable=False, comment="what crossed its threshold"),
        sa.Column("since", UtcMoment(timezone=True), nullable=False),
        sa.Column(
            "told_at",
            UtcMoment(timezone=True),
            nullable=True,
            comment="when people were told that it began",
        ),
        sa.Column(
            "ended_at",
            UtcMoment(timezone=True),
            nullable=True,
            comment="NULL: it lasts; the row goes once people were told that it ended",
        ),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column(
            "claimed_until",
            UtcMoment(timezone=True),
            nullable=True,
            comment="a process is telling people; others leave it alone",
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("reconcile_runs", sa.Column("holder", sa.String(length=128), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("reconcile_runs") as runs:
        runs.drop_column("holder")
    op.drop_table("reconcile_alerts")
    op.drop_table("reconcile_daemons")
