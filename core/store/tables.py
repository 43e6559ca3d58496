"""The tool's own tables, prefix `reconcile_`. Created and changed by the migrations beside this file.

All moments are UTC; those that are compared are the database's own clock.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeEngine

from reconcile_tui.core.store.moments import Document, UtcMoment

metadata = MetaData()

_serial = BigInteger().with_variant(Integer, "sqlite")


def _text(length: int) -> TypeEngine[str]:
    """A text of any length: ids and names are the shop's, the PSP's and people's.

    Args:
        length: what SQLite's columns were declared with; it holds them to nothing.
    """
    return Text().with_variant(String(length), "sqlite")


checks = Table(
    "reconcile_checks",
    metadata,
    Column("kind", _text(8), primary_key=True),
    Column("row_id", _text(255), primary_key=True),
    Column("psp_id", _text(255), nullable=False, comment="what was asked for; empty for an orphan"),
    Column("reads", Integer, nullable=False),
    Column("failures", Integer, nullable=False, comment="failed reads in a row"),
    Column("opens", Integer, nullable=False, comment="answers in a row that left the row open"),
    Column("last_read_at", UtcMoment),
    Column("next_due", UtcMoment, comment="NULL: closed"),
    Column("psp_status", _text(64)),
    Column("psp_read_at", UtcMoment),
    Column("connector", _text(64)),
    Column("decision", _text(32)),
    Column("detail", Text),
    Column("watch_until", UtcMoment, comment="looked at again until then although it is final"),
    Column("failed_by_us", Boolean, nullable=False, server_default=text("false")),
    Column("version", Integer, nullable=False, comment="counts writes: a slower look must not undo another"),
    Column(
        "delivery_failures",
        Integer,
        nullable=False,
        server_default=text("0"),
        comment="failed deliveries in a row",
    ),
    Column("capped_at", UtcMoment, comment="since when the cap leaves an orphan to the operators; NULL: not"),
    Index(
        "reconcile_checks_due",
        "kind",
        "next_due",
        "row_id",
        postgresql_where=text("next_due IS NOT NULL"),
        sqlite_where=text("next_due IS NOT NULL"),
    ),
    Index(
        "reconcile_checks_capped",
        "kind",
        "row_id",
        postgresql_where=text("capped_at IS NOT NULL"),
        sqlite_where=text("capped_at IS NOT NULL"),
    ),
)

journal = Table(
    "reconcile_journal",
    metadata,
    Column("id", _serial, primary_key=True, autoincrement=True),
    Column("at", UtcMoment, nullable=False),
    Column("step", _text(16), nullable=False, comment="intended, resumed, applied, delivered, outcome"),
    Column("intent_id", _serial, comment="the intended entry that this one is about"),
    Column("kind", _text(8), nullable=False),
    Column("row_id", _text(255), nullable=False),
    Column("psp_id", _text(255), nullable=False),
    Column("event", _text(32)),
    Column("attempt", Integer),
    Column("outcome", _text(24)),
    Column("refusal", _text(24)),
    Column("actor", _text(128), nullable=False),
    Column("actor_kind", _text(16), nullable=False),
    Column("reason", Text),
    Column("plan_id", _text(64)),
    Column("decision", Document),
    Column("before", Document),
    Column("after", Document),
    Column("psp", Document, comment="the deciding fields of the PSP's answer"),
    Column("psp_digest", _text(64), comment="SHA-256 of the PSP's whole answer"),
    Column("detail", Text),
    Index("reconcile_journal_row", "kind", "row_id", "id"),
    Index("reconcile_journal_plan", "plan_id"),
    Index(
        "reconcile_journal_at",
        "at",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    ),
    Index(
        "reconcile_journal_intent",
        "intent_id",
        postgresql_where=text("intent_id IS NOT NULL"),
        sqlite_where=text("intent_id IS NOT NULL"),
    ),
    Index(
        "reconcile_journal_intended_once",
        "kind",
        "row_id",
        "psp_id",
        "event",
        "attempt",
        unique=True,
        postgresql_where=text("step = 'intended'"),
        sqlite_where=text("step = 'intended'"),
    ),
    Index(
        "reconcile_journal_applied_once",
        "intent_id",
        unique=True,
        postgresql_where=text("step = 'applied'"),
        sqlite_where=text("step = 'applied'"),
    ),
)

leases = Table(
    "reconcile_leases",
    metadata,
    Column("name", _text(300), primary_key=True),
    Column("holder", _text(128), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", UtcMoment, nullable=False),
    Column("intent_id", _serial, comment="the journal's intended entry, on a row's lease"),
)

webhook_log = Table(
    "reconcile_webhook_log",
    metadata,
    Column("id", _serial, primary_key=True, autoincrement=True),
    Column("received_at", UtcMoment, nullable=False),
    Column("source", _text(16), nullable=False, comment="psp or synthetic"),
    Column("event_id", _text(128)),
    Column("event_type", _text(64)),
    Column("kind", _text(8)),
    Column("psp_id", _text(255)),
    Column("row_id", _text(255)),
    Column("effect", _text(24), nullable=False),
    Column("payload", Document, comment="what may be kept of the payload"),
    Column("digest", _text(64), nullable=False, comment="SHA-256 of the whole payload"),
    Index("reconcile_webhook_log_object", "kind", "psp_id", "id"),
)

attention = Table(
    "reconcile_attention",
    metadata,
    Column("kind", _text(8), primary_key=True),
    Column("row_id", _text(255), primary_key=True),
    Column("reason", _text(32), nullable=False),
    Column("since", UtcMoment, nullable=False),
    Column("facts", Document, nullable=False),
    Column("while_open", Boolean, nullable=False, comment="over once the row is final, by whomever"),
    Column("closed_at", UtcMoment),
    Column("acknowledged_by", _text(128)),
    Column("acknowledged_reason", Text),
    Column("acknowledged_at", UtcMoment),
    Column("acknowledged_until", UtcMoment),
    Index(
        "reconcile_attention_open",
        "kind",
        "since",
        postgresql_where=text("closed_at IS NULL"),
        sqlite_where=text("closed_at IS NULL"),
    ),
)

controls = Table(
    "reconcile_controls",
    metadata,
    Column("name", _text(128), primary_key=True, comment="pause, pause:CONNECTOR, blocked"),
    Column("until", UtcMoment),
    Column("reason", Text),
    Column("actor", _text(128), nullable=False),
    Column("set_at", UtcMoment, nullable=False),
)

actions = Table(
    "reconcile_actions",
    metadata,
    Column("id", _serial, primary_key=True, autoincrement=True),
    Column("at", UtcMoment, nullable=False),
    Column("action", _text(16), nullable=False, comment="paused, resumed, acknowledged, unacknowledged"),
    Column("actor", _text(128), nullable=False),
    Column("reason", Text),
    Column("until", UtcMoment, comment="when it is over by itself"),
    Column("connector", _text(128), comment="of a pause; NULL: of everything"),
    Column("kind", _text(8)),
    Column("row_id", _text(255)),
    Column("attention", _text(32), comment="why the acknowledged row needs a person"),
    Index("reconcile_actions_row", "kind", "row_id", "id"),
    Index("reconcile_actions_at", "at"),
)

runs = Table(
    "reconcile_runs",
    metadata,
    Column("id", _serial, primary_key=True, autoincrement=True),
    Column("started_at", UtcMoment, nullable=False),
    Column("heartbeat_at", UtcMoment, nullable=False),
    Column("finished_at", UtcMoment),
    Column("actor", _text(128), nullable=False),
    Column("mode", _text(16), nullable=False),
    Column("counts", Document),
    Column("error", Text),
    Column("holder", _text(128)),
)

daemons = Table(
    "reconcile_daemons",
    metadata,
    Column("holder", _text(128), primary_key=True, comment="names the process, in leases too"),
    Column("state", _text(16), nullable=False, comment="standby, waiting, sweeping, stopping"),
    Column("mode", _text(16), nullable=False),
    Column("dispatch", _text(16), nullable=False),
    Column("version", _text(32), nullable=False),
    Column("interval_seconds", Integer, nullable=False),
    Column("started_at", UtcMoment, nullable=False),
    Column("heartbeat_at", UtcMoment, nullable=False),
    Column("next_tick_at", UtcMoment, comment="NULL: it has no turn"),
    Column("last_error", Text, comment="why its last tick failed; NULL once one ended well"),
    Index("reconcile_daemons_heartbeat", "heartbeat_at"),
)

alerts = Table(
    "reconcile_alerts",
    metadata,
    Column("name", _text(64), primary_key=True, comment="what crossed its threshold"),
    Column("since", UtcMoment, nullable=False),
    Column("told_at", UtcMoment, comment="when people were told that it began"),
    Column("ended_at", UtcMoment, comment="NULL: it lasts; the row goes once people were told that it ended"),
    Column("peak", Integer, nullable=False),
    Column("claimed_until", UtcMoment, comment="a process is telling people; others leave it alone"),
)
