"""The documents: what every command answers, as values with stable keys. `--json` prints one of them.

One schema each for a finding, a decision and an outcome, in every document. Tables for people are made of
the same values, so that both say the same. docs/json.md is generated from this file.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from reconcile_tui.core.decisions import Event, Reason, WaitsFor
from reconcile_tui.core.findings import FindingClass
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.policy import ActorKind, Mode, Role
from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.webhook_log import Source
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.transitions import Effect


class Document(BaseModel):
    """What all of them share: frozen, and no key that is not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class MoneyDocument(Document):
    """An amount. Never added across currencies."""

    minor: int
    """In minor units of the currency (cents, yen, fils)."""
    currency: str
    """ISO 4217."""
    text: str
    """As people read it."""


class PlaceDocument(Document):
    """Where the command worked."""

    context: str | None
    """The name of the context in the TOML file; `demo` with --demo; null where there is none."""
    production: bool
    """Whether this is production. A context is, unless it says otherwise."""
    database: str | None
    """Its URL without the password."""
    psp: str | None
    """Where Hyperswitch answers."""
    psp_unencrypted: bool
    """Whether the API key travels over plain http to another machine."""


class ActorDocument(Document):
    """Who acted, as the journal names them."""

    name: str
    """RECONCILE_OPERATOR, else the login."""
    kind: ActorKind
    """`daemon` where nobody confirmed a plan (--once): the caps on age and orphans bind."""
    role: Role
    """A viewer applies nothing."""


class LastLookDocument(Document):
    """What the latest look at a row left behind."""

    at: datetime | None
    """When that was, UTC."""
    decision: str | None
    """The kind of its decision, as in `decision.kind`."""
    words: str
    """The same for people."""
    detail: str | None
    """Its reason: a reason, a `waits_for`, an event, or why the read failed."""
    psp_status: str | None
    """The last status that was read, in the PSP's word."""
    psp_read_at: datetime | None
    """When that was read, UTC."""
    connector: str | None
    """The processor behind the PSP."""
    reads: int
    """How often the row was looked at."""
    failures: int
    """Failed reads in a row."""
    next_due: datetime | None
    """When it is looked at again, UTC; null once it is closed."""


class FindingDocument(Document):
    """A row of the shop as a sweep sees it."""

    kind: Kind
    """Which table it stands in."""
    id: str
    """The shop's own id."""
    finding_class: FindingClass
    """What the row is to a sweep."""
    status: str
    """The local status; the shop's own word where it is not mapped."""
    psp_id: str | None
    """The payment id of an order, the PSP's refund id of a refund; null on an orphan."""
    payment_id: str | None
    """The payment: the order's own, or that of the refund's order."""
    order_id: str | None
    """A refund's order."""
    order_status: str | None
    """The local status of a refund's order."""
    order_money: MoneyDocument | None
    """The amount of a refund's order."""
    money: MoneyDocument | None
    """Null where amount or currency is missing."""
    pending_since: datetime
    """What the age counts from, UTC."""
    age_seconds: int
    """By the database's clock."""
    waits_on_customer: bool
    """By the last known status the customer has a step to do: not money at risk."""
    last_look: LastLookDocument | None
    """Null where the row was never looked at."""


class PspDocument(Document):
    """What the PSP answered for a row."""

    answer: Literal["payment", "refund", "orphan_evidence", "not_found", "unreadable"]
    """`orphan_evidence` is an orphan's payment with everything listed for it."""
    read_at: datetime
    """UTC, this machine's clock."""
    how: Literal["forced", "last known"] | None
    """`forced`: the processor was asked too. Null where nothing could be read."""
    id: str | None = None
    """The PSP's id that the answer is about."""
    payment_id: str | None = None
    """The payment."""
    status: str | None = None
    """In the PSP's word."""
    money: MoneyDocument | None = None
    """`amount` and `currency`."""
    net_amount: int | None = None
    """With surcharge, tax and shipping, in minor units."""
    amount_received: int | None = None
    """Captured so far, in minor units."""
    connector: str | None = None
    """The processor behind the PSP."""
    error_code: str | None = None
    """The processor's."""
    error_message: str | None = None
    """The processor's."""
    listed_refunds: int | None = None
    """Refunds that the PSP lists for an orphan's payment."""
    claimed_refunds: int | None = None
    """How many of them another row of the shop holds."""
    failure: ReadFailureKind | None = None
    """Why it could not be read."""
    detail: str | None = None
    """The PSP's or the network's own words about the failure."""


class DecisionDocument(Document):
    """What follows from the row and the PSP's answer."""

    kind: Literal[
        "sync", "adopt", "fail_orphan", "still_pending", "attention", "unreadable", "already_resolved"
    ]
    """The decision."""
    words: str
    """The same in a few words."""
    event: Event | None = None
    """What would be, or was, delivered to the shop."""
    target: str | None = None
    """The local status that the row gets by it."""
    reason: Reason | None = None
    """Why a person must look."""
    withheld: Event | None = None
    """The event that an operator may still apply (age and cap alone)."""
    waits_for: WaitsFor | None = None
    """Whom an open row waits for."""
    refund_id: str | None = None
    """The PSP's refund that an orphan adopts."""
    next_step: str
    """What a person may do now."""


