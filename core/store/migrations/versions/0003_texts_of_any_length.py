"""Texts of any length: an id or a name that was too long kept every row beside it from being written down.

SQLite holds no text to the length that it is declared with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LENGTHS = {
    "reconcile_actions": {
        "action": 16,
        "actor": 128,
        "connector": 128,
        "kind": 8,
        "row_id": 255,
        "attention": 32,
    },
    "reconcile_alerts": {
        "name": 64,
    },
    "reconcile_attention": {
        "kind": 8,
        "row_id": 255,
        "reason": 32,
        "acknowledged_by": 128,
    },
    "reconcile_checks": {
        "kind": 8,
        "row_id": 255,
        "psp_id": 255,
        "psp_status": 64,
        "connector": 64,
        "decision": 32,
    },
    "reconcile_controls": {
        "name": 128,
        "actor": 128,
    },
    "reconcile_daemons": {
        "holder": 128,
        "state": 16,
        "mode": 16,
        "dispatch": 16,
        "version": 32,
    },
    "reconcile_journal": {
        "step": 16,
        "kind": 8,
        "row_id": 255,
        "psp_id": 255,
        "event": 32,
        "outcome": 24,
        "refusal": 24,
        "actor": 128,
        "actor_kind": 16,
        "plan_id": 64,
        "psp_digest": 64,
    },
    "reconcile_leases": {
        "name": 300,
        "holder": 128,
    },
    "reconcile_runs": {
        "actor": 128,
        "mode": 16,
        "holder": 128,
    },
    "reconcile_webhook_log": {
        "source": 16,
        "event_id": 128,
        "event_type": 64,
        "kind": 8,
        "psp_id": 255,
        "row_id": 255,
        "effect": 24,
        "digest": 64,
    },
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, columns in _LENGTHS.items():
        for column, length in columns.items():
            op.alter_column(table, column, existing_type=sa.String(length=length), type_=sa.Text())


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, columns in _LENGTHS.items():
        for column, length in columns.items():
            op.alter_column(table, column, existing_type=sa.Text(), type_=sa.String(length=length))
