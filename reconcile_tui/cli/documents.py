"""The documents: what each command answers, as a value with stable keys. `--json` prints it.

Tables for people are made of the same values, so that both say the same. docs/json.md is generated from
this file and from the parts.
"""

from datetime import datetime
from typing import Literal

from reconcile_tui.cli.brake_documents import PauseDocument, ResumeDocument, RunsDocument, StatusDocument
from reconcile_tui.cli.document_parts import (
    ActorDocument,
    AttentionDocument,
    Document,
    EntryDocument,
    FieldDocument,
    FindingDocument,
    GroupDocument,
    MoneyDocument,
    PlaceDocument,
    ReceiptDocument,
    RowDocument,
    WebhookDocument,
)
from reconcile_tui.cli.record_documents import (
    AcknowledgeDocument,
    ExportDocument,
    JournalDocument,
    UnacknowledgeDocument,
)
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.plan import Facts
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.shop_answers import ShutReason
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.tellings import WarningKind


class PhaseDocument(Document):
    """One slice of a phase."""

    phase: PhaseName
    rows: tuple[RowDocument, ...]
    not_begun: int
    """Rows that were due and not looked at: a stop, the breaker."""
    tripped: TripReason | None
    """Why the breaker ended the phase."""
    shut: ShutReason | None
    """Why the shop's own handler got no more events of the phase (HTTP dispatch)."""
    skipped: WarningKind | None
    """Why the phase did not run at all."""


class FailureDocument(Document):
    """What ended a check before its end. What it did until then is told beside it."""

    what: str
    on_what: str
    phase: PhaseName | None
    """Where it was; null before the first."""
    not_begun: tuple[PhaseName, ...]
    """The phases that were to come."""
    next_step: str


class LeftDocument(Document):
    """What is left in the whole shop, due or not: counted as `status` counts it."""

    need_a_person: int
    """Rows on the attention list that nobody acknowledged."""
    waiting: int
    """Stuck rows that a later check takes up by itself."""
    waiting_on_customer: int
    """Orders whose customer has a step to do: no money at risk, and nobody's turn."""
    money_at_risk: tuple[MoneyDocument, ...]


class OnceDocument(Document):
    """`--once`: one tick."""

    document: Literal["once"] = "once"
    place: PlaceDocument
    actor: ActorDocument
    started_at: datetime
    """UTC, database clock."""
    took_seconds: float
    mode: Mode
    """`observe` plans and reports, and changes nothing."""
    dry_run: bool
    """A dry run writes nothing at all, and reads only what is last known."""
    phases: tuple[PhaseDocument, ...]
    settled: int
    """Intents of earlier processes that were concluded."""
    receipt: ReceiptDocument
    failure: FailureDocument | None
    """What ended it before its end; null where nothing did."""
    left: LeftDocument | None
    """Null where it could not be counted any more."""
    exit_code: int


class ListedDocument(Document):
    """A row of a list."""

    kind: Kind
    id: str
    finding: FindingDocument | None
    """Null where a person must look at a row that is gone."""
    attention: AttentionDocument | None
    """The open item, in the list of those."""


class SectionDocument(Document):
    """One list."""

    name: Literal["orders", "refunds", "orphans", "attention", "customer"]
    rows: tuple[ListedDocument, ...]
    """Oldest first, at most `--limit`; in `attention` contradictions first, and last what is acknowledged."""
    total_rows: int
    """How many there are, or match the filter, whatever the limit."""
    acknowledged_rows: int
    """How many of them somebody acknowledged; in `attention` alone."""
    waiting_on_customer: int = 0
    """In `orders`: how many more stuck orders wait on their customer. They stand in `customer`, and count in
    no other figure."""
    money_at_risk: tuple[MoneyDocument, ...]
    """Of all of them, per currency; in `customer` the money that waits there, which is not at risk."""
    oldest: datetime | None
    """UTC."""


class ListDocument(Document):
    """`list`: what is stuck. No PSP was asked."""

    document: Literal["list"] = "list"
    place: PlaceDocument
    at: datetime
    """UTC, database clock."""
    filter: str | None
    """Which rows alone were listed, in the filter's canonical form; null where all were."""
    sections: tuple[SectionDocument, ...]
    money_at_risk: tuple[MoneyDocument, ...]
    """Of orders, refunds, orphans and attention together, each row once; empty where not all were listed."""
    exit_code: int


class ShownDocument(Document):
    """Everything about one row."""

    row: RowDocument
    """Its `outcome` is always null: nothing was applied."""
    sides: tuple[FieldDocument, ...]
    """Row and PSP side by side."""
    attention: AttentionDocument | None
    history: tuple[EntryDocument, ...]
    """Newest first."""
    webhooks: tuple[WebhookDocument, ...]
    """Newest first."""


class ShowDocument(Document):
    """`show`: every row that has the id, its own or the PSP's."""

    document: Literal["show"] = "show"
    place: PlaceDocument
    at: datetime
    """UTC, database clock."""
    asked: str
    """The id."""
    matches: tuple[ShownDocument, ...]
    exit_code: int


class PlannedDocument(Document):
    """What would be applied, and what is left out."""

    plan_id: str
    made_at: datetime
    """UTC, database clock."""
    reason: str | None
    """Why, in the words of whoever asked."""
    rows: tuple[RowDocument, ...]
    to_apply: tuple[GroupDocument, ...]
    """What becomes of how many."""
    left_out: tuple[GroupDocument, ...]
    """What is not applied, and why."""
    events: dict[str, int]
    """How many of which event will be delivered."""


