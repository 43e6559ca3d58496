"""How often in a row a delivery failed: such rows back off as after failed reads."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "reconcile_checks",
        sa.Column(
            "delivery_failures",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="failed deliveries in a row",
        ),
    )


def downgrade() -> None:
    with op.batch_alter_table("reconcile_checks") as checks:
        checks.drop_column("delivery_failures")
