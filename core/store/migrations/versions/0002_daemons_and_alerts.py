"""Daemons, alerts, what people did beside dispatches, and which process made a run."""

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
    op.create_table(
        "reconcile_actions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", UtcMoment(timezone=True), nullable=False),
        sa.Column(
            "action",
            sa.String(length=16),
            nullable=False,
            comment="paused, resumed, acknowledged, unacknowledged",
        ),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("until", UtcMoment(timezone=True), nullable=True, comment="when it is over by itself"),
        sa.Column(
            "connector", sa.String(length=128), nullable=True, comment="of a pause; NULL: of everything"
        ),
        sa.Column("kind", sa.String(length=8), nullable=True),
        sa.Column("row_id", sa.String(length=255), nullable=True),
        sa.Column(
            "attention",
            sa.String(length=32),
            nullable=True,
            comment="why the acknowledged row needs a person",
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("reconcile_actions_row", "reconcile_actions", ["kind", "row_id", "id"], unique=False)
    op.create_index("reconcile_actions_at", "reconcile_actions", ["at"], unique=False)
    op.add_column("reconcile_runs", sa.Column("holder", sa.String(length=128), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("reconcile_runs") as runs:
        runs.drop_column("holder")
    op.drop_table("reconcile_actions")
    op.drop_table("reconcile_alerts")
    op.drop_table("reconcile_daemons")