class OutcomeDocument(Document):
    """What became of a row that was to be applied."""

    outcome: Outcome
    """Only `fixed`, `already_resolved` and `overtaken` close a finding."""
    refusal: Refusal | None
    """Why nothing was applied, where it was `refused`."""
    words: str
    """The same for people."""
    detail: str | None
    """More about it; may hold the database's own words."""
    closes: bool
    """Whether the finding is over."""
    status_after: str | None
    """The local status as it was read again afterwards."""
    attention: Reason | None
    """What the outcome itself raises."""


class RowDocument(Document):
    """One row: the finding, the PSP's answer, the decision, the outcome."""

    finding: FindingDocument
    psp: PspDocument | None
    """Null where there was nothing to ask."""
    decision: DecisionDocument
    sentence: str
    """The whole story with its evidence, fit to paste to a colleague."""
    why: str
    """The reason in a few words."""
    outcome: OutcomeDocument | None
    """Null where nothing was to be applied, or the command applies nothing."""


class GroupDocument(Document):
    """Rows that came to the same."""

    key: str
    """What they came to: `fixed.payment.succeeded`, `attention.amount_mismatch`, `waits.customer`, …"""
    words: str
    """The same for people."""
    rows: int
    money: tuple[MoneyDocument, ...]
    """Per currency; rows without an amount count in `rows` alone."""
    next_step: str | None
    """What a person may do; null where there is nothing to do."""


class WarningDocument(Document):
    """Something that concerns more than a row."""

    kind: WarningKind | Literal["breaker", "not_begun"]
    text: str


class ReceiptDocument(Document):
    """What was done, in sums."""

    closed: tuple[GroupDocument, ...]
    """Findings that are over: fixed, overtaken, resolved already."""
    open: tuple[GroupDocument, ...]
    """Rows that are left, and why."""
    warnings: tuple[WarningDocument, ...]
    next_step: str


class PhaseDocument(Document):
    """One slice of a phase."""

    phase: PhaseName
    rows: tuple[RowDocument, ...]
    not_begun: int
    """Rows that were due and not looked at: a stop, the breaker."""
    tripped: TripReason | None
    """Why the breaker ended the phase."""
    skipped: WarningKind | None
    """Why the phase did not run at all."""


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
    exit_code: int


class AttentionDocument(Document):
    """A row that a person must look at."""

    reason: Reason
    words: str
    """The reason for people."""
    since: datetime
    """UTC."""
    acknowledged_by: str | None
    acknowledged_reason: str | None
    acknowledged_until: datetime | None
    """UTC; null: until its facts change."""
    next_step: str


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
    """Oldest first, at most `--limit`; contradictions first in `attention`."""
    total_rows: int
    """How many there are, whatever the limit."""
    money_at_risk: tuple[MoneyDocument, ...]
    """Of all of them, per currency. In `orders`, those that wait on the customer are left out; `customer`
    itself holds the money that waits there."""
    oldest: datetime | None
    """UTC."""


class ListDocument(Document):
    """`list`: what is stuck. No PSP was asked."""

    document: Literal["list"] = "list"
    place: PlaceDocument
    at: datetime
    """UTC, database clock."""
    sections: tuple[SectionDocument, ...]
    money_at_risk: tuple[MoneyDocument, ...]
    """Of orders, refunds, orphans and attention together, each row once; empty where not all were listed."""
    exit_code: int


class FieldDocument(Document):
    """One fact on both sides."""

    name: str
    local: str | None
    psp: str | None
    differs: bool


class EntryDocument(Document):
    """A journal entry."""

    at: datetime
    """UTC, database clock."""
    step: Step
    event: Event | None
    attempt: int | None
    outcome: Outcome | None
    refusal: Refusal | None
    actor: str
    actor_kind: ActorKind
    reason: str | None
    """Why, in the words of whoever asked."""
    plan_id: str | None
    status_before: str | None
    status_after: str | None
    psp_status: str | None
    detail: str | None


class WebhookDocument(Document):
    """An entry of the webhook log."""

    received_at: datetime
    """UTC, database clock."""
    source: Source
    """`psp`: the real one; `synthetic`: made by this program."""
    event_type: str
    event_id: str
    effect: Effect
    digest: str
    """SHA-256 of the whole payload."""


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


class PlanDocument(Document):
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
    plan: PlanDocument | None
    confirmed: bool
    rows: tuple[RowDocument, ...]
    """The rows that were applied, each with its outcome."""
    receipt: ReceiptDocument | None
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
    SettingsDocument,
    InitDbDocument,
    DemoDbDocument,
)
"""What a command may print."""
