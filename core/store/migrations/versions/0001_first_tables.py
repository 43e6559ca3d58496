"""The first tables: checks, journal, leases, webhook log, attention, controls, runs."""

import sqlalchemy as sa
from alembic import op

from reconcile_tui.core.store.moments import Document, UtcMoment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconcile_attention",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("row_id", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("since", UtcMoment(timezone=True), nullable=False),
        sa.Column("facts", Document(), nullable=False),
        sa.Column(
            "while_open", sa.Boolean(), nullable=False, comment="over once the row is final, by whomever"
        ),
        sa.Column("closed_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=128), nullable=True),
        sa.Column("acknowledged_reason", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("acknowledged_until", UtcMoment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", "row_id"),
    )
    op.create_index(
        "reconcile_attention_open",
        "reconcile_attention",
        ["kind", "since"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "reconcile_checks",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("row_id", sa.String(length=255), nullable=False),
        sa.Column(
            "psp_id", sa.String(length=255), nullable=False, comment="what was asked for; empty for an orphan"
        ),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False, comment="failed reads in a row"),
        sa.Column("opens", sa.Integer(), nullable=False, comment="answers in a row that left the row open"),
        sa.Column("last_read_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("next_due", UtcMoment(timezone=True), nullable=True, comment="NULL: closed"),
        sa.Column("psp_status", sa.String(length=64), nullable=True),
        sa.Column("psp_read_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("connector", sa.String(length=64), nullable=True),
        sa.Column("decision", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column(
            "watch_until",
            UtcMoment(timezone=True),
            nullable=True,
            comment="looked at again until then although it is final",
        ),
        sa.Column("failed_by_us", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="counts writes: a slower look must not undo another",
        ),
        sa.PrimaryKeyConstraint("kind", "row_id"),
    )
    op.create_index(
        "reconcile_checks_due",
        "reconcile_checks",
        ["kind", "next_due", "row_id"],
        unique=False,
        postgresql_where=sa.text("next_due IS NOT NULL"),
        sqlite_where=sa.text("next_due IS NOT NULL"),
    )
    op.create_table(
        "reconcile_controls",
        sa.Column("name", sa.String(length=128), nullable=False, comment="pause, pause:CONNECTOR, blocked"),
        sa.Column("until", UtcMoment(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("set_at", UtcMoment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "reconcile_journal",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("at", UtcMoment(timezone=True), nullable=False),
        sa.Column(
            "step",
            sa.String(length=16),
            nullable=False,
            comment="intended, resumed, applied, delivered, outcome",
        ),
        sa.Column(
            "intent_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the intended entry that this one is about",
        ),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("row_id", sa.String(length=255), nullable=False),
        sa.Column("psp_id", sa.String(length=255), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("refusal", sa.String(length=24), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("actor_kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("plan_id", sa.String(length=64), nullable=True),
        sa.Column("decision", Document(), nullable=True),
        sa.Column("before", Document(), nullable=True),
        sa.Column("after", Document(), nullable=True),
        sa.Column("psp", Document(), nullable=True, comment="the deciding fields of the PSP's answer"),
        sa.Column(
            "psp_digest", sa.String(length=64), nullable=True, comment="SHA-256 of the PSP's whole answer"
        ),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "reconcile_journal_applied_once",
        "reconcile_journal",
        ["intent_id"],
        unique=True,
        postgresql_where=sa.text("step = 'applied'"),
        sqlite_where=sa.text("step = 'applied'"),
    )
    op.create_index("reconcile_journal_at", "reconcile_journal", ["at"], unique=False)
    op.create_index(
        "reconcile_journal_intended_once",
        "reconcile_journal",
        ["kind", "row_id", "psp_id", "event", "attempt"],
        unique=True,
        postgresql_where=sa.text("step = 'intended'"),
        sqlite_where=sa.text("step = 'intended'"),
    )
    op.create_index("reconcile_journal_plan", "reconcile_journal", ["plan_id"], unique=False)
    op.create_index("reconcile_journal_row", "reconcile_journal", ["kind", "row_id", "id"], unique=False)
    op.create_table(
        "reconcile_leases",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcMoment(timezone=True), nullable=False),
        sa.Column(
            "intent_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the journal's intended entry, on a row's lease",
        ),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("reconcile_leases_expiry", "reconcile_leases", ["expires_at"], unique=False)
    op.create_table(
        "reconcile_runs",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("started_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("heartbeat_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("finished_at", UtcMoment(timezone=True), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("counts", Document(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "reconcile_webhook_log",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("received_at", UtcMoment(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False, comment="psp or synthetic"),
        sa.Column("event_id", sa.String(length=128), nullable=True),
        sa.Column("event_type", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=True),
        sa.Column("psp_id", sa.String(length=255), nullable=True),
        sa.Column("row_id", sa.String(length=255), nullable=True),
        sa.Column("effect", sa.String(length=24), nullable=False),
        sa.Column("payload", Document(), nullable=True, comment="what may be kept of the payload"),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the whole payload"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "reconcile_webhook_log_object", "reconcile_webhook_log", ["kind", "psp_id", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("reconcile_webhook_log")
    op.drop_table("reconcile_runs")
    op.drop_table("reconcile_leases")
    op.drop_table("reconcile_journal")
    op.drop_table("reconcile_controls")
    op.drop_table("reconcile_checks")
    op.drop_table("reconcile_attention")