class SyncDocument(Document):
    """`sync`: a plan over fixed rows, and what became of it."""

    document: Literal["sync"] = "sync"
    place: PlaceDocument
    actor: ActorDocument
    dry_run: bool
    """A dry run reads what is last known, and its plan cannot be applied."""
    unknown_ids: tuple[str, ...]
    """Ids that no row has: then nothing is planned."""
    ambiguous_ids: dict[str, tuple[str, ...]]
    """Ids that several rows have, with the exact forms to choose from: then nothing is planned."""
    plan: PlannedDocument | None
    confirmed: bool
    rows: tuple[RowDocument, ...]
    """The rows that were applied, each with its outcome."""
    receipt: ReceiptDocument | None
    exit_code: int


class PlanOriginDocument(Document):
    """Where a plan was made; it can be applied nowhere else."""

    context: str | None
    """The name of the context in the TOML file."""
    production: bool
    database: str | None
    """Its URL without user, password and options."""
    psp: str | None
    """Where Hyperswitch answers."""


class SelectionDocument(Document):
    """How the rows of a plan were chosen."""

    ids: tuple[str, ...]
    """Given by hand; empty where a filter chose."""
    filter: str | None
    """In its canonical form; null where ids were given."""
    phases: tuple[PhaseName, ...]
    """Where the filter looked."""
    limit: int
    matched: int
    """Rows that were meant."""
    taken: int
    """The oldest of them, at most `limit`."""
    unread: int
    """Other stuck rows that were never read, where the filter asks for what only a look at the PSP tells."""


class FrozenRowDocument(Document):
    """What a row's plan is held to: where any of it is another when the plan is applied, the row is left."""

    kind: Kind
    id: str
    event: Event | None
    """What is to be delivered; null where nothing is."""
    adopted: str | None
    """The PSP's refund id that an orphan gets."""
    row: Facts
    """Status, amount, currency and ids of the row; of its order too, where it is a refund."""
    psp: Facts | None
    """Status, amounts, currency and ids of the PSP's answer, and every refund listed for an orphan's payment
    (id, payment, status, amount, currency); null where there was nothing to ask."""


class PlanFileDocument(Document):
    """`plan`: a plan as a file, for `apply`. It is taken as it was printed, or not at all: apply refuses one
    that was edited, comes from another place or was made with another key, or is older than
    RECONCILE_PLAN_MAX_AGE. It holds no customer's data and no secret; the processor's own words are left
    out."""

    document: Literal["plan"] = "plan"
    format: Literal[1] = 1
    made_in: PlanOriginDocument
    made_by: ActorDocument
    dry_run: bool
    """Made of what was last known: such a plan cannot be applied."""
    selection: SelectionDocument
    plan: PlannedDocument
    """For people. `error_message`, and the details of failures, are null."""
    facts: tuple[FrozenRowDocument, ...]
    """For `apply`, a row each, in the order of the plan."""
    seal: str
    """HMAC-SHA256 over everything else in canonical JSON (sorted keys, no blanks), with a key derived from
    HYPERSWITCH_API_KEY."""


class DifferenceDocument(Document):
    """Something that is no longer as it was planned."""

    what: str
    then: str
    now: str


class ChangedDocument(Document):
    """A row that is no longer as it was planned; it was left as it is."""

    kind: Kind
    id: str
    differences: tuple[DifferenceDocument, ...]
    """Empty where the row is gone."""


class ApplyDocument(Document):
    """`apply`: a plan file, and what became of it."""

    document: Literal["apply"] = "apply"
    place: PlaceDocument
    actor: ActorDocument
    """Who applied it."""
    made_by: ActorDocument
    """Who planned it."""
    made_at: datetime
    """When it was planned: UTC, database clock."""
    plan_id: str
    reason: str | None
    """Why, as the journal has it."""
    left_out: tuple[GroupDocument, ...]
    """What the plan itself left out, and why."""
    rows: tuple[RowDocument, ...]
    """The rows that were to be applied, each with its outcome."""
    changed: tuple[ChangedDocument, ...]
    """What differs from the plan, of those that changed."""
    receipt: ReceiptDocument
    exit_code: int


class SettingDocument(Document):
    """One setting."""

    name: str
    """Its environment variable; the TOML key where it has none."""
    key: str | None
    """Its TOML key."""
    value: str
    """As it would be written; secrets masked; `not set` where there is none."""
    origin: str
    """Where the value came from."""
    allowed: str
    description: str


class SettingsDocument(Document):
    """`settings`: what is in force."""

    document: Literal["settings"] = "settings"
    file: str | None
    """The TOML file that was read."""
    contexts: tuple[str, ...]
    """The contexts it has."""
    warnings: tuple[str, ...]
    settings: tuple[SettingDocument, ...]
    exit_code: int


class InitDbDocument(Document):
    """`init-db`: the tool's own tables, or the indexes recommended for the shop's."""

    document: Literal["init-db"] = "init-db"
    place: PlaceDocument
    version_before: str | None
    """Null where there were no tables."""
    version_after: str | None
    """Null where nothing was migrated (--print-shop-indexes)."""
    shop_indexes: tuple[str, ...]
    """SQL statements; printed, never run."""
    exit_code: int


class DemoDbDocument(Document):
    """`demo-db`: a demo shop was made."""

    document: Literal["demo-db"] = "demo-db"
    database: str
    orders: int
    refunds: int
    reported: str
    """The incident, in one sentence."""
    exit_code: int


EVERY_DOCUMENT: tuple[type[Document], ...] = (
    OnceDocument,
    ListDocument,
    ShowDocument,
    SyncDocument,
    PlanFileDocument,
    ApplyDocument,
    AcknowledgeDocument,
    UnacknowledgeDocument,
    JournalDocument,
    ExportDocument,
    StatusDocument,
    RunsDocument,
    PauseDocument,
    ResumeDocument,
    SettingsDocument,
    InitDbDocument,
    DemoDbDocument,
)
"""What a command may print."""
